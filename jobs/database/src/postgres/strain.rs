//! How busy a server is.

use std::time::Duration;

use crate::postgres::connection::Wire;
use crate::postgres::fault::Fault;
use crate::postgres::{number, text};
use crate::session::Strain;

/// Statements of others that run, and by how many microseconds a replica is behind: this one, or the one that is farthest behind this
/// one. One that has replayed all that it got is not behind, however long ago that was.
const ASKED: &str = "SELECT (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend' \
    AND application_name NOT LIKE 'carelake/%' AND pid <> pg_backend_pid()), \
    coalesce((extract(epoch FROM CASE WHEN NOT pg_is_in_recovery() THEN (SELECT max(replay_lag) FROM pg_catalog.pg_stat_replication) \
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN interval '0' \
    ELSE now() - pg_last_xact_replay_timestamp() END) * 1000000)::pg_catalog.int8, 0)";

/// Asks for it.
pub(super) fn strain(wire: &mut Wire) -> Result<Strain, Fault> {
    let rows = wire.rows(ASKED, &[])?;
    let row = rows.first().ok_or(Fault::Protocol)?;
    let lag: i64 = text(row, 1)?.parse().map_err(|_| Fault::Protocol)?;
    Ok(Strain { running: number(row, 0)?, replica_lag: Duration::from_micros(lag.max(0).unsigned_abs()) })
}
