//! Bounds that cut a table into parts of like size, in the server's own order of its key.
//!
//! Values between two keys are tried; the server answers with the first key at or after each, and by its index says about how many rows
//! lie between two. What is still too large is cut again. So every bound is a key that is there, a gap of any width has none,
//! and a crowd is cut as finely as the rest.

mod between;

use super::declared::declared;
use super::fault::Fault;
use super::session::Open;
use super::setup::Flavour;
use super::snapshot;
use super::sql::{self, Where, key_text};
use super::value::Value;
use crate::kind::Kind;
use crate::reading::{Bound, Condition};
use crate::relation::{Relation, RelationKind};

type Key = Vec<Bound>;

/// How often what is too large is cut again.
const ROUNDS: usize = 12;
/// The most cuts of one part in one round.
const CUTS: u64 = 16;

/// Returns the bounds; none where the key is empty, or its order is not that of its values.
pub(super) fn bounds(open: &mut Open, relation: &Relation, parts: usize) -> Result<Vec<Key>, Fault> {
    let is_cut = |at: &usize| {
        let column = relation.columns.get(*at);
        column.is_some_and(|column| column.kind != Kind::Time && declared(&column.declared).is_ordered)
    };
    let has_rows = matches!(relation.kind, RelationKind::Table | RelationKind::Partitioned);
    if parts < 2 || relation.key.is_empty() || !relation.key.iter().all(is_cut) || !has_rows {
        return Ok(Vec::new());
    }
    snapshot::within(open, Some(relation), |open| cut(open, relation, parts))
}

/// Rows between two keys.
struct Part {
    from: Key,
    to: Key,
    rows: u64,
    /// Whether no key was found inside.
    is_solid: bool,
}

fn cut(open: &mut Open, relation: &Relation, parts: usize) -> Result<Vec<Key>, Fault> {
    let (first, last) = (end(open, relation, &[], "")?, end(open, relation, &[], " DESC")?);
    let Some((from, to)) = first.zip(last).filter(|(first, last)| first != last) else { return Ok(Vec::new()) };
    let rows = rows(open, relation, &Where::default())?;
    let target = (rows / parts as u64).max(1);
    let mut found = vec![Part { from, to, rows, is_solid: false }];
    for _ in 0..ROUNDS {
        let mut next = Vec::new();
        let mut is_done = true;
        for mut part in found {
            if part.is_solid || part.rows <= target {
                next.push(part);
                continue;
            }
            let cuts = inside(open, relation, &part, (2 * part.rows / target).clamp(2, CUTS))?;
            if cuts.is_empty() {
                part.is_solid = true;
                next.push(part);
                continue;
            }
            is_done = false;
            let mut from = part.from;
            for to in cuts.into_iter().chain([part.to]) {
                let rows = rows_between(open, relation, &from, &to)?;
                next.push(Part { from: std::mem::replace(&mut from, to.clone()), to, rows, is_solid: false });
            }
        }
        found = next;
        if is_done {
            break;
        }
    }
    Ok(joined(found, parts))
}

/// Joins neighbours until they are as large as a part should be.
fn joined(found: Vec<Part>, parts: usize) -> Vec<Key> {
    let all: u64 = found.iter().map(|part| part.rows).sum();
    let (mut before, mut bounds) = (0, Vec::new());
    let last = found.len().saturating_sub(1);
    for part in found.into_iter().take(last) {
        let share = |rows: u64| rows * parts as u64 / all.max(1);
        let had = share(before);
        before += part.rows;
        if share(before) > had {
            bounds.push(part.to);
        }
    }
    bounds.truncate(parts - 1);
    bounds
}

/// Returns keys inside of a part, in order.
fn inside(open: &mut Open, relation: &Relation, part: &Part, wanted: u64) -> Result<Vec<Key>, Fault> {
    let place = part.from.iter().zip(&part.to).position(|(from, to)| from != to).unwrap_or(0);
    let (Some(from), Some(to), Some(at)) = (part.from.get(place), part.to.get(place), relation.key.get(place)) else {
        return Ok(Vec::new());
    };
    let column = sql::column(relation, *at)?;
    for tried in between::tried(&column.kind, &from.0, &to.0, wanted) {
        let mut found: Vec<Key> = Vec::new();
        for value in tried {
            let key = at_or_after(open, relation, part, place, Bound(value))?;
            found.extend(key.filter(|key| !found.contains(key)));
        }
        if !found.is_empty() {
            return sorted(open, relation, found);
        }
    }
    // Many rows share this value of the column: the last of them, and the next column is looked at.
    let shared = part.from.get(..=place).unwrap_or_default();
    let last = if place + 1 < relation.key.len() { end(open, relation, shared, " DESC")? } else { None };
    Ok(last.into_iter().filter(|last| *last != part.from && *last != part.to).collect())
}

