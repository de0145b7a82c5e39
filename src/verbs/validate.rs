//! `carelake validate`: configuration and inputs, with nothing written.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::Arc;

use carelake_core::measure::{Loss, sort_losses};
use carelake_core::names::Publication;
use carelake_core::publish;
use carelake_core::{ErrorKind, causes};
use carelake_pipeline::publications;
use carelake_tabular::inputs::{Inputs, OpenSource, mixed_families};
use carelake_tabular::job::{column_losses, value_notes};
use carelake_tabular::source::{Fate, SourceError, Tally};
use clap::Args;
use serde::Serialize;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, size, thousands};
use crate::registry::{self, KINDS};

/// Check the configuration and the inputs; nothing is written
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake validate
  carelake validate --rows --input ./input
  carelake validate enrollments --json

With --rows, the share of rejected rows of each dataset is held against its max_reject_ratio, as a run does.")]
pub(crate) struct Validate {
    /// Only the sources of these datasets, or feeds as hospitals/FEED; patterns such as 'clin*' too
    #[arg(value_name = "DATASET")]
    datasets: Vec<String>,
    /// The same, as an option
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    dataset: Vec<String>,
    /// Judge every row too, and count what would be rejected
    #[arg(long)]
    rows: bool,
}

/// How many rows of a publication would be rejected, and how many may be.
#[derive(Debug, Serialize)]
struct Share {
    publication: String,
    rows: u64,
    rejected: u64,
    /// Rejected rows per row read, 0 to 1.
    reject_ratio: f64,
    max_reject_ratio: f64,
    /// Whether a run would refuse to publish it.
    would_fail: bool,
}

/// What is known of one source. `error` is the name of the failure that a run would end with.
#[derive(Debug, Serialize)]
struct Finding {
    source: String,
    status: &'static str,
    file: Option<String>,
    bytes: Option<u64>,
    columns: Option<usize>,
    new_columns: Vec<String>,
    passed_over: Vec<String>,
    increments: Vec<String>,
    rows: Option<u64>,
    rejected: BTreeMap<String, u64>,
    /// What to know of the file; with `--rows` also what was made null, mended or left as it is.
    notes: Vec<String>,
    /// What the last published runs had and is gone, the worst first, with `--rows`.
    losses: Vec<Loss>,
    error: Option<&'static str>,
    reason: Option<String>,
}

impl Validate {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let scratch = std::env::temp_dir();
        let inputs = lake.inputs(&scratch);
        let mut findings = Vec::new();
        let asked: Vec<String> = self.datasets.iter().chain(&self.dataset).cloned().collect();
        let publications = lake.all_or_named(&asked)?;
        for name in sources(&lake, &publications) {
            findings.push(self.look_at(&lake, &inputs, &name));
        }
        let shares = if self.rows { shares(&lake, &publications, &findings) } else { Vec::new() };
        let families = families(&lake, &inputs, &publications);
        if global.json {
            output::json(&serde_json::json!({
                "config": global.config, "input": lake.input.describe(), "sources": findings, "datasets": shares,
                "families": families,
            }))?;
        } else {
            print(global, &lake.input.describe(), &findings);
            families.iter().for_each(Together::print);
            print_shares(&shares);
        }
        let refused = shares.iter().filter(|share| share.would_fail).map(|_| ErrorKind::REJECT_THRESHOLD);
        let errors = findings.iter().filter_map(|finding| finding.error);
        let errors = errors.chain(families.iter().filter_map(|together| together.error));
        let lost = findings.iter().filter(|finding| finding.losses.iter().any(|loss| loss.is_total));
        let lost = lost.map(|_| ErrorKind::CONTENT_LOSS);
        let mut codes = errors.filter_map(|name| KINDS.named(name)).chain(refused).chain(lost);
        let first = codes.next();
        Ok(match first {
            None => ExitCode::SUCCESS,
            Some(kind) if codes.all(|other| other == kind) => ExitCode::from(kind.exit_code),
            Some(_) => ExitCode::from(1),
        })
    }

    fn look_at(&self, lake: &Lake, inputs: &Inputs, name: &str) -> Finding {
        let mut finding = Finding {
            source: name.to_owned(),
            status: "ok",
            file: None,
            bytes: None,
            columns: None,
            new_columns: Vec::new(),
            passed_over: Vec::new(),
            increments: Vec::new(),
            rows: None,
            rejected: BTreeMap::new(),
            notes: Vec::new(),
            losses: Vec::new(),
            error: None,
            reason: None,
        };
        let is_optional = lake.config.source(name).is_some_and(|spec| spec.optional);
        let fail = |finding: &mut Finding, error: &SourceError| {
            finding.status = "failed";
            finding.error = Some(error.kind().name);
            finding.reason = Some(causes(error));
        };
        match inputs.open_if_any(name) {
            Ok(None) => finding.status = if is_optional { "absent (optional)" } else { "absent" },
            Err(error) => fail(&mut finding, &error),
            Ok(Some(open)) => {
                describe(&mut finding, &open);
                if self.rows {
                    for (number, file) in open.files().enumerate() {
                        match judge(file) {
                            Ok(tally) => {
                                count(&mut finding, file, &tally);
                                if number == 0 {
                                    compare(&mut finding, lake, file, &tally);
                                }
                            }
                            Err(error) => fail(&mut finding, &error),
                        }
                    }
                }
            }
        }
        finding
    }
}

