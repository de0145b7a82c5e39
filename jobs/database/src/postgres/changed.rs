//! When something about a table was changed: the time of the transaction that wrote its row of the catalogue.

use crate::postgres::connection::Wire;
use crate::postgres::fault::Fault;
use crate::relation::Relation;
use crate::session::Altered;

/// A column of the system's own is written when the table is made, and never again.
const MADE: i16 = -1;

/// Asks for it. Nothing where the server does not track times (`track_commit_timestamp`), or not so far back.
pub(super) fn at(wire: &mut Wire, relation: &Relation, what: Altered) -> Result<Option<i64>, Fault> {
    let attribute = "pg_attribute WHERE attrelid = $1::pg_catalog.oid AND attnum = $2::pg_catalog.int2";
    let key = "pg_index WHERE indrelid = $1::pg_catalog.oid AND indisprimary AND indnatts > $2::pg_catalog.int2";
    let (from, number) = match what {
        Altered::Table => (attribute, MADE),
        Altered::Column(number) => (attribute, i16::try_from(number).map_err(|_| Fault::Protocol)?),
        Altered::Key => (key, 0),
    };
    let asked = format!(
        "SELECT CASE WHEN current_setting('track_commit_timestamp') = 'on' \
         THEN (extract(epoch FROM pg_catalog.pg_xact_commit_timestamp(xmin)) * 1000000)::pg_catalog.int8 END \
         FROM pg_catalog.{from}"
    );
    let found = wire.value(&asked, &[&relation.identity.0, &number.to_string()])?;
    Ok(found.and_then(|found| found.parse().ok()))
}
