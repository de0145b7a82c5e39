//! A feed of two tables, its deliveries as plain rows, and what they are to come to, worked out in the plainest way.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Date32Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, UInt32Array, UInt64Array};
use carelake_core::account::Account;
use carelake_core::ledger::SqliteLedger;
use carelake_core::publish::Served;
use carelake_core::store::{LocalStore, Store};
use carelake_records::{Format, Json, Place, Reading, Wanted, Way};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use tempfile::TempDir;

use crate::common::{CommonColumn, CommonTable, Rule};
use crate::error::IntakeError;
use crate::feed::{Feed, FeedTable, Mode, Order, Thresholds};
use crate::judged::{Judged, JudgedTable, Rejected, Values, part_schema};
use crate::mapping::TableMapping;
use crate::publish::publication;
use crate::state::{Accepted, Admission, Services, Settled, Settlement, settle};

/// A row: key, name, when it was updated, whether it takes its key out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) key: u8,
    pub(super) name: u8,
    pub(super) updated: Option<u8>,
    pub(super) is_removal: bool,
}

/// A delivery: its day, which content of that day it is, its rows by key, and how many further rows were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) day: i8,
    pub(super) sequence: u32,
    pub(super) content: u8,
    pub(super) lines: Vec<Line>,
    pub(super) refused: u8,
    /// Visits of persons who are not among the rows.
    pub(super) strangers: u8,
}

impl Sent {
    pub(super) fn accepted(&self) -> Accepted {
        Accepted {
            id: format!("roster {}.{}", self.date(), self.sequence),
            delivery_date: self.date(),
            sequence: self.sequence,
            sha256: format!("{:02x}{:02x}{:02x}", self.day, self.sequence, self.content),
            name: format!("{}-{}-{}.csv", self.day, self.sequence, self.content),
        }
    }

    pub(super) fn date(&self) -> Date {
        date(2026, 8, self.day)
    }
}

/// A delivery of this day with rows of these keys, all alike.
pub(super) fn sent(day: i8, keys: std::ops::Range<u8>, refused: u8) -> Sent {
    let line = |key| Line { key, name: 1, updated: None, is_removal: false };
    Sent { day, sequence: 1, content: 0, lines: keys.map(line).collect(), refused, strangers: 0 }
}

/// A row that is served: name, update, delivery date, file.
pub(super) type Row = (Option<String>, Option<i64>, i32, String);

/// What a feed serves, with what became of the other rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Seen {
    pub(super) rows: BTreeMap<String, Row>,
    pub(super) counts: BTreeMap<String, Account>,
    pub(super) rejects: Vec<(String, String, String)>,
}

/// An output, a place for refused rows and a ledger.
pub(super) struct World {
    folder: PathBuf,
    _kept: Option<TempDir>,
    pub(super) output: LocalStore,
    pub(super) rejects: LocalStore,
    pub(super) ledger: SqliteLedger,
    pub(super) feed: Feed,
    pub(super) judged: RefCell<Vec<String>>,
}

pub(super) fn now() -> Timestamp {
    "2026-08-30T06:00:00Z".parse().unwrap()
}

impl World {
    pub(super) fn new(mode: Mode) -> Self {
        // Thousands of flushes take minutes on a disk.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let world = Self::at(mode, folder.path());
        Self { _kept: Some(folder), ..world }
    }