/// Returns the sources of publications, each once.
fn sources(lake: &Lake, publications: &[Publication]) -> BTreeSet<String> {
    publications.iter().flat_map(|publication| sources_of(lake, publication)).collect()
}

/// Returns the sources of a publication: those of its dataset, or the feed.
fn sources_of(lake: &Lake, publication: &Publication) -> Vec<String> {
    match publication.feed() {
        Some(feed) => vec![feed.to_owned()],
        None => lake.config.dataset(publication.dataset()).map(|spec| spec.sources.clone()).unwrap_or_default(),
    }
}

/// Adds up what was judged of each publication. One of which a source could not be judged is left out: a run ends with that.
fn shares(lake: &Lake, publications: &[Publication], findings: &[Finding]) -> Vec<Share> {
    let share = |publication: &Publication| {
        let names = sources_of(lake, publication);
        let of: Vec<&Finding> = findings.iter().filter(|finding| names.contains(&finding.source)).collect();
        if of.iter().any(|finding| finding.error.is_some()) {
            return None;
        }
        let max_reject_ratio = lake.config.dataset(publication.dataset())?.thresholds.max_reject_ratio;
        let rows: u64 = of.iter().filter_map(|finding| finding.rows).sum();
        let rejected: u64 = of.iter().flat_map(|finding| finding.rejected.values()).sum();
        Some(Share {
            publication: publication.path(),
            rows,
            rejected,
            reject_ratio: if rows == 0 { 0.0 } else { rejected as f64 / rows as f64 },
            max_reject_ratio,
            would_fail: rejected as f64 > rows as f64 * max_reject_ratio,
        })
    };
    publications.iter().filter_map(share).collect()
}

/// Sources of a dataset that are not of one release. `error` is the name of the failure that a run would end with, if it would.
#[derive(Debug, Serialize)]
struct Together {
    dataset: String,
    note: String,
    error: Option<&'static str>,
}

impl Together {
    fn print(&self) {
        let Self { dataset, note, error } = self;
        match error {
            Some(error) => {
                output::line(format_args!("\n{}", Tone::Bad.paint(format_args!("{error}: {dataset}: {note}"))));
            }
            None => output::line(format_args!("\nnote: {dataset}: {note}")),
        }
    }
}

/// Compares the releases of the sources of publications, dataset by dataset.
fn families(lake: &Lake, inputs: &Inputs, publications: &[Publication]) -> Vec<Together> {
    let is_asked = |name: &str| publications.iter().any(|publication| publication.dataset() == name);
    let mut found = Vec::new();
    for dataset in lake.config.datasets.iter().filter(|dataset| is_asked(&dataset.name)) {
        let open = dataset.sources.iter().filter_map(|source| inputs.open_if_any(source).ok().flatten());
        let open: Vec<Arc<OpenSource>> = open.collect();
        let error = dataset.requires_same_release.then_some(ErrorKind::INPUT_MISSING.name);
        let mixed = mixed_families(&open, dataset.requires_same_release).into_iter();
        found.extend(mixed.map(|mixed| Together { dataset: dataset.name.clone(), note: mixed.to_string(), error }));
    }
    found
}

fn describe(finding: &mut Finding, open: &OpenSource) {
    finding.file = Some(open.source.file().to_owned());
    finding.bytes = open.source.size_bytes().ok();
    finding.columns = Some(open.source.layout().width);
    finding.new_columns = open.source.new_columns().to_vec();
    finding.passed_over = open.older.clone();
    finding.increments = open.increments.iter().map(|increment| increment.source.file().to_owned()).collect();
    finding.notes = open.notices();
    finding.notes.extend(open.increments.iter().flat_map(|increment| increment.notices()));
}

fn judge(open: &OpenSource) -> Result<Tally, SourceError> {
    Ok(open.source.scan(|| (), |(), _| Fate::Kept)?.tally)
}

