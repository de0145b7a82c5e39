//! Which reference records are about one person: those that rules link and no rule parts, and what people merged and split.
//!
//! Records that a change touches are put together anew with everything that they are linked with, so that the answer is the one that all
//! records together would give.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::candidates;
use super::load::{ANCHORS, judged};
use super::row::{Judged, Key, Linker, Row};
use super::sets::Sets;
use super::stored::{Stored, of_keys};
use crate::database::{Kind, SetOf, Sql, SqlError, Value};
use crate::reviews::{Joining, joinings};

/// Records from which on all anchors are read in their order, and not one by one.
const MANY: usize = 50_000;
/// Pairs that are compared at once.
const PAIRS: usize = 20_000;

/// The numbers of two records, the lesser first.
pub(super) type Pair = (i64, i64);

const NUMBERS: SetOf = SetOf {
    columns: &[("source", Kind::Text), ("id", Kind::Text)],
    statement: "SELECT data_source, patient_id, record FROM reference_record{, set} WHERE data_source = {source} AND patient_id = {id}",
};

const GIVE: SetOf = SetOf {
    columns: &[("number", Kind::Int), ("to_person", Kind::Text), ("to_cluster", Kind::Text)],
    statement: "UPDATE reference_record SET person_id = {to_person}, cluster = {to_cluster} {from set}
                WHERE record = {number} AND (person_id <> {to_person} OR cluster IS DISTINCT FROM {to_cluster})",
};

const LEAD: SetOf = SetOf {
    columns: &[("own", Kind::Text), ("to_person", Kind::Text), ("number", Kind::Int)],
    statement: "INSERT INTO person (person_id, merged_into, record) {rows} ON CONFLICT (person_id) DO UPDATE
                SET merged_into = excluded.merged_into, record = excluded.record",
};

/// What a record is given: its number, its own id, its person, its group.
type Given = (i64, String, String, Option<String>);

pub(super) struct Grouping<'g> {
    pub(super) sql: &'g dyn Sql,
    pub(super) linker: &'g dyn Linker,
    /// Records that are put together anew.
    dirty: HashSet<i64>,
    /// Those of them that were in a group.
    grouped: BTreeSet<i64>,
    /// How many records have a key.
    pub(super) sizes: HashMap<candidates::Key, i64>,
    pub(super) seen: HashMap<i64, Seen>,
    /// The numbers of records that people merged or split.
    numbers: HashMap<Key, i64>,
}

/// A record that is compared.
pub(super) struct Seen {
    row: Row,
    pub(super) judged: Judged,
}

impl<'g> Grouping<'g> {
    pub(super) fn new(sql: &'g dyn Sql, linker: &'g dyn Linker) -> Self {
        Self {
            sql,
            linker,
            dirty: HashSet::new(),
            grouped: BTreeSet::new(),
            sizes: HashMap::new(),
            seen: HashMap::new(),
            numbers: HashMap::new(),
        }
    }

    /// Takes records that stand now and did not.
    pub(super) fn add(&mut self, records: impl Iterator<Item = i64>) {
        self.dirty.extend(records);
    }

    /// Takes records with their groups.
    pub(super) fn touch(&mut self, keys: &[Key]) -> Result<(), SqlError> {
        let records = numbers(self.sql, keys.iter())?;
        self.take(records.into_values().collect()).map(drop)
    }

