//! One stream: where it stands, what waits, what is parked by reason, and its last publications.

use carelake_core::names::Publication;
use carelake_pipeline::page::{Action, Cell, Chart, Does, Fact, Line, Page, Row, Table, To, Tone, View, typed};
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;

use super::{age_cell, is_late, parked};
use crate::config::Stream;
use crate::functions::{FlushLine, FlushRequest, ReplayTask, Status, answer, failed, flushes, staged, status};
use crate::publish::World;
use crate::take::StagedName;

/// Publications that are shown.
const FLUSHES: usize = 50;

pub(super) fn page(options: &str, world: &World<'_>, stream: &Stream, view: &View) -> Result<Page, Failure> {
    let gathered = || Ok((status(world, stream)?, staged(world, stream)?, flushes(world, stream, FLUSHES)?));
    let (standing, staged, flushes) = gathered().map_err(|error| failed(&error))?;
    let now = (world.now)();
    let name = typed(&stream.name);
    let (staged, next) = view.cut("after", staged, StagedName::path);
    let (shards, next_shards) =
        view.cut("after_shard", standing.positions.iter().collect(), |(shard, _)| (*shard).clone());
    let position = |(shard, position): &(&String, &crate::flush::Position)| {
        let shard = if shard.is_empty() { "all together" } else { shard };
        Row::new(vec![Cell::text(shard), Cell::text(&position.from), Cell::text(&position.to)])
    };
    let reason =
        |(rule, count): (&String, &u64)| Row::new(vec![Cell::text(rule), Cell::Count(*count)]).toned(Tone::Bad);
    let batch = |batch: &StagedName| {
        Row::new(vec![Cell::text(batch.path()), Cell::Moment(batch.written), Cell::Bytes(batch.bytes)])
    };
    let come = match stream.is_delivered() {
        true => "nothing waits; AWS delivers what changes".to_owned(),
        false => format!("nothing waits; `carelake stream flush {name} {options}` reads files that came"),
    };
    Ok(Page {
        facts: facts(stream, &standing, now),
        tables: vec![
            Table::new(
                "positions",
                &["shard", "from", "to"],
                shards.iter().map(position).collect(),
                "they are known from the first publication on",
            )
            .going_on(next_shards),
            Table::new("staged batches", &["batch", "staged", "size"], staged.iter().map(batch).collect(), come)
                .going_on(next),
            Table::new(
                "parked records",
                &["reason", "records"],
                standing.parked.iter().map(reason).collect(),
                "every record could be used",
            ),
            published(&flushes, &name, options),
        ],
        charts: charts(&flushes),
        actions: actions(options, stream, &standing)?,
        ..Page::new(format!("Stream {}", stream.name))
    })
}

fn facts(stream: &Stream, standing: &Status, now: Timestamp) -> Vec<Fact> {
    let publication = |publication: Publication| {
        let path = publication.path();
        Cell::link(&path, To::Publication(path.clone()))
    };
    let waits = Fact::new("waits for", age_cell(standing, now));
    let tone = if is_late(standing, now) { Tone::Warning } else { Tone::Plain };
    let mut facts = vec![
        Fact::new("kind", Cell::text(standing.kind)),
        Fact::new("source", Cell::text(if stream.is_delivered() { &stream.source } else { &stream.place })),
        Fact::new("changes", publication(stream.changes())),
        Fact::new("rows of changes", Cell::Count(standing.changes)),
        Fact::new("rows that are there now", publication(stream.latest())),
        Fact::new("rows now", Cell::Count(standing.latest)),
        Fact::new("batches staged", Cell::Count(standing.staged)),
        Fact::new("size staged", Cell::Bytes(standing.staged_bytes)),
        Fact { tone, ..waits },
        Fact::new("flushed every", Cell::Seconds(standing.every_secs as f64)),
        Fact::new("last flush", Cell::moment(standing.published_at)),
        Fact::new("runs", Cell::Count(standing.runs)),
        Fact::new("files", Cell::Count(standing.files)),
        Fact::new("size", Cell::Bytes(standing.size_bytes)),
        Fact::new("delivered", Cell::Count(standing.totals.read)),
        Fact::new("published", Cell::Count(standing.totals.published)),
        Fact::new("delivered again", Cell::Count(standing.totals.duplicates())),
        Fact::none_is_well("records parked", parked(standing), Tone::Bad),
        Fact::none_is_well("records lost", standing.records_lost, Tone::Bad),
        Fact::none_is_well("crowded folders", standing.crowded.len() as u64, Tone::Warning),
    ];
    if !standing.prefilter.is_empty() {
        let events = format!("{} only; what AWS leaves out is not counted", standing.prefilter.join(", "));
        facts.push(Fact::new("AWS delivers", Cell::text(events)));
    }
    facts
}

fn published(flushes: &[FlushLine], name: &str, options: &str) -> Table {
    let row = |flush: &FlushLine| {
        Row::new(vec![
            Cell::text(&flush.run),
            Cell::Moment(flush.at),
            Cell::Count(flush.delivered),
            Cell::Count(flush.rows),
            Cell::Count(flush.files),
            Cell::Bytes(flush.size_bytes),
            Cell::Seconds(flush.seconds),
        ])
    };
    let columns = ["run", "complete", "delivered", "rows", "files", "size", "took"];
    let empty = format!("`carelake stream flush {name} {options}` publishes what is staged");
    Table::new("last flushes", &columns, flushes.iter().map(row).collect(), empty)
}

fn charts(flushes: &[FlushLine]) -> Vec<Chart> {
    let points = |figure: fn(&FlushLine) -> f64| flushes.iter().map(|flush| (flush.at, figure(flush))).collect();
    if flushes.is_empty() {
        return Vec::new();
    }
    let lines = vec![
        Line::new("delivered", points(|flush| flush.delivered as f64)),
        Line::new("published", points(|flush| flush.rows as f64)),
    ];
    vec![Chart { title: "records of each flush, in records".to_owned(), lines }]
}

fn actions(options: &str, stream: &Stream, standing: &Status) -> Result<Vec<Action>, Failure> {
    let (name, word) = (&stream.name, typed(&stream.name));
    let effect = match stream.is_delivered() {
        true => format!("{} staged batches of {name} are published", standing.staged),
        false => {
            format!("files of {name} that came are read, and they and {} staged batches published", standing.staged)
        }
    };
    let request =
        FlushRequest { trigger: Some("manual".to_owned()), streams: vec![name.clone()], ..FlushRequest::default() };
    let mut actions = vec![Action {
        label: format!("Flush {name}"),
        effect,
        command: format!("carelake stream flush {word} {options}"),
        does: Does::Start { definition: "stream_flush".to_owned(), input: answer(&request)? },
    }];
    let parked = parked(standing);
    if parked > 0 {
        let task = ReplayTask { replay: name.clone(), re_enrich: false };
        actions.push(Action {
            label: format!("Try what is parked of {name} again"),
            effect: format!(
                "{parked} parked records are tried again; those that are good now are staged for the next flush"
            ),
            command: format!("carelake stream replay {word} --parked {options}"),
            does: Does::Call { function: "stream_take".to_owned(), payload: answer(&task)? },
        });
    }
    Ok(actions)
}
