//! Loading: the difference between what publications serve now and what is loaded.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::thread;

use serde::Serialize;

use super::base::ReferenceDatabase;
use super::changes::Changes;
use super::error::ReferenceError;
use super::group::Grouping;
use super::row::{Judged, Key, Linker, Row};
use super::stored::{Numbered, Stored};
use crate::database::{Kind, SetOf, Sql, SqlError, Value, values};

/// Rows that are judged at once.
const BATCH: usize = 16 * 1024;

/// A run that is loaded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LoadedRun {
    /// The publication.
    pub publication: String,
    /// The run that published the rows first.
    pub run_id: String,
    /// Its complete rows.
    pub rows: i64,
}

/// What differs between what is loaded and what is served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Whether all that is loaded goes, because the matcher judges rows in another way now.
    pub is_anew: bool,
    /// Runs that are served no more: publication and run.
    pub gone: BTreeSet<(String, String)>,
    /// Runs that are served and not loaded. Each is noted, also where it has no complete row.
    pub new: BTreeSet<(String, String)>,
}

impl Difference {
    /// Returns whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_anew && self.gone.is_empty() && self.new.is_empty()
    }
}

/// What a load did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Loaded {
    /// Rows that were read.
    pub read: u64,
    /// Rows that lack something required.
    pub incomplete: u64,
    /// Rows that were added, those that are older than what is there among them.
    pub added: u64,
    /// Rows that were taken out.
    pub removed: u64,
    /// Records whose person is another now.
    pub regrouped: u64,
}

impl ReferenceDatabase {
    /// Makes it hold what is served: takes runs out and puts the rows of new ones in. What is loaded stays as it was where anything fails.
    ///
    /// # Errors
    /// [`ReferenceError`], or what the rows end with.
    pub fn load<E: From<ReferenceError>>(
        &mut self,
        linker: &dyn Linker,
        difference: &Difference,
        rows: &mut dyn Iterator<Item = Result<Row, E>>,
    ) -> Result<Loaded, E> {
        if difference.is_empty() {
            return Ok(Loaded::default());
        }
        let loaded = self.write("loading", |sql| {
            let failed = ReferenceError::of(sql, "loading");
            let mut load = Load::begin(sql, linker, difference).map_err(&failed)?;
            let mut read: BTreeMap<(String, String), i64> = difference.new.iter().map(|run| (run.clone(), 0)).collect();
            let mut batch = Vec::with_capacity(BATCH);
            loop {
                batch.clear();
                for row in (&mut *rows).take(BATCH) {
                    batch.push(row?);
                }
                if batch.is_empty() {
                    break;
                }
                load.put(&mut batch, &mut read).map_err(&failed)?;
            }
            load.note(&read).map_err(&failed)?;
            let Load { changes, mut loaded, .. } = load;
            loaded.regrouped = changes.carry_out(sql, linker).map_err(failed)?;
            Ok::<_, E>(loaded)
        })?;
        self.tidy();
        Ok(loaded)
    }
}

/// Puts records together anew after people merged or split persons: the groups of these.
///
/// # Errors
/// [`ReferenceError`].
pub(crate) fn regroup(sql: &dyn Sql, linker: &dyn Linker, keys: &[Key]) -> Result<u64, ReferenceError> {
    let failed = ReferenceError::of(sql, "putting records together");
    let mut grouping = Grouping::new(sql, linker);
    grouping.touch(keys).map_err(&failed)?;
    let changed = grouping.carry_out().map_err(&failed)?;
    advance(sql).map_err(&failed)?;
    Ok(changed)
}

/// Says that records or persons are others than before, to whoever holds them in memory.
fn advance(sql: &dyn Sql) -> Result<(), SqlError> {
    let statement = "INSERT INTO setting (name, value) VALUES ('generation', '1') ON CONFLICT (name) DO UPDATE
                     SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT)";
    sql.change(statement, &[]).map(drop)
}

const DELETE: SetOf = SetOf {
    columns: &[("number", Kind::Int)],
    statement: "DELETE FROM reference_record WHERE record IN (SELECT {number} {from set})",
};
const DELETE_FORMER: SetOf = SetOf {
    columns: &[("number", Kind::Int)],
    statement: "DELETE FROM reference_history WHERE history IN (SELECT {number} {from set})",
};
const LEAD_NOWHERE: SetOf = SetOf {
    columns: &[("own", Kind::Text), ("number", Kind::Int)],
    statement: "UPDATE person SET record = NULL {from set} WHERE person_id = {own} AND record = {number}",
};
struct Load<'l> {
    sql: &'l dyn Sql,
    linker: &'l dyn Linker,
    loaded: Loaded,
    changes: Changes,
    /// The number of the record that was added last.
    last: i64,
    /// Hashes of the records that are there, where all of them came with this load.
    own: Option<HashSet<u64>>,
}

