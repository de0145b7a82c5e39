//! `carelake doctor`: is everything in order, and what to do where it is not.

mod feeds;
mod fetch;
mod hl7;
mod loads;
mod matching;
mod streams;

use std::process::ExitCode;

use carelake_core::ledger::{Ledger, Status};
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{self, Manifest, PartFile, PublishError, RunState, Serves};
use carelake_core::{ErrorKind, causes, hex};
use carelake_facts::STALE_DAYS;
use carelake_pipeline::publications;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::deployment::{Finding, findings, mend_table};
use crate::failure::Failure;
use crate::joined::joined;
use crate::lake::Lake;
use crate::options::{Global, typed};
use crate::output::{self, Tone};
use crate::publications;
use crate::undelivered;
use crate::unmended::{Unmended, unmended};

/// Where a deployment keeps the configuration that its functions read, in the output.
const DEPLOYED_CONFIG: &str = "_carelake/pipeline_config.yaml";

/// Check inputs, output, ledger and how old everything is
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  carelake doctor\n  carelake doctor --env local --json")]
pub(crate) struct Doctor {
    /// Days after which a publication counts as stale, and a month as missed
    #[arg(long, value_name = "DAYS", default_value_t = STALE_DAYS)]
    stale_days: i64,
    /// Read every published file and compare its hash; always done where the output is a folder
    #[arg(long)]
    files: bool,
}

/// What to do about notices that are not delivered.
const UNDELIVERED: &str = "mend notify.smtp or the mail server; the next notice that is delivered ends this";

/// The answer to one question. `next` is what to do when it is not well.
#[derive(Debug, Serialize)]
struct Check {
    what: String,
    well: bool,
    found: String,
    next: Option<String>,
}

impl Doctor {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let mut checks = vec![well("configuration", global.config.display().to_string())];
        if let Some(deployment) = lake.deployment()
            && let Some(environment) = lake.config.environment(&lake.environment)
        {
            checks.extend(findings(deployment, environment).into_iter().map(Check::from));
            checks.push(deployed_config(&lake));
        }
        checks.extend(inputs(&lake));
        checks.push(writable(&lake));
        checks.extend(self::loads::logins(&lake));
        checks.extend(self::streams::checks(&lake));
        if let Some(ledger) = lake.ledger_if_any()? {
            checks.extend(self.ledger(&*ledger, &lake)?);
            checks.extend(last_runs(&*ledger, &lake)?);
            checks.extend(undelivered::read(&lake).map(|lost| ill("notice", lost.told(), UNDELIVERED)));
            for publication in publications::all(&lake)? {
                checks.extend(losses(&lake, &publication));
                checks.push(self.publication(&lake, &publication).unwrap_or_else(|failure| {
                    ill(&publication.path(), failure.message, &failure.advice.unwrap_or_default())
                }));
            }
            checks.extend(orphans(&lake));
            checks.extend(self::feeds::checks(&*ledger, &lake)?);
            checks.extend(self::fetch::checks(&*ledger, &lake)?);
            checks.extend(self::loads::tables(&*ledger, &lake)?);
            checks.extend(self::hl7::checks(&*ledger, &lake)?);
            checks.extend(self::matching::checks(&lake, global));
        } else {
            let run = format!("carelake run {}", lake.options);
            checks.push(ill("runs", "there was never a run into this output".to_owned(), &run));
        }
        let is_well = checks.iter().all(|check| check.well);
        if global.json {
            output::json(&serde_json::json!({"well": is_well, "checks": checks}))?;
        } else {
            let rows = checks.iter().map(|check| {
                let (tone, mark) = if check.well { (Tone::Plain, "ok") } else { (Tone::Bad, "MEND") };
                let next = check.next.clone().unwrap_or_default();
                (tone, vec![mark.to_owned(), check.what.clone(), check.found.clone(), next])
            });
            output::toned_table(&["", "WHAT", "FOUND", "NEXT"], &[], rows);
        }
        Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn ledger(&self, ledger: &dyn Ledger, lake: &Lake) -> Result<Vec<Check>, Failure> {
        let options = &lake.options;
        let now = Timestamp::now();
        let runs = ledger.runs(1_000)?;
        let mut checks = vec![well("ledger", format!("{} runs", runs.len()))];
        let alive: Vec<String> =
            runs.iter().filter(|run| run.status == Status::Running).map(|run| run.run_id.to_string()).collect();
        if !alive.is_empty() {
            checks.push(well("running", alive.join(", ")));
        }
        // A lake that only takes in partners' files has no monthly run.
        if publications(&lake.config).is_empty() {
            return Ok(checks);
        }
        let success = runs.iter().find(|run| run.status == Status::Succeeded);
        checks.push(match success.and_then(|run| run.finished_at) {
            Some(at) if now.duration_since(at) <= self.stale() => well("last success", format!("{at:.0}")),
            Some(at) => ill(
                "last success",
                format!("{at:.0}, more than {} days ago", self.stale_days),
                &format!("carelake run {options}"),
            ),
            None => ill("last success", "no run ever succeeded".to_owned(), &format!("carelake status {options}")),
        });
        Ok(checks)
    }

