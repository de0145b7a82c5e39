//! Loading: the difference between what publications serve now and what is loaded.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::thread;

use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;

use super::error::ReferenceError;
use super::group::Grouping;
use super::row::{Judged, Key, Linker, Row};
use super::sqlite::SqliteReference;
use super::stored::{Stored, columns_text};

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

impl SqliteReference {
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
        let loaded = self.write("loading", |path, transaction| {
            let mut load = Load { path, transaction, linker, loaded: Loaded::default(), changes: Changes::default() };
            load.carry_out(difference, rows)?;
            Ok::<_, E>(load.loaded)
        })?;
        // What was written beside the file goes into it; where readers of the former state keep it back, the next load does that.
        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        Ok(loaded)
    }
}

/// Puts records together anew after people merged or split persons: the groups of these.
///
/// # Errors
/// [`ReferenceError`].
pub(crate) fn regroup(
    path: &Path,
    transaction: &Transaction<'_>,
    linker: &dyn Linker,
    keys: &[Key],
) -> Result<u64, ReferenceError> {
    let failed = ReferenceError::of(path, "putting records together");
    let mut grouping = Grouping::new(transaction, linker);
    keys.iter().try_for_each(|key| grouping.touch(key)).map_err(&failed)?;
    let changed = grouping.carry_out().map_err(&failed)?;
    advance(transaction).map_err(&failed)?;
    Ok(changed)
}

/// Says that records or persons are others than before, to whoever holds them in memory.
fn advance(transaction: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    let sql =
        "INSERT INTO setting VALUES ('generation', '1') ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1";
    transaction.execute(sql, []).map(drop)
}

/// What is to be changed beside the records themselves, once all of them are known.
#[derive(Default)]
struct Changes {
    /// Keys that go: pass, key, record.
    lost_keys: Vec<(u8, u64, i64)>,
    /// Keys that come.
    new_keys: Vec<(u8, u64, i64)>,
    /// How often values are there more, or less, than before.
    terms: HashMap<(usize, u64), i64>,
    /// Records that stand now and did not: the person that each alone is.
    persons: Vec<(String, i64)>,
    /// Groups of which records are gone, with the persons that these alone are.
    clusters: BTreeMap<String, Vec<String>>,
}

struct Load<'l> {
    path: &'l Path,
    transaction: &'l Transaction<'l>,
    linker: &'l dyn Linker,
    loaded: Loaded,
    changes: Changes,
}

