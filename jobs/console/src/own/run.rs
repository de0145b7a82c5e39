//! One run: its graph, its states, what became of each publication, and its events.

use std::collections::BTreeMap;

use carelake_core::names::RunId;
use carelake_facts::{FactError, RunFacts, events, execution_events, run as facts_of};
use carelake_pipeline::monthly::MONTHLY;
use carelake_pipeline::page::{Action, Cell, Does, Fact, Page, Row, Table, To, Tone};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Outcome, OutcomeStatus, RunReport, RunRequest, RunnerError};
use serde_json::Value;

use super::runs::tone;
use super::walked::{Standing, Walked, detail, moment};
use super::{Asked, failed, internal, row, some, text};
use crate::act::{Acts, STARTED, State};
use crate::draw::{Shown, graph::graph};

/// Events that a page has.
const EVENTS: usize = 500;
/// The member of the query that says from which event to go on.
const BLOCK: &str = "from";

/// Returns the page of a run of the month.
pub(super) fn of_month(asked: &Asked<'_>, id: &str) -> Result<Option<Shown>, Failure> {
    let Ok(run_id) = id.parse::<RunId>() else { return Ok(None) };
    let lake = asked.lake();
    let told = match facts_of(&lake, &run_id) {
        Ok(told) => told,
        Err(FactError::UnknownRun(_) | FactError::NothingRan { .. }) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let history = history(events(&lake, &run_id))?;
    let walked = Walked::of(&history);
    let mut shown = Page::new(format!("Run {id}"));
    let is_live = match &told {
        RunFacts::Ended(report) => {
            ended(asked, report, &mut shown)?;
            false
        }
        RunFacts::Unfinished(run) => {
            let is_running = run.status == carelake_core::ledger::Status::Running;
            shown.facts = vec![
                Fact { tone: tone(run.status), ..Fact::new("state", text(run.status.name())) },
                Fact::new("trigger", text(run.trigger.name())),
                Fact::new("started", Cell::Moment(run.started_at)),
                Fact::new("ended", run.finished_at.map_or(Cell::None, Cell::Moment)),
            ];
            let tries = run.tries.iter().map(|it| {
                let cells = vec![
                    Cell::Link { text: it.publication.path(), to: To::Publication(it.publication.path()) },
                    Cell::Count(it.attempt.into()),
                    text(it.status.name()),
                    Cell::Moment(it.started_at),
                    some(it.error.as_ref()),
                    some(it.reason.as_ref()),
                ];
                row(cells, tone(it.status))
            });
            let columns = ["publication", "attempt", "state", "started", "error", "why"];
            shown.tables.push(Table::new("tries", &columns, tries.collect(), "no publication was tried yet"));
            is_running
        }
    };
    finish(asked, MONTHLY.text, shown, &walked, &history, is_live).map(Some)
}

/// Returns the page of an execution of a definition.
pub(super) fn of_definition(asked: &Asked<'_>, definition: &str, name: &str) -> Result<Option<Shown>, Failure> {
    let known = asked.rooms.iter().flat_map(|room| room.definitions).find(|it| it.name == definition);
    let Some(known) = known else { return Ok(None) };
    let history = match execution_events(&asked.lake(), definition, name) {
        Ok(history) => history,
        Err(FactError::NoHistory { .. }) => match of_runner(asked, definition, name)? {
            Started::As(run) => return of_month(asked, &run),
            Started::History(history) => history,
            Started::Unknown => return Ok(None),
        },
        Err(error) => return Err(failed(error)),
    };
    let walked = Walked::of(&history);
    let mut shown = Page::new(format!("{definition}, {name}"));
    let state = state(&walked);
    let (from, to) = walked.span;
    let is_bad = matches!(state, "failed" | "aborted" | "timed out");
    shown.facts = vec![
        Fact { tone: if is_bad { Tone::Bad } else { Tone::Plain }, ..Fact::new("state", text(state)) },
        Fact::new("started", from.map_or(Cell::None, Cell::Moment)),
        Fact::new(
            "took",
            from.zip(to).map_or(Cell::None, |(from, to)| Cell::Seconds(to.duration_since(from).as_secs_f64())),
        ),
    ];
    if let Some((error, cause)) = &walked.failure {
        shown.facts.push(Fact { tone: Tone::Bad, ..Fact::new("error", text(error)) });
        shown.facts.push(Fact::new("cause", text(cause)));
    }
    let is_live = state == "running";
    finish(asked, known.text, shown, &walked, &history, is_live).map(Some)
}

/// What a runner knows of an execution that keeps nothing under its own name.
enum Started {
    /// It is a run of the month, which has a page of its own.
    As(String),
    /// It is under way, or its runner keeps its history.
    History(Vec<Value>),
    /// It never was, or it is older than the runner keeps.
    Unknown,
}

fn of_runner(asked: &Asked<'_>, definition: &str, name: &str) -> Result<Started, Failure> {
    let context = asked.context;
    let acts = Acts::new(context.services.ledger, context.scope, (context.services.now)());
    let act = name.strip_prefix(STARTED).map(|key| acts.find(key)).transpose()?.flatten();
    let begun = match act.map(|act| act.state) {
        Some(State::Done { execution: Some(id), .. }) => Ok(id),
        _ => context.runner.execution(definition, name),
    };
    let history = match begun.and_then(|id| context.runner.history(&id, 0)) {
        Ok(history) => history,
        Err(error @ RunnerError::Unavailable { .. }) => return Err(error.into()),
        Err(_) => return Ok(Started::Unknown),
    };
    if definition == MONTHLY.name {
        let outputs = history.iter().filter_map(|event| detail(event, "output"));
        let run = |output: &str| run_of(&serde_json::from_str::<Value>(output).ok()?);
        if let Some(run) = outputs.filter_map(run).next() {
            return Ok(Started::As(run));
        }
    }
    Ok(Started::History(history))
}

/// Returns the run that the output of a state is about, wherever in it.
fn run_of(output: &Value) -> Option<String> {
    match output {
        Value::Object(members) => {
            let own = members.get("run_id").and_then(Value::as_str).map(str::to_owned);
            own.or_else(|| members.values().find_map(run_of))
        }
        Value::Array(all) => all.iter().find_map(run_of),
        _ => None,
    }
}

/// Tells what an ended run published, and what did not come about.
fn ended(asked: &Asked<'_>, report: &RunReport, shown: &mut Page) -> Result<(), Failure> {
    let took = report.finished_at.duration_since(report.started_at).as_secs_f64();
    shown.facts = vec![
        Fact { tone: tone(report.status), ..Fact::new("state", text(report.status.name())) },
        Fact::new("trigger", text(report.trigger.name())),
        Fact::new("as of", text(report.as_of.to_string())),
        Fact::new("started", Cell::Moment(report.started_at)),
        Fact::new("took", Cell::Seconds(took)),
    ];
    let outcomes = report.publications.iter().map(outcome_row);
    let columns = ["publication", "state", "attempts", "rows", "before", "rejected", "error", "why", "served now"];
    shown.tables.push(Table::new("publications", &columns, outcomes.collect(), "nothing was asked for"));
    let kinds = asked.context.kinds;
    let mut causes: BTreeMap<(String, String), (Vec<&str>, &'static str)> = BTreeMap::new();
    for outcome in report.with(OutcomeStatus::Failed) {
        let cause = (outcome.error.clone().unwrap_or_default(), outcome.reason.clone().unwrap_or_default());
        let entry = causes.entry(cause).or_insert_with(|| (Vec::new(), outcome.advice(kinds)));
        entry.0.push(&outcome.publication);
    }
    let rows = causes.iter().map(|((error, reason), (names, advice))| {
        row(
            vec![text(error), text(reason), Cell::Count(names.len() as u64), text(names.join(", ")), text(*advice)],
            Tone::Bad,
        )
    });
    let rows: Vec<Row> = rows.collect();
    if !rows.is_empty() {
        let columns = ["error", "why", "publications", "which", "what to do"];
        shown.tables.insert(0, Table::new("causes", &columns, rows, ""));
    }
    if let Some(action) = rerun(asked, report)? {
        shown.actions.push(action);
    }
    Ok(())
}

fn outcome_row(outcome: &Outcome) -> Row {
    let report = outcome.report.as_ref();
    let rejected = report.map(|it| it.sources.values().map(|source| source.account.rejects()).sum::<u64>());
    let (state, tone) = match outcome.status {
        OutcomeStatus::Published => ("published", Tone::Plain),
        OutcomeStatus::Failed => ("failed", Tone::Bad),
        OutcomeStatus::Skipped => ("not asked for", Tone::Plain),
    };
    let cells = vec![
        Cell::Link { text: outcome.publication.clone(), to: To::Publication(outcome.publication.clone()) },
        text(state),
        Cell::Count(outcome.attempts.len() as u64),
        report.map_or(Cell::None, |it| Cell::Count(it.rows)),
        report.and_then(|it| it.previous).map_or(Cell::None, |before| Cell::Count(before.rows)),
        rejected.map_or(Cell::None, Cell::Count),
        some(outcome.error.as_ref()),
        some(outcome.reason.as_ref()),
        some(outcome.serving.as_ref().map(|it| it.run_id.as_str())),
    ];
    row(cells, tone)
}

/// Returns how what failed is done again: only that, with the date of the run.
fn rerun(asked: &Asked<'_>, report: &RunReport) -> Result<Option<Action>, Failure> {
    let failed: Vec<String> = report.with(OutcomeStatus::Failed).map(|outcome| outcome.publication.clone()).collect();
    if failed.is_empty() {
        return Ok(None);
    }
    again(asked, &failed, report.as_of, &format!("Rerun what failed ({})", failed.len())).map(Some)
}

/// Returns the action that publishes datasets again.
pub(super) fn again(
    asked: &Asked<'_>,
    names: &[String],
    as_of: jiff::civil::Date,
    label: &str,
) -> Result<Action, Failure> {
    let lake = asked.lake();
    let served = |name: &String| {
        let publication = name.parse().ok()?;
        let told = carelake_facts::publication(&lake, &publication).ok()?.summary.served?;
        Some(format!("{name} serves run {} with {} rows until then", told.run_id, told.rows))
    };
    let told: Vec<String> = names.iter().filter_map(served).collect();
    let told = if told.is_empty() { "nothing of them is served now".to_owned() } else { told.join("; ") };
    let request = RunRequest {
        trigger: carelake_core::ledger::Trigger::Rerun,
        as_of,
        datasets: Some(names.to_vec()),
        accept_loss: false,
    };
    let input = serde_json::to_value(request).map_err(internal)?;
    Ok(Action {
        label: label.to_owned(),
        effect: format!("publishes {} again as of {as_of}, and nothing else; {told}", names.join(", ")),
        command: format!("carelake {} rerun {} --as-of {as_of}", lake.options, names.join(" ")).replace("  ", " "),
        does: Does::Start { definition: MONTHLY.name.to_owned(), input },
    })
}

/// Adds what every execution has: graph, states, events.
fn finish(
    asked: &Asked<'_>,
    definition: &str,
    mut shown: Page,
    walked: &Walked,
    history: &[Value],
    is_live: bool,
) -> Result<Shown, Failure> {
    let definition: Value = serde_json::from_str(definition).map_err(internal)?;
    let before = shown.tables.len();
    let states = walked.states.iter().map(|(name, walk)| {
        let standing = walked.standing(name);
        let took = walk
            .from
            .zip(walk.to)
            .map_or(Cell::None, |(from, to)| Cell::Seconds(to.duration_since(from).as_secs_f64()));
        let (first, last) = walk.errors.clone().unzip();
        let cells = vec![
            text(name),
            text(standing.word()),
            Cell::Count(walk.entered),
            Cell::Count(walk.attempts),
            Cell::Count(walk.failed),
            some(first),
            some(last),
            walk.from.map_or(Cell::None, Cell::Moment),
            took,
            walk.result_bytes.map_or(Cell::None, Cell::Bytes),
        ];
        let tone = if matches!(standing, Standing::Failed | Standing::Caught) { Tone::Bad } else { Tone::Plain };
        (standing != Standing::Failed, row(cells, tone))
    });
    // What failed comes first.
    let mut states: Vec<(bool, Row)> = states.collect();
    states.sort_by_key(|(is_well, _)| *is_well);
    let columns = [
        "state",
        "how it stands",
        "entered",
        "attempts",
        "failed",
        "first error",
        "last error",
        "from",
        "took",
        "result",
    ];
    let rows = states.into_iter().map(|(_, row)| row).collect();
    shown.tables.push(Table::new("states", &columns, rows, "no state was entered yet"));
    shown.tables.push(events_table(asked, history));
    let drawing = graph(&definition, walked);
    Ok(Shown { drawing: Some((before, drawing)), is_live, ..Shown::from(shown) })
}

fn events_table(asked: &Asked<'_>, history: &[Value]) -> Table {
    let from: usize = asked.asks(BLOCK).and_then(|text| text.parse().ok()).unwrap_or_default();
    let word = |event: &Value, name: &str| {
        event.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let rows = history.iter().skip(from).take(EVENTS).map(|event| {
        let cells = vec![
            some(word(event, "id")),
            moment(event).map_or(Cell::None, Cell::Moment),
            some(word(event, "type")),
            some(detail(event, "name")),
            some(detail(event, "error")),
        ];
        row(cells, if detail(event, "error").is_some() { Tone::Bad } else { Tone::Plain })
    });
    let mut events =
        Table::new("events", &["id", "time", "event", "state", "error"], rows.collect(), "it left no history");
    let is_more = history.len() > from + EVENTS;
    events.next = is_more.then(|| BTreeMap::from([(BLOCK.to_owned(), (from + EVENTS).to_string())]));
    events
}

/// A run whose history was not kept has none; that it was there is still told.
fn history(read: Result<Vec<Value>, FactError>) -> Result<Vec<Value>, Failure> {
    match read {
        Err(FactError::NoHistory { .. }) => Ok(Vec::new()),
        read => read.map_err(failed),
    }
}

/// Returns how far an execution is, in a word.
pub(super) fn state(walked: &Walked) -> &'static str {
    match walked.end.as_deref() {
        None => "running",
        Some("ExecutionSucceeded") => "succeeded",
        Some("ExecutionAborted") => "aborted",
        Some("ExecutionTimedOut") => "timed out",
        Some(_) => "failed",
    }
}
