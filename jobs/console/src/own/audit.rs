//! Who did what, and when.

use carelake_core::ledger::{Audit, Entry, Verdict};
use carelake_facts::{audit, audit_streams};
use carelake_pipeline::page::{Cell, Fact, Page, Table, Tone};
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::{Asked, failed, row, text};
use crate::draw::Shown;

/// Entries of a page, the last of each stream.
const LINES: u64 = 200;

pub(super) fn show(asked: &Asked<'_>) -> Result<Shown, Failure> {
    let lake = asked.lake();
    let ledger = asked.context.services.ledger;
    let mut shown = Page::new("Audit");
    let streams = audit_streams(&lake).map_err(failed)?;
    if streams.is_empty() {
        shown.tables.push(Table::new("entries", &[], Vec::new(), "nobody did anything yet that is written down"));
    }
    for stream in streams {
        let (told, tone, count) = match Audit::new(ledger, asked.context.scope).verify(&stream)? {
            Verdict::Whole { entries, .. } => (format!("{entries} entries, whole"), Tone::Good, entries),
            Verdict::Broken { sequence } => {
                (format!("not what was written, from entry {sequence} on"), Tone::Bad, sequence.saturating_add(LINES))
            }
        };
        shown.facts.push(Fact { tone, ..Fact::new(&stream, text(told)) });
        let after = count.saturating_sub(LINES);
        let mut entries = audit(&lake, &stream, after, LINES as usize).map_err(failed)?;
        entries.reverse();
        let columns = ["number", "when", "who", "what"];
        shown.tables.push(Table::new(&stream, &columns, entries.iter().map(line).collect(), "no entry yet"));
    }
    Ok(shown.into())
}

fn line(entry: &Entry) -> carelake_pipeline::page::Row {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let what: Vec<String> = entry.event.what.iter().map(|(name, value)| format!("{name}: {}", word(value))).collect();
    let is_refused = entry.event.what.contains_key("refused");
    let cells = vec![
        Cell::Count(entry.sequence),
        Cell::Moment(entry.event.at),
        text(&entry.event.actor),
        text(what.join("; ")),
    ];
    row(cells, if is_refused { Tone::Warning } else { Tone::Plain })
}
