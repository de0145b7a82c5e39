//! What a server says of itself, and how a session with it is set up.

use crate::address::Target;
use crate::postgres::connection::Wire;
use crate::postgres::fault::Fault;
use crate::postgres::types::Types;
use crate::postgres::{number, text};
use crate::session::Server;

/// What is asked once; the zone is that of others, before this session has its own.
const ASKED: &str = "SELECT current_setting('server_version'), current_setting('server_version_num'), \
    pg_catalog.pg_is_in_recovery(), z.zone, current_setting('server_encoding') <> 'SQL_ASCII', \
    pg_catalog.scale('1'::pg_catalog.money::pg_catalog.numeric), \
    (SELECT count(DISTINCT (day AT TIME ZONE z.zone) - (day AT TIME ZONE 'UTC')) > 1 \
     FROM pg_catalog.generate_series(pg_catalog.now() - interval '1 year', pg_catalog.now() + interval '1 year', interval '20 days') day) \
    FROM (SELECT reset_val AS zone FROM pg_catalog.pg_settings WHERE name = 'TimeZone') z";

/// How long a lock may take: whoever waits for it makes others wait.
const LOCK_MILLIS: u32 = 5_000;

/// What is known of a server.
pub(super) struct About {
    pub(super) server: Server,
    /// Such as 150018.
    pub(super) version: u32,
    /// Whether it sees to it that texts are UTF-8.
    pub(super) is_checked: bool,
}

/// Sets a session up so that it only reads, sees all rows or none, and has no zone of its own.
pub(super) fn set_up(wire: &mut Wire, target: &Target, types: &mut Types) -> Result<About, Fault> {
    let timeout = target.statement_timeout.as_millis().min(i32::MAX as u128);
    wire.run("SET search_path = pg_catalog; SET default_transaction_read_only = on")?;
    let rows = wire.rows(ASKED, &[])?;
    let row = rows.first().ok_or(Fault::Protocol)?;
    types.money_digits = number(row, 5)?;
    let about = About {
        version: number(row, 1)?,
        is_checked: text(row, 4)? == "t",
        server: Server {
            version: text(row, 0)?.to_owned(),
            identifier: identifier(wire)?,
            is_replica: text(row, 2)? == "t",
            zone: text(row, 3)?.to_owned(),
            has_daylight_saving: text(row, 6)? == "t",
        },
    };
    if !about.is_checked {
        // It has none to convert from, and refuses what is not of the session's encoding.
        wire.run("SET client_encoding = 'SQL_ASCII'")?;
    }
    wire.run(&format!(
        "SET TimeZone = 'UTC'; SET row_security = off; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; \
         SET bytea_output = 'hex'; SET extra_float_digits = 3; SET lock_timeout = {LOCK_MILLIS}; \
         SET idle_in_transaction_session_timeout = 0; SET statement_timeout = {timeout}"
    ))?;
    Ok(about)
}

/// Returns what tells the server from one that was restored, unless the login may not know it.
fn identifier(wire: &mut Wire) -> Result<Option<String>, Fault> {
    match wire.value("SELECT system_identifier FROM pg_catalog.pg_control_system()", &[]) {
        Err(Fault::Code(_)) => Ok(None),
        found => found,
    }
}
