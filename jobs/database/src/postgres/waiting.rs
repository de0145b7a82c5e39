//! Who waits for a lock that a session holds.

use std::time::Duration;

use crate::postgres::connection::Wire;
use crate::postgres::fault::Fault;

/// Returns for how long the one who waits longest has been waiting. Before 14 the locks do not say since when: then it is since the
/// statement began, and of others' statements only `pg_read_all_stats` tells.
pub(super) fn waited_for(wire: &mut Wire, version: u32, other: u64) -> Result<Duration, Fault> {
    let since = if version >= 140_000 { "coalesce(l.waitstart, a.query_start)" } else { "a.query_start" };
    let micros = wire.value(
        &format!(
            "SELECT (extract(epoch FROM max(clock_timestamp() - {since})) * 1000000)::pg_catalog.int8 \
             FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
             WHERE NOT l.granted AND $1::pg_catalog.int4 = ANY (pg_catalog.pg_blocking_pids(l.pid))"
        ),
        &[&other.to_string()],
    )?;
    let micros = micros.map(|micros| micros.parse().map_err(|_| Fault::Protocol)).transpose()?;
    Ok(Duration::from_micros(micros.unwrap_or(0)))
}
