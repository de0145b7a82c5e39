//! What is served: every publication, and each of them with its columns, its course and what it was made of.

use carelake_core::names::Publication;
use carelake_facts::{
    Details, FactError, KeptRun, Served, Summary, all, course, kept, lineage, publication, publications, rejects,
    schemas,
};
use carelake_pipeline::page::{Action, Cell, Chart, Does, Fact, Line, Page, Row, Table, To, Tone};
use carelake_pipeline::pipeline::Failure;
use maud::html;
use serde_json::json;

use super::{Asked, failed, row, some, text};
use crate::act::own::{RETRACT, ROLLBACK};
use crate::draw::Shown;
use crate::draw::links::part;

/// Publications of a page.
const LINES: usize = 200;
/// The member of the query that says after which publication to go on.
const AFTER: &str = "after";

/// Returns the page of all.
pub(super) fn list(asked: &Asked<'_>) -> Result<Shown, Failure> {
    let summaries = publications(&asked.lake()).map_err(failed)?;
    let served = || summaries.iter().filter_map(|it| it.served.as_ref());
    let stale = served().filter(|it| it.is_stale).count() as u64;
    let never = summaries.iter().filter(|it| it.served.is_none()).count() as u64;
    let mut shown = Page::new("Datasets");
    shown.facts = vec![
        Fact::new("publications", Cell::Count(summaries.len() as u64)),
        Fact::new("rows served", Cell::Count(served().map(|it| it.rows).sum())),
        Fact::new("bytes served", Cell::Bytes(served().map(|it| it.bytes).sum())),
        Fact { tone: if stale > 0 { Tone::Warning } else { Tone::Good }, ..Fact::new("overdue", Cell::Count(stale)) },
        Fact {
            tone: if never > 0 { Tone::Warning } else { Tone::Good },
            ..Fact::new("never published", Cell::Count(never))
        },
    ];
    let after = asked.asks(AFTER);
    let skipped = after.and_then(|name| summaries.iter().position(|it| it.publication == name)).map_or(0, |at| at + 1);
    let lines = summaries.iter().skip(skipped).take(LINES);
    let last = lines.clone().next_back().map(|it| it.publication.clone());
    let columns = ["dataset", "rows", "files", "size", "run", "as of", "published", "age in days", "key"];
    let mut list = Table::new("datasets", &columns, lines.map(line).collect(), "the configuration names no dataset");
    let is_more = summaries.len() > skipped + LINES;
    list.next = last.filter(|_| is_more).map(|name| [(AFTER.to_owned(), name)].into());
    shown.tables.push(list);
    Ok(shown.into())
}

fn line(summary: &Summary) -> Row {
    let name = &summary.publication;
    let link = Cell::Link { text: name.clone(), to: To::Publication(name.clone()) };
    let Some(served) = &summary.served else {
        let mut cells = vec![link, Cell::None, Cell::None, Cell::None, text("never published")];
        cells.extend([Cell::None, Cell::None, Cell::None, text(summary.key.join(", "))]);
        return row(cells, Tone::Warning);
    };
    let cells = vec![
        link,
        Cell::Count(served.rows),
        Cell::Count(served.files as u64),
        Cell::Bytes(served.bytes),
        text(&served.run_id),
        text(served.as_of.to_string()),
        Cell::Moment(served.published_at),
        Cell::Count(served.age_days.unsigned_abs()),
        text(summary.key.join(", ")),
    ];
    row(cells, if served.is_stale { Tone::Warning } else { Tone::Plain })
}

/// Returns the page of one publication.
pub(super) fn one(asked: &Asked<'_>, name: &str) -> Result<Option<Shown>, Failure> {
    let lake = asked.lake();
    let Some(of) = all(&lake).map_err(failed)?.into_iter().find(|it| it.path() == name) else { return Ok(None) };
    let told = publication(&lake, &of).map_err(failed)?;
    let (runs, lists) = kept(&lake, &of).map_err(failed)?;
    let mut shown = Page::new(name);
    shown.facts = facts(&told);
    shown.charts = charts(asked, &of).map_err(failed)?;
    shown.tables = vec![columns(&told), rules(asked, &of).map_err(failed)?, sources(asked, &of).map_err(failed)?];
    shown.tables.extend([leads_to(asked, &of).map_err(failed)?, kept_runs(&runs)]);
    if !lists.is_empty() {
        let lists = lists.iter().map(|it| {
            let cells = [Cell::Count(it.sequence), text(it.state), Cell::Moment(it.committed_at)];
            row(cells.into_iter().chain([Cell::Count(it.runs as u64), Cell::Count(it.rows)]).collect(), Tone::Plain)
        });
        shown.tables.push(Table::new(
            "lists of runs",
            &["sequence", "state", "changed", "runs", "rows"],
            lists.collect(),
            "",
        ));
    }
    shown.tables.push(history(asked, &of).map_err(failed)?);
    shown.tables.push(queries(asked, &of));
    shown.actions = actions(asked, &of, &told, &runs)?;
    let page = |of: &str| format!("/{of}/{}", part(name));
    let figures = html! { p { a href=(page("columns")) { "Columns in figures" } " · " a href=(page("changes")) { "What changed last" } } };
    Ok(Some(Shown { controls: told.summary.served.as_ref().map(|_| figures), ..Shown::from(shown) }))
}