/// A row that stands for its record, or is about to.
struct Standing {
    /// Its number and its group, where it is in the database.
    there: Option<(i64, Option<String>)>,
    stored: Stored,
    judged: Option<Judged>,
}

impl<'l> Load<'l> {
    /// Takes out what goes.
    fn begin(sql: &'l dyn Sql, linker: &'l dyn Linker, difference: &Difference) -> Result<Self, SqlError> {
        let noted: Option<String> =
            sql.first("SELECT value FROM setting WHERE name = 'last_record'", &[], |row| row.get(0))?;
        let greatest: i64 = sql.value("SELECT coalesce(max(record), 0) FROM reference_record", &[])?;
        let last = noted.and_then(|noted| noted.parse().ok()).unwrap_or(0).max(greatest);
        let mut load = Self { sql, linker, loaded: Loaded::default(), changes: Changes::default(), last, own: None };
        if difference.is_anew {
            load.empty()?;
        }
        load.take_out(&difference.gone)?;
        let is_empty = sql.first("SELECT 1 FROM reference_record LIMIT 1", &[], |_| Ok(()))?.is_none();
        load.own = is_empty.then(HashSet::new);
        Ok(load)
    }

    /// Takes out all that follows from runs.
    fn empty(&mut self) -> Result<(), SqlError> {
        let count = "SELECT (SELECT count(*) FROM reference_record) + (SELECT count(*) FROM reference_history)";
        self.loaded.removed = self.sql.value::<i64>(count, &[])?.cast_unsigned();
        self.sql.script(
            "DELETE FROM reference_record; DELETE FROM reference_history; DELETE FROM block_key; DELETE FROM term_frequency;
             DELETE FROM loaded_run; UPDATE person SET record = NULL;",
        )
    }

