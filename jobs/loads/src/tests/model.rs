//! A server in memory: transactions that commit late or never, savepoints, equal times, rows that keep their cursor, deletes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use carelake_database::*;

/// Minutes in microseconds.
pub(super) const MINUTE: i64 = 60_000_000;

/// A row as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) cursor: Option<i64>,
    /// Another one with each write.
    pub(super) version: i64,
    pub(super) is_deleted: bool,
    xmin: u64,
}

/// How a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// With the time at which its transaction began.
    Now,
    /// With no time at all.
    NoTime,
    /// With a time far ahead.
    Ahead,
    /// With the time that it had: no window shows it.
    Kept,
    /// Marked as deleted.
    Soft,
    /// Taken out.
    Gone,
}

struct Transaction {
    began: i64,
    xid: u64,
    writes: BTreeMap<i64, Option<Row>>,
}

#[derive(Default)]
pub(super) struct Source {
    pub(super) clock: i64,
    next_xid: u64,
    versions: i64,
    open: BTreeMap<u8, Transaction>,
    pub(super) rows: BTreeMap<i64, Row>,
    /// Rows that were handed over.
    pub(super) handed: u64,
    /// Sums that were asked for.
    pub(super) sums: u64,
    /// Readings that were asked for.
    pub(super) readings: u64,
    /// How many more rows are handed over before a connection is cut.
    pub(super) cut_after: Option<u64>,
    snapshots: BTreeMap<String, BTreeMap<i64, Row>>,
}

impl Source {
    /// A server without rows.
    pub(super) fn new(clock: i64) -> Self {
        Self { clock, ..Self::default() }
    }

    pub(super) fn begin(&mut self, name: u8) {
        if !self.open.contains_key(&name) {
            self.next_xid += 1;
            let (began, xid) = (self.clock, self.next_xid);
            self.open.insert(name, Transaction { began, xid, writes: BTreeMap::new() });
        }
    }

    /// Writes a row that no other transaction has written, maybe inside a savepoint.
    pub(super) fn write(&mut self, name: u8, id: i64, write: Write, in_savepoint: bool) {
        if self.open.iter().any(|(other, open)| *other != name && open.writes.contains_key(&id)) {
            return;
        }
        let committed = self.rows.get(&id).cloned();
        let Some(open) = self.open.get_mut(&name) else { return };
        self.next_xid += u64::from(in_savepoint);
        self.versions += 1;
        let before = open.writes.get(&id).cloned().unwrap_or(committed);
        let cursor = match write {
            Write::Now | Write::Soft => Some(open.began),
            Write::NoTime => None,
            Write::Ahead => Some(open.began + 1_000_000 * MINUTE),
            Write::Kept => before.as_ref().map_or(Some(open.began), |row| row.cursor),
            Write::Gone => {
                open.writes.insert(id, None);
                return;
            }
        };
        let xmin = if in_savepoint { self.next_xid } else { open.xid };
        let row = Row { cursor, version: self.versions, is_deleted: write == Write::Soft, xmin };
        open.writes.insert(id, Some(row));
    }

    pub(super) fn commit(&mut self, name: u8) {
        for (id, row) in self.open.remove(&name).map(|open| open.writes).unwrap_or_default() {
            match row {
                Some(row) => drop(self.rows.insert(id, row)),
                None => drop(self.rows.remove(&id)),
            }
        }
    }

    pub(super) fn abort(&mut self, name: u8) {
        self.open.remove(&name);
    }

    /// Writes one row in a transaction of its own.
    pub(super) fn put(&mut self, id: i64, write: Write) {
        self.begin(255);
        self.write(255, id, write, false);
        self.commit(255);
    }

    pub(super) fn end_all(&mut self) {
        let names: Vec<u8> = self.open.keys().copied().collect();
        names.into_iter().for_each(|name| self.commit(name));
    }
}

