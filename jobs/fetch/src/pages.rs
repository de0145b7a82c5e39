//! What the room shows of itself: each file that is wanted, its releases, and how the last look at its site went. No site is asked.

use carelake_pipeline::page::{Action, Cell, Does, Fact, Page, Row, Table, To, Tone, View, typed};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Pages};

use crate::config::{At, Cadence, Fetch, Wanted};
use crate::functions::{FetchRequest, answer, records};
use crate::room::ROOM;
use crate::standing::{Line, State, lines};

/// The files that are fetched, and each of them.
pub(crate) struct Fetched;

impl Pages for Fetched {
    fn name(&self) -> &'static str {
        "fetched"
    }

    fn title(&self) -> &'static str {
        "Public files of the monthly run"
    }

    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure> {
        let Some(section) = Fetch::of_config(context.services.config) else {
            return Ok(view.item.is_none().then(|| page(self.title(), &[])));
        };
        let now = (context.services.now)();
        let now = (now, now.to_zoned(context.zone.clone()).date());
        let records = Some(records(context));
        if let Some(item) = &view.item {
            let Some(wanted) = section.wanted.iter().find(|wanted| wanted.name == *item) else { return Ok(None) };
            return of_source(context.options, wanted, lines(&section, [wanted], records, true, now)?, view).map(Some);
        }
        let lines = lines(&section, &section.wanted, records, false, now)?;
        let page = page(self.title(), &lines);
        Ok(Some(Page { actions: vec![all(context.options, lines.len())?], ..page }))
    }
}

fn page(title: &str, lines: &[Line]) -> Page {
    let count = |state| lines.iter().filter(|line| line.state == state).count() as u64;
    let columns = [
        "source",
        "state",
        "release",
        "age in days",
        "file",
        "size",
        "last looked",
        "last changed",
        "next expected",
        "error",
    ];
    let empty = "add a section `fetch` with a source to the configuration; docs/rooms/fetch.md has one";
    Page {
        facts: vec![
            Fact::new("sources", Cell::Count(lines.len() as u64)),
            Fact::none_is_well("failed", count(State::Failed), Tone::Bad),
            Fact::none_is_well("stale", count(State::Stale), Tone::Warning),
            Fact::none_is_well("never brought", count(State::Never), Tone::Warning),
        ],
        tables: vec![Table::new("sources", &columns, lines.iter().map(row).collect(), empty)],
        ..Page::new(title)
    }
}

fn row(line: &Line) -> Row {
    let record = line.record.as_ref();
    let cells = vec![
        Cell::link(&line.source, To::item(ROOM.name, "fetched", &line.source)),
        Cell::text(line.state.word()),
        Cell::some(record.map(|it| it.release.to_string())),
        line.age_days.map_or(Cell::None, |days| Cell::Count(u64::from(days.max(0).unsigned_abs()))),
        Cell::some(record.map(|it| &it.name)),
        record.map_or(Cell::None, |it| Cell::Bytes(it.bytes)),
        Cell::moment(line.looked_at),
        Cell::moment(record.map(|it| it.fetched_at)),
        Cell::some(record.and_then(|it| it.next_expected).map(|day| day.to_string())),
        Cell::some(line.error.as_deref()),
    ];
    Row::new(cells).toned(tone(line.state))
}

const fn tone(state: State) -> Tone {
    match state {
        State::Current => Tone::Good,
        State::Stale | State::Never => Tone::Warning,
        State::Failed => Tone::Bad,
        State::Older => Tone::Plain,
    }
}

/// Shows one file with its releases. `lines` are its own, the newest first.
fn of_source(options: &str, wanted: &Wanted, lines: Vec<Line>, view: &View) -> Result<Page, Failure> {
    let newest = lines.first();
    let record = newest.and_then(|line| line.record.as_ref());
    let state = newest.map_or(State::Never, |line| line.state);
    let error = newest.and_then(|line| line.error.as_deref());
    let facts = vec![
        Fact { tone: tone(state), ..Fact::new("state", Cell::text(state.word())) },
        Fact::new("read by", Cell::text(&wanted.source)),
        Fact::new("published at", Cell::text(site(&wanted.at))),
        Fact::new("last looked", Cell::moment(newest.and_then(|line| line.looked_at))),
        Fact::new("last changed", Cell::moment(record.map(|it| it.fetched_at))),
        Fact::new("release", Cell::some(record.map(|it| it.release.to_string()))),
        Fact::new("next expected", Cell::some(record.and_then(|it| it.next_expected).map(|day| day.to_string()))),
        Fact { tone: if error.is_some() { Tone::Bad } else { Tone::Plain }, ..Fact::new("error", Cell::some(error)) },
        Fact::new("least share of the last size", Cell::Share(wanted.min_share)),
    ];
    let actions = vec![one(options, &wanted.name, record.map(|it| it.bytes))?];
    let numbered: Vec<(usize, Line)> = lines.into_iter().filter(|line| line.record.is_some()).enumerate().collect();
    let (shown, next) = view.cut("after", numbered, |(at, _)| format!("{at:06}"));
    let columns = ["release", "file", "correction", "size", "brought", "next expected", "accepted by"];
    let rows = shown.iter().filter_map(|(_, line)| line.record.as_ref()).map(|record| {
        Row::new(vec![
            Cell::text(record.release.to_string()),
            Cell::text(&record.name),
            Cell::Count(record.correction.into()),
            Cell::Bytes(record.bytes),
            Cell::Moment(record.fetched_at),
            Cell::some(record.next_expected.map(|day| day.to_string())),
            Cell::some(record.accepted_by.as_deref()),
        ])
    });
    let empty = format!("`carelake fetch {} {options}` brings it", typed(&wanted.name));
    Ok(Page {
        facts,
        tables: vec![Table::new("files that were brought", &columns, rows.collect(), empty).going_on(next)],
        actions,
        ..Page::new(format!("File {}", wanted.name))
    })
}

/// Says where the publisher tells of a file.
fn site(at: &At) -> String {
    match at {
        At::ProviderData { id } => format!("the Provider Data Catalog, dataset {id}"),
        At::DataCms { dataset, .. } => format!("data.cms.gov, dataset {dataset}"),
        At::Nppes(Cadence::Monthly) => "NPPES, every month".to_owned(),
        At::Nppes(Cadence::Weekly) => "NPPES, every week".to_owned(),
    }
}

fn all(options: &str, sources: usize) -> Result<Action, Failure> {
    let effect = format!("{sources} sources are asked for their newest release, and what is new is brought");
    action(("Fetch what is new", effect), format!("carelake fetch {options}"), Vec::new())
}

fn one(options: &str, name: &str, bytes: Option<u64>) -> Result<Action, Failure> {
    let before =
        bytes.map_or_else(|| "nothing was brought yet".to_owned(), |bytes| format!("the last has {bytes} bytes"));
    let effect =
        format!("the site of {name} is asked for its newest release, and that is brought if it is new; {before}");
    let command = format!("carelake fetch {} {options}", typed(name));
    action((&format!("Fetch {name}"), effect), command, vec![name.to_owned()])
}

fn action((label, effect): (&str, String), command: String, sources: Vec<String>) -> Result<Action, Failure> {
    let request = FetchRequest { trigger: Some("manual".to_owned()), sources, ..FetchRequest::default() };
    let does = Does::Start { definition: "fetch".to_owned(), input: answer(&request)? };
    Ok(Action { label: label.to_owned(), effect, command, does })
}
