//! `carelake load`: tables of databases are brought into the lake.

use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_core::names::Scope;
use carelake_loads::config::Loads;
use carelake_loads::functions::{LoadRequest, SourceResult};
use carelake_loads::kept::{Branch, Entry, Kept};
use carelake_loads::plan::Selection;
use clap::Args;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::deployment::Deployment;
use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::loading::Loading;
use crate::memory;
use crate::options::Global;
use crate::output::{self, Tone, thousands};
use crate::registry::KINDS;
use crate::runner::unnamed;

/// The definition that is carried out.
const DEFINITION: &str = "loads";

/// Load tables of databases: what came since the last time, or all of it where that must be
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake load
  carelake load crm
  carelake load crm/crm.accounts 'crm/lis_*.results'
  carelake load crm/crm.accounts --full
  carelake load crm --since 2026-11-01T00:00:00Z
  carelake load crm --reconcile
  carelake load crm --fixed --json
  carelake load --tenant acme

How each table is loaded, and why, is told by `carelake loads tables SOURCE --why`. A table that fails leaves the others alone.
--reconcile compares the tables with their source after they are loaded, and publishes what no load shows: rows that are gone, and
changes that touch no cursor. By itself that is done as often as `reconcile` says.
--since reads rows again from then on; what is served already is dropped, so nothing is doubled.

Exit codes: 0 when every table was loaded, or cannot be until somebody says how; that of the error when tables failed (12 SchemaDrift,
14 VolumeDrop, 20 Unavailable, 21 Refused), 1 when they failed in several ways. With --env of an environment on AWS an execution
is started there, and its name printed.")]
pub(crate) struct Load {
    /// What is loaded: SOURCE or SOURCE/DATABASE.TABLE, in which `*` stands for any characters; all when not given
    #[arg(value_name = "SOURCE[/DATABASE.TABLE]")]
    tables: Vec<String>,
    /// Read tables whole; that takes a table as it is now, whatever changed about it
    #[arg(long)]
    full: bool,
    /// Read rows again that were written from this time on
    #[arg(long, value_name = "TIME", conflicts_with = "full")]
    since: Option<Timestamp>,
    /// Compare tables that are loaded by increments with their source, too, and publish what differs
    #[arg(long, conflicts_with = "full")]
    reconcile: bool,
    /// Only tables of users
    #[arg(long, conflicts_with = "fixed")]
    dynamic: bool,
    /// Only tables that the configuration names or matches
    #[arg(long)]
    fixed: bool,
    /// Take far fewer rows than before, this once
    #[arg(long)]
    accept_loss: bool,
}

/// What an execution reported.
#[derive(Deserialize)]
struct Report {
    results: Vec<SourceResult>,
}

