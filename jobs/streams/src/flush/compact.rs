//! Joining the runs of closed days.

use carelake_core::publish::{compact_by, current};
use jiff::tz::TimeZone;

use crate::config::{Compact, Stream};
use crate::publish::{StreamError, World};

/// Joins the runs of each day that is over into one: rows and positions stay what they are. Answers how many runs are served afterwards,
/// if any were joined.
///
/// # Errors
/// As any commit.
pub fn compact(world: &World<'_>, stream: &Stream) -> Result<Option<u64>, StreamError> {
    let publication = stream.changes();
    let today = TimeZone::UTC.to_datetime((world.now)()).date();
    if stream.compact == Compact::Never {
        return Ok(None);
    }
    let day = |run: &carelake_core::publish::Entry| {
        let day = run.run_id.as_of();
        (day < today).then(|| day.to_string())
    };
    let Some(pointer) = current(world.store, &publication)? else { return Ok(None) };
    // Taking the lease for nothing would keep a publication waiting.
    if !pointer.runs.windows(2).any(|pair| matches!(pair, [one, other] if day(one).is_some() && day(one) == day(other)))
    {
        return Ok(None);
    }
    compact_by(world.desk(&publication), &day)?;
    Ok(current(world.store, &publication)?.map(|pointer| pointer.runs.len() as u64))
}
