//! The clock, and since when somebody is writing.

use crate::moment::{Moment, Open};
use crate::postgres::connection::Wire;
use crate::postgres::fault::Fault;
use crate::postgres::{number, text};

/// The clock is that of the beginning of this statement: nobody is overlooked who began before it and is still there. Transactions
/// of other databases cannot write here. Those of the loader itself only read. A prepared transaction is shown when it was prepared,
/// not when it began.
const ASKED: &str = "SELECT (extract(epoch FROM statement_timestamp()) * 1000000)::pg_catalog.int8, \
    pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'), \
    (SELECT (extract(epoch FROM least( \
        (SELECT min(xact_start) FROM pg_catalog.pg_stat_activity \
         WHERE pid <> pg_catalog.pg_backend_pid() AND coalesce(datname, current_database()) = current_database() \
         AND coalesce(backend_type, '') NOT IN ('autovacuum worker', 'autovacuum launcher', 'walsender') \
         AND NOT (usename IS NOT DISTINCT FROM current_user AND application_name LIKE 'carelake/%')), \
        (SELECT min(prepared) - interval '1 hour' FROM pg_catalog.pg_prepared_xacts WHERE database = current_database()) \
     )) * 1000000)::pg_catalog.int8), \
    pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot())";

/// Asks for both in one statement.
pub(super) fn moment(wire: &mut Wire) -> Result<Moment, Fault> {
    let rows = wire.rows(ASKED, &[])?;
    let row = rows.first().ok_or(Fault::Protocol)?;
    let oldest = match (text(row, 1)? == "t", row.get(2)) {
        (false, _) => Open::Unknown,
        (true, Some(Some(_))) => Open::Since(number(row, 2)?),
        (true, _) => Open::Nobody,
    };
    Ok(Moment { clock: number(row, 0)?, oldest, xmin: Some(number(row, 3)?) })
}
