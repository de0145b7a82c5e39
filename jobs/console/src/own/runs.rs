//! The list of what was run: months, and executions of every other definition, newest first.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use carelake_core::ledger::Status;
use carelake_core::names::RunId;
use carelake_facts::{RunFacts, RunLine, run, runs};
use carelake_pipeline::RunReport;
use carelake_pipeline::monthly::MONTHLY;
use carelake_pipeline::page::{Cell, Fact, Page, Row, Table, To, Tone};
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;

use super::executions::{self, Execution};
use super::{Asked, failed, row, some, text};
use crate::draw::Shown;

/// Lines of a page.
const LINES: usize = 50;
/// Runs that are looked through for those that a filter lets through.
const LOOKED_THROUGH: usize = 10_000;
/// The member of the query that says before which moment to go on, in nanoseconds.
const BEFORE: &str = "before";

/// What the query wants.
struct Filter<'a> {
    room: Option<&'a str>,
    state: Option<&'a str>,
    dataset: Option<&'a str>,
    day: Option<&'a str>,
    before: Option<i128>,
}

/// A line of the list, before it is drawn.
enum Line {
    Month(RunLine),
    Other(Execution),
}

impl Line {
    const fn at(&self) -> Timestamp {
        match self {
            Self::Month(run) => run.started_at,
            Self::Other(execution) => execution.at,
        }
    }

    fn definition(&self) -> &str {
        match self {
            Self::Month(_) => MONTHLY.name,
            Self::Other(execution) => &execution.definition,
        }
    }
}

pub(super) fn show(asked: &Asked<'_>) -> Result<Shown, Failure> {
    let filter = Filter {
        room: asked.asks("room"),
        state: asked.asks("state"),
        dataset: asked.asks("dataset"),
        day: asked.asks("day"),
        before: asked.asks(BEFORE).and_then(|text| text.parse().ok()),
    };
    let lake = asked.lake();
    let is_filtered = [filter.room, filter.state, filter.dataset, filter.day].iter().any(Option::is_some);
    let wanted = if is_filtered || filter.before.is_some() { LOOKED_THROUGH } else { LINES + 1 };
    let months = match lake.ledger {
        Some(_) => runs(&lake, wanted).map_err(failed)?,
        None => Vec::new(),
    };
    let mut lines: Vec<Line> = months.into_iter().map(Line::Month).collect();
    let before = filter.before.and_then(|at| Timestamp::from_nanosecond(at).ok());
    let others = executions::all(asked, before, if is_filtered { LOOKED_THROUGH } else { LINES + 1 })?;
    lines.extend(others.found.into_iter().map(Line::Other));
    lines.sort_by_key(|line| std::cmp::Reverse(line.at()));
    let total = lines.len();
    let (mut rows, mut last, mut is_more) = (Vec::new(), None, false);
    let mut is_live = false;
    for line in lines {
        if !passes(asked, &filter, &line) {
            continue;
        }
        if rows.len() == LINES {
            is_more = true;
            break;
        }
        let at = line.at();
        let (row, state) = drawn(asked, line)?;
        if filter.state.is_some_and(|wanted| !state.eq_ignore_ascii_case(wanted)) {
            continue;
        }
        is_live |= state == "running";
        last = Some(at);
        rows.push(row);
    }
    let next = last.filter(|_| is_more).map(|at| {
        let mut query: BTreeMap<String, String> = asked.query.clone();
        query.insert(BEFORE.to_owned(), at.as_nanosecond().to_string());
        query
    });
    let empty = if is_filtered || filter.before.is_some() {
        format!("no run passes the filter, of {total} that were looked at; /runs lists all")
    } else {
        format!("nothing was run yet: carelake {} run", lake.options).replace("  ", " ")
    };
    let names = [
        "run",
        "what",
        "state",
        "trigger",
        "started",
        "took",
        "rows",
        "rows before",
        "rejected",
        "rejected before",
        "errors",
    ];
    let columns = names.map(str::to_owned).to_vec();
    let facts = others.unknown.iter().map(|(definition, error)| Fact {
        tone: Tone::Bad,
        ..Fact::new(&format!("executions of {definition}"), text(error.to_string()))
    });
    let facts = facts.collect();
    let page = Page {
        facts,
        tables: vec![Table { title: "runs".to_owned(), columns, rows, empty, next }],
        ..Page::new("Runs")
    };
    Ok(Shown { controls: Some(filters(asked)), is_live, ..Shown::from(page) })
}

fn passes(asked: &Asked<'_>, filter: &Filter<'_>, line: &Line) -> bool {
    let room_of =
        |definition: &str| asked.rooms.iter().find(|room| room.definitions.iter().any(|it| it.name == definition));
    let is_room = filter.room.is_none_or(|wanted| {
        line.definition() == wanted || room_of(line.definition()).is_some_and(|room| room.name == wanted)
    });
    let is_dataset = filter.dataset.is_none_or(|wanted| match line {
        Line::Month(run) => run.datasets.iter().any(|it| it == wanted || it.split('/').next() == Some(wanted)),
        Line::Other(_) => false,
    });
    // A run of the month says how it stands; of an execution that is kept its history has to be read.
    let is_state = filter.state.is_none_or(|wanted| match line {
        Line::Month(run) => run.status.name().eq_ignore_ascii_case(wanted),
        Line::Other(execution) => execution.known_state().is_none_or(|state| state.eq_ignore_ascii_case(wanted)),
    });
    let is_day = filter.day.is_none_or(|day| line.at().to_string().starts_with(day));
    is_room && is_dataset && is_state && is_day && filter.before.is_none_or(|before| line.at().as_nanosecond() < before)
}

