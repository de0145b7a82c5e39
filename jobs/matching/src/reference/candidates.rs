//! Which pairs of reference records are compared with each other.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::group::{Grouping, Pair};
use super::load::ANCHORS;
use crate::database::{Kind, SetOf, Sql, SqlError, Value, values};

/// A key of a record: pass and hash.
pub(super) type Key = (u8, u64);

const OF_KEYS: &[(&str, Kind)] = &[("of_pass", Kind::Int), ("of_key", Kind::Int)];

/// The records of keys.
const RECORDS: SetOf = SetOf {
    columns: OF_KEYS,
    statement: "SELECT pass, key, record FROM block_key{, set} WHERE pass = {of_pass} AND key = {of_key}",
};

/// How many records keys have.
pub(super) const SIZES: SetOf = SetOf {
    columns: OF_KEYS,
    statement: "SELECT {of_pass}, {of_key}, (SELECT count(*) FROM block_key WHERE pass = {of_pass} AND key = {of_key}) {from set}",
};

/// Returns keys as the values of a set.
pub(super) fn of_keys<'v>(keys: impl Iterator<Item = Key>) -> Vec<Value<'v>> {
    keys.flat_map(|(pass, key)| [Value::from(pass), Value::from(key)]).collect()
}

/// Returns the records of keys, each with its key.
pub(super) fn records_of(sql: &dyn Sql, keys: impl Iterator<Item = Key>) -> Result<Vec<(Key, i64)>, SqlError> {
    sql.rows_of(&RECORDS, &of_keys(keys), |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))
}

impl Grouping<'_> {
    /// Returns pairs with an anchor in common, from all anchors in their order; `None` where there are none at all.
    pub(super) fn by_all_anchors(&self, records: &[i64]) -> Result<Option<BTreeSet<Pair>>, SqlError> {
        let wanted: HashSet<i64> = records.iter().copied().collect();
        let (mut pairs, mut last, mut group, mut is_any) = (BTreeSet::new(), None, Vec::<i64>::new(), false);
        self.sql.each(
            "SELECT key, record FROM block_key WHERE pass = ?1 ORDER BY key",
            values![ANCHORS],
            &mut |row| {
                let (key, record): (i64, i64) = (row.get(0)?, row.get(1)?);
                if last != Some(key) {
                    group.clear();
                }
                for other in group.iter().filter(|other| wanted.contains(other) || wanted.contains(&record)) {
                    pairs.insert((*other.min(&record), *other.max(&record)));
                }
                group.push(record);
                (last, is_any) = (Some(key), true);
                Ok(())
            },
        )?;
        Ok(is_any.then_some(pairs))
    }

    /// Returns pairs with an anchor in common, by the anchors of these; with a key in common where a rule asks for no anchor.
    pub(super) fn by_look_up(&mut self, records: &[i64]) -> Result<BTreeSet<Pair>, SqlError> {
        self.see(records.iter().copied())?;
        let mut wanted: HashMap<Key, Vec<i64>> = HashMap::new();
        for record in records {
            let Some(seen) = self.seen.get(record) else { continue };
            let keys: Vec<Key> = match &seen.judged.anchors {
                Some(anchors) => anchors.iter().map(|anchor| (ANCHORS, *anchor)).collect(),
                None => seen.judged.keys.clone(),
            };
            keys.into_iter().for_each(|key| wanted.entry(key).or_default().push(*record));
        }
        self.measure(wanted.keys().copied().filter(|(pass, _)| *pass != ANCHORS))?;
        let mut keys: Vec<Key> =
            wanted.keys().copied().filter(|key| key.0 == ANCHORS || self.is_looked_up(*key)).collect();
        keys.sort_unstable();
        let mut pairs = BTreeSet::new();
        for (key, other) in self.of_keys(keys.into_iter())? {
            let own = wanted.get(&key).into_iter().flatten().filter(|own| **own != other);
            pairs.extend(own.map(|own| (*own.min(&other), *own.max(&other))));
        }
        Ok(pairs)
    }

    /// Returns, of pairs, those that have a key in common that is looked up.
    pub(super) fn meeting(&mut self, pairs: &[Pair]) -> Result<Vec<Pair>, SqlError> {
        self.see(pairs.iter().flat_map(|(one, other)| [*one, *other]))?;
        let common = |(one, other): &Pair| -> Vec<Key> {
            let (Some(one), Some(other)) = (self.seen.get(one), self.seen.get(other)) else { return Vec::new() };
            one.judged.keys.iter().copied().filter(|key| other.judged.keys.contains(key)).collect()
        };
        let common: Vec<Vec<Key>> = pairs.iter().map(common).collect();
        self.measure(common.iter().flatten().copied())?;
        let meets = |keys: &Vec<Key>| keys.iter().any(|key| self.is_looked_up(*key));
        Ok(pairs.iter().zip(&common).filter(|(_, keys)| meets(keys)).map(|(pair, _)| *pair).collect())
    }

    /// Returns the records of keys, each with its key.
    pub(super) fn of_keys(&self, keys: impl Iterator<Item = Key>) -> Result<Vec<(Key, i64)>, SqlError> {
        records_of(self.sql, keys)
    }

    /// Counts the records of keys that were not counted yet.
    fn measure(&mut self, keys: impl Iterator<Item = Key>) -> Result<(), SqlError> {
        let new: BTreeSet<Key> = keys.filter(|key| !self.sizes.contains_key(key)).collect();
        let sizes =
            self.sql.rows_of(&SIZES, &of_keys(new.into_iter()), |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
        self.sizes.extend(sizes);
        Ok(())
    }

    /// Returns whether a key that was counted has few enough records.
    fn is_looked_up(&self, key: Key) -> bool {
        let most = i64::try_from(self.linker.max_block()).unwrap_or(i64::MAX);
        self.sizes.get(&key).is_some_and(|size| *size <= most)
    }
}