fn count(finding: &mut Finding, open: &OpenSource, tally: &Tally) {
    *finding.rows.get_or_insert(0) += tally.rows_read;
    let width = open.source.other_width(tally);
    finding.notes.extend(width.map(|told| format!("source {}: {}: {told}", finding.source, open.source.file())));
    for reject in &tally.rejects {
        *finding.rejected.entry(reject.rule.name(open.source.column_name(reject.column))).or_default() += 1;
    }
}

/// Compares what the source holds with what the last published run of each dataset that reads it was made of.
fn compare(finding: &mut Finding, lake: &Lake, open: &OpenSource, tally: &Tally) {
    let (spec, mut used) = (open.source.spec(), BTreeSet::new());
    for publication in publications(&lake.config) {
        let Some(dataset) = registry::dataset(publication.dataset()) else { continue };
        let is_read = match publication.feed() {
            Some(feed) => feed == spec.name,
            None => lake.config.dataset(dataset.name).is_some_and(|it| it.sources.contains(&spec.name)),
        };
        if !is_read {
            continue;
        }
        used.extend(dataset.wanted(&spec.name).iter().map(|column| column.name));
        // What is published and cannot be read is for `doctor` to say.
        let last = publish::current_run(&*lake.output, &publication).ok().flatten().map(|(_, manifest)| manifest);
        let before = last.as_ref().and_then(|manifest| manifest.measures.get(&spec.name));
        let thresholds = lake.config.dataset(dataset.name).map(|it| it.thresholds).unwrap_or_default();
        let measure = tally.measure(spec, |column| dataset.uses(&spec.name, column));
        for loss in column_losses(&spec.name, before, &measure, None, &thresholds) {
            if !finding.losses.contains(&loss) {
                finding.losses.push(loss);
            }
        }
    }
    sort_losses(&mut finding.losses);
    finding.notes.extend(value_notes(&open.source, &tally.survey, |column| used.contains(column)));
}

fn print(global: &Global, input: &str, findings: &[Finding]) {
    output::line(format_args!("configuration {}: ok\ninput {}\n", global.config.display(), input));
    let rows = findings.iter().map(|finding| {
        let number = |number: Option<u64>| number.map(thousands).unwrap_or_default();
        let rejected = finding.rows.map(|_| finding.rejected.values().sum());
        let tone = if finding.error.is_some() { Tone::Bad } else { Tone::Plain };
        let row = vec![
            finding.source.clone(),
            finding.status.to_owned(),
            finding.file.clone().unwrap_or_default(),
            finding.bytes.map(size).unwrap_or_default(),
            finding.columns.map(|columns| columns.to_string()).unwrap_or_default(),
            number(finding.rows),
            number(rejected),
        ];
        (tone, row)
    });
    output::toned_table(
        &["SOURCE", "STATUS", "FILE", "SIZE", "COLUMNS", "ROWS", "REJECTED"],
        &["SIZE", "COLUMNS", "ROWS", "REJECTED"],
        rows,
    );
    for finding in findings {
        if let (Some(error), Some(reason)) = (finding.error, &finding.reason) {
            output::line(format_args!("\n{}", Tone::Bad.paint(format_args!("{error}: {reason}"))));
        }
        for loss in &finding.losses {
            let fate = if loss.is_total { "; a run would end with ContentLoss" } else { "" };
            output::line(Tone::Bad.paint(format_args!("  less than last time: {loss}{fate}")));
        }
        finding.notes.iter().for_each(|note| output::line(format_args!("\nnote: {note}")));
        for (rule, rows) in &finding.rejected {
            let share = percent(*rows as f64 / finding.rows.unwrap_or(*rows) as f64);
            output::line(format_args!("  {}: {rule} would reject {} rows ({share})", finding.source, thousands(*rows)));
        }
    }
}

/// Prints how far each publication is from the share of rejected rows at which a run fails.
fn print_shares(shares: &[Share]) {
    if shares.is_empty() {
        return;
    }
    output::line("");
    let rows = shares.iter().map(|share| {
        let row = vec![
            share.publication.clone(),
            thousands(share.rows),
            thousands(share.rejected),
            percent(share.reject_ratio),
            percent(share.max_reject_ratio),
            if share.would_fail { "would fail".to_owned() } else { "ok".to_owned() },
        ];
        (if share.would_fail { Tone::Bad } else { Tone::Plain }, row)
    });
    output::toned_table(
        &["PUBLICATION", "ROWS", "REJECTED", "SHARE", "ALLOWED", "A RUN"],
        &["ROWS", "REJECTED", "SHARE", "ALLOWED"],
        rows,
    );
}

/// Returns a share as percent, with two digits that count when it is small.
fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 0.0 && percent < 0.01 => "< 0.01 %".to_owned(),
        percent => format!("{percent:.2} %"),
    }
}
