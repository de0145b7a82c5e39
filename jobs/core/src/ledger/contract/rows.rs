//! Rows.

use std::thread;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Broken, Clause, Pair, at, ensure};
use crate::ledger::{
    Condition, Key, Ledger, LedgerError, Object, Partition, Range, Row, Rows, Transacted, Write, Written,
};
use crate::names::Scope;

pub(super) const CLAUSES: [(&str, Clause); 8] = [
    ("keeps rows as they were put", keeps_rows),
    ("changes the members that an update names", updates),
    ("changes a row only while the condition holds", holds_conditions),
    ("deletes what is there", deletes),
    ("answers rows in order, page by page", answers_in_order),
    ("writes several rows or none", writes_together),
    ("answers no row whose time has come", lets_rows_go),
    ("lets one of several at once change a row", changes_once),
];

const DONE: fn(u64) -> Written = |version| Written::Done { version };

fn partition(name: &str) -> Partition {
    Partition::new(&Scope::default(), "contract", name)
}

fn row(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

fn read(rows: &dyn Rows, key: &Key, second: i64) -> Result<Option<Object>, LedgerError> {
    Ok(rows.get(key, at(second))?.map(|row| row.value))
}

fn keeps_rows(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let key = partition("kept, with any # sign").key("é/#1");
    let value = row(json!({
        "text": "\u{0}\"é\u{1F600}", "whole": 9_007_199_254_740_993_u64, "part": 0.1, "one": 1.0, "flag": false,
        "nothing": null, "empty": "", "a name with. signs": [1, "two", {"three": []}],
    }));
    ensure(one.get(&key, at(0))?.is_none(), "a row is there before it was put")?;
    ensure(one.write(&Write::put(key.clone(), value.clone()), at(0))? == DONE(1), "a new row is not of version 1")?;
    let expected = Row { sort: key.sort.clone(), version: 1, value, expires_at: None };
    ensure(other.get(&key, at(0))? == Some(expected), "a row is not as it was put")?;
    let less = row(json!({"other": 1}));
    ensure(other.write(&Write::put(key.clone(), less.clone()), at(0))? == DONE(2), "a version does not grow")?;
    ensure(read(one, &key, 0)? == Some(less), "what was there before shows through")?;
    let acme: Scope = "acme".parse().map_err(|_| Broken::Unmet("a scope cannot be read"))?;
    let apart = Partition::new(&acme, "contract", &key.partition.name).key(&key.sort);
    ensure(one.get(&apart, at(0))?.is_none(), "two scopes share a row")?;
    one.write(&Write::put(partition("kept").key(""), Object::new()), at(0))?;
    ensure(read(other, &partition("kept").key(""), 0)? == Some(Object::new()), "an empty row or sort key is lost")
}

fn updates(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let key = partition("updated").key("a");
    let update = |value: Value| Write::update(key.clone(), row(value));
    ensure(one.write(&update(json!({"a": 1})), at(0))? == Written::Refused, "a row that is not there is updated")?;
    one.write(&Write::put(key.clone(), row(json!({"a": 1, "b": {"c": 2}}))), at(0))?;
    ensure(other.write(&update(json!({"b": [3], "d": "4"})), at(0))? == DONE(2), "a version does not grow")?;
    let expected = row(json!({"a": 1, "b": [3], "d": "4"}));
    ensure(read(one, &key, 0)? == Some(expected.clone()), "an update changes other members, or not its own")?;
    ensure(one.write(&update(json!({})), at(0))? == DONE(3), "an update of nothing is no change")?;
    ensure(read(one, &key, 0)? == Some(expected), "an update of nothing changes members")
}

fn holds_conditions(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let key = partition("conditions").key("a");
    let put = |condition: Condition| Write::put(key.clone(), row(json!({"state": "new", "n": 1}))).when(condition);
    let state = |value: Value| Condition::Member("state".into(), value);
    let needs_one = [Condition::Present, Condition::Version(0), Condition::Version(1), state(json!("new"))];
    for condition in needs_one {
        ensure(one.write(&put(condition), at(0))? == Written::Refused, "a row that is not there meets a condition")?;
    }
    ensure(one.write(&put(Condition::Absent), at(0))? == DONE(1), "a row that is not there is not absent")?;
    let unmet = [
        Condition::Absent,
        Condition::Version(2),
        state(json!("old")),
        state(json!(null)),
        Condition::Member("n".into(), json!("1")),
        Condition::Member("none".into(), json!(null)),
    ];
    for condition in unmet {
        ensure(
            other.write(&put(condition), at(0))? == Written::Refused,
            "a row is put though a condition does not hold",
        )?;
    }
    let met = [
        Condition::Version(1),
        Condition::Present,
        state(json!("new")),
        Condition::Member("n".into(), json!(1)),
        Condition::Always,
    ];
    for (condition, version) in met.into_iter().zip(2..) {
        ensure(other.write(&put(condition), at(0))? == DONE(version), "a row is not put though a condition holds")?;
    }
    let update = Write::update(key.clone(), row(json!({"state": "old"})));
    let refused = one.write(&update.clone().when(state(json!("old"))), at(0))?;
    ensure(refused == Written::Refused, "a row is updated though a condition does not hold")?;
    ensure(
        one.write(&update.when(state(json!("new"))), at(0))? == DONE(7),
        "a row is not updated though a condition holds",
    )?;
    let keep = |condition: Condition| Write::keep(key.clone()).when(condition);
    ensure(one.write(&keep(Condition::Version(6)), at(0))? == Written::Refused, "a row is of a version it had")?;
    ensure(one.write(&keep(Condition::Version(7)), at(0))? == DONE(7), "looking at a row changes its version")
}

fn deletes(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let key = partition("deleted").key("a");
    one.write(&Write::put(key.clone(), Object::new()), at(0))?;
    let delete = |condition: Condition| Write::delete(key.clone()).when(condition);
    ensure(
        other.write(&delete(Condition::Version(2)), at(0))? == Written::Refused,
        "a row goes against its condition",
    )?;
    ensure(other.write(&delete(Condition::Version(1)), at(0))? == DONE(0), "a row does not go")?;
    ensure(one.get(&key, at(0))?.is_none(), "a row that was deleted is there")?;
    ensure(other.write(&delete(Condition::Version(1)), at(0))? == DONE(0), "a row cannot be deleted once more")
}

fn answers_in_order(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let of = partition("ordered");
    let sorts = ["Z", "a#1", "a#10", "a#2", "a$", "b", "z", "é", "\u{1F600}"];
    for sort in sorts.iter().rev() {
        one.write(&Write::put(of.key(sort), row(json!({"at": sort}))), at(0))?;
    }
    one.write(&Write::put(partition("ordere").key("d"), Object::new()), at(0))?;
    let walk = |range: Range| -> Result<Vec<String>, LedgerError> {
        let (mut range, mut found) = (range, Vec::new());
        loop {
            let page = other.query(&range, at(0))?;
            found.extend(page.rows.into_iter().map(|row| row.sort));
            range.after = page.resume;
            if range.after.is_none() || found.len() > 99 {
                return Ok(found);
            }
        }
    };
    let backwards: Vec<&str> = sorts.iter().rev().copied().collect();
    for limit in [1, 2, 9, 100] {
        ensure(walk(of.begin("", limit))? == sorts, "rows are not in the order of their keys")?;
        ensure(walk(of.begin("", limit).descending())? == backwards, "rows are not in the opposite order")?;
        ensure(
            walk(of.begin("a#", limit))? == ["a#1", "a#10", "a#2"],
            "rows with other keys are answered, or some are left out",
        )?;
        ensure(walk(of.begin("a#", limit).descending())? == ["a#2", "a#10", "a#1"], "a prefix backwards")?;
    }
    let page = other.query(&of.begin("", 2), at(0))?;
    ensure(page.rows.len() == 2 && page.resume.is_some(), "a page is not as long as was asked")?;
    let whole = page.rows.iter().all(|row| row.value == self::row(json!({"at": row.sort})) && row.version == 1);
    ensure(whole, "a page does not hold what the rows do")?;
    ensure(walk(partition("none").begin("", 9))?.is_empty(), "a partition that is empty has rows")
}

fn writes_together(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    writes_as_one(Pair { one, other }, "together", &|rows, writes| rows.transact(writes, at(0)))?;
    writes_as_one(Pair { one, other }, "unflushed", &|rows, writes| rows.transact_unflushed(writes, at(0)))
}

type Transact<'t> = &'t dyn Fn(&dyn Ledger, &[Write]) -> Result<Transacted, LedgerError>;

fn writes_as_one(Pair { one, other }: Pair<'_>, name: &str, transact: Transact<'_>) -> Result<(), Broken> {
    let of = partition(name);
    let put = |n: usize| Write::put(of.key(&format!("{n:03}")), row(json!({"n": n}))).when(Condition::Absent);
    let many: Vec<Write> = (0..100).map(put).collect();
    ensure(transact(one, &many)? == Transacted::Done, "a hundred rows are not written together")?;
    ensure(other.query(&of.begin("", 200), at(0))?.rows.len() == 100, "some of the rows are not there")?;
    let key = |n: usize| of.key(&format!("{n:03}"));
    let mixed = [
        Write::update(key(1), row(json!({"n": 7}))).when(Condition::Version(1)),
        Write::delete(key(2)).when(Condition::Member("n".into(), json!(2))),
        Write::keep(key(3)).when(Condition::Present),
        put(200),
        put(4),
        Write::keep(key(5)).when(Condition::Absent),
    ];
    let refused = transact(other, &mixed)?;
    ensure(refused == Transacted::Refused(vec![4, 5]), "not the conditions are told that do not hold")?;
    ensure(read(one, &key(1), 0)? == Some(row(json!({"n": 1}))), "some of the rows were written all the same")?;
    ensure(read(one, &key(2), 0)?.is_some() && read(one, &key(200), 0)?.is_none(), "some were written all the same")?;
    let [update, delete, keep, put, ..] = mixed;
    ensure(transact(other, &[update, delete, keep, put])? == Transacted::Done, "rows are not written together")?;
    let there = one.get(&key(1), at(0))?.is_some_and(|row| row.version == 2 && row.value.get("n") == Some(&json!(7)));
    ensure(there && read(one, &key(2), 0)?.is_none() && read(one, &key(200), 0)?.is_some(), "some are not written")?;
    ensure(transact(one, &[])? == Transacted::Done, "nothing cannot be written")?;
    let unfit = |writes: &[Write]| matches!(transact(one, writes), Err(LedgerError::Unfit { .. }));
    let too_many: Vec<Write> = (300..401).map(|n| Write::put(of.key(&n.to_string()), Object::new())).collect();
    ensure(unfit(&too_many), "more rows are taken than can be written together")?;
    ensure(unfit(&[Write::delete(key(9)), Write::keep(key(9))]), "a row is written twice together")
}

fn lets_rows_go(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let of = partition("going");
    let (key, half) = (of.key("a"), Timestamp::from_millisecond(at(10).as_millisecond() - 500).unwrap_or(at(10)));
    one.write(&Write::put(key.clone(), row(json!({"n": 1}))).until(half), at(0))?;
    one.write(&Write::put(of.key("b"), Object::new()), at(0))?;
    let there = other.get(&key, at(9))?;
    ensure(there.is_some_and(|row| row.expires_at == Some(at(10))), "a row goes too early, or its time is lost")?;
    ensure(
        one.write(&Write::update(key.clone(), row(json!({"n": 2}))), at(9))? == DONE(2),
        "a row that is there is not updated",
    )?;
    ensure(other.get(&key, at(10))?.is_none(), "a row is answered though its time has come")?;
    let sorts = |second: i64| -> Result<Vec<String>, LedgerError> {
        Ok(other.query(&of.begin("", 1), at(second))?.rows.into_iter().map(|row| row.sort).collect())
    };
    ensure(sorts(9)? == ["a"] && sorts(10)? == ["b"], "a row that has gone takes the place of one that is there")?;
    let late = |condition: Condition| Write::put(key.clone(), row(json!({"n": 3}))).when(condition);
    for condition in [Condition::Present, Condition::Version(2), Condition::Member("n".into(), json!(2))] {
        ensure(one.write(&late(condition), at(10))? == Written::Refused, "a row that has gone meets a condition")?;
    }
    let update = Write::update(key.clone(), row(json!({"n": 3})));
    ensure(one.write(&update, at(10))? == Written::Refused, "a row that has gone is updated")?;
    ensure(one.write(&late(Condition::Absent), at(10))? != Written::Refused, "a row that has gone is in the way")?;
    ensure(
        other.get(&key, at(99))?.is_some_and(|row| row.expires_at.is_none()),
        "a row keeps the time of the one before",
    )?;
    one.write(&Write::update(key.clone(), Object::new()).until(at(100)), at(99))?;
    ensure(other.get(&key, at(100))?.is_none(), "an update sets no time")
}

fn changes_once(pair: Pair<'_>) -> Result<(), Broken> {
    let key = partition("raced").key("a");
    let race = |write: &(dyn Fn(usize) -> Write + Sync)| -> Result<usize, LedgerError> {
        let written: Result<Vec<Written>, LedgerError> = thread::scope(|scope| {
            let race = |n: usize| (if n.is_multiple_of(2) { pair.one } else { pair.other }, write(n));
            let threads: Vec<_> =
                (0..6).map(race).map(|(rows, write)| scope.spawn(move || rows.write(&write, at(0)))).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        Ok(written?.into_iter().filter(|written| *written != Written::Refused).count())
    };
    let put = |n: usize| Write::put(key.clone(), row(json!({"n": n}))).when(Condition::Absent);
    ensure(race(&put)? == 1, "not exactly one of several put a row that was absent")?;
    let update = |n: usize| Write::update(key.clone(), row(json!({"n": n}))).when(Condition::Version(1));
    ensure(race(&update)? == 1, "not exactly one of several changed a version")?;
    let add = |n: usize| Write::update(key.clone(), row(json!({format!("m{n}"): n})));
    ensure(race(&add)? == 6, "changes without a condition are refused")?;
    let there = pair.one.get(&key, at(0))?.ok_or(Broken::Unmet("a row is lost in a race"))?;
    ensure(there.version == 8 && there.value.len() == 7, "a change is lost in a race")
}
