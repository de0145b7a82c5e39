//! Which reference records are about one person: those that rules link and no rule parts, and what people merged and split.
//!
//! Records that a change touches are put together anew with everything that they are linked with, so that the answer is the one that all
//! records together would give.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rusqlite::{OptionalExtension, Transaction, params};

use super::load::{ANCHORS, judged_alone};
use super::row::{Judged, Key, Linker, Row};
use super::sets::Sets;
use super::stored::Stored;
use crate::reviews::{Joining, joinings};

/// Records from which on all anchors are read in their order, and not one by one.
const MANY: usize = 50_000;
/// Pairs that are compared at once.
const PAIRS: usize = 20_000;

/// The numbers of two records, the lesser first.
pub(super) type Pair = (i64, i64);

pub(super) struct Grouping<'g> {
    pub(super) transaction: &'g Transaction<'g>,
    pub(super) linker: &'g dyn Linker,
    /// Records that are put together anew.
    dirty: HashSet<i64>,
    /// Those of them that were in a group.
    grouped: BTreeSet<i64>,
    /// How many records have a key, up to one more than are looked up.
    pub(super) sizes: HashMap<(u8, u64), i64>,
    pub(super) seen: HashMap<i64, Seen>,
}

/// A record that is compared.
pub(super) struct Seen {
    row: Row,
    pub(super) judged: Judged,
}

impl<'g> Grouping<'g> {
    pub(super) fn new(transaction: &'g Transaction<'g>, linker: &'g dyn Linker) -> Self {
        Self {
            transaction,
            linker,
            dirty: HashSet::new(),
            grouped: BTreeSet::new(),
            sizes: HashMap::new(),
            seen: HashMap::new(),
        }
    }

    /// Takes records that stand now and did not.
    pub(super) fn add(&mut self, records: impl Iterator<Item = i64>) {
        self.dirty.extend(records);
    }

    /// Takes a record with its group.
    pub(super) fn touch(&mut self, key: &Key) -> Result<(), rusqlite::Error> {
        match self.number(key)? {
            Some(record) => self.take(record).map(drop),
            None => Ok(()),
        }
    }