    /// Takes out the rows of runs, and has the best of those whose place they took stand instead.
    fn take_out(&mut self, gone: &BTreeSet<(String, String)>) -> Result<(), SqlError> {
        let mut removed: Vec<Numbered> = Vec::new();
        for (publication, run_id) in gone {
            let run: &[Value<'_>] = values![publication, run_id];
            let history = "DELETE FROM reference_history WHERE publication = ?1 AND run_id = ?2";
            self.loaded.removed += self.sql.change(history, run)?;
            removed.extend(Stored::of_run(self.sql, publication, run_id)?);
            self.sql.change("DELETE FROM loaded_run WHERE publication = ?1 AND run_id = ?2", run)?;
        }
        self.loaded.removed += removed.len() as u64;
        let keys: Vec<Key> = removed.iter().map(|(.., stored)| stored.row.key.clone()).collect();
        self.fall(removed)?;
        let mut best: BTreeMap<Key, (i64, Stored)> = BTreeMap::new();
        for (history, _, former) in Stored::former(self.sql, keys.iter())? {
            let key = former.row.key.clone();
            match best.get(&key) {
                Some((_, better)) if better.order() >= former.order() => {}
                _ => {
                    best.insert(key, (history, former));
                }
            }
        }
        let numbers: Vec<Value<'_>> = best.values().map(|(history, _)| Value::Int(*history)).collect();
        self.sql.change_all(&DELETE_FORMER, &numbers)?;
        let (rows, stored): (Vec<Row>, Vec<Stored>) =
            best.into_values().map(|(_, stored)| (stored.row.clone(), stored)).unzip();
        // What was complete once is: the matcher judges as it did.
        let judged = judged(self.linker, &rows);
        self.stand(stored.into_iter().zip(judged).filter_map(|(stored, judged)| Some((stored, judged?))).collect())
    }

    /// Puts rows in: each stands where it is newer than what does.
    fn put(&mut self, batch: &mut Vec<Row>, read: &mut BTreeMap<(String, String), i64>) -> Result<(), SqlError> {
        self.loaded.read += batch.len() as u64;
        let judged = judged(self.linker, batch);
        let mut standing = self.standing(batch)?;
        let (mut fallen, mut former) = (Vec::new(), Vec::new());
        for (row, judged) in batch.drain(..).zip(judged) {
            let Some(judged) = judged else {
                self.loaded.incomplete += 1;
                continue;
            };
            *read.entry((row.publication.clone(), row.run_id.to_string())).or_default() += 1;
            self.loaded.added += 1;
            let stored = Stored::of(row, &judged);
            let new = Standing { there: None, stored, judged: Some(judged) };
            let key = new.stored.row.key.clone();
            match standing.entry(key) {
                Entry::Vacant(free) => {
                    free.insert(new);
                }
                Entry::Occupied(there) if there.get().stored.order() >= new.stored.order() => {
                    former.push(new.stored);
                }
                Entry::Occupied(mut there) => {
                    let old = there.insert(new);
                    if let Some((record, cluster)) = old.there {
                        fallen.push((record, cluster, old.stored.clone()));
                    }
                    former.push(old.stored);
                }
            }
        }
        self.fall(fallen)?;
        Stored::keep_former(self.sql, &former)?;
        let new = standing.into_values().filter(|standing| standing.there.is_none());
        self.stand(new.filter_map(|standing| Some((standing.stored, standing.judged?))).collect())
    }

    /// Returns the rows that stand for the records of a batch.
    fn standing(&mut self, batch: &[Row]) -> Result<BTreeMap<Key, Standing>, SqlError> {
        let hash = |key: &Key| crate::index::id_hash(&key.data_source, &key.patient_id);
        let keys: BTreeSet<&Key> = match &mut self.own {
            None => batch.iter().map(|row| &row.key).collect(),
            // Where all came with this load, most that come are known to be new.
            Some(own) => {
                let known = batch.iter().map(|row| &row.key).filter(|key| own.contains(&hash(key))).collect();
                own.extend(batch.iter().map(|row| hash(&row.key)));
                known
            }
        };
        let found = Stored::standing(self.sql, keys.into_iter())?;
        let standing = |(record, cluster, stored): Numbered| {
            (stored.row.key.clone(), Standing { there: Some((record, cluster)), stored, judged: None })
        };
        Ok(found.into_iter().map(standing).collect())
    }

    /// Has rows stand for their records.
    fn stand(&mut self, rows: Vec<(Stored, Judged)>) -> Result<(), SqlError> {
        let first = self.last + 1;
        for (record, (stored, judged)) in (first..).zip(&rows) {
            self.last = record;
            self.changes.new_keys.extend(all_keys(judged).map(|(pass, key)| (pass, key, record)));
            judged.terms.iter().for_each(|term| *self.changes.terms.entry(*term).or_default() += 1);
            self.changes.persons.push((stored.row.key.person_id(), record));
        }
        let from = self.changes.persons.len() - rows.len();
        let persons = self.changes.persons.get(from..).unwrap_or_default();
        let rows =
            persons.iter().zip(&rows).map(|((person_id, record), (stored, _))| (*record, person_id.as_str(), stored));
        Stored::keep(self.sql, rows)
    }

    /// Has rows stand no more.
    fn fall(&mut self, fallen: Vec<Numbered>) -> Result<(), SqlError> {
        if fallen.is_empty() {
            return Ok(());
        }
        let numbers: Vec<Value<'_>> = fallen.iter().map(|(record, ..)| Value::Int(*record)).collect();
        self.sql.change_all(&DELETE, &numbers)?;
        let own: Vec<String> = fallen.iter().map(|(.., stored)| stored.row.key.person_id()).collect();
        let led = own.iter().zip(&fallen).flat_map(|(own, (record, ..))| [Value::from(own), Value::Int(*record)]);
        self.sql.change_all(&LEAD_NOWHERE, &led.collect::<Vec<_>>())?;
        let rows: Vec<Row> = fallen.iter().map(|(.., stored)| stored.row.clone()).collect();
        let judged = judged(self.linker, &rows);
        for (((record, cluster, _), own), judged) in fallen.into_iter().zip(own).zip(judged) {
            self.changes.fallen.insert(record);
            if let Some(cluster) = cluster {
                self.changes.clusters.entry(cluster).or_default().push(own);
            }
            if let Some(judged) = judged {
                self.changes.lost_keys.extend(all_keys(&judged).map(|(pass, key)| (pass, key, record)));
                judged.terms.iter().for_each(|term| *self.changes.terms.entry(*term).or_default() -= 1);
            }
        }
        Ok(())
    }

    /// Notes which runs are in, and by what they were judged.
    fn note(&self, read: &BTreeMap<(String, String), i64>) -> Result<(), SqlError> {
        let run = "INSERT INTO loaded_run (publication, run_id, rows) VALUES (?1, ?2, ?3)
                   ON CONFLICT (publication, run_id) DO UPDATE SET rows = loaded_run.rows + excluded.rows";
        for ((publication, run_id), rows) in read {
            self.sql.change(run, values![publication, run_id, *rows])?;
        }
        let setting =
            "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.sql.change(setting, values!["identity", self.linker.identity()])?;
        self.sql.change(setting, values!["last_record", self.last.to_string()])?;
        advance(self.sql)
    }
}

/// The pass under which anchors are kept: no matcher has so many.
pub(super) const ANCHORS: u8 = u8::MAX;

/// Returns the keys by which a record is found, and those by which it is linked.
fn all_keys(judged: &Judged) -> impl Iterator<Item = (u8, u64)> {
    let anchors = judged.anchors.iter().flatten().map(|anchor| (ANCHORS, *anchor));
    judged.keys.iter().copied().chain(anchors)
}

/// Judges rows on two threads.
pub(super) fn judged(linker: &dyn Linker, rows: &[Row]) -> Vec<Option<Judged>> {
    let (one, other) = rows.split_at(rows.len() / 2);
    thread::scope(|scope| {
        let first = scope.spawn(|| linker.judge(one));
        let rest = linker.judge(other);
        let mut judged = match first.join() {
            Ok(judged) => judged,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        judged.extend(rest);
        judged
    })
}