impl Load {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        Selection::read(&section(&lake)?, &self.tables).map_err(|failure| Failure::argument(failure.reason))?;
        if let Some(deployment) = lake.deployment() {
            return self.start_there(&lake, deployment, global.json);
        }
        memory::keep_lists_of_batches();
        let scope = lake.scope.clone();
        let local = execution::runner(lake)?;
        let name = unnamed();
        if !global.json {
            let loading = Loading::start();
            local.look_on(Box::new(move |table, way| loading.tell(table, way)));
        }
        let ended = local.carry_out(DEFINITION, Some(&name), self.request()?)?;
        let kept = Kept::new(local.ledger(), &scope);
        let reported = kept.reported(&name, Timestamp::now())?;
        let report = reported.and_then(|report| serde_json::from_value::<Report>(report).ok());
        let Some(Report { results }) = report else {
            let kind = ended.error.as_deref().and_then(|name| KINDS.named(name)).unwrap_or(ErrorKind::INTERNAL);
            let cause = ended.cause.unwrap_or_else(|| "loading left no report".to_owned());
            return Err(Failure::new(kind, cause).advise(kind.advice));
        };
        let tables = loaded(&kept, &results, &name)?;
        if global.json {
            let told: Vec<_> = tables.iter().map(|(source, entry)| entry.told(source)).collect();
            output::json(&json!({ "execution": name, "sources": results, "tables": told }))?;
        } else {
            print(&results, &tables, &local.lake().options.to_string());
        }
        Ok(exit_code(&results, &tables))
    }

    fn request(&self) -> Result<Value, Failure> {
        let request = LoadRequest {
            trigger: Some("manual".to_owned()),
            as_of: None,
            tables: self.tables.clone(),
            full: self.full,
            since: self.since,
            accept_loss: self.accept_loss,
            reconcile: self.reconcile,
            only: match (self.dynamic, self.fixed) {
                (true, _) => Some(Branch::Dynamic),
                (_, true) => Some(Branch::Fixed),
                _ => None,
            },
        };
        Ok(serde_json::to_value(request).map_err(std::io::Error::from)?)
    }

    /// Starts the definition where the lake is.
    fn start_there(&self, lake: &Lake, deployment: &Deployment, is_json: bool) -> Result<ExitCode, Failure> {
        if lake.scope != Scope::default() {
            return Err(Failure::argument("no execution on AWS is a tenant's; leave out --tenant"));
        }
        let started = deployment.runner().start(DEFINITION, None, &self.request()?);
        let execution = started.map_err(|error| deployment.told(error))?;
        if is_json {
            output::json(&json!({ "status": "started", "execution": execution }))?;
        } else {
            output::line(&execution);
            output::aside(format_args!("carelake loads status {} shows how it goes", lake.options));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the section of the configuration.
pub(super) fn section(lake: &Lake) -> Result<Loads, Failure> {
    Loads::of_config(&lake.config).ok_or_else(|| {
        Failure::argument("the configuration has no section `loads`").advise("docs/rooms/loads.md has one")
    })
}

/// Returns the tables that an execution had, with their sources.
fn loaded(kept: &Kept<'_>, results: &[SourceResult], name: &str) -> Result<Vec<(String, Entry)>, Failure> {
    let mut tables = Vec::new();
    for result in results {
        let entries = kept.entries(&result.source, Timestamp::now())?;
        let own = entries.into_iter().filter(|entry| entry.execution.as_deref() == Some(name));
        tables.extend(own.map(|entry| (result.source.clone(), entry)));
    }
    Ok(tables)
}

/// Returns the exit code of one kind of error, and 1 of several.
fn exit_code<'t>(results: &'t [SourceResult], tables: &'t [(String, Entry)]) -> ExitCode {
    let of_sources = results.iter().filter_map(|result| result.error.as_deref());
    let of_table = |(_, entry): &'t (String, Entry)| {
        let own = entry.compared.as_ref().filter(|it| entry.execution.as_deref() == Some(&it.execution));
        [entry.error.as_deref(), own.and_then(|it| it.error.as_deref())]
    };
    let names = of_sources.chain(tables.iter().flat_map(of_table).flatten());
    let mut codes: Vec<u8> = names.map(|name| KINDS.named(name).map_or(1, |kind| kind.exit_code)).collect();
    codes.sort_unstable();
    codes.dedup();
    match codes.as_slice() {
        [] => ExitCode::SUCCESS,
        [code] => ExitCode::from(*code),
        _ => ExitCode::FAILURE,
    }
}

/// Says what comparisons with a source came to.
fn compared(result: &SourceResult) -> String {
    let SourceResult { compared, differed, changed, gone, .. } = result;
    format!(
        "{compared} tables compared with the source, {differed} of them differed: {changed} rows new or other, {gone} gone"
    )
}

fn print(results: &[SourceResult], tables: &[(String, Entry)], options: &str) {
    let row = |(source, entry): &(String, Entry)| {
        let account = entry.account.as_ref().filter(|_| entry.error.is_none());
        let number = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), thousands);
        let tone = match entry.state.word() {
            "published" => Tone::Good,
            "failed" => Tone::Bad,
            _ => Tone::Faint,
        };
        let mode = entry.mode.clone().unwrap_or_else(|| "-".to_owned());
        let (read, published) = (account.map(|it| it.read), account.map(|it| it.published));
        let name = format!("{source}/{}", entry.shown());
        (tone, vec![name, mode, entry.state.word().to_owned(), number(read), number(published)])
    };
    if !tables.is_empty() {
        output::toned_table(
            &["TABLE", "MODE", "", "READ", "PUBLISHED"],
            &["READ", "PUBLISHED"],
            tables.iter().map(row),
        );
    }
    for result in results {
        let named = |error: &str| KINDS.named(error).map(|kind| kind.advice).unwrap_or_default();
        if let Some(error) = &result.error {
            let cause = result.cause.as_deref().unwrap_or_default();
            output::aside(format_args!("{}: {error}: {cause}\n  next: {}", result.source, named(error)));
        }
        for failure in &result.failures {
            let (table, error, cause) = (&failure.table, &failure.error, &failure.cause);
            output::aside(format_args!("{}/{table}: {error}: {cause}\n  next: {}", result.source, named(error)));
        }
        if result.compared > 0 {
            output::aside(format_args!("{}: {}", result.source, compared(result)));
        }
        if result.needs_mode > 0 {
            let source = &result.source;
            output::aside(format_args!(
                "{source}: {} tables cannot be loaded until somebody says how: carelake loads tables {source} --why {options}",
                result.needs_mode
            ));
        }
    }
    for (source, entry) in tables {
        for warning in &entry.warnings {
            output::aside(format_args!("{source}/{}: {warning}", entry.shown()));
        }
    }
}
