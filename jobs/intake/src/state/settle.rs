//! Bringing what a feed serves to what follows from its accepted deliveries.

use std::fmt;

use carelake_core::ledger::Ledger;
use carelake_core::names::Publication;
use carelake_core::publish::{Desk, Opening, PublishError, Publishing, current, reconcile_link};
use carelake_core::store::Store;
use jiff::Timestamp;

use super::accepted::{Accepted, Judge};
use super::gather::gather;
use super::held::{TableState, made_for};
use super::orphans::{ENCOUNTERS, orphans};
use super::rejects;
use super::replay::JudgePlaces;
use super::thresholds::{Admission, check};
use super::work::Work;
use crate::error::IntakeError;
use crate::feed::{Feed, FeedTable};
use crate::publish::{Shelf, publication};

/// Seconds after which the lease of a process that died is free again.
const LEASE_SECS: u64 = 15 * 60;

/// Where rows, refused rows and ids are kept, and the time of day.
#[derive(Clone, Copy)]
pub struct Services<'s> {
    /// The output.
    pub output: &'s dyn Store,
    /// The place of refused rows.
    pub rejects: &'s dyn Store,
    /// The ledger.
    pub ledger: &'s dyn Ledger,
    /// The time of day, for leases and pointers; never for rows.
    pub now: &'s (dyn Fn() -> Timestamp + Sync),
}

impl fmt::Debug for Services<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").field("output", &self.output).finish_non_exhaustive()
    }
}

/// What is to be settled, and how.
#[derive(Clone, Copy)]
pub struct Settlement<'r> {
    /// The feed.
    pub feed: &'r Feed,
    /// Every delivery that counts, in any order.
    pub accepted: &'r [Accepted],
    /// What judges one that was not judged yet, or whose part is not kept.
    pub judge: &'r Judge<'r>,
    /// Whether all are judged anew, by the present mapping.
    pub rebuild: bool,
    /// What judges refused rows again; `None` leaves them.
    pub replay: Option<&'r JudgePlaces<'r>>,
    /// A delivery among them that has just arrived, and is still to be decided on.
    pub admission: Option<Admission<'r>>,
    /// The execution, for the pointers; `None` of a verb.
    pub execution: Option<&'r str>,
    /// The version of carelake.
    pub code_version: &'r str,
}

impl fmt::Debug for Settlement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settlement").field("feed", &self.feed.name).finish_non_exhaustive()
    }
}

/// What a feed serves now.
#[derive(Debug)]
pub struct Settled {
    /// Its tables, in the order of the feed.
    pub tables: Vec<SettledTable>,
    /// What failed after a pointer was moved, and is made up for by the next settling or `gc`.
    pub warnings: Vec<PublishError>,
}

/// What a table of a feed serves now.
#[derive(Debug, Clone, PartialEq)]
pub struct SettledTable {
    /// The table.
    pub table: String,
    /// The deliveries that are in, with what became of their rows and the runs that serve them.
    pub state: TableState,
    /// Rows that are served.
    pub rows: u64,
    /// Of encounters those whose person the feed does not serve, where it feeds both.
    pub orphans: Option<u64>,
}

