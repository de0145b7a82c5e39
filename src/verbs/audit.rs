//! `carelake audit`: who did what, as it was noted and can no more be changed unseen.

use std::process::ExitCode;

use carelake_core::ledger::{Audit as Kept, Entry, Rows, Verdict};
use clap::Args;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, thousands};
use crate::registry::ROOMS;

/// Entries that are listed of each stream unless somebody asks for more.
const LAST: usize = 20;

/// List who did what, and check that nothing of it was changed since
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake audit
  carelake audit console --last 100
  carelake audit --verify
  carelake audit console --verify --json
  carelake audit --room matching --verify

Each entry holds the hash of the one before it, so that one that is changed, taken out or slipped in breaks the chain. --verify follows
it from the first entry on. Only its end can be cut unseen: keep count and hash, which --verify tells, elsewhere, and compare them.

Exit codes: 0, and with --verify 1 when a stream is not as it was written.")]
pub(crate) struct Audit {
    /// A stream; all when not given
    #[arg(value_name = "STREAM")]
    stream: Option<String>,
    /// The streams of a room
    #[arg(long, value_name = "ROOM", conflicts_with = "stream")]
    room: Option<String>,
    /// How many of the last entries of each stream are listed
    #[arg(long, value_name = "COUNT", default_value_t = LAST, conflicts_with = "verify")]
    last: usize,
    /// Check each stream from its beginning
    #[arg(long)]
    verify: bool,
}

impl Audit {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let Some(ledger) = lake.ledger_if_any()? else { return self.empty(global.json) };
        let rows: &dyn Rows = &*ledger;
        let audit = Kept::new(rows, &lake.scope);
        let mut streams = audit.streams()?;
        if let Some(name) = &self.stream {
            if !streams.contains(name) {
                return Err(Failure::unknown("stream", name, streams.iter().map(String::as_str)));
            }
            streams.retain(|stream| stream == name);
        }
        if let Some(name) = &self.room {
            let of_room = |stream: &str| stream.split('/').next() == Some(name);
            let rooms = ROOMS.0.iter().map(|room| room.name);
            if !rooms.clone().any(|room| room == name) && !streams.iter().any(|stream| of_room(stream)) {
                return Err(Failure::unknown("room", name, rooms));
            }
            streams.retain(|stream| of_room(stream));
        }
        if streams.is_empty() {
            return self.empty(global.json);
        }
        if self.verify { verify(&audit, &streams, global.json) } else { self.list(&audit, &streams, global.json) }
    }

    fn empty(&self, is_json: bool) -> Result<ExitCode, Failure> {
        if let Some(name) = &self.stream {
            return Err(Failure::unknown("stream", name, std::iter::empty::<&str>()));
        }
        if is_json {
            output::json(&json!({ "streams": [] }))?;
        } else {
            output::aside("nothing was noted yet: what people do by pages and verbs is, once they do it");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn list(&self, audit: &Kept<'_>, streams: &[String], is_json: bool) -> Result<ExitCode, Failure> {
        let mut told = Vec::new();
        for stream in streams {
            let entries = audit.last(stream, self.last)?;
            if is_json {
                told.push(json!({ "stream": stream, "entries": entries }));
                continue;
            }
            let row = |entry: &Entry| {
                let event = &entry.event;
                let what = Value::Object(event.what.clone()).to_string();
                vec![stream.clone(), thousands(entry.sequence), format!("{:.0}", event.at), event.actor.clone(), what]
            };
            output::table(&["STREAM", "ENTRY", "WHEN", "WHO", "WHAT"], &["ENTRY"], entries.iter().map(row));
        }
        if is_json {
            output::json(&json!({ "streams": told }))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Checks streams; each is whole, or is broken from some entry on.
fn verify(audit: &Kept<'_>, streams: &[String], is_json: bool) -> Result<ExitCode, Failure> {
    let (mut told, mut is_whole) = (Vec::new(), true);
    for stream in streams {
        match audit.verify(stream)? {
            Verdict::Whole { entries, hash } => {
                told.push(json!({ "stream": stream, "whole": true, "entries": entries, "hash": hash }));
                if !is_json {
                    output::line(format_args!(
                        "{stream}: whole, {} entries, the last with hash {hash}",
                        thousands(entries)
                    ));
                }
            }
            Verdict::Broken { sequence } => {
                is_whole = false;
                told.push(json!({ "stream": stream, "whole": false, "broken": sequence }));
                if !is_json {
                    let why = "it is missing, or is not what was written";
                    output::line(format_args!("{stream}: BROKEN from entry {} on: {why}", thousands(sequence)));
                }
            }
        }
    }
    if is_json {
        output::json(&json!({ "streams": told }))?;
    }
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