    /// Takes groups.
    pub(super) fn touch_clusters<'c>(
        &mut self,
        clusters: impl Iterator<Item = &'c String>,
    ) -> Result<(), rusqlite::Error> {
        for cluster in clusters {
            let members = self.of_cluster(cluster)?;
            self.grouped.extend(&members);
            self.dirty.extend(members);
        }
        Ok(())
    }

    /// Takes the records of keys that were looked up before a change and are too large now, or the other way round.
    pub(super) fn touch_blocks(
        &mut self,
        lost: &[(u8, u64, i64)],
        new: &[(u8, u64, i64)],
    ) -> Result<(), rusqlite::Error> {
        let most = i64::try_from(self.linker.max_block()).unwrap_or(i64::MAX);
        let all: i64 = self.transaction.query_row("SELECT count(*) FROM reference_record", [], |row| row.get(0))?;
        if !self.linker.is_linking() || (all <= most && lost.is_empty()) {
            return Ok(());
        }
        let mut changes: BTreeMap<(u8, u64), i64> = BTreeMap::new();
        for (keys, change) in [(lost, -1), (new, 1)] {
            for (pass, key, _) in keys.iter().filter(|(pass, ..)| *pass != ANCHORS) {
                *changes.entry((*pass, *key)).or_default() += change;
            }
        }
        for ((pass, key), change) in changes.into_iter().filter(|(_, change)| *change != 0) {
            let sql = "SELECT count(*) FROM block_key WHERE pass = ?1 AND key = ?2";
            let now: i64 =
                self.transaction.prepare_cached(sql)?.query_row(params![pass, key.cast_signed()], |row| row.get(0))?;
            if (now > most) != (now - change > most) {
                for record in self.of_key(pass, key)? {
                    self.take(record)?;
                }
            }
        }
        Ok(())
    }

    /// Puts them together; answers how many records have another person than before.
    pub(super) fn carry_out(mut self) -> Result<u64, rusqlite::Error> {
        let joinings = joinings(self.transaction)?;
        let mut edges: BTreeSet<Pair> = BTreeSet::new();
        let mut frontier: Vec<i64> = self.dirty.iter().copied().collect();
        while !frontier.is_empty() {
            frontier.sort_unstable();
            let mut reached = Vec::new();
            for (one, other) in self.linked(&frontier)? {
                edges.insert((one, other));
                reached.extend([one, other]);
            }
            let is_new: HashSet<i64> = frontier.iter().copied().collect();
            for joining in &joinings {
                let ends = joining.ends().iter().map(|key| self.number(key)).collect::<Result<Vec<_>, _>>()?;
                if ends.iter().flatten().any(|end| is_new.contains(end)) {
                    reached.extend(ends.into_iter().flatten());
                }
            }
            frontier.clear();
            for record in reached {
                frontier.extend(self.take(record)?);
            }
        }
        self.assign(&edges, &joinings)
    }

    /// Takes a record with its group, and answers those that were not taken before.
    fn take(&mut self, record: i64) -> Result<Vec<i64>, rusqlite::Error> {
        if self.dirty.contains(&record) {
            return Ok(Vec::new());
        }
        let sql = "SELECT cluster FROM reference_record WHERE record = ?1";
        let cluster: Option<Option<String>> =
            self.transaction.prepare_cached(sql)?.query_row([record], |row| row.get(0)).optional()?;
        let members = match cluster {
            None => return Ok(Vec::new()),
            Some(None) => vec![record],
            Some(Some(cluster)) => self.of_cluster(&cluster)?,
        };
        self.grouped.extend(&members);
        Ok(members.into_iter().filter(|member| self.dirty.insert(*member)).collect())
    }

    /// Returns the pairs that rules link, of which one is among these; each with the lesser key first.
    fn linked(&mut self, records: &[i64]) -> Result<Vec<Pair>, rusqlite::Error> {
        if !self.linker.is_linking() {
            return Ok(Vec::new());
        }
        let pairs = if records.len() > MANY { self.by_all_anchors(records)? } else { None };
        let pairs = match pairs {
            Some(pairs) => pairs,
            None => self.by_look_up(records)?,
        };
        let pairs: Vec<Pair> = pairs.into_iter().collect();
        let mut found = Vec::new();
        for pairs in pairs.chunks(PAIRS) {
            let mut usable = Vec::new();
            for (one, other) in pairs {
                if self.meet(*one, *other)? {
                    usable.push((*one, *other));
                }
            }
            let joined = self.joined(&usable)?;
            found.extend(usable.into_iter().zip(joined).filter(|(_, is_joined)| *is_joined).map(|(pair, _)| pair));
        }
        Ok(found)
    }

    fn joined(&mut self, pairs: &[Pair]) -> Result<Vec<bool>, rusqlite::Error> {
        let (mut places, mut records, mut asked) = (HashMap::new(), Vec::new(), Vec::new());
        for (one, other) in pairs {
            let mut of_pair = Vec::new();
            for record in [one, other] {
                self.see(*record)?;
                let Some(seen) = self.seen.get(record) else { continue };
                let place = *places.entry(*record).or_insert_with(|| {
                    records.push(seen.row.clone());
                    records.len() - 1
                });
                of_pair.push((seen.row.key.clone(), place));
            }
            of_pair.sort();
            if let [(_, one), (_, other)] = of_pair.as_slice() {
                asked.push((*one, *other));
            }
        }
        Ok(self.linker.joined(&records, &asked))
    }

    /// Gives each record its person.
    fn assign(mut self, edges: &BTreeSet<Pair>, joinings: &[Joining]) -> Result<u64, rusqlite::Error> {
        let mut linked = Sets::default();
        edges.iter().for_each(|(one, other)| linked.join(*one, *other));
        let mut closed = linked.clone();
        for joining in joinings {
            let ends = joining.ends().iter().map(|key| self.number(key)).collect::<Result<Vec<_>, _>>()?;
            if let [Some(one), Some(other)] = ends.as_slice() {
                closed.join(*one, *other);
            }
        }
        let mut changed = 0;
        let lone: Vec<i64> = self.grouped.iter().copied().filter(|record| !closed.is_joined(*record)).collect();
        for record in lone {
            self.see(record)?;
            let Some(key) = self.seen.get(&record).map(|seen| seen.row.key.clone()) else { continue };
            changed += self.write(record, &key, &key.person_id(), None)?;
        }
        for group in closed.groups(&self.dirty) {
            let units = self.units(&group, &mut linked, joinings)?;
            let least = |records: &[i64]| {
                records.iter().filter_map(|it| self.seen.get(it).map(|seen| seen.row.key.clone())).min()
            };
            let Some(cluster) = least(&group).map(|key| key.person_id()) else { continue };
            let named: Vec<(Vec<i64>, Option<Key>)> =
                units.into_iter().map(|unit| (unit.clone(), least(&unit))).collect();
            for (unit, least) in named {
                let Some(person_id) = least.map(|key| key.person_id()) else { continue };
                for record in unit {
                    let Some(key) = self.seen.get(&record).map(|seen| seen.row.key.clone()) else { continue };
                    changed += self.write(record, &key, &person_id, Some(&cluster))?;
                }
            }
        }
        Ok(changed)
    }

    /// Divides a group into persons: what is linked is one unless two of it are parted; then what people said, in its order.
    fn units(
        &mut self,
        group: &[i64],
        linked: &mut Sets,
        joinings: &[Joining],
    ) -> Result<Vec<Vec<i64>>, rusqlite::Error> {
        for record in group {
            self.see(*record)?;
        }
        let mut units: Vec<Vec<i64>> = Vec::new();
        let mut roots: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for record in group {
            roots.entry(linked.root(*record)).or_default().push(*record);
        }
        for members in roots.into_values() {
            let mut rows: Vec<Row> = members.iter().filter_map(|it| Some(self.seen.get(it)?.row.clone())).collect();
            rows.sort_by(|one, other| one.key.cmp(&other.key));
            if rows.len() > 1 && self.linker.is_parted(&rows) {
                units.extend(members.into_iter().map(|member| vec![member]));
            } else {
                units.push(members);
            }
        }
        for joining in joinings {
            let ends = joining.ends().iter().map(|key| self.number(key)).collect::<Result<Vec<_>, _>>()?;
            let at = |record: &Option<i64>| units.iter().position(|unit| record.is_some_and(|it| unit.contains(&it)));
            match (joining, ends.as_slice()) {
                (Joining::Merge(..), [one, other]) => {
                    if let (Some(one), Some(other)) = (at(one), at(other))
                        && one != other
                    {
                        let moved = units.swap_remove(one.max(other));
                        if let Some(unit) = units.get_mut(one.min(other)) {
                            unit.extend(moved);
                        }
                    }
                }
                (Joining::Split(_), [Some(record)]) => {
                    if let Some(unit) = units.iter_mut().find(|unit| unit.len() > 1 && unit.contains(record)) {
                        unit.retain(|member| member != record);
                        units.push(vec![*record]);
                    }
                }
                _ => {}
            }
        }
        Ok(units)
    }

    fn write(&self, record: i64, key: &Key, person_id: &str, cluster: Option<&str>) -> Result<u64, rusqlite::Error> {
        let sql = "UPDATE reference_record SET person_id = ?2, cluster = ?3 WHERE record = ?1 AND (person_id <> ?2 OR cluster IS NOT ?3)
                   RETURNING 1";
        let found: Option<i64> = self
            .transaction
            .prepare_cached(sql)?
            .query_row(params![record, person_id, cluster], |row| row.get(0))
            .optional()?;
        let own = key.person_id();
        let into = (own != person_id).then_some(person_id);
        let sql = "INSERT INTO person VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET merged_into = excluded.merged_into,
                   record = excluded.record";
        self.transaction.prepare_cached(sql)?.execute(params![own, into, record])?;
        Ok(u64::from(found.is_some()))
    }

    pub(super) fn see(&mut self, record: i64) -> Result<(), rusqlite::Error> {
        if self.seen.contains_key(&record) {
            return Ok(());
        }
        let Some(Stored { row, .. }) = Stored::numbered(self.transaction, record)? else { return Ok(()) };
        let Some(judged) = judged_alone(self.linker, &row) else { return Ok(()) };
        self.seen.insert(record, Seen { row, judged });
        Ok(())
    }

    fn number(&self, key: &Key) -> Result<Option<i64>, rusqlite::Error> {
        let sql = "SELECT record FROM reference_record WHERE data_source = ?1 AND patient_id = ?2";
        let mut statement = self.transaction.prepare_cached(sql)?;
        statement.query_row([&key.data_source, &key.patient_id], |row| row.get(0)).optional()
    }

    fn of_cluster(&self, cluster: &str) -> Result<Vec<i64>, rusqlite::Error> {
        let sql = "SELECT record FROM reference_record WHERE cluster = ?1";
        self.transaction.prepare_cached(sql)?.query_map([cluster], |row| row.get(0))?.collect()
    }
}
