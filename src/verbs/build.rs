//! `carelake build`: models are made of what is published, tested, and published.

use std::process::ExitCode;

use clap::Args;
use jiff::civil::Date;

use crate::failure::Failure;
use crate::options::{Global, date};

/// Build models: make their rows, test them, and publish what passes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake build
  carelake build kpi_tat+ --as-of 2026-11-02
  carelake build +kpi_tat 'zone:curated,tag:lab' --exclude cur_udf
  carelake build --dry-run
  carelake build changed --dry-run --sql
  carelake build zone:curated --watch

Words select as in `carelake models list`: NAME, +NAME (with all that it is made of), NAME+ (with all that is made of it), 2+NAME, tag:, zone:,
owner:, input:, changed, failed; several are a union, commas an intersection. A model whose inputs and text are those of what is served ends
as unchanged, and so does one whose rows come out as they are served. One that fails leaves what is served as it is; models that are made of it are skipped, others go on.")]
pub(crate) struct Build {
    /// Which models; all when not given
    #[arg(value_name = "SELECT")]
    select: Vec<String>,
    /// Leave these out
    #[arg(long, value_name = "SELECT")]
    exclude: Vec<String>,
    /// The day of the build; today when not given
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
    /// Make models again though nothing changed
    #[arg(long)]
    full: bool,
    /// Tell what would be made and why; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on: build whenever something that is read changed, until it is stopped
    #[arg(long, conflicts_with = "dry_run")]
    watch: bool,
    /// Show the SQL of each model too, as the engine is asked it
    #[arg(long, requires = "dry_run")]
    sql: bool,
}

#[cfg(not(feature = "curated"))]
impl Build {
    #[expect(clippy::unused_self, reason = "with the engine it is needed")]
    pub(crate) fn execute(self, _: &Global) -> Result<ExitCode, Failure> {
        Err(super::models::without_engine())
    }
}

#[cfg(feature = "curated")]
mod with_engine {
    use std::time::Duration;

    use carelake_core::ErrorKind;
    use carelake_curated::build::{Built, Options, Planned, Status, World, build, contents, plan};
    use carelake_curated::config::{Curated, Model, Script};
    use carelake_curated::select::select;
    use carelake_curated::sql::{Engine, compile};
    use carelake_curated::standings::{Outcome, Standings, values};
    use jiff::{Timestamp, Zoned};
    use serde_json::json;

    use super::*;
    use crate::execution;
    use crate::lake::Lake;
    use crate::output::{self, Tone, size, thousands};
    use crate::verbs::models::{invalid, section, usage};

    /// How long nothing more must come before a build begins.
    const SETTLE: Duration = Duration::from_secs(2);

