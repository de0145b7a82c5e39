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
        Ok(rows) => rows.iter().filter_map(|row| row.get(behind)?.as_deref()?.parse().ok()).max().unwrap_or(0),
        // Without the right to ask it is not known.
        Err(Fault::Code(_)) => 0,
        Err(fault) => return Err(fault),
    };
    // One of them asks.
    Ok(Strain { running: running.saturating_sub(1), replica_lag: Duration::from_secs(lag) })
}