fn facts(told: &Details) -> Vec<Fact> {
    let key = text(told.summary.key.join(", "));
    let Some(served) = &told.summary.served else {
        return vec![
            Fact { tone: Tone::Warning, ..Fact::new("served", text("never published")) },
            Fact::new("key", key),
        ];
    };
    let Served { run_id, as_of, rows, runs, files, bytes, written_at, published_at, age_days, is_stale } = served;
    let run = Cell::Link { text: run_id.clone(), to: To::Execution(run_id.clone()) };
    let age = Fact {
        tone: if *is_stale { Tone::Warning } else { Tone::Good },
        ..Fact::new("age", text(format!("{age_days} days{}", if *is_stale { ", overdue" } else { "" })))
    };
    let mut facts = vec![
        Fact::new("run", run),
        Fact::new("as of", text(as_of.to_string())),
        Fact::new("rows", Cell::Count(*rows)),
        Fact::new("files", Cell::Count(*files as u64)),
        Fact::new("size", Cell::Bytes(*bytes)),
        Fact::new("written", Cell::Moment(*written_at)),
        Fact::new("published", Cell::Moment(*published_at)),
        age,
        Fact::new("key", key),
        Fact::new("folders", some(Some(told.summary.partition_by.join(", ")))),
    ];
    if *runs > 1 {
        facts.insert(1, Fact::new("runs served", Cell::Count(*runs as u64)));
    }
    facts
}

fn columns(told: &Details) -> Table {
    let rows = told.columns.iter().map(|column| {
        let from = if column.from.is_empty() { "derived".to_owned() } else { column.from.join(", ") };
        row(
            vec![Cell::Code(column.name.clone()), text(&column.kind), text(from), text(&column.description)],
            Tone::Plain,
        )
    });
    let empty = "its columns are known once it is published";
    Table::new("columns", &["column", "type", "from", "what it holds"], rows.collect(), empty)
}

fn charts(asked: &Asked<'_>, of: &Publication) -> Result<Vec<Chart>, FactError> {
    let course = course(&asked.lake(), of)?;
    if course.len() < 2 {
        return Ok(Vec::new());
    }
    let line = |label: &str, figure: &dyn Fn(&carelake_facts::CourseLine) -> u64| Line {
        label: label.to_owned(),
        points: course.iter().map(|it| (it.written_at, figure(it) as f64)).collect(),
    };
    let rejected = |it: &carelake_facts::CourseLine| it.rejected.values().sum::<u64>();
    Ok(vec![
        Chart { title: "rows published, by run".to_owned(), lines: vec![line("rows", &|it| it.published)] },
        Chart {
            title: "rows left out, by run".to_owned(),
            lines: vec![line("rejected", &rejected), line("duplicates", &|it| it.duplicates)],
        },
    ])
}

fn rules(asked: &Asked<'_>, of: &Publication) -> Result<Table, FactError> {
    let rows = rejects(&asked.lake(), of)?.into_iter().map(|line| {
        row(vec![text(line.source), Cell::Code(line.rule), Cell::Count(line.rows), some(line.meaning)], Tone::Plain)
    });
    let empty = "the served run rejected nothing";
    Ok(Table::new("rejects by rule", &["source", "rule", "rows", "what it means"], rows.collect(), empty))
}

fn sources(asked: &Asked<'_>, of: &Publication) -> Result<Table, FactError> {
    let rows = lineage(&asked.lake(), of)?.up.into_iter().map(|up| {
        let hash = up.sha256.map_or(Cell::None, Cell::Code);
        let size = up.bytes.map_or(Cell::None, Cell::Bytes);
        row(vec![text(up.run_id.to_string()), text(up.kind), text(up.of), text(up.what), size, hash], Tone::Plain)
    });
    let empty = "what it is made of is known once it is published";
    Ok(Table::new("made of", &["run", "kind", "of", "what", "size", "sha256"], rows.collect(), empty))
}

