//! Bounds that cut a table into parts of like size: keys of some blocks of it, put in order by the server.
//!
//! A sample of blocks has as many keys from where many are, so a gap gives no empty part and a crowd no giant one, whatever type a key
//! has. Each bound is a key that is there.

use std::collections::BTreeSet;

use crate::postgres::connection::Wire;
use crate::postgres::fault::Fault;
use crate::postgres::rows::{from, listed};
use crate::postgres::text;
use crate::reading::{Bound, Condition};
use crate::relation::{Relation, RelationKind};

/// Blocks that are looked at for every part.
const BLOCKS: usize = 32;
/// The most blocks that are looked at: putting their keys in order is to cost little beside going through the table.
const MOST_BLOCKS: usize = 1024;

/// Returns the bounds; of a table without a key they are numbers of blocks.
pub(super) fn bounds(wire: &mut Wire, relation: &Relation, parts: usize) -> Result<Vec<Vec<Bound>>, Fault> {
    let holds =
        matches!(relation.kind, RelationKind::Table | RelationKind::Partitioned | RelationKind::MaterializedView);
    if parts < 2 || !holds {
        return Ok(Vec::new());
    }
    let (all, largest) = sizes(wire, relation)?;
    if relation.key.is_empty() {
        return Ok(cut(largest, parts));
    }
    if all == 0 {
        return Ok(Vec::new());
    }
    let wanted = (parts.saturating_mul(BLOCKS)).min(MOST_BLOCKS);
    let sample = if all <= wanted {
        String::new()
    } else {
        // A seed, so that the same table is cut in the same way.
        format!(" TABLESAMPLE SYSTEM ({:.6}) REPEATABLE (1)", 100.0 * wanted as f64 / all as f64)
    };
    let key = listed(relation, &relation.key)?;
    let texts: Vec<String> =
        relation.key.iter().enumerate().map(|(place, _)| format!("k{place}::pg_catalog.text")).collect();
    let names: Vec<String> = relation.key.iter().enumerate().map(|(place, _)| format!("k{place}")).collect();
    let (texts, names) = (texts.join(", "), names.join(", "));
    let statement = format!(
        "SELECT {texts} FROM (SELECT {key}, row_number() OVER (ORDER BY {key}) - 1, count(*) OVER () \
         FROM {}{sample}) AS sampled ({names}, n, c) \
         WHERE n > 0 AND n * {parts} / c <> (n - 1) * {parts} / c ORDER BY n",
        from(relation)
    );
    let mut bounds: Vec<Vec<Bound>> = Vec::new();
    for row in wire.rows(&statement, &[])? {
        let bound: Result<Vec<Bound>, Fault> =
            (0..relation.key.len()).map(|place| text(&row, place).map(|value| Bound(value.to_owned()))).collect();
        let bound = bound?;
        if bounds.last() != Some(&bound) {
            bounds.push(bound);
        }
    }
    Ok(bounds)
}

/// Returns parts of a table by its blocks, each with its condition: they are read in the order in which the server stores them.
pub(super) fn blocks(wire: &mut Wire, relation: &Relation, parts: usize) -> Result<Vec<Vec<Condition>>, Fault> {
    let (all, _) = sizes(wire, relation)?;
    let ends: BTreeSet<u32> =
        (1..parts).filter_map(|part| u32::try_from(all * part / parts).ok()).filter(|end| *end > 0).collect();
    let begins = [0].into_iter().chain(ends.iter().copied());
    let ends = ends.iter().copied().map(Some).chain([None]);
    // What is written behind the last block that was counted belongs to the last part.
    let part = |(from, to): (u32, Option<u32>)| vec![Condition::Blocks(from, to)];
    Ok(begins.zip(ends).map(part).collect())
}

/// Returns how many blocks there are, and how many of the largest partition, where there are some.
fn sizes(wire: &mut Wire, relation: &Relation) -> Result<(usize, usize), Fault> {
    let statement = "SELECT coalesce(sum(blocks), 0), coalesce(max(blocks), 0) FROM ( \
        SELECT pg_catalog.pg_relation_size(p.relid) / current_setting('block_size')::pg_catalog.int8 AS blocks \
        FROM pg_catalog.pg_partition_tree($1::pg_catalog.oid::pg_catalog.regclass) p WHERE p.isleaf \
        UNION ALL \
        SELECT pg_catalog.pg_relation_size($1::pg_catalog.oid::pg_catalog.regclass) / current_setting('block_size')::pg_catalog.int8 \
        FROM pg_catalog.pg_class WHERE oid = $1::pg_catalog.oid AND relkind IN ('r', 'm') AND NOT relispartition \
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_partition_tree($1::pg_catalog.oid::pg_catalog.regclass))) AS all_of_them";
    let rows = wire.rows(statement, &[&relation.identity.0])?;
    let row = rows.first().ok_or(Fault::Protocol)?;
    Ok((crate::postgres::number(row, 0)?, crate::postgres::number(row, 1)?))
}

/// Cuts blocks into parts of the same size.
fn cut(blocks: usize, parts: usize) -> Vec<Vec<Bound>> {
    let mut bounds: Vec<usize> = (1..parts).map(|part| blocks * part / parts).filter(|bound| *bound > 0).collect();
    bounds.dedup();
    bounds.into_iter().map(|bound| vec![Bound(bound.to_string())]).collect()
}