    fn publication(&self, lake: &Lake, publication: &Publication) -> Result<Check, Failure> {
        let what = publication.path();
        let run = format!("carelake run --dataset {publication} {}", lake.options);
        let pointer = match publish::current(&*lake.output, publication) {
            Ok(Some(pointer)) => pointer,
            Ok(None) => return Ok(ill(&what, "never published".to_owned(), &run)),
            Err(error @ PublishError::Unreadable { .. }) => {
                return Ok(ill(&what, causes(&error), &mend_pointer(lake, publication)));
            }
            Err(error) => return Err(error.into()),
        };
        let (served, found) = match (&pointer.run_id, pointer.runs.len()) {
            (Some(run_id), _) => {
                (format!("run {run_id}"), format!("run {run_id}, published {:.0}", pointer.committed_at))
            }
            (None, runs) => (format!("{runs} runs"), format!("{runs} runs, changed {:.0}", pointer.committed_at)),
        };
        let manifests = pointer.runs.iter().map(|run| publish::manifest(&*lake.output, publication, &run.run_id));
        let manifests: Vec<Manifest> = match manifests.collect() {
            Ok(manifests) => manifests,
            Err(error) => {
                let kept = publish::runs(&*lake.output, publication)?;
                let newest = kept.iter().filter(|run| run.state == RunState::Kept).max_by_key(|run| &run.run_id);
                let next = newest
                    .map_or(run, |to| format!("carelake rollback {publication} --to {} {}", to.run_id, lake.options));
                return Ok(ill(&what, causes(&error), &next));
            }
        };
        let is_read = self.files || lake.deployment().is_none();
        let is_whole = |(folder, file): &(String, &PartFile)| {
            let key = format!("{folder}/{}", file.path);
            if is_read {
                lake.output.read(&key).is_ok_and(|bytes| hex(&Sha256::digest(&bytes)) == file.sha256)
            } else {
                lake.output.size(&key).is_ok_and(|bytes| bytes == file.bytes)
            }
        };
        let files: Vec<(String, &PartFile)> =
            manifests.iter().flat_map(|manifest| manifest.files.iter().map(|file| (manifest.folder(), file))).collect();
        let missing = files.iter().filter(|file| !is_whole(file)).count();
        if missing > 0 {
            let found = format!("{missing} of {} files of {served} are missing or damaged", files.len());
            let again = match (pointer.kind, manifests.last()) {
                (Serves::Snapshot, Some(last)) => {
                    format!("carelake rerun {publication} --as-of {} {}", last.as_of, lake.options)
                }
                _ => format!("carelake rollback {publication} {}, or publish the files again", lake.options),
            };
            return Ok(ill(&what, found, &again));
        }
        if let Some(mended) = mend(lake, publication)? {
            return Ok(well(&what, format!("{found}; {mended}, and is mended")));
        }
        // A rollback moves the pointer and makes the rows no newer. What somebody publishes by hand has no age to be ashamed of.
        if let (Serves::Snapshot, Some(last)) = (pointer.kind, manifests.last())
            && Timestamp::now().duration_since(last.written_at) > self.stale()
        {
            let found = format!("{found}; written {:.0}, more than {} days ago", last.written_at, self.stale_days);
            return Ok(ill(&what, found, &run));
        }
        let runs = publish::runs(&*lake.output, publication)?;
        let unfinished = runs.iter().filter(|run| run.state == RunState::Incomplete).count();
        Ok(match unfinished {
            0 => well(&what, found),
            _ => ill(
                &what,
                format!("{found}; {unfinished} unfinished runs take space"),
                &format!("carelake gc {publication} {}", lake.options),
            ),
        })
    }

    fn stale(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * self.stale_days)
    }
}

impl From<Finding> for Check {
    fn from(finding: Finding) -> Self {
        match finding.found {
            Ok(found) => well(&finding.what, found),
            Err((found, next)) => ill(&finding.what, found, &next),
        }
    }
}

/// Mends what readers go by where it disagrees with the pointer: the link in a folder, the table on AWS. Answers what
/// was wrong.
fn mend(lake: &Lake, publication: &Publication) -> Result<Option<String>, Failure> {
    if let Some(deployment) = lake.deployment() {
        let Some((pointer, manifests)) = publish::current_runs(&*lake.output, publication)? else { return Ok(None) };
        let wrong = mend_table(&lake.config, deployment, publication, &pointer, &manifests)?;
        return Ok(if wrong.is_empty() { None } else { Some(format!("its table disagreed ({})", wrong.join("; "))) });
    }
    let is_behind = publish::reconcile_link(&*lake.output, publication)?;
    Ok(is_behind.then(|| "the `current` link was behind".to_owned()))
}

