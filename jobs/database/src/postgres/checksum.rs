//! How many rows there are and what their checksum is, as [`crate::checksum()`] computes it of batches.

use crate::checksum::seed;
use crate::kind::Kind;
use crate::postgres::connection::Wire;
use crate::postgres::fault::Fault;
use crate::postgres::rows::{Known, from, matching, written_as};
use crate::postgres::{number, quoted, text};
use crate::reading::Condition;
use crate::relation::{Column, Relation};

/// Returns both.
pub(super) fn checksum(
    wire: &mut Wire,
    relation: &Relation,
    columns: &[usize],
    conditions: &[Condition],
    known: Known<'_>,
    zone: &str,
) -> Result<(u64, u64), Fault> {
    let mut hashes = Vec::with_capacity(columns.len());
    for (place, column) in columns.iter().enumerate() {
        let column = relation.columns.get(*column).ok_or(Fault::Changed)?;
        hashes.push(format!("coalesce({}, 0)", hash(column, place, known)?));
    }
    let row = if hashes.is_empty() { "0".to_owned() } else { hashes.join(" # ") };
    let statement = format!(
        "SELECT count(*), coalesce(sum(({row})::pg_catalog.int8), 0) FROM {}{}",
        from(relation),
        matching(relation, conditions, zone)?
    );
    let rows = wire.rows(&statement, &[])?;
    let row = rows.first().ok_or(Fault::Protocol)?;
    let sum: i128 = text(row, 1)?.parse().map_err(|_| Fault::Protocol)?;
    // What is above 64 bits is left out, on both sides.
    Ok((number(row, 0)?, sum as u64))
}

fn hash(column: &Column, place: usize, known: Known<'_>) -> Result<String, Fault> {
    let name = quoted::name(&column.name);
    let seed = seed(place).cast_signed();
    Ok(match column.kind {
        Kind::Integer => format!("pg_catalog.hashint8extended({name}::pg_catalog.int8, {seed})"),
        Kind::LocalTimestamp | Kind::Timestamp => {
            // A cast would work out day and hour of each; a zone that is no more than a distance is added.
            let moment = match column.kind {
                Kind::Timestamp => format!("pg_catalog.timezone(interval '0', {name})"),
                _ => format!("{name}::pg_catalog.timestamp"),
            };
            // What has no counterpart in the lake is null there.
            let held =
                format!("CASE WHEN {name} < '294247-01-10 04:00:54.775808' AND {name} > '-infinity' THEN {moment} END");
            format!("pg_catalog.timestamp_hash_extended({held}, {seed})")
        }
        _ => {
            let text = written_as(column, &name, known)?;
            format!("pg_catalog.hashtextextended(({text}) COLLATE \"C\", {seed})")
        }
    })
}