    impl Build {
        pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
            let lake = Lake::open(global)?;
            if lake.deployment().is_some() {
                return Err(Failure::argument("models of an environment on AWS are not built from here yet"));
            }
            let curated = section(&lake)?;
            let ledger = lake.ledger()?;
            let standings = Standings::new(&*ledger, &lake.scope, Timestamp::now()).with_fingerprints(&curated);
            let models = select(&curated, &self.select, &self.exclude, &standings).map_err(|error| usage(&error))?;
            let options = Options { as_of: self.as_of.unwrap_or_else(|| Zoned::now().date()), is_full: self.full };
            lake.protect_rejects()?;
            drop(ledger);
            let local = execution::runner(lake)?;
            local
                .with_context(&|| false, |context| {
                    let world = World::of(context, None);
                    if self.dry_run {
                        let planned = plan(&world, &curated, &models, options.as_of, options.is_full);
                        return Ok(planned.map_err(|error| carelake_pipeline::pipeline::Failure::from(&error)).map(
                            |planned| dry(&planned, self.sql.then(|| texts(&curated, &models, options.as_of)), global),
                        ));
                    }
                    let options = || Options { as_of: self.as_of.unwrap_or_else(|| Zoned::now().date()), ..options };
                    Ok(match self.watch {
                        true => watch(&world, &curated, &models, &options, global),
                        false => once(&world, &curated, &models, options(), global),
                    })
                })
                .and_then(|done| done)
                .map_err(Failure::from)?
        }
    }

    fn once(
        world: &World<'_>,
        curated: &Curated,
        models: &[&Model],
        options: Options,
        global: &Global,
    ) -> Result<Result<ExitCode, Failure>, carelake_pipeline::pipeline::Failure> {
        let each = |built: &Built| {
            if !global.json {
                output::aside(format_args!("{:<24} {}", built.model, word(built.status)));
            }
        };
        let built = build(world, curated, models, options, each);
        built.map(|built| ended(&built, global)).map_err(|error| carelake_pipeline::pipeline::Failure::from(&error))
    }

    /// Builds whenever something that is read changed and nothing more came for a while. A build that fails is told, and tried again when
    /// something changes.
    fn watch(
        world: &World<'_>,
        curated: &Curated,
        models: &[&Model],
        options: &dyn Fn() -> Options,
        global: &Global,
    ) -> Result<Result<ExitCode, Failure>, carelake_pipeline::pipeline::Failure> {
        let look = || {
            let found = contents(world, curated, models);
            found
                .map(|found| (found, options().as_of))
                .map_err(|error| carelake_pipeline::pipeline::Failure::from(&error))
        };
        let mut built = None;
        let mut seen = look()?;
        loop {
            if built.as_ref() != Some(&seen) {
                // What comes while it is built is seen next.
                built = Some(seen.clone());
                if let Err(failure) = once(world, curated, models, options(), global)? {
                    return Ok(Err(failure));
                }
            }
            loop {
                std::thread::sleep(SETTLE);
                let now = look()?;
                let is_settled = now == seen;
                seen = now;
                if is_settled {
                    break;
                }
            }
        }
    }

    fn word(status: Status) -> &'static str {
        match status {
            Status::Published => "published",
            Status::Unchanged => "unchanged",
            Status::Skipped => "skipped",
            Status::Failed => "failed",
        }
    }

    /// Returns the SQL of models, by the file and for Polars.
    fn texts(curated: &Curated, models: &[&Model], as_of: Date) -> Result<Vec<(String, String)>, Failure> {
        let vars = values(curated, as_of);
        let scripts = models.iter().flat_map(|model| model.scripts());
        let text = |script: &Script| {
            let text = compile(&script.checked, Engine::Polars, &vars);
            text.map(|text| (script.path.clone(), text)).map_err(|wrong| invalid(format!("{}:{wrong}", script.path)))
        };
        scripts.map(text).collect()
    }

    fn dry(
        planned: &[Planned],
        texts: Option<Result<Vec<(String, String)>, Failure>>,
        global: &Global,
    ) -> Result<ExitCode, Failure> {
        let texts = texts.transpose()?.unwrap_or_default();
        if global.json {
            let sql: Vec<_> = texts.iter().map(|(file, sql)| json!({ "file": file, "sql": sql })).collect();
            output::json(&json!({ "dry_run": true, "models": planned, "sql": sql }))?;
            return Ok(ExitCode::SUCCESS);
        }
        for (path, text) in &texts {
            output::line(format_args!("-- {path}\n{text};"));
        }
        let row = |it: &Planned| {
            let tone = if it.action == "missing" { Tone::Bad } else { Tone::Good };
            (tone, vec![it.model.clone(), it.action.to_owned(), it.reason.clone(), thousands(it.rows), size(it.bytes)])
        };
        output::toned_table(&["MODEL", "", "WHY", "ROWS", "READS"], &["ROWS", "READS"], planned.iter().map(row));
        Ok(ExitCode::SUCCESS)
    }

    fn ended(built: &[Built], global: &Global) -> Result<ExitCode, Failure> {
        if global.json {
            output::json(&json!({ "models": built }))?;
        } else {
            let row = |it: &Built| {
                let tone = match it.status {
                    Status::Published => Tone::Good,
                    Status::Unchanged | Status::Skipped => Tone::Faint,
                    Status::Failed => Tone::Bad,
                };
                let bad = it.tests.iter().filter(|test| test.outcome != Outcome::Passed).count();
                let tests = format!("{} of {}", it.tests.len() - bad, it.tests.len());
                let how = it.how.split(':').next().unwrap_or_default().to_owned();
                let run = it.run_id.as_ref().map(ToString::to_string).unwrap_or_default();
                (
                    tone,
                    vec![
                        it.model.clone(),
                        word(it.status).to_owned(),
                        how,
                        thousands(it.rows),
                        tests,
                        size(it.bytes_read),
                        run,
                    ],
                )
            };
            let header = ["MODEL", "", "MADE", "ROWS", "TESTS", "READ", "RUN"];
            output::toned_table(&header, &["ROWS", "READ"], built.iter().map(row));
            for it in built {
                for test in it.tests.iter().filter(|test| test.outcome != Outcome::Passed) {
                    let count = if test.failing > 0 {
                        format!("{} rows fail", thousands(test.failing))
                    } else {
                        test.found.clone()
                    };
                    output::aside(format_args!("{}: {}: {count}", it.model, test.test));
                }
                if let Some(message) = &it.message {
                    output::aside(format_args!("{}: {message}", it.model));
                }
            }
        }
        let mut kinds: Vec<&'static ErrorKind> = built.iter().filter_map(|it| it.kind).collect();
        kinds.dedup_by_key(|kind| kind.exit_code);
        Ok(match kinds.as_slice() {
            [] => ExitCode::SUCCESS,
            [only] => ExitCode::from(only.exit_code),
            _ => ExitCode::FAILURE,
        })
    }
}
