//! `carelake loads tables`: how each table of a source is loaded, and why, as its catalogue is now.

use std::process::ExitCode;

use carelake_loads::config::Source;
use carelake_loads::functions::{LoadRequest, Proposal, SchemasTask, SourceTask, infer};
use carelake_loads::kept::{Entry, Kept, State};
use carelake_loads::standing::{TableLine, every_table};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::{named, section};
use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};
use crate::runner::unnamed;

/// Show how each table of a source is loaded, and why; on this machine its catalogue is read anew
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake loads tables crm
  carelake loads tables crm --why
  carelake loads tables crm --env prod --json
  carelake loads tables shop --infer

No row is read, but some items of DynamoDB by --infer, of which no value is shown. A table that needs a mode is one that is too large to be read whole and has neither a cursor nor, on PostgreSQL, a key;
--why says what it lacks, and what to write.")]
pub(crate) struct Tables {
    /// The source
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Say why
    #[arg(long)]
    why: bool,
    /// Of DynamoDB: propose which attributes to declare, from about a thousand items of each table
    #[arg(long)]
    infer: bool,
}

impl Tables {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let section = section(&lake)?;
        let name = named(&section, Some(&self.source))?.remove(0);
        if self.infer {
            return propose(lake, &name, global.json);
        }
        let source = section.source(&name)?;
        let lines = if lake.deployment().is_some() {
            let ledger = lake.existing_ledger()?;
            every_table(&Kept::new(&*ledger, &lake.scope), source, Timestamp::now())?
        } else {
            look(lake, source)?
        };
        if global.json {
            output::json(&json!({ "tables": lines }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let row = |entry: &Entry| {
            let (tone, mode) = match (entry.state, &entry.mode) {
                (State::NeedsMode, _) => (Tone::Bad, "needs a mode"),
                (State::Failed, None) => (Tone::Bad, "-"),
                (State::Gone, _) => (Tone::Faint, "gone"),
                (_, mode) => (Tone::Plain, mode.as_deref().unwrap_or("-")),
            };
            let branch = if entry.is_dynamic { "dynamic" } else { "fixed" };
            let mut cells = vec![
                entry.shown(),
                mode.to_owned(),
                thousands(entry.rows),
                branch.to_owned(),
                entry.publication.clone(),
            ];
            cells.extend(self.why.then(|| entry.reason.clone()));
            (tone, cells)
        };
        let header = ["TABLE", "MODE", "ROWS", "BRANCH", "PUBLICATION", "WHY"];
        let header = if self.why { header.as_slice() } else { header.get(..5).unwrap_or_default() };
        output::toned_table(header, &["ROWS"], lines.iter().map(|line: &TableLine| row(&line.entry)));
        Ok(ExitCode::SUCCESS)
    }
}

/// Shows what to declare of tables of DynamoDB.
fn propose(lake: Lake, source: &str, is_json: bool) -> Result<ExitCode, Failure> {
    let local = execution::runner(lake)?;
    let proposals = local.with_context(&|| false, |context| infer(context, source))?;
    if is_json {
        let of = |it: &Proposal| json!({ "table": it.table, "items": it.items, "columns": it.columns });
        output::json(&json!({ "tables": proposals.iter().map(of).collect::<Vec<_>>() }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let quoted = |name: &str| {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if is_plain && !name.is_empty() { name.to_owned() } else { serde_json::Value::from(name).to_string() }
    };
    let mut text = "overrides:\n".to_owned();
    for Proposal { table, items, columns } in &proposals {
        text.push_str(&format!("  {}:  # {items} items were looked at\n    columns:\n", quoted(table)));
        for (name, form) in columns {
            let form = if form.contains('(') { format!("\"{form}\"") } else { form.clone() };
            text.push_str(&format!("      {}: {form}\n", quoted(name)));
        }
    }
    output::text(&text);
    Ok(ExitCode::SUCCESS)
}

/// Reads the catalogue from here.
fn look(lake: Lake, source: &Source) -> Result<Vec<TableLine>, Failure> {
    let scope = lake.scope.clone();
    let local = execution::runner(lake)?;
    let request = LoadRequest { trigger: Some("manual".to_owned()), ..LoadRequest::default() };
    let task = SchemasTask { execution: unnamed(), source: SourceTask { source: source.name.clone(), request } };
    let payload = serde_json::to_value(task).map_err(std::io::Error::from)?;
    let functions = carelake_loads::ROOM.functions.iter();
    for function in functions.filter(|function| function.name == "load_schemas") {
        local.with_context(&|| false, |context| function.task().call(context, &payload))?;
    }
    Ok(every_table(&Kept::new(local.ledger(), &scope), source, Timestamp::now())?)
}
