//! How many rows there are and what their checksum is, in SQL; [`sum`] computes the same of batches.
//!
//! Each value is a text, with the number of its bytes before it and a `-` for a null, so that no two rows are written alike; of the
//! text of a row the first 60 bits of its MD5 count, and rows are summed.

mod sum;

pub(crate) use sum::sum;

use super::fault::Fault;
use super::session::Open;
use super::sql::{self, quoted};
use super::{read, snapshot};
use crate::kind::Kind;
use crate::reading::Condition;
use crate::relation::{Column, Relation};

/// Returns both.
pub(super) fn checksum(
    open: &mut Open,
    relation: &Relation,
    columns: &[usize],
    conditions: &[Condition],
) -> Result<(u64, u64), Fault> {
    let filter = read::filter(open, relation, conditions)?;
    let mut parts = Vec::new();
    for at in columns {
        let text = text(sql::column(relation, *at)?)?;
        parts.push(format!("IFNULL(CONCAT(LENGTH({text}), ':', {text}), '-')"));
    }
    let statement = format!(
        "SELECT COUNT(*), IFNULL(SUM(CAST(CONV(LEFT(MD5(CONCAT({})), 15), 16, 10) AS UNSIGNED)), 0) FROM {}{}",
        if parts.is_empty() { "''".to_owned() } else { parts.join(", ") },
        sql::table(relation),
        filter.text()
    );
    let rows = snapshot::within(open, Some(relation), |open| open.link.asked(&statement, &filter.values))?;
    let row = rows.first().ok_or(Fault::Malformed)?;
    let number = |at: usize| row.get(at).and_then(|cell| cell.as_deref()?.parse::<u128>().ok()).ok_or(Fault::Malformed);
    // What is above 64 bits is left out, on both sides.
    Ok((number(0)? as u64, number(1)? as u64))
}

/// Returns a value as text in UTF-8, written as [`sum`] writes it; what the lake holds as null is null.
fn text(column: &Column) -> Result<String, Fault> {
    let name = quoted(&column.name);
    let is_day = format!("MONTH({name}) > 0 AND DAYOFMONTH({name}) > 0 AND YEAR({name}) > 0");
    Ok(match column.kind {
        // A number that is filled with zeros is not when it is counted with.
        Kind::Integer | Kind::Unsigned | Kind::Decimal { .. } | Kind::Boolean => {
            format!("CONVERT({name} + 0 USING utf8mb4)")
        }
        Kind::Date => format!("IF({is_day}, DATE_FORMAT({name}, '%Y-%m-%d'), NULL)"),
        Kind::LocalTimestamp | Kind::Timestamp => {
            format!("IF({is_day}, DATE_FORMAT({name}, '%Y-%m-%d %H:%i:%s.%f'), NULL)")
        }
        Kind::Time => format!("TIME_FORMAT({name}, '%H:%i:%s.%f')"),
        Kind::Text | Kind::Padded | Kind::Set(_) => format!("CONVERT({name} USING utf8mb4)"),
        Kind::Bytes => format!("HEX({name})"),
        Kind::Float | Kind::Double | Kind::Geometry | Kind::Interval | Kind::List(_) | Kind::Money { .. } => {
            return Err(Fault::Refused("a checksum takes no column of floating points or geometries: leave it out"));
        }
    })
}
