//! The server's clock, and since when somebody is writing.
//!
//! The list of open transactions is a copy that the server does not renew while somebody reads it every tenth of a second. It is known to be
//! fresh when it shows a transaction of our own that it did not show before; and by that transaction's start, which the server writes in
//! the zone of its machine, it is known which zone that is.

use std::thread;
use std::time::Duration;

use super::fault::Fault;
use super::session::Open;
use crate::moment::{Moment, Open as Oldest};

/// The server renews its copy when nobody has read it for 100 ms.
const RENEWED: Duration = Duration::from_millis(120);
/// After how many looks at a list that others keep from being renewed it is given up.
const TRIES: usize = 20;
/// Zones differ by so many seconds, or a multiple.
const QUARTER: i64 = 900;

/// Returns the clock, then the oldest open transaction.
pub(super) fn moment(open: &mut Open) -> Result<Moment, Fault> {
    let clock = clock(open)?;
    let oldest = match oldest(open) {
        // The right PROCESS is missing.
        Err(Fault::Code(1227 | 1142 | 1109)) => Oldest::Unknown,
        found => found?,
    };
    Ok(Moment { clock, oldest, xmin: None })
}

fn clock(open: &mut Open) -> Result<i64, Fault> {
    let told = open.link.only("SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)")?;
    told.first().and_then(|clock| clock.as_deref()?.parse().ok()).ok_or(Fault::Malformed)
}

/// What the list shows: when our own transaction began, and the oldest of others that may write, in seconds of the machine's zone.
struct Shown {
    own: Option<i64>,
    others: Option<i64>,
}

fn shown(open: &mut Open) -> Result<Shown, Fault> {
    let seconds = "TIMESTAMPDIFF(SECOND, '1970-01-01', MIN(trx_started))";
    let list = "FROM information_schema.innodb_trx WHERE trx_mysql_thread_id";
    // One statement, so that both are of one copy.
    let told = open.link.only(&format!(
        "SELECT (SELECT {seconds} {list} = {number}), (SELECT {seconds} {list} <> {number} AND trx_is_read_only = 0)",
        number = open.number
    ))?;
    let number = |at: usize| told.get(at).and_then(|cell| cell.as_deref()?.parse().ok());
    Ok(Shown { own: number(0), others: number(1) })
}

fn oldest(open: &mut Open) -> Result<Oldest, Fault> {
    if open.is_in_snapshot {
        return Err(Fault::Refused("the moment is asked before a snapshot is opened"));
    }
    // A copy from before may still show an earlier transaction of this session.
    let mut tries = 0;
    while open.has_begun && shown(open)?.own.is_some() {
        tries += 1;
        if tries == TRIES {
            return Ok(Oldest::Unknown);
        }
        thread::sleep(RENEWED);
    }
    open.link.run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")?;
    open.has_begun = true;
    let found = listed(open);
    open.link.run("ROLLBACK")?;
    found
}

fn listed(open: &mut Open) -> Result<Oldest, Fault> {
    let began = clock(open)?.div_euclid(1_000_000);
    for _ in 0..TRIES {
        let shown = shown(open)?;
        if let Some(own) = shown.own {
            return Ok(shown.others.map_or(Oldest::Nobody, |others| Oldest::Since(moved(others, own, began))));
        }
        thread::sleep(RENEWED);
    }
    Ok(Oldest::Unknown)
}

/// Returns a start in microseconds of UTC: `own` in the machine's zone is `began` in UTC, give or take some seconds.
fn moved(others: i64, own: i64, began: i64) -> i64 {
    let offset = (own - began + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
    (others - offset) * 1_000_000
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_zone_of_the_machine_is_taken_from_our_own_start() {
        assert_eq!(super::moved(1_000, 1_010, 1_010), 1_000_000_000);
        assert_eq!(super::moved(8_200, 8_209, 1_010), 1_000_000_000);
        assert_eq!(super::moved(1_000 - 5 * 3600, 1_009 - 5 * 3600, 1_012), 1_000_000_000);
    }
}