/// Returns the first key of a part at or after a value of the column at `place`.
fn at_or_after(
    open: &mut Open,
    relation: &Relation,
    part: &Part,
    place: usize,
    value: Bound,
) -> Result<Option<Key>, Fault> {
    let (key, shared) = (relation.key.get(..=place).unwrap_or_default(), part.from.get(..place).unwrap_or_default());
    let mut filter = Where::default();
    let from = shared.iter().cloned().chain([value]).collect();
    filter.add(relation, &Condition::Between { columns: key.to_vec(), from: Some(from), to: None }, "")?;
    filter.add(relation, &Condition::After { columns: relation.key.clone(), bound: part.from.clone() }, "")?;
    filter.add(
        relation,
        &Condition::Between { columns: relation.key.clone(), from: None, to: Some(part.to.clone()) },
        "",
    )?;
    one(open, relation, &filter.text(), "", &filter.values)
}

/// Returns the first or last key of those that begin with these values.
fn end(open: &mut Open, relation: &Relation, shared: &[Bound], direction: &str) -> Result<Option<Key>, Fault> {
    let mut equals = Vec::new();
    let mut values = Vec::new();
    for (at, bound) in relation.key.iter().zip(shared) {
        let column = sql::column(relation, *at)?;
        equals.push(format!("{} = {}", sql::quoted(&column.name), sql::mark(&column.kind)));
        values.push(sql::key_value(column, bound)?);
    }
    let filter = if equals.is_empty() { String::new() } else { format!(" WHERE {}", equals.join(" AND ")) };
    one(open, relation, &filter, direction, &values)
}

fn one(
    open: &mut Open,
    relation: &Relation,
    filter: &str,
    direction: &str,
    values: &[Value],
) -> Result<Option<Key>, Fault> {
    Ok(keys(open, relation, filter, direction, " LIMIT 1", values)?.into_iter().next())
}

fn keys(
    open: &mut Open,
    relation: &Relation,
    filter: &str,
    direction: &str,
    limit: &str,
    values: &[Value],
) -> Result<Vec<Key>, Fault> {
    let (mut texts, mut order) = (Vec::new(), Vec::new());
    for at in &relation.key {
        let column = sql::column(relation, *at)?;
        texts.push(key_text(column));
        order.push(format!("{}{direction}", sql::quoted(&column.name)));
    }
    let statement = format!(
        "SELECT {} FROM {}{filter} ORDER BY {}{limit}",
        texts.join(", "),
        sql::table(relation),
        order.join(", ")
    );
    let rows = open.link.asked(&statement, values)?;
    let key = |row: Vec<Option<String>>| row.into_iter().map(|cell| cell.map(Bound)).collect::<Option<Key>>();
    rows.into_iter().map(|row| key(row).ok_or(Fault::Malformed)).collect()
}

/// Puts keys into the order of the server.
fn sorted(open: &mut Open, relation: &Relation, found: Vec<Key>) -> Result<Vec<Key>, Fault> {
    if found.len() < 2 {
        return Ok(found);
    }
    let (mut any, mut values) = (Vec::new(), Vec::new());
    for key in &found {
        let mut equals = Vec::new();
        for (at, bound) in relation.key.iter().zip(key) {
            let column = sql::column(relation, *at)?;
            equals.push(format!("{} = {}", sql::quoted(&column.name), sql::mark(&column.kind)));
            values.push(sql::key_value(column, bound)?);
        }
        any.push(format!("({})", equals.join(" AND ")));
    }
    keys(open, relation, &format!(" WHERE {}", any.join(" OR ")), "", "", &values)
}

fn rows_between(open: &mut Open, relation: &Relation, from: &Key, to: &Key) -> Result<u64, Fault> {
    let mut filter = Where::default();
    let (from, to) = (Some(from.clone()), Some(to.clone()));
    filter.add(relation, &Condition::Between { columns: relation.key.clone(), from, to }, "")?;
    rows(open, relation, &filter)
}

/// Returns about how many rows there are, by the server's plan: it looks at two places of the index.
fn rows(open: &mut Open, relation: &Relation, filter: &Where) -> Result<u64, Fault> {
    let key = sql::listed(relation, &relation.key)?;
    let statement = format!("EXPLAIN SELECT {key} FROM {}{} ORDER BY {key}", sql::table(relation), filter.text());
    let plan = open.link.asked(&statement, &filter.values)?;
    let place = match open.flavour {
        Flavour::Mysql => 9,
        Flavour::Mariadb(..) => 8,
    };
    let rows = plan.first().and_then(|row| row.get(place)).and_then(|cell| cell.as_deref()?.parse().ok());
    Ok(rows.unwrap_or(0))
}