/// The table of the model, as a catalogue has it.
pub(super) fn relation() -> Relation {
    let column = |name: &str, number, kind, is_nullable| Column {
        name: name.to_owned(),
        number,
        declared: name.to_owned(),
        kind,
        wire: 0,
        is_nullable,
        is_kept_by_server: false,
        is_generated: false,
    };
    Relation {
        database: "crm".to_owned(),
        name: "accounts".to_owned(),
        kind: RelationKind::Table,
        identity: Identity("1".to_owned()),
        rows: None,
        bytes: None,
        columns: vec![
            column("id", 1, Kind::Integer, false),
            column("updated_at", 2, Kind::Timestamp, true),
            column("version", 3, Kind::Integer, false),
            column("label", 4, Kind::Text, true),
            column("is_gone", 5, Kind::Boolean, false),
        ],
        key: vec![0],
        indexes: vec![Index { columns: vec![1], is_unique: false }],
        file: None,
        churn: None,
    }
}

/// A session with the model.
pub(super) struct Model {
    source: Arc<Mutex<Source>>,
    server: Server,
    snapshot: Option<BTreeMap<i64, Row>>,
}

impl Model {
    pub(super) fn new(source: &Arc<Mutex<Source>>) -> Self {
        let server = Server {
            version: "model".to_owned(),
            identifier: Some("model".to_owned()),
            is_replica: false,
            zone: "UTC".to_owned(),
            has_daylight_saving: false,
        };
        Self { source: Arc::clone(source), server, snapshot: None }
    }

    /// A server that was restored.
    pub(super) fn restored(source: &Arc<Mutex<Source>>) -> Self {
        let mut model = Self::new(source);
        model.server.identifier = Some("another".to_owned());
        model
    }

    fn source(&self) -> MutexGuard<'_, Source> {
        self.source.lock().unwrap()
    }

    fn selected(&self, conditions: &[Condition]) -> Vec<(i64, Row)> {
        let rows = self.snapshot.as_ref().expect("a snapshot is open");
        let rows = rows.iter().filter(|(id, row)| conditions.iter().all(|condition| holds(condition, **id, row)));
        rows.map(|(id, row)| (*id, row.clone())).collect()
    }
}

fn holds(condition: &Condition, id: i64, row: &Row) -> bool {
    let number = |bound: &[Bound]| bound[0].0.parse::<i64>().unwrap();
    match condition {
        Condition::Since { column: 1, from, or_null } => row.cursor.map_or(*or_null, |cursor| cursor >= *from),
        Condition::After { columns, bound } if *columns == [0] => id > number(bound),
        Condition::Between { columns, from, to } if *columns == [0] => {
            from.as_ref().is_none_or(|from| number(from) <= id) && to.as_ref().is_none_or(|to| id < number(to))
        }
        Condition::Xmin(from) => row.xmin >= *from,
        other => panic!("{other:?} is not for this table"),
    }
}

fn label(row: &Row) -> Option<String> {
    (row.version % 3 != 0).then(|| format!("label {}", row.version))
}

fn batch(rows: &[(i64, Row)], columns: &[Wanted]) -> RecordBatch {
    let column = |wanted: &Wanted| -> (String, ArrayRef) {
        let array: ArrayRef = match wanted.column {
            0 => Arc::new(Int64Array::from_iter_values(rows.iter().map(|(id, _)| *id))),
            1 => Arc::new(
                TimestampMicrosecondArray::from_iter(rows.iter().map(|(_, row)| row.cursor)).with_timezone("UTC"),
            ),
            2 => Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, row)| row.version))),
            3 => Arc::new(StringArray::from_iter(rows.iter().map(|(_, row)| label(row)))),
            4 => Arc::new(arrow_array::BooleanArray::from_iter(rows.iter().map(|(_, row)| Some(row.is_deleted)))),
            other => panic!("there is no column {other}"),
        };
        (format!("c{}", wanted.column), array)
    };
    RecordBatch::try_from_iter(columns.iter().map(column)).unwrap()
}

impl Session for Model {
    fn server(&self) -> &Server {
        &self.server
    }

    fn label(&mut self, _: &str) -> Result<(), DatabaseError> {
        Ok(())
    }