/// Draws the form that says which runs are wanted.
fn filters(asked: &Asked<'_>) -> maud::Markup {
    let value = |name: &str| asked.asks(name).unwrap_or_default().to_owned();
    let states = ["running", "succeeded", "failed", "aborted"];
    let rooms: Vec<&str> =
        asked.rooms.iter().filter(|room| !room.definitions.is_empty()).map(|room| room.name).collect();
    maud::html! {
        form.filters method="get" action="/runs" {
            label { "Room" select name="room" {
                option value="" { "all" }
                @for room in rooms { option value=(room) selected[value("room") == *room] { (room) } }
            } }
            label { "State" select name="state" {
                option value="" { "all" }
                @for state in states { option value=(state) selected[value("state") == state] { (state) } }
            } }
            label { "Dataset" input name="dataset" value=(value("dataset")) size="14"; }
            label { "Day (UTC)" input name="day" type="date" value=(value("day")); }
            button type="submit" { "Filter" }
        }
    }
}

fn drawn(asked: &Asked<'_>, line: Line) -> Result<(Row, &'static str), Failure> {
    match line {
        Line::Month(line) => month(asked, line),
        Line::Other(execution) => other(asked, &execution),
    }
}

fn month(asked: &Asked<'_>, line: RunLine) -> Result<(Row, &'static str), Failure> {
    let took =
        line.finished_at.map_or(Cell::None, |end| Cell::Seconds(end.duration_since(line.started_at).as_secs_f64()));
    let figures = asked.known.of(asked, &line);
    let count = |figure: fn(&Figures) -> Option<u64>| figures.as_ref().and_then(figure).map_or(Cell::None, Cell::Count);
    let share = |figure: fn(&Figures) -> Option<f64>| figures.as_ref().and_then(figure).map_or(Cell::None, Cell::Share);
    let is_all = line.datasets.len() == carelake_pipeline::publications(asked.context.services.config).len();
    let id = line.run_id.to_string();
    let cells = vec![
        Cell::Link { text: id.clone(), to: To::Execution(id) },
        text(if is_all { "all".to_owned() } else { line.datasets.join(" ") }),
        text(line.status.name()),
        text(line.trigger.name()),
        Cell::Moment(line.started_at),
        took,
        count(|it| it.rows),
        count(|it| it.rows_before),
        share(|it| it.rejected),
        share(|it| it.rejected_before),
        some(Some(line.errors.join(" "))),
    ];
    Ok((row(cells, tone(line.status)), line.status.name()))
}

/// Figures of ended runs, which never change: a list has fifty of them, each in a report of its own.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<BTreeMap<RunId, Figures>>);

impl Known {
    /// Returns the figures of a run, if it has ended and left them.
    fn of(&self, asked: &Asked<'_>, line: &RunLine) -> Option<Figures> {
        line.finished_at?;
        if let Some(figures) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&line.run_id) {
            return Some(*figures);
        }
        // What a run left may be gone; that it was there is still told.
        let Ok(RunFacts::Ended(report)) = run(&asked.lake(), &line.run_id) else { return None };
        let figures = Figures::of(&report);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while known.len() >= LOOKED_THROUGH {
            known.pop_first();
        }
        known.insert(line.run_id.clone(), figures);
        Some(figures)
    }
}

/// The figures of a run, each beside that of the run before of what it published.
#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    rows: Option<u64>,
    rows_before: Option<u64>,
    rejected: Option<f64>,
    rejected_before: Option<f64>,
}

impl Figures {
    fn of(report: &RunReport) -> Self {
        let reports = || report.publications.iter().filter_map(|outcome| outcome.report.as_ref());
        if reports().next().is_none() {
            return Self::default();
        }
        let sum = |figure: &dyn Fn(&carelake_tabular::job::Report) -> u64| reports().map(figure).sum::<u64>();
        let read = sum(&|it| it.sources.values().map(|source| source.account.read).sum());
        let refused = sum(&|it| it.sources.values().map(|source| source.account.rejects()).sum());
        let rows_before = sum(&|it| it.previous.map_or(0, |before| before.rows));
        let refused_before = sum(&|it| it.previous.map_or(0, |before| before.rejected));
        let share = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
        Self {
            rows: Some(sum(&|it| it.rows)),
            rows_before: Some(rows_before).filter(|rows| *rows > 0),
            rejected: share(refused, read),
            rejected_before: share(refused_before, rows_before + refused_before),
        }
    }
}

fn other(asked: &Asked<'_>, execution: &Execution) -> Result<(Row, &'static str), Failure> {
    let standing = execution.standing(asked)?;
    let (from, state) = (standing.from, standing.state);
    let took = from.zip(standing.to);
    let took = took.map_or(Cell::None, |(from, to)| Cell::Seconds(to.duration_since(from).as_secs_f64()));
    let id = format!("{}/{}", execution.definition, execution.name);
    let cells = vec![
        Cell::Link { text: execution.name.clone(), to: To::Execution(id) },
        text(&execution.definition),
        text(state),
        Cell::None,
        from.map_or(Cell::None, Cell::Moment),
        took,
        Cell::None,
        Cell::None,
        Cell::None,
        Cell::None,
        some(standing.error),
    ];
    let tone = if matches!(state, "failed" | "aborted" | "timed out") { Tone::Bad } else { Tone::Plain };
    Ok((row(cells, tone), state))
}

/// Returns how a state of a run is to be taken.
pub(super) const fn tone(status: Status) -> Tone {
    match status {
        Status::Succeeded | Status::Running => Tone::Plain,
        Status::Failed | Status::Aborted => Tone::Bad,
    }
}