/// Returns what to type about a pointer that is damaged, and of which there is no backup.
fn mend_pointer(lake: &Lake, publication: &Publication) -> String {
    let key = publication.pointer_key();
    let again = format!("carelake rerun {publication} {}", lake.options);
    match lake.folder() {
        Ok(output) => format!("rm {} && {again}", typed(&output.join(key))),
        Err(_) => format!("aws s3 rm {}/{key} && {again}", lake.output.describe()),
    }
}

/// Names the publications that the configuration no longer has: whoever reads by a pattern reads them still.
fn orphans(lake: &Lake) -> Vec<Check> {
    let found = publications::all(lake).and_then(|known| Ok(publish::orphans(&*lake.output, &known)?));
    let found = match found {
        Ok(found) => found,
        Err(failure) => return vec![ill("orphans", failure.message, lake.storage_advice())],
    };
    let next = format!("carelake gc --orphans --dry-run {}", lake.options);
    let found = found
        .iter()
        .map(|publication| ill(&publication.path(), "published, and no longer in the configuration".to_owned(), &next));
    found.collect()
}

fn well(what: &str, found: String) -> Check {
    Check { what: what.to_owned(), well: true, found, next: None }
}

fn ill(what: &str, found: String, next: &str) -> Check {
    Check { what: what.to_owned(), well: false, found, next: Some(next.to_owned()) }
}

/// Returns what the run that is served had less than the one before it: to know, and nothing to mend.
fn losses(lake: &Lake, publication: &Publication) -> Vec<Check> {
    let served = publish::current_run(&*lake.output, publication).ok().flatten();
    let losses = served.map(|(_, manifest)| manifest.losses).unwrap_or_default();
    losses.iter().map(|loss| well(&format!("{publication}, less than last time"), loss.to_string())).collect()
}

/// Tells what failed when it was last asked for and is not mended.
fn last_runs(ledger: &dyn Ledger, lake: &Lake) -> Result<Vec<Check>, Failure> {
    let serves = |path: &str, run: &RunId| {
        let pointer = publish::current(&*lake.output, &Publication::from_path(path)).ok().flatten();
        pointer.is_some_and(|pointer| pointer.entry(run).is_some())
    };
    let unmended = unmended(ledger, &publications(&lake.config), &serves)?;
    if unmended.is_empty() {
        return Ok(vec![well("last runs", "whatever failed is mended".to_owned())]);
    }
    let told = unmended.into_iter().map(|Unmended { run_id, failed }| {
        let each: Vec<String> = failed.iter().map(|(name, error)| format!("{name} {error}")).collect();
        let names: Vec<&str> = failed.iter().map(|(name, _)| name.as_str()).collect();
        let again = format!("carelake rerun {} --as-of {} {}", names.join(" "), run_id.as_of(), lake.options);
        let found = format!("run {run_id} failed and is not mended: {} (`carelake status {run_id}`)", each.join(", "));
        ill("last runs", found, &again)
    });
    Ok(told.collect())
}

/// Compares the configuration of this machine with the one that the functions read.
fn deployed_config(lake: &Lake) -> Check {
    let what = "deployed configuration";
    match lake.output.read(DEPLOYED_CONFIG) {
        Ok(deployed) if joined(&lake.config).is_ok_and(|text| deployed == text.as_bytes()) => {
            well(what, "the same".to_owned())
        }
        Ok(_) => {
            let found = format!("differs from {}", lake.config.file.display());
            ill(
                what,
                found,
                &format!("./bootstrap.sh deploy {} EMAIL, or use the file that was deployed", lake.environment),
            )
        }
        Err(error) => ill(what, causes(&error), lake.storage_advice()),
    }
}

fn inputs(lake: &Lake) -> Vec<Check> {
    let scratch = std::env::temp_dir();
    let inputs = lake.inputs(&scratch);
    let sources = lake.config.sources.iter().map(|source| match inputs.open_if_any(&source.name) {
        Ok(Some(open)) => well(&format!("source {}", source.name), open.source.file().to_owned()),
        Ok(None) => well(&format!("source {}", source.name), "absent; optional".to_owned()),
        Err(error) if error.kind() == ErrorKind::STORAGE => {
            ill(&format!("source {}", source.name), causes(&*error), lake.storage_advice())
        }
        Err(error) => ill(&format!("source {}", source.name), causes(&*error), error.kind().advice),
    });
    sources.collect()
}

/// Writes, reads and removes a small file in the output.
fn writable(lake: &Lake) -> Check {
    let key = format!("_carelake/doctor-{}", std::process::id());
    let tried =
        lake.output.create(&key, b"doctor").and_then(|_| lake.output.read(&key)).and_then(|_| lake.output.delete(&key));
    match tried {
        Ok(()) => well("output", lake.output.describe()),
        Err(error) => ill("output", causes(&error), lake.storage_advice()),
    }
}