    /// A world that is there already.
    pub(super) fn at(mode: Mode, folder: &Path) -> Self {
        Self {
            output: LocalStore::new(folder.join("output")),
            rejects: LocalStore::new(folder.join("rejects")),
            ledger: SqliteLedger::open(&folder.join("ledger.sqlite")).unwrap(),
            feed: feed(mode),
            judged: RefCell::default(),
            folder: folder.to_owned(),
            _kept: None,
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn services<'s>(&'s self, output: &'s dyn Store) -> Services<'s> {
        Services { output, rejects: &self.rejects, ledger: &self.ledger, now: &now }
    }

    pub(super) fn settle(&self, sent: &[Sent]) -> Result<Settled, IntakeError> {
        self.settle_on(&self.output, sent, false)
    }

    pub(super) fn settle_on(&self, output: &dyn Store, sent: &[Sent], rebuild: bool) -> Result<Settled, IntakeError> {
        self.settle_with(self.services(output), sent, rebuild, None)
    }

    /// Settles with the last of these as one that has just arrived.
    pub(super) fn admit(&self, sent: &[Sent], accept_rejects: bool, accept_loss: bool) -> Result<Settled, IntakeError> {
        let delivery = &sent.last().unwrap().accepted().id;
        self.settle_with(
            self.services(&self.output),
            sent,
            false,
            Some(Admission { delivery, accept_rejects, accept_loss }),
        )
    }

    pub(super) fn settle_with(
        &self,
        services: Services<'_>,
        sent: &[Sent],
        rebuild: bool,
        admission: Option<Admission<'_>>,
    ) -> Result<Settled, IntakeError> {
        let accepted: Vec<Accepted> = sent.iter().map(Sent::accepted).collect();
        let judge = |delivery: &Accepted| {
            self.judged.borrow_mut().push(delivery.id.clone());
            Ok(judge(sent.iter().find(|one| one.accepted() == *delivery).unwrap()))
        };
        let feed = &self.feed;
        let (accepted, judge) = (&accepted, &judge);
        let settlement = Settlement {
            feed,
            accepted,
            judge,
            rebuild,
            replay: None,
            admission,
            execution: None,
            code_version: "test",
        };
        settle(services, &settlement)
    }

    /// Reads what a table serves, from the files alone.
    pub(super) fn rows(&self, table: &str) -> BTreeMap<String, Row> {
        let mut rows = BTreeMap::new();
        let Some(served) = Served::of(&self.output, &publication(table, "roster")).unwrap() else { return rows };
        let schema = served.schema().unwrap();
        for batch in served.batches(&self.output, &schema) {
            let batch = batch.unwrap();
            let text = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
            let (keys, names, files, partners) =
                (text("patient_id"), text("last_name"), text("_source_file"), text("partner"));
            let updated = batch.column_by_name("updated_at").unwrap();
            let updated = updated.as_primitive::<arrow_array::types::TimestampMicrosecondType>();
            let days = batch.column_by_name("delivery_date").unwrap();
            let days = days.as_primitive::<arrow_array::types::Date32Type>();
            for at in 0..batch.num_rows() {
                assert_eq!(partners.value(at), "bayview");
                let row = (
                    names.iter().nth(at).unwrap().map(str::to_owned),
                    updated.iter().nth(at).unwrap(),
                    days.value(at),
                    files.value(at).to_owned(),
                );
                assert!(rows.insert(keys.value(at).to_owned(), row).is_none(), "a key is served twice");
            }
        }
        rows
    }

    /// Returns what is served, as the law has it: of a `full` feed, figures of the newest delivery only.
    pub(super) fn seen(&self, settled: &Settled) -> Seen {
        let table = settled.tables.first().unwrap();
        let mut seen = Seen { rows: self.rows(&table.table), ..Seen::default() };
        assert_eq!(seen.rows.len() as u64, table.rows);
        let held = table.state.deliveries.iter().rev();
        let held = held.take(if self.feed.mode == Mode::Full { 1 } else { usize::MAX });
        for held in held {
            let account = held.account.clone().unwrap().balanced("persons").unwrap();
            seen.counts.insert(held.id.clone(), account);
            let rejects = crate::state::rejects_of(&self.rejects, &publication(&table.table, "roster"), held).unwrap();
            seen.rejects.extend(rejects.into_iter().map(|one| (held.id.clone(), one.place, one.rule)));
        }
        seen.rejects.sort();
        seen
    }
}

/// Works out what these deliveries come to.
pub(super) fn expected(mode: Mode, sent: &[Sent]) -> Seen {
    let mut sent: Vec<&Sent> = sent.iter().collect();
    sent.sort_by_key(|one| (one.day, one.sequence));
    if mode == Mode::Full {
        sent = sent.last().copied().into_iter().collect();
    }
    let mut seen = Seen::default();
    let mut winners: BTreeMap<u8, (&Line, &Sent)> = BTreeMap::new();
    for one in &sent {
        let (mut rejected, mut filtered, mut repeated) = (BTreeMap::new(), BTreeMap::new(), 0_u64);
        let mut refuse = |rule: &str, place: String| {
            *rejected.entry(rule.to_owned()).or_insert(0) += 1;
            seen.rejects.push((one.accepted().id, place, rule.to_owned()));
        };
        for at in 0..one.refused {
            refuse("required_missing", (100 + u64::from(at)).to_string());
        }
        for (at, line) in one.lines.iter().enumerate() {
            if line.is_removal {
                *filtered.entry("removal".to_owned()).or_insert(0) += 1;
            }
            match (mode, winners.get(&line.key).copied()) {
                (Mode::Append, _) if line.is_removal => {}
                (Mode::Append, Some((other, _))) if (other.name, other.updated) == (line.name, line.updated) => {
                    repeated += 1
                }
                (Mode::Append, Some(_)) => refuse("key_conflict", (at + 1).to_string()),
                // The latest update wins, none is the earliest of all, and of equals the later delivery.
                (_, Some((other, _))) if other.updated > line.updated => {}
                _ => drop(winners.insert(line.key, (line, *one))),
            }
        }
        let read = one.lines.len() as u64 + u64::from(one.refused);
        let out: u64 = rejected.values().sum::<u64>() + filtered.values().sum::<u64>() + repeated;
        let duplicate = Some(("published_before".to_owned(), repeated)).filter(|_| repeated > 0).into_iter().collect();
        let account = Account { read, published: read - out, rejected, duplicate, filtered, ..Account::default() };
        seen.counts.insert(one.accepted().id, account);
    }
    for (key, (line, one)) in winners.iter().filter(|(_, (line, _))| !line.is_removal) {
        let day = one.date().duration_since(date(1970, 1, 1)).as_hours() / 24;
        let updated = line.updated.map(|updated| i64::from(updated) * 1_000_000);
        let row = (Some(format!("N{}", line.name)), updated, day as i32, one.accepted().name);
        seen.rows.insert(format!("P{key}"), row);
    }
    seen.rejects.sort();
    seen
}

pub(super) fn judge(sent: &Sent) -> Judged {
    let rejects = (0..sent.refused).map(|at| Rejected {
        part: None,
        place: Place { number: 100 + u64::from(at), item: 0 },
        rule: "required_missing".into(),
        column: Some("patient_id".into()),
        raw: b"raw".to_vec(),
    });
    let refused = u64::from(sent.refused);
    let published = sent.lines.len() as u64;
    let rejected: BTreeMap<_, _> =
        Some(("required_missing".to_owned(), refused)).filter(|_| refused > 0).into_iter().collect();
    let chunks = sent.lines.chunks(3).enumerate().map(|(at, lines)| batch(sent, at * 3, lines));
    let chunks: Vec<RecordBatch> = chunks.collect();
    let persons = JudgedTable {
        name: "persons".into(),
        rows: chunks.clone().into(),
        account: Account { read: published + refused, published, rejected, ..Account::default() },
        rejects: rejects.collect(),
        columns: [("last_name".to_owned(), Values { filled: published, invalid: 0 })].into(),
        missing: Vec::new(),
    };
    let stranger = |key| Line { key, name: 0, updated: None, is_removal: false };
    let strangers: Vec<Line> = (200..200 + sent.strangers).map(stranger).collect();
    let visits = published + strangers.len() as u64;
    let account = Account { read: visits, published: visits, ..Account::default() };
    let (rejects, columns, missing) = Default::default();
    let rows = chunks.into_iter().chain([batch(sent, sent.lines.len(), &strangers)]).collect::<Vec<_>>().into();
    let visits = JudgedTable { name: "encounters".into(), rows, account, rejects, columns, missing };
    Judged { tables: vec![visits, persons], reading: Reading::default() }
}

pub(super) fn batch(sent: &Sent, from: usize, lines: &[Line]) -> RecordBatch {
    let (mut sources, mut keys, mut names) = (StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
    let mut updated = TimestampMicrosecondBuilder::new().with_timezone("UTC");
    let (mut dates, mut removals) = (Date32Builder::new(), BooleanBuilder::new());
    let field = arrow_schema::Field::new("element", arrow_schema::DataType::Utf8, true);
    let mut incomplete = ListBuilder::new(StringBuilder::new()).with_field(field);
    for line in lines {
        sources.append_value("roster");
        keys.append_value(format!("P{}", line.key));
        names.append_value(format!("N{}", line.name));
        updated.append_option(line.updated.map(|updated| i64::from(updated) * 1_000_000));
        dates.append_value((sent.date().duration_since(date(1970, 1, 1)).as_hours() / 24) as i32);
        incomplete.append(true);
        removals.append_value(line.is_removal);
    }
    let numbers = UInt64Array::from_iter_values((0..lines.len()).map(|at| (from + at + 1) as u64));
    let items = UInt32Array::from_iter_values(lines.iter().map(|_| 0));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(sources.finish()),
        Arc::new(keys.finish()),
        Arc::new(names.finish()),
        Arc::new(updated.finish()),
        Arc::new(dates.finish()),
        Arc::new(incomplete.finish()),
        Arc::new(numbers),
        Arc::new(items),
        Arc::new(removals.finish()),
    ];
    RecordBatch::try_new(part_schema(&table("persons")), columns).unwrap()
}

fn table(name: &str) -> CommonTable {
    let column = |name: &str, rule| CommonColumn { name: name.into(), rule, description: format!("the {name}") };
    CommonTable {
        name: name.into(),
        columns: vec![
            column("data_source", Rule::Made),
            column("patient_id", Rule::Identifier),
            column("last_name", Rule::Text),
            column("updated_at", Rule::Timestamp),
            column("delivery_date", Rule::Made),
            column("incomplete_fields", Rule::Made),
        ],
        key: vec!["data_source".into(), "patient_id".into()],
        required: vec!["patient_id".into()],
    }
}

pub(super) fn feed(mode: Mode) -> Feed {
    let order = |column: &str| Order { column: column.into(), is_descending: true };
    let of = |name: &str| FeedTable {
        table: Arc::new(table(name)),
        key: vec!["patient_id".into()],
        order: vec![order("updated_at"), order("line")],
        mapping: TableMapping {
            columns: Vec::new(),
            filters: Vec::new(),
            required: Vec::new(),
            complete: Vec::new(),
            operation: None,
            null_tokens: Vec::new(),
        },
    };
    Feed {
        name: "roster".into(),
        partner: "bayview".into(),
        path: crate::config::PathPattern::parse("PAT_*.csv").unwrap(),
        owner: None,
        format: Format { packed: Vec::new(), way: Way::Json(Json::Lines) },
        pgp: None,
        mode,
        expected: None,
        time_zone: TimeZone::UTC,
        notify: Vec::new(),
        declared_in: None,
        tables: vec![of("persons"), of("encounters")],
        wanted: Wanted::default(),
        thresholds: Thresholds {
            max_reject_ratio: 0.05,
            max_drop_ratio: 0.3,
            min_rows: 1,
            max_invalid_rise: 0.2,
            max_loss: 0.5,
        },
        settle_secs: 10,
        empty_grace_mins: 15,
        allow_empty: false,
        ready: None,
        networks: Vec::new(),
        fetch: None,
        mapping: "m1".into(),
    }
}
