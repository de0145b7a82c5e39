//! Scans: all items of a table, in segments side by side. What is written meanwhile may be in it or not: it is no snapshot.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;

use super::catalogue::describe;
use super::fault::Fault;
use super::pace::Pace;
use super::session::Caller;
use super::value;
use crate::error::DatabaseError;
use crate::items::Item;
use crate::relation::Relation;

/// Segments that are scanned side by side where the table can bear it.
const SEGMENTS: u32 = 4;
/// Read units in a second from which on it can.
const BEARS_SEGMENTS: i64 = 400;
/// Pages on their way of all segments: with a mebibyte each, and what it takes in memory, far less than a function has.
const PAGES: usize = 4;
/// How often a page that is throttled is asked for again, beyond what the client does by itself. With waits that double from a second to
/// half a minute that is some five minutes.
const MOST_THROTTLED: u32 = 14;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

type Page = Result<Vec<Item>, DatabaseError>;

/// Hands every item of a table over.
pub(super) fn scan(
    caller: &Caller,
    relation: &Relation,
    take: &mut dyn FnMut(Item) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    let changed = || DatabaseError::Changed { table: relation.shown() };
    let table = describe(caller, &relation.name)?.ok_or_else(changed)?;
    let provided = table.provisioned_throughput.as_ref().and_then(|it| it.read_capacity_units).unwrap_or_default();
    let most = table.on_demand_throughput.as_ref().and_then(|it| it.max_read_request_units).filter(|most| *most > 0);
    let provided = if provided > 0 { provided } else { most.unwrap_or_default() };
    let segments = if provided == 0 || provided >= BEARS_SEGMENTS { SEGMENTS } else { 1 };
    let pace = Pace::new(provided, caller.percent, segments);
    thread::scope(|scope| {
        let (sender, pages) = sync_channel::<Page>(PAGES);
        for segment in 0..segments {
            let (sender, pace) = (sender.clone(), pace.clone());
            let segment = Segment { caller, relation, segment, segments };
            let started =
                thread::Builder::new().name("scan".to_owned()).spawn_scoped(scope, move || segment.run(pace, &sender));
            started.map_err(|_| unstarted(caller))?;
        }
        drop(sender);
        received(&pages, take)
    })
}

fn received(
    pages: &Receiver<Page>,
    take: &mut dyn FnMut(Item) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    for page in pages {
        page?.into_iter().try_for_each(&mut *take)?;
    }
    Ok(())
}

fn unstarted(caller: &Caller) -> DatabaseError {
    DatabaseError::Unavailable { server: caller.source.clone(), doing: "starting a scan".to_owned(), code: None }
}

struct Segment<'s> {
    caller: &'s Caller,
    relation: &'s Relation,
    segment: u32,
    segments: u32,
}

impl Segment<'_> {
    /// Scans, until there is no more or nobody takes it.
    fn run(&self, mut pace: Pace, to: &SyncSender<Page>) {
        let began = Instant::now();
        let mut after = None;
        let mut throttled = 0;
        let doing = format!("reading {}", self.relation.shown());
        loop {
            thread::sleep(pace.wait(began.elapsed()));
            let call = self
                .caller
                .client
                .scan()
                .table_name(&self.relation.name)
                .consistent_read(true)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .set_limit(pace.limit())
                .set_exclusive_start_key(after.clone());
            let call = if self.segments == 1 {
                call
            } else {
                call.segment(self.segment.cast_signed()).total_segments(self.segments.cast_signed())
            };
            let page = match self.caller.ask(&doing, call.send()) {
                Ok(Ok(page)) => page,
                Ok(Err(Fault::Throttled)) if throttled < MOST_THROTTLED => {
                    thread::sleep(FIRST_WAIT.saturating_mul(1 << throttled.min(8)).min(LONGEST_WAIT));
                    throttled += 1;
                    continue;
                }
                Ok(Err(fault)) => return drop(to.send(Err(fault.error(&self.caller.source, &doing)))),
                Err(error) => return drop(to.send(Err(error))),
            };
            throttled = 0;
            let values = page.items.unwrap_or_default();
            let units = page.consumed_capacity.and_then(|it| it.capacity_units).unwrap_or_default();
            pace.took(units, values.len());
            let items: Result<Vec<Item>, _> = values.into_iter().map(value::item).collect();
            let protocol = |_| DatabaseError::Protocol { server: self.caller.source.clone(), doing: doing.clone() };
            let items = items.map_err(protocol);
            let is_last = items.is_err() || page.last_evaluated_key.is_none();
            if to.send(items).is_err() || is_last {
                return;
            }
            after = page.last_evaluated_key;
        }
    }
}
