//! How busy a server is.

use std::time::Duration;

use super::fault::Fault;
use super::session::Open;
use super::setup::{Flavour, replicas};
use crate::session::Strain;

/// Where the seconds stand by which a replica is behind; MariaDB tells two things more before them.
const BEHIND: usize = 32;

/// Asks for it; how far a replica is behind, only of this server.
pub(super) fn strain(open: &mut Open) -> Result<Strain, Fault> {
    let running = open.link.texts("SHOW GLOBAL STATUS LIKE 'Threads\\_running'")?;
    let running = running.first().and_then(|row| row.get(1)?.as_deref()?.parse::<u64>().ok()).unwrap_or(0);
    let behind = match open.flavour {
        Flavour::Mysql => BEHIND,
        Flavour::Mariadb(..) => BEHIND + 2,
    };
    let lag = match open.link.texts(replicas(open.flavour)) {
        Ok(rows) => rows.iter().filter_map(|row| row.get(behind)).map(|behind| lag(behind.as_deref())).max(),
        // Without the right to ask it is not known.
        Err(Fault::Code(_)) => None,
        Err(fault) => return Err(fault),
    };
    // One of them asks.
    Ok(Strain { running: running.saturating_sub(1), replica_lag: lag.unwrap_or_default() })
}

/// Returns how far a replica is behind that tells this; one that has stopped tells nothing, and falls behind without end.
fn lag(seconds: Option<&str>) -> Duration {
    seconds.and_then(|seconds| seconds.parse().ok()).map_or(Duration::MAX, Duration::from_secs)
}