    /// Takes groups.
    pub(super) fn touch_clusters<'c>(&mut self, clusters: impl Iterator<Item = &'c String>) -> Result<(), SqlError> {
        let members = of_clusters(self.sql, clusters)?;
        self.grouped.extend(&members);
        self.dirty.extend(members);
        Ok(())
    }

    /// Takes the records of keys that were looked up before a change and are too large now, or the other way round.
    pub(super) fn touch_blocks(&mut self, lost: &[(u8, u64, i64)], new: &[(u8, u64, i64)]) -> Result<(), SqlError> {
        let most = i64::try_from(self.linker.max_block()).unwrap_or(i64::MAX);
        let all: i64 = self.sql.value("SELECT count(*) FROM reference_record", &[])?;
        // Where all records are new, all are put together anyway.
        let is_all_new = i64::try_from(self.dirty.len()).is_ok_and(|dirty| dirty >= all);
        if !self.linker.is_linking() || is_all_new || (all <= most && lost.is_empty()) {
            return Ok(());
        }
        let mut changes: BTreeMap<candidates::Key, i64> = BTreeMap::new();
        for (keys, change) in [(lost, -1), (new, 1)] {
            for (pass, key, _) in keys.iter().filter(|(pass, ..)| *pass != ANCHORS) {
                *changes.entry((*pass, *key)).or_default() += change;
            }
        }
        changes.retain(|_, change| *change != 0);
        let changed = candidates::of_keys(changes.keys().copied());
        let sizes: Vec<(candidates::Key, i64)> =
            self.sql.rows_of(&candidates::SIZES, &changed, |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
        let is_turned = |(key, now): &(candidates::Key, i64)| {
            let change = changes.get(key).copied().unwrap_or_default();
            (*now > most) != (now - change > most)
        };
        let turned: Vec<candidates::Key> = sizes.into_iter().filter(is_turned).map(|(key, _)| key).collect();
        let records = self.of_keys(turned.into_iter())?.into_iter().map(|(_, record)| record).collect();
        self.take(records).map(drop)
    }

    /// Puts them together; answers how many records have another person than before.
    pub(super) fn carry_out(mut self) -> Result<u64, SqlError> {
        let joinings = joinings(self.sql)?;
        self.numbers = numbers(self.sql, joinings.iter().flat_map(Joining::ends))?;
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
                let ends = self.ends(joining);
                if ends.iter().flatten().any(|end| is_new.contains(end)) {
                    reached.extend(ends.into_iter().flatten());
                }
            }
            frontier = self.take(reached)?;
        }
        self.assign(&edges, &joinings)
    }

    /// Takes records with their groups, and answers those that were not taken before.
    fn take(&mut self, records: Vec<i64>) -> Result<Vec<i64>, SqlError> {
        let new: BTreeSet<i64> = records.into_iter().filter(|record| !self.dirty.contains(record)).collect();
        let found = clusters(self.sql, &new)?;
        let lone = found.iter().filter(|(_, cluster)| cluster.is_none()).map(|(record, _)| *record);
        let mut members: BTreeSet<i64> = lone.collect();
        let of: BTreeSet<&String> = found.iter().filter_map(|(_, cluster)| cluster.as_ref()).collect();
        members.extend(of_clusters(self.sql, of.into_iter())?);
        self.grouped.extend(&members);
        Ok(members.into_iter().filter(|member| self.dirty.insert(*member)).collect())
    }

    /// Returns the pairs that rules link, of which one is among these; each with the lesser key first.
    fn linked(&mut self, records: &[i64]) -> Result<Vec<Pair>, SqlError> {
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
            let usable = self.meeting(pairs)?;
            let joined = self.joined(&usable);
            found.extend(usable.into_iter().zip(joined).filter(|(_, is_joined)| *is_joined).map(|(pair, _)| pair));
        }
        Ok(found)
    }

    fn joined(&self, pairs: &[Pair]) -> Vec<bool> {
        let (mut places, mut records, mut asked) = (HashMap::new(), Vec::new(), Vec::new());
        for (one, other) in pairs {
            let mut of_pair = Vec::new();
            for record in [one, other] {
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
        self.linker.joined(&records, &asked)
    }

    /// Gives each record its person.
    fn assign(mut self, edges: &BTreeSet<Pair>, joinings: &[Joining]) -> Result<u64, SqlError> {
        let mut linked = Sets::default();
        edges.iter().for_each(|(one, other)| linked.join(*one, *other));
        let mut closed = linked.clone();
        for joining in joinings {
            if let [Some(one), Some(other)] = self.ends(joining).as_slice() {
                closed.join(*one, *other);
            }
        }
        let lone: Vec<i64> = self.grouped.iter().copied().filter(|record| !closed.is_joined(*record)).collect();
        let groups = closed.groups(&self.dirty);
        self.see(lone.iter().chain(groups.iter().flatten()).copied())?;
        let key = |record: &i64| self.seen.get(record).map(|seen| seen.row.key.clone());
        let mut given: Vec<Given> = Vec::new();
        for record in lone {
            let Some(own) = key(&record).map(|key| key.person_id()) else { continue };
            given.push((record, own.clone(), own, None));
        }
        let least = |records: &[i64]| records.iter().filter_map(key).min();
        for group in groups {
            let Some(cluster) = least(&group).map(|key| key.person_id()) else { continue };
            for unit in self.units(&group, &mut linked, joinings) {
                let Some(person_id) = least(&unit).map(|key| key.person_id()) else { continue };
                for record in unit {
                    let Some(own) = key(&record).map(|key| key.person_id()) else { continue };
                    given.push((record, own, person_id.clone(), Some(cluster.clone())));
                }
            }
        }
        give(self.sql, &given)
    }

    /// Divides a group into persons: what is linked is one unless two of it are parted; then what people said, in its order.
    fn units(&self, group: &[i64], linked: &mut Sets, joinings: &[Joining]) -> Vec<Vec<i64>> {
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
            let ends = self.ends(joining);
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
        units
    }

    /// Returns the numbers of the records that a decision is about; none of one that is not there.
    fn ends(&self, joining: &Joining) -> Vec<Option<i64>> {
        joining.ends().iter().map(|key| self.numbers.get(key).copied()).collect()
    }

    /// Reads and judges records that were not seen yet.
    pub(super) fn see(&mut self, records: impl Iterator<Item = i64>) -> Result<(), SqlError> {
        let new: BTreeSet<i64> = records.filter(|record| !self.seen.contains_key(record)).collect();
        let new: Vec<i64> = new.into_iter().collect();
        for new in new.chunks(PAIRS) {
            let found = Stored::numbered(self.sql, new)?;
            let (records, rows): (Vec<i64>, Vec<Row>) =
                found.into_iter().map(|(record, _, stored)| (record, stored.row)).unzip();
            let judged = judged(self.linker, &rows);
            for ((record, row), judged) in records.into_iter().zip(rows).zip(judged) {
                if let Some(judged) = judged {
                    self.seen.insert(record, Seen { row, judged });
                }
            }
        }
        Ok(())
    }
}

/// Writes which person records are about; answers of how many that is another than before.
fn give(sql: &dyn Sql, given: &[Given]) -> Result<u64, SqlError> {
    let mut all = Vec::with_capacity(given.len() * GIVE.columns.len());
    for (record, _, person_id, cluster) in given {
        all.extend([Value::from(*record), person_id.into(), cluster.into()]);
    }
    let changed = sql.change_all(&GIVE, &all)?;
    let mut all = Vec::with_capacity(given.len() * LEAD.columns.len());
    for (record, own, person_id, _) in given {
        let into = (own != person_id).then_some(person_id);
        all.extend([own.into(), into.into(), Value::from(*record)]);
    }
    sql.change_all(&LEAD, &all)?;
    Ok(changed)
}

/// Returns the numbers of records.
pub(super) fn numbers<'k>(sql: &dyn Sql, keys: impl Iterator<Item = &'k Key>) -> Result<HashMap<Key, i64>, SqlError> {
    let keys: BTreeSet<&Key> = keys.collect();
    let found = sql.rows_of(&NUMBERS, &of_keys(keys.into_iter()), |row| {
        Ok((Key { data_source: row.get(0)?, patient_id: row.get(1)? }, row.get(2)?))
    })?;
    Ok(found.into_iter().collect())
}

/// Returns the groups of records.
fn clusters(sql: &dyn Sql, records: &BTreeSet<i64>) -> Result<Vec<(i64, Option<String>)>, SqlError> {
    const CLUSTERS: SetOf = SetOf {
        columns: &[("number", Kind::Int)],
        statement: "SELECT record, cluster FROM reference_record{, set} WHERE record = {number}",
    };
    let records: Vec<Value<'_>> = records.iter().map(|record| Value::Int(*record)).collect();
    sql.rows_of(&CLUSTERS, &records, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Returns the records of groups.
pub(super) fn of_clusters<'c>(sql: &dyn Sql, clusters: impl Iterator<Item = &'c String>) -> Result<Vec<i64>, SqlError> {
    const MEMBERS: SetOf = SetOf {
        columns: &[("to_cluster", Kind::Text)],
        statement: "SELECT record FROM reference_record{, set} WHERE cluster = {to_cluster}",
    };
    let clusters: Vec<Value<'_>> = clusters.map(Value::from).collect();
    sql.rows_of(&MEMBERS, &clusters, |row| row.get(0))
}