fn leads_to(asked: &Asked<'_>, of: &Publication) -> Result<Table, FactError> {
    let rows = lineage(&asked.lake(), of)?
        .down
        .into_iter()
        .map(|down| row(vec![text(down.kind), text(down.name), some(down.room)], Tone::Plain));
    Ok(Table::new("leads to", &["kind", "what", "room"], rows.collect(), "nothing here reads it or listens to it"))
}

fn kept_runs(runs: &[KeptRun]) -> Table {
    let rows = runs.iter().map(|run| {
        let id = run.run_id.to_string();
        let cells = vec![
            Cell::Link { text: id.clone(), to: To::Execution(id) },
            text(run.state),
            Cell::Moment(run.written_at),
            Cell::Count(run.rows),
            Cell::Count(run.files as u64),
            Cell::Bytes(run.bytes),
        ];
        row(cells, if run.state == "served" { Tone::Good } else { Tone::Plain })
    });
    Table::new("runs that are kept", &["run", "state", "written", "rows", "files", "size"], rows.collect(), "none yet")
}

fn history(asked: &Asked<'_>, of: &Publication) -> Result<Table, FactError> {
    let names = |columns: &[carelake_facts::ColumnNow]| {
        some(Some(columns.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ")))
    };
    let rows = schemas(&asked.lake(), of)?.into_iter().rev().map(|change| {
        let changed: Vec<String> = change
            .changed
            .iter()
            .map(|it| format!("{}: {} to {}", it.before.name, it.before.kind, it.after.kind))
            .collect();
        let cells = vec![
            text(change.run_id.to_string()),
            Cell::Moment(change.seen_at),
            names(&change.added),
            names(&change.removed),
            some(Some(changed.join(", "))),
        ];
        row(cells, Tone::Plain)
    });
    Ok(Table::new(
        "history of its columns",
        &["run", "seen", "new", "gone", "changed"],
        rows.collect(),
        "no run told its columns yet",
    ))
}

fn queries(asked: &Asked<'_>, of: &Publication) -> Table {
    let options = asked.context.options;
    let name = of.path();
    let verbs = [
        ("look at rows", format!("carelake {options} query 'select * from {} limit 10'", of.alias())),
        ("columns in figures", format!("carelake {options} profile {name}")),
        ("what changed last", format!("carelake {options} diff {name}")),
        ("rejected rows", format!("carelake {options} rejects {name}")),
    ];
    let rows = verbs.map(|(what, command)| row(vec![text(what), Cell::Code(command.replace("  ", " "))], Tone::Plain));
    Table::new("ready to type", &["for", "command"], rows.to_vec(), "")
}

/// Returns what can be done: publish again, serve a run that is kept, take a run out.
fn actions(asked: &Asked<'_>, of: &Publication, told: &Details, runs: &[KeptRun]) -> Result<Vec<Action>, Failure> {
    let lake = asked.lake();
    let declared = carelake_pipeline::publications(lake.config);
    let (Some(served), true) = (&told.summary.served, declared.contains(of)) else { return Ok(Vec::new()) };
    let name = of.path();
    let mut actions = vec![super::run::again(asked, std::slice::from_ref(&name), served.as_of, "Publish again")?];
    let options = lake.options;
    for run in runs.iter().filter(|run| run.state != "served") {
        let id = run.run_id.to_string();
        let payload = json!({"publication": name, "to": id, "instead_of": served.run_id});
        actions.push(Action {
            label: format!("Serve run {id}"),
            effect: format!(
                "serves run {id}, {} rows, in place of run {}, {} rows; no file is changed",
                run.rows, served.run_id, served.rows
            ),
            command: format!("carelake {options} rollback {name} --to {id}").replace("  ", " "),
            does: Does::Call { function: ROLLBACK.to_owned(), payload },
        });
    }
    if served.runs > 1 {
        let payload = json!({"publication": name, "run": served.run_id});
        actions.push(Action {
            label: format!("Take out run {}", served.run_id),
            effect: format!("run {} is served no more; the other {} runs are", served.run_id, served.runs - 1),
            command: format!("carelake {options} retract {name} {}", served.run_id).replace("  ", " "),
            does: Does::Call { function: RETRACT.to_owned(), payload },
        });
    }
    Ok(actions)
}
