//! What follows from records that came and went: keys, counts of values, persons.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::group::Grouping;
use super::row::{Key, Linker};
use crate::database::{Kind, SetOf, Sql, SqlError, Value};

const LOSE_KEYS: SetOf = SetOf {
    columns: &[("of_pass", Kind::Int), ("of_key", Kind::Int), ("number", Kind::Int)],
    statement: "DELETE FROM block_key WHERE (pass, key, record) IN (SELECT {of_pass}, {of_key}, {number} {from set})",
};
const GIVE_KEYS: SetOf = SetOf {
    columns: &[("of_pass", Kind::Int), ("of_key", Kind::Int), ("number", Kind::Int)],
    statement: "INSERT INTO block_key (pass, key, record) {rows} ON CONFLICT DO NOTHING",
};
const COUNT: SetOf = SetOf {
    columns: &[("of_field", Kind::Text), ("of_value", Kind::Int), ("more", Kind::Int)],
    statement: "INSERT INTO term_frequency (field, value, count) {rows} ON CONFLICT (field, value) DO UPDATE
                SET count = term_frequency.count + excluded.count",
};
const PERSONS: SetOf = SetOf {
    columns: &[("own", Kind::Text), ("leads_to", Kind::Text), ("number", Kind::Int)],
    statement: "INSERT INTO person (person_id, merged_into, record) {rows} ON CONFLICT (person_id) DO UPDATE
                SET record = excluded.record, merged_into = NULL",
};
/// The id of a person whose record is gone leads to what was one with it.
const LEAD_ON: SetOf = SetOf {
    columns: &[("own", Kind::Text), ("number", Kind::Int)],
    statement: "UPDATE person SET merged_into = (SELECT r.person_id FROM reference_record r WHERE r.record = {number}) {from set}
                WHERE person_id = {own} AND record IS NULL",
};
const LEAST: SetOf = SetOf {
    columns: &[("of_group", Kind::Text)],
    statement: "SELECT cluster, data_source, patient_id, record FROM reference_record{, set} WHERE cluster = {of_group}",
};

/// Rows of a set that are put together at once.
const SET: usize = 64 * 1024;

/// What is to be changed beside the records themselves, once all of them are known.
#[derive(Default)]
pub(super) struct Changes {
    /// Keys that go: pass, key, record.
    pub(super) lost_keys: Vec<(u8, u64, i64)>,
    /// Keys that come.
    pub(super) new_keys: Vec<(u8, u64, i64)>,
    /// How often values are there more, or less, than before.
    pub(super) terms: HashMap<(usize, u64), i64>,
    /// Records that stand now and did not: the person that each alone is.
    pub(super) persons: Vec<(String, i64)>,
    /// Of those, the ones that stand no more.
    pub(super) fallen: HashSet<i64>,
    /// Groups of which records are gone, with the persons that these alone are.
    pub(super) clusters: BTreeMap<String, Vec<String>>,
}

impl Changes {
    /// Changes what follows from records: keys and counts in their order, then persons.
    /// Answers how many records have another person than before.
    pub(super) fn carry_out(self, sql: &dyn Sql, linker: &dyn Linker) -> Result<u64, SqlError> {
        let Self { mut lost_keys, mut new_keys, terms, mut persons, fallen, clusters } = self;
        // A record may be gone again that came with the same load.
        new_keys.retain(|(.., record)| !fallen.contains(record));
        persons.retain(|(_, record)| !fallen.contains(record));
        lost_keys.sort_unstable();
        new_keys.sort_unstable();
        persons.sort_unstable();
        for (set, keys) in [(&LOSE_KEYS, &lost_keys), (&GIVE_KEYS, &new_keys)] {
            change(sql, set, keys.iter().map(|(pass, key, record)| [(*pass).into(), (*key).into(), (*record).into()]))?;
        }
        let mut terms: Vec<_> = terms.into_iter().filter(|(_, count)| *count != 0).collect();
        terms.sort_unstable();
        change(
            sql,
            &COUNT,
            terms.iter().map(|((field, value), count)| [linker.field(*field).into(), (*value).into(), (*count).into()]),
        )?;
        sql.change("DELETE FROM term_frequency WHERE count <= 0", &[])?;
        change(
            sql,
            &PERSONS,
            persons.iter().map(|(person_id, record)| [person_id.into(), Value::Null, (*record).into()]),
        )?;
        let stays = staying(sql, &clusters)?;
        let mut grouping = Grouping::new(sql, linker);
        grouping.touch_clusters(clusters.keys())?;
        grouping.add(persons.into_iter().map(|(_, record)| record));
        grouping.touch_blocks(&lost_keys, &new_keys)?;
        drop((lost_keys, new_keys));
        let regrouped = grouping.carry_out()?;
        change(sql, &LEAD_ON, stays.iter().map(|(person_id, record)| [person_id.into(), (*record).into()]))?;
        Ok(regrouped)
    }
}

/// Changes rows for each row of a set, so many at once that memory does not grow with them.
fn change<'v, const N: usize>(
    sql: &dyn Sql,
    set: &SetOf,
    rows: impl Iterator<Item = [Value<'v>; N]>,
) -> Result<(), SqlError> {
    let mut all = Vec::with_capacity(SET);
    for row in rows {
        all.extend(row);
        if all.len() + N > SET {
            sql.change_all(set, &all)?;
            all.clear();
        }
    }
    sql.change_all(set, &all).map(drop)
}

/// Returns, for each person whose record is gone, the least record that was in a group with it and stays.
fn staying(sql: &dyn Sql, clusters: &BTreeMap<String, Vec<String>>) -> Result<Vec<(String, i64)>, SqlError> {
    let groups: Vec<Value<'_>> = clusters.keys().map(Value::from).collect();
    let mut least: BTreeMap<String, (Key, i64)> = BTreeMap::new();
    sql.each_of(&LEAST, &groups, &mut |row| {
        let (key, record) = (Key { data_source: row.get(1)?, patient_id: row.get(2)? }, row.get(3)?);
        let own = least.entry(row.get(0)?).or_insert_with(|| (key.clone(), record));
        if key < own.0 {
            *own = (key, record);
        }
        Ok(())
    })?;
    let of = |(cluster, persons): (&String, &Vec<String>)| {
        let record = least.get(cluster).map(|(_, record)| *record)?;
        Some(persons.iter().map(move |person| (person.clone(), record)).collect::<Vec<_>>())
    };
    Ok(clusters.iter().filter_map(of).flatten().collect())
}