    fn databases(&mut self) -> Result<Vec<String>, DatabaseError> {
        Ok(vec!["crm".to_owned()])
    }

    fn relations(&mut self, _: &[String]) -> Result<Vec<Relation>, DatabaseError> {
        Ok(vec![relation()])
    }

    fn moment(&mut self) -> Result<Moment, DatabaseError> {
        let source = self.source();
        let oldest = source.open.values().map(|open| open.began).min().map_or(Open::Nobody, Open::Since);
        let xmin = source.open.values().map(|open| open.xid).min().unwrap_or(source.next_xid + 1);
        Ok(Moment { clock: source.clock, oldest, xmin: Some(xmin) })
    }

    fn begin(&mut self, join: Option<&Snapshot>) -> Result<Option<Snapshot>, DatabaseError> {
        let mut source = self.source();
        let (snapshot, rows) = match join {
            Some(join) => (join.clone(), source.snapshots.get(&join.0).expect("it is open").clone()),
            None => (Snapshot(source.snapshots.len().to_string()), source.rows.clone()),
        };
        source.snapshots.insert(snapshot.0.clone(), rows.clone());
        drop(source);
        self.snapshot = Some(rows);
        Ok(Some(snapshot))
    }

    fn end(&mut self) -> Result<(), DatabaseError> {
        self.snapshot = None;
        Ok(())
    }

    fn read(&mut self, reading: &Reading<'_>, taker: &mut dyn Taker) -> Result<Counts, DatabaseError> {
        self.source.lock().unwrap().readings += 1;
        let mut rows = self.selected(reading.conditions);
        // As the server finds them: not in the order of anything.
        rows.sort_by_key(|(id, row)| (row.version % 7, *id));
        let not_taken = |why| DatabaseError::NotTaken { table: reading.relation.shown(), why };
        for some in rows.chunks(3) {
            let is_cut = {
                let mut source = self.source();
                source.handed += some.len() as u64;
                let handed = source.handed;
                source.cut_after.take_if(|after| handed > *after).is_some()
            };
            if is_cut {
                let (server, doing) = ("model".to_owned(), "reading".to_owned());
                return Err(DatabaseError::Unavailable { server, doing, code: None });
            }
            taker.rows(batch(some, reading.columns)).map_err(not_taken)?;
        }
        Ok(Counts { read: rows.len() as u64, ..Counts::default() })
    }

    fn checksum(
        &mut self,
        _: &Relation,
        columns: &[usize],
        conditions: &[Condition],
    ) -> Result<(u64, u64), DatabaseError> {
        self.source().sums += 1;
        let rows = self.selected(conditions);
        let text = |id: i64, row: &Row, column: usize| match column {
            0 => Some(id.to_string()),
            1 => row.cursor.map(|cursor| cursor.to_string()),
            2 => Some(row.version.to_string()),
            3 => label(row),
            _ => Some(row.is_deleted.to_string()),
        };
        let sum = rows.iter().fold(0_u64, |sum, (id, row)| {
            let texts = columns.iter().map(|column| text(*id, row, *column)).collect::<Vec<_>>();
            sum.wrapping_add(super::sum_of(&texts))
        });
        Ok((rows.len() as u64, sum))
    }

    fn bounds(&mut self, _: &Relation, parts: usize) -> Result<Vec<Vec<Bound>>, DatabaseError> {
        let ids: Vec<i64> = self.snapshot.as_ref().expect("a snapshot is open").keys().copied().collect();
        let cuts: BTreeSet<i64> = (1..parts).filter_map(|part| ids.get(ids.len() * part / parts).copied()).collect();
        Ok(cuts.into_iter().map(|id| vec![Bound(id.to_string())]).collect())
    }

    fn listed(&mut self, _: &str, _: usize) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
        Ok(Vec::new())
    }

    fn grants(&mut self) -> Result<(Vec<Grant>, Vec<String>), DatabaseError> {
        Ok((Vec::new(), Vec::new()))
    }
}
