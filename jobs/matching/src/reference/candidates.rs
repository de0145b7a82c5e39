//! Which pairs of reference records are compared with each other.

use std::collections::{BTreeSet, HashSet};

use rusqlite::params;

use super::group::{Grouping, Pair};
use super::load::ANCHORS;

impl Grouping<'_> {
    /// Returns pairs with an anchor in common, from all anchors in their order; `None` where there are none at all.
    pub(super) fn by_all_anchors(&self, records: &[i64]) -> Result<Option<BTreeSet<Pair>>, rusqlite::Error> {
        let wanted: HashSet<i64> = records.iter().copied().collect();
        let mut statement =
            self.transaction.prepare("SELECT key, record FROM block_key WHERE pass = ?1 ORDER BY key")?;
        let mut rows = statement.query([ANCHORS])?;
        let (mut pairs, mut last, mut group, mut is_any) = (BTreeSet::new(), None, Vec::<i64>::new(), false);
        while let Some(row) = rows.next()? {
            let (key, record): (i64, i64) = (row.get(0)?, row.get(1)?);
            if last != Some(key) {
                group.clear();
            }
            for other in group.iter().filter(|other| wanted.contains(other) || wanted.contains(&record)) {
                pairs.insert((*other.min(&record), *other.max(&record)));
            }
            group.push(record);
            (last, is_any) = (Some(key), true);
        }
        Ok(is_any.then_some(pairs))
    }

    /// Returns pairs with an anchor in common, record by record; with a key in common where a rule asks for no anchor.
    pub(super) fn by_look_up(&mut self, records: &[i64]) -> Result<BTreeSet<Pair>, rusqlite::Error> {
        let mut pairs = BTreeSet::new();
        for record in records {
            self.see(*record)?;
            let Some(seen) = self.seen.get(record) else { continue };
            let keys: Vec<(u8, u64)> = match &seen.judged.anchors {
                Some(anchors) => anchors.iter().map(|anchor| (ANCHORS, *anchor)).collect(),
                None => seen.judged.keys.clone(),
            };
            for (pass, key) in keys {
                if pass == ANCHORS || self.is_looked_up(pass, key)? {
                    let others = self.of_key(pass, key)?;
                    let others = others.iter().filter(|other| *other != record);
                    pairs.extend(others.map(|other| (*other.min(record), *other.max(record))));
                }
            }
        }
        Ok(pairs)
    }

    /// Returns whether two records have a key in common that is looked up.
    pub(super) fn meet(&mut self, one: i64, other: i64) -> Result<bool, rusqlite::Error> {
        self.see(one)?;
        self.see(other)?;
        let (Some(first), Some(second)) = (self.seen.get(&one), self.seen.get(&other)) else { return Ok(false) };
        let theirs: HashSet<(u8, u64)> = second.judged.keys.iter().copied().collect();
        let common: Vec<(u8, u64)> = first.judged.keys.iter().copied().filter(|key| theirs.contains(key)).collect();
        for (pass, key) in common {
            if self.is_looked_up(pass, key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn of_key(&self, pass: u8, key: u64) -> Result<Vec<i64>, rusqlite::Error> {
        let sql = "SELECT record FROM block_key WHERE pass = ?1 AND key = ?2";
        self.transaction.prepare_cached(sql)?.query_map(params![pass, key.cast_signed()], |row| row.get(0))?.collect()
    }

    /// Returns whether a key has few enough records.
    fn is_looked_up(&mut self, pass: u8, key: u64) -> Result<bool, rusqlite::Error> {
        let most = i64::try_from(self.linker.max_block()).unwrap_or(i64::MAX);
        if let Some(size) = self.sizes.get(&(pass, key)) {
            return Ok(*size <= most);
        }
        let sql = "SELECT count(*) FROM (SELECT 1 FROM block_key WHERE pass = ?1 AND key = ?2 LIMIT ?3)";
        let limit = most.saturating_add(1);
        let size = self
            .transaction
            .prepare_cached(sql)?
            .query_row(params![pass, key.cast_signed(), limit], |row| row.get(0))?;
        self.sizes.insert((pass, key), size);
        Ok(size <= most)
    }
}