impl Load<'_> {
    fn carry_out<E: From<ReferenceError>>(
        &mut self,
        difference: &Difference,
        rows: &mut dyn Iterator<Item = Result<Row, E>>,
    ) -> Result<(), E> {
        let failed = ReferenceError::of(self.path, "loading");
        if difference.is_anew {
            self.empty().map_err(&failed)?;
        }
        self.take_out(&difference.gone).map_err(&failed)?;
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
            self.loaded.read += batch.len() as u64;
            let judged = judged(self.linker, &batch);
            for (row, judged) in batch.drain(..).zip(judged) {
                let Some(judged) = judged else {
                    self.loaded.incomplete += 1;
                    continue;
                };
                *read.entry((row.publication.clone(), row.run_id.to_string())).or_default() += 1;
                self.put(row, &judged).map_err(&failed)?;
            }
        }
        self.note(&read).map_err(&failed)?;
        self.settle().map_err(failed)?;
        Ok(())
    }

    /// Takes out all that follows from runs.
    fn empty(&mut self) -> Result<(), rusqlite::Error> {
        let count = "SELECT (SELECT count(*) FROM reference_record) + (SELECT count(*) FROM reference_history)";
        self.loaded.removed = self.transaction.query_row(count, [], |row| row.get::<_, i64>(0))?.cast_unsigned();
        self.transaction.execute_batch(
            "DELETE FROM reference_record; DELETE FROM reference_history; DELETE FROM block_key; DELETE FROM term_frequency;
             DELETE FROM loaded_run; UPDATE person SET record = NULL;",
        )
    }

    /// Takes out the rows of runs, and has the best of those whose place they took stand instead.
    fn take_out(&mut self, gone: &BTreeSet<(String, String)>) -> Result<(), rusqlite::Error> {
        let mut removed: BTreeMap<Key, (i64, Stored)> = BTreeMap::new();
        for (publication, run_id) in gone {
            let run = [publication, run_id];
            let history = "DELETE FROM reference_history WHERE publication = ?1 AND run_id = ?2";
            self.loaded.removed += self.transaction.execute(history, run)? as u64;
            for (record, stored) in Stored::of_run(self.transaction, publication, run_id)? {
                removed.insert(stored.row.key.clone(), (record, stored));
                self.loaded.removed += 1;
            }
            self.transaction.execute("DELETE FROM loaded_run WHERE publication = ?1 AND run_id = ?2", run)?;
        }
        for (key, (record, stored)) in removed {
            self.fall(record, &stored)?;
            let former = Stored::former(self.transaction, &key)?;
            let Some((history, best)) =
                former.into_iter().max_by(|(_, one), (_, other)| one.order().cmp(&other.order()))
            else {
                continue;
            };
            self.transaction.execute("DELETE FROM reference_history WHERE history = ?1", [history])?;
            // What was complete once is: the matcher judges as it did.
            if let Some(judged) = judged_alone(self.linker, &best.row) {
                self.stand(&best, &judged)?;
            }
        }
        Ok(())
    }

    /// Puts a row in: it stands where it is newer than what does.
    fn put(&mut self, row: Row, judged: &Judged) -> Result<(), rusqlite::Error> {
        self.loaded.added += 1;
        let row = Stored::of(row, judged);
        if self.stand(&row, judged)? {
            return Ok(());
        }
        let Some((record, there)) = Stored::standing(self.transaction, &row.row.key)? else { return Ok(()) };
        if row.order() > there.order() {
            self.fall(record, &there)?;
            there.keep_former(self.transaction)?;
            self.stand(&row, judged).map(drop)
        } else {
            row.keep_former(self.transaction)
        }
    }

    /// Has a row stand for its record; answers whether none did.
    fn stand(&mut self, stored: &Stored, judged: &Judged) -> Result<bool, rusqlite::Error> {
        let Stored { row, normalised, fingerprint } = stored;
        let person_id = row.key.person_id();
        let sql = "INSERT INTO reference_record (data_source, patient_id, person_id, columns, normalised, fingerprint,
                     observed, publication, run_id, source_file) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                   ON CONFLICT (data_source, patient_id) DO NOTHING";
        let inserted = self.transaction.prepare_cached(sql)?.execute(params![
            row.key.data_source,
            row.key.patient_id,
            person_id,
            columns_text(&row.columns),
            normalised,
            fingerprint,
            row.observed,
            row.publication,
            row.run_id.to_string(),
            row.source_file,
        ])?;
        if inserted == 0 {
            return Ok(false);
        }
        let record = self.transaction.last_insert_rowid();
        self.changes.new_keys.extend(all_keys(judged).map(|(pass, key)| (pass, key, record)));
        judged.terms.iter().for_each(|term| *self.changes.terms.entry(*term).or_default() += 1);
        self.changes.persons.push((person_id, record));
        Ok(true)
    }

    /// Has a row stand no more.
    fn fall(&mut self, record: i64, stored: &Stored) -> Result<(), rusqlite::Error> {
        let sql = "DELETE FROM reference_record WHERE record = ?1 RETURNING cluster";
        let cluster: Option<String> = self.transaction.prepare_cached(sql)?.query_row([record], |row| row.get(0))?;
        let own = stored.row.key.person_id();
        let gone = "UPDATE person SET record = NULL WHERE person_id = ?1 AND record = ?2";
        self.transaction.prepare_cached(gone)?.execute(params![own, record])?;
        if let Some(cluster) = cluster {
            self.changes.clusters.entry(cluster).or_default().push(own);
        }
        if let Some(judged) = judged_alone(self.linker, &stored.row) {
            self.changes.lost_keys.extend(all_keys(&judged).map(|(pass, key)| (pass, key, record)));
            judged.terms.iter().for_each(|term| *self.changes.terms.entry(*term).or_default() -= 1);
        }
        Ok(())
    }

    /// Notes which runs are in, and by what they were judged.
    fn note(&self, read: &BTreeMap<(String, String), i64>) -> Result<(), rusqlite::Error> {
        let sql = "INSERT INTO loaded_run VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows";
        let mut statement = self.transaction.prepare_cached(sql)?;
        for ((publication, run_id), rows) in read {
            statement.execute(params![publication, run_id, rows])?;
        }
        let sql = "INSERT INTO setting VALUES ('identity', ?1) ON CONFLICT DO UPDATE SET value = excluded.value";
        self.transaction.execute(sql, [self.linker.identity()])?;
        advance(self.transaction)
    }

    /// Changes what follows from records: keys and counts in their order, then persons.
    fn settle(&mut self) -> Result<(), rusqlite::Error> {
        let Changes { mut lost_keys, mut new_keys, terms, mut persons, clusters } = std::mem::take(&mut self.changes);
        lost_keys.sort_unstable();
        new_keys.sort_unstable();
        persons.sort_unstable();
        let transaction = self.transaction;
        let mut statement =
            transaction.prepare_cached("DELETE FROM block_key WHERE pass = ?1 AND key = ?2 AND record = ?3")?;
        lost_keys.iter().try_for_each(|(pass, key, record)| {
            statement.execute(params![pass, key.cast_signed(), record]).map(drop)
        })?;
        let mut statement = transaction.prepare_cached("INSERT OR IGNORE INTO block_key VALUES (?1, ?2, ?3)")?;
        // A record may be gone again that came with the same load.
        let lost: BTreeSet<(u8, u64, i64)> = lost_keys.iter().copied().collect();
        new_keys.iter().filter(|key| lost.is_empty() || !lost.contains(key)).try_for_each(|(pass, key, record)| {
            statement.execute(params![pass, key.cast_signed(), record]).map(drop)
        })?;
        let mut statement = transaction.prepare_cached(
            "INSERT INTO term_frequency VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        )?;
        let mut terms: Vec<_> = terms.into_iter().filter(|(_, count)| *count != 0).collect();
        terms.sort_unstable();
        terms.iter().try_for_each(|((field, value), count)| {
            statement.execute(params![self.linker.field(*field), value.cast_signed(), count]).map(drop)
        })?;
        transaction.execute("DELETE FROM term_frequency WHERE count <= 0", [])?;
        let mut statement = transaction.prepare_cached(
            "INSERT INTO person SELECT ?1, NULL, ?2 WHERE EXISTS (SELECT 1 FROM reference_record WHERE record = ?2)
             ON CONFLICT DO UPDATE SET record = excluded.record, merged_into = NULL",
        )?;
        persons.iter().try_for_each(|(person_id, record)| statement.execute(params![person_id, record]).map(drop))?;
        let stays = self.staying(&clusters)?;
        let mut grouping = Grouping::new(transaction, self.linker);
        grouping.touch_clusters(clusters.keys())?;
        grouping.touch_blocks(&lost_keys, &new_keys)?;
        grouping.add(persons.into_iter().map(|(_, record)| record));
        self.loaded.regrouped = grouping.carry_out()?;
        // The id of a person whose record is gone leads to what was one with it.
        let mut statement = transaction.prepare_cached(
            "UPDATE person SET merged_into = (SELECT person_id FROM reference_record WHERE record = ?2)
             WHERE person_id = ?1 AND record IS NULL",
        )?;
        stays.iter().try_for_each(|(person_id, record)| statement.execute(params![person_id, record]).map(drop))
    }

    /// Returns, for each person whose record is gone, the least record that was in a group with it and stays.
    fn staying(&self, clusters: &BTreeMap<String, Vec<String>>) -> Result<Vec<(String, i64)>, rusqlite::Error> {
        let sql = "SELECT record FROM reference_record WHERE cluster = ?1 ORDER BY data_source, patient_id LIMIT 1";
        let mut statement = self.transaction.prepare_cached(sql)?;
        let mut found = Vec::new();
        for (cluster, persons) in clusters {
            let least: Option<i64> = statement.query_row([cluster], |row| row.get(0)).optional()?;
            found.extend(least.into_iter().flat_map(|least| persons.iter().map(move |person| (person.clone(), least))));
        }
        Ok(found)
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
fn judged(linker: &dyn Linker, rows: &[Row]) -> Vec<Option<Judged>> {
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

/// Judges one row.
pub(super) fn judged_alone(linker: &dyn Linker, row: &Row) -> Option<Judged> {
    linker.judge(std::slice::from_ref(row)).pop().flatten()
}