/// Brings all tables of a feed to what follows from its accepted deliveries. Doing it again changes nothing; what a crash left is
/// finished.
///
/// # Errors
/// [`IntakeError`]. A table serves what it served before, or what it is to serve, and never anything between.
pub fn settle(services: Services<'_>, settlement: &Settlement<'_>) -> Result<Settled, IntakeError> {
    let feed = settlement.feed;
    let mut order: Vec<&Accepted> = settlement.accepted.iter().collect();
    order.sort_by(|one, other| one.order().cmp(&other.order()));
    let publications: Vec<Publication> =
        feed.tables.iter().map(|table| publication(&table.table.name, &feed.name)).collect();
    let mut works = Vec::new();
    for (table, publication) in feed.tables.iter().zip(&publications) {
        let found = state(services, publication)?;
        if settlement.rebuild || settlement.replay.is_some() || !is_settled(&found, feed, table, &order) {
            works.push(open(services, settlement, table, publication)?);
        } else {
            // Whoever moved the pointer may not have lived to show it.
            reconcile_link(services.output, publication)?;
        }
    }
    gather(services, settlement, &order, &mut works)?;
    works.iter_mut().try_for_each(|work| work.choose(services, &order))?;
    if let Some(admission) = settlement.admission {
        admit(services, feed, admission, &order, &works)?;
    }
    let mut warnings = Vec::new();
    for work in works {
        warnings.extend(work.publish(services)?);
    }
    let orphans = orphans(services.output, feed)?;
    let tables = feed.tables.iter().zip(&publications).map(|(table, publication)| {
        let settled = SettledTable {
            table: table.table.name.clone(),
            rows: current(services.output, publication)?.map_or(0, |pointer| pointer.rows()),
            orphans: orphans.filter(|_| table.table.name == ENCOUNTERS),
            state: state(services, publication)?,
        };
        let named = settled.state.deliveries.iter().flat_map(|held| &held.rejects);
        rejects::sweep(services.rejects, publication, &named.collect::<Vec<_>>(), &order)?;
        Ok(settled)
    });
    Ok(Settled { tables: tables.collect::<Result<_, IntakeError>>()?, warnings })
}

/// Decides on a delivery, before anybody is served any of it. Where one table has it, that was done by an attempt that was cut off.
fn admit(
    services: Services<'_>,
    feed: &Feed,
    admission: Admission<'_>,
    order: &[&Accepted],
    works: &[Work<'_>],
) -> Result<(), IntakeError> {
    let place = order.iter().position(|delivery| delivery.id == admission.delivery);
    let Some((at, delivery)) = place.and_then(|at| Some((at, *order.get(at)?))) else { return Ok(()) };
    if works.len() < feed.tables.len() {
        return Ok(());
    }
    let figures: Vec<_> =
        works.iter().filter_map(|work| work.figures(services, at).transpose()).collect::<Result<_, _>>()?;
    let decided = check(feed, admission, &figures);
    if matches!(decided, Err(IntakeError::Rejects { .. })) {
        works.iter().try_for_each(|work| work.keep_refused(services, delivery))?;
    }
    decided
}

pub(super) fn state(services: Services<'_>, publication: &Publication) -> Result<TableState, IntakeError> {
    TableState::of(current(services.output, publication)?.as_ref(), &publication.path())
}

/// Returns whether exactly these deliveries are in.
fn is_settled(state: &TableState, feed: &Feed, table: &FeedTable, order: &[&Accepted]) -> bool {
    let is_same = state.deliveries.len() == order.len()
        && state.deliveries.iter().zip(order).all(|(held, delivery)| held.is(delivery));
    let is_untouched = state.deliveries.is_empty() && order.is_empty();
    is_same && (is_untouched || state.made_for == made_for(feed, table))
}

/// Takes the lease of a publication. What it serves is read under it.
fn open<'s>(
    services: Services<'s>,
    settlement: &Settlement<'s>,
    table: &'s FeedTable,
    publication: &'s Publication,
) -> Result<Work<'s>, IntakeError> {
    let feed = settlement.feed;
    let desk = Desk { store: services.output, ledger: services.ledger, publication, now: services.now };
    let opening = Opening::log(format!("intake {}", feed.name), settlement.execution, LEASE_SECS);
    let publishing = Publishing::open(desk, opening)?;
    let before = state(services, publication)?;
    let (partner, code_version) = (&feed.partner, settlement.code_version);
    let shelf = Shelf { desk, feed: &feed.name, partner, table: &table.table, code_version };
    Ok(Work::new(table, feed.mode, made_for(feed, table), shelf, publishing, before, settlement.rebuild))
}
