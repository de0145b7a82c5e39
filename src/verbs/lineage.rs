//! `carelake lineage`: what was told of runs in events of OpenLineage, and sending what a receiver missed.

use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_core::names::RunId;
use carelake_lineage::{Book, BookError, Event, EventType, Sent, Standing, send};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;

use crate::failure::Failure;
use crate::kept::Kept;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone};
use crate::telling::{book, events_of, is_configured, receiver, send_ended};

/// What is told of runs in events of OpenLineage: show it, and send what a receiver missed
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carelake lineage show\n  carelake lineage show 2026-11-01.1 --json\n  carelake lineage send"
)]
pub(crate) struct Lineage {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Send(SendWaiting),
    Show(Show),
}

/// Send the events that the receiver does not have yet
///
/// Each goes once, in the order of the runs, and the first that is not taken ends it. The command fails with Unavailable when some
/// still wait.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  carelake lineage send\n  carelake lineage send --json")]
struct SendWaiting {}

/// Show what was told of a run
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carelake lineage show\n  carelake lineage show 2026-11-01.1 --json\n  carelake lineage show intake/m-17"
)]
struct Show {
    /// A run such as 2026-11-01.1, or an execution such as intake/m-17; the last run unless given
    run: Option<String>,
}

/// What sending did, and how it has gone so far.
#[derive(Debug, Serialize)]
struct Answer {
    #[serde(flatten)]
    sent: Sent,
    /// Of a lake on this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<Standing>,
}

impl Lineage {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        match self.what {
            What::Send(_) => send_waiting(&lake, global.json),
            What::Show(show) => show.execute(&lake, global.json),
        }
    }
}

fn send_waiting(lake: &Lake, json: bool) -> Result<ExitCode, Failure> {
    let receiver = receiver(lake)?;
    // Whoever opens the ledger tells of runs that died.
    let ledger = lake.ledger_if_any()?;
    let (sent, standing) = match (book(lake), ledger) {
        (Some(book), _) => (send(&book, &*receiver, Timestamp::now())?, Some(Standing::of(lake.folder()?))),
        (None, Some(ledger)) => (send_ended(lake, &*ledger, &*receiver)?, None),
        (None, None) => (Sent::default(), None),
    };
    let code = match sent.waiting {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(ErrorKind::UNAVAILABLE.exit_code),
    };
    if json {
        output::json(&Answer { sent, standing })?;
        return Ok(code);
    }
    let refused = if sent.refused > 0 { format!(", {} were refused", sent.refused) } else { String::new() };
    output::line(format_args!("{} events were sent{refused}, {} wait", sent.sent, sent.waiting));
    if let Some(trouble) = sent.trouble {
        output::aside(format_args!("{} {trouble}", Tone::Bad.paint("the last that was not taken:")));
    }
    Ok(code)
}

impl Show {
    fn execute(self, lake: &Lake, json: bool) -> Result<ExitCode, Failure> {
        let ledger = lake.existing_ledger()?;
        let kept = match self.run {
            Some(text) => match text.parse::<RunId>() {
                Ok(run) => Kept::of_run(&run.to_string()),
                Err(_) => execution(&text)?,
            },
            None => match ledger.runs(1)?.first() {
                Some(run) => Kept::of_run(&run.run_id.to_string()),
                None => return Err(Failure::argument("there was no run yet").advise("`carelake run`")),
            },
        };
        let events = if lake.deployment().is_some() {
            events_of(lake, &*ledger, &kept.id).unwrap_or_default()
        } else {
            Book::new(lake.folder()?).told(&kept.folder_key())?
        };
        if events.is_empty() {
            let advice = match is_configured(lake) {
                true => {
                    "`carelake runs` lists the runs; those from before the section `lineage` was added told nothing"
                }
                false => "the configuration has no section `lineage`, so nothing is told",
            };
            return Err(Failure::argument(format!("nothing was told of {}", kept.id)).advise(advice));
        }
        if json {
            output::json(&events)?;
            return Ok(ExitCode::SUCCESS);
        }
        let header = ["TIME", "EVENT", "JOB", "INPUTS", "OUTPUTS", "ROWS", "RUN"];
        output::toned_table(&header, &["INPUTS", "OUTPUTS", "ROWS"], events.iter().map(row));
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads an execution such as `intake/m-17`.
fn execution(text: &str) -> Result<Kept, Failure> {
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.');
    let parts = text.split_once('/').filter(|(definition, name)| is_part(definition) && is_part(name));
    let (definition, name) = parts.filter(|(_, name)| !name.contains('/')).ok_or_else(|| {
        Failure::argument(format!(
            "`{text}` is neither a run such as 2026-11-01.1 nor an execution such as intake/m-17"
        ))
    })?;
    Ok(Kept::of_execution(definition, name))
}

fn row(event: &Event) -> (Tone, Vec<String>) {
    let (name, tone) = match event.event_type {
        EventType::Start => ("START", Tone::Plain),
        EventType::Complete => ("COMPLETE", Tone::Good),
        EventType::Fail => ("FAIL", Tone::Bad),
        EventType::Abort => ("ABORT", Tone::Bad),
    };
    let rows = event.outputs.iter().filter_map(|output| output.rows()).reduce(|sum, rows| sum + rows);
    let cells = vec![
        event.event_time.clone(),
        name.to_owned(),
        event.job.name.clone(),
        event.inputs.len().to_string(),
        event.outputs.len().to_string(),
        rows.map(output::thousands).unwrap_or_default(),
        event.run.run_id.clone(),
    ];
    (tone, cells)
}

impl From<BookError> for Failure {
    fn from(error: BookError) -> Self {
        Self::new(ErrorKind::STORAGE, error.to_string()).advise(ErrorKind::STORAGE.advice)
    }
}
