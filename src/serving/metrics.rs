//! Figures for who watches many machines: the text format of Prometheus, with names of the configuration and counts only.

use std::fmt::Write;

use carelake_arrivals::letters::{Filter, Letters};
use carelake_core::ledger::Status;
use carelake_facts::{Lake, publications, runs};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;

use crate::runner::Rooms;

/// Runs that are counted by how they ended.
const RUNS: usize = 100;

/// Returns what can be counted.
pub(super) fn text(context: &Context<'_>, rooms: Rooms) -> Result<String, Failure> {
    let lake = Lake::of(context, rooms.0);
    let unreadable = |error: carelake_facts::FactError| Failure::new(error.kind(), error.to_string());
    let mut text = String::new();
    let mut add = |name: &str, help: &str, values: &[(String, u64)]| {
        // A text takes whatever is written into it.
        let _ = writeln!(text, "# HELP carelake_{name} {help}\n# TYPE carelake_{name} gauge");
        for (labels, value) in values {
            let _ = writeln!(text, "carelake_{name}{labels} {value}");
        }
    };
    let summaries = publications(&lake).map_err(unreadable)?;
    let served = || summaries.iter().filter_map(|it| Some((it, it.served.as_ref()?)));
    let of = |name: &str| format!("{{publication=\"{}\"}}", label(name));
    let rows: Vec<_> = served().map(|(it, served)| (of(&it.publication), served.rows)).collect();
    add("publication_rows", "Rows that are served.", &rows);
    let age = |at: jiff::Timestamp| lake.now.duration_since(at).as_secs().max(0).unsigned_abs();
    let ages: Vec<_> = served().map(|(it, served)| (of(&it.publication), age(served.written_at))).collect();
    add("publication_age_seconds", "Time since what is served was written.", &ages);
    let never = summaries.iter().filter(|it| it.served.is_none()).count() as u64;
    add(
        "publications_never_published",
        "Publications of the configuration that serve nothing yet.",
        &[(String::new(), never)],
    );
    let last = if lake.ledger.is_some() { runs(&lake, RUNS).map_err(unreadable)? } else { Vec::new() };
    let by_status = [Status::Running, Status::Succeeded, Status::Failed, Status::Aborted].map(|status| {
        let count = last.iter().filter(|run| run.status == status).count() as u64;
        (format!("{{status=\"{}\"}}", status.name()), count)
    });
    add("runs", "The last 100 monthly runs, by how they ended.", &by_status);
    let letters = Letters::new(context.services.ledger, context.scope).list(&Filter::default(), lake.now)?;
    let waiting = letters.iter().filter(|letter| letter.redrive.is_none()).count() as u64;
    add("letters_waiting", "What failed for good and waits.", &[(String::new(), waiting)]);
    Ok(text)
}

/// Returns a text as it stands between quotes.
fn label(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}
