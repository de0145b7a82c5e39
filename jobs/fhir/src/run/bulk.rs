//! A run of a source of exports: asked for, waited for, published, and only then the bookmark moves.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use carelake_core::publish::current;
use carelake_http::{Clock, Proxy};
use carelake_pipeline::Secrets;
use jiff::SignedDuration;

use super::claim::{Held, with_claim};
use super::files::publish_export;
use super::jobs::{self, Kept};
use super::result::{RunRequest, RunResult};
use super::window::{EVERY, asked_of, windows};
use crate::bulk::{Asked, Manifest, Polled, Server};
use crate::config::{Bulk, Source};
use crate::error::FhirError;
use crate::settle::{Complete, State, complete, settle};
use crate::take::{Export, Handed, Item};
use crate::views::make;
use crate::world::World;

/// How long an export may take.
const MOST_TIME: SignedDuration = SignedDuration::from_hours(6);
/// The longest time without a sign of life.
const PIECE: Duration = Duration::from_secs(40);

/// How a server is reached.
#[derive(Clone)]
pub struct Way<'w> {
    /// Who reveals what the configuration keeps elsewhere.
    pub secrets: &'w dyn Secrets,
    /// The time, as the client has it.
    pub clock: Arc<dyn Clock>,
    /// The proxy on the way out.
    pub proxy: Option<Proxy>,
}

impl fmt::Debug for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// Runs a source of exports.
///
/// # Errors
/// [`FhirError`]. What is served stays as it was, or is whole, and the bookmark is where it was.
pub fn run_bulk(
    world: &World<'_>,
    source: &Source,
    bulk: &Bulk,
    request: &RunRequest,
    way: &Way<'_>,
) -> Result<RunResult, FhirError> {
    with_claim(world, source, |held| {
        let mut result = RunResult { source: source.name.clone(), ..RunResult::default() };
        // Whoever was killed before may have left them behind. A view that cannot be made now may be once what is new is in.
        let settled = settle(world, source)?;
        (result.resources, result.parts) = (settled.resources, settled.parts);
        let (tables, mut unmade) = make(world, source, &|_| false)?;
        result.tables = tables;
        let server = Server::new(&source.name, bulk, way.secrets, (Arc::clone(&way.clock), way.proxy.clone()))?;
        let asked_of = asked_of(bulk);
        let state = State::of(source, current(world.store, &source.changes())?.as_ref())?;
        for asked in windows(source, &asked_of, &state, request) {
            let run = Exporting { world, source, server: &server, held, way, asked_of: &asked_of, request };
            let (exported, still) = run.carry_out(&asked, &state)?;
            result.add(exported);
            unmade = still;
        }
        unmade.map_or(Ok(result), Err)
    })
}

struct Exporting<'e, 'w> {
    world: &'e World<'w>,
    source: &'e Source,
    server: &'e Server<'e>,
    held: &'e Held<'e>,
    way: &'e Way<'e>,
    asked_of: &'e str,
    request: &'e RunRequest,
}

impl Exporting<'_, '_> {
    /// Waits, and shows that it lives.
    fn wait(&self, time: Duration) -> Result<(), FhirError> {
        let mut left = time;
        while !left.is_zero() {
            let piece = left.min(PIECE);
            self.way.clock.wait(piece);
            self.held.beat()?;
            left -= piece;
        }
        Ok(())
    }

    fn carry_out(&self, asked: &Asked, state: &State) -> Result<(RunResult, Option<FhirError>), FhirError> {
        let Self { world, source, server, held, request, .. } = *self;
        let wait = |time| self.wait(time);
        let (kept, manifest) = self.exported(asked)?;
        let types = asked.types.clone();
        let mut export = manifest.export(&kept.job.url, asked.since.is_none(), types);
        export.outcomes = server.outcomes(&manifest, world.scratch, &wait)?;
        Handed::sweep(world.rejects, source, std::slice::from_ref(&export))?;
        let is_closed = manifest.requires_access_token;
        let open = |item: &Item| server.fetch((&item.name, &item.place), is_closed, world.scratch, &wait);
        let (mut result, unmade) = publish_export(world, source, &export, (&open, held), request)?;
        result.partial |= export.has_failed() && !source.accepts_export_errors;
        held.beat()?;
        if !result.partial && self.moves(asked, state) {
            let names = asked.types.clone().unwrap_or_else(|| [EVERY.to_owned()].into());
            let done = Complete { types: names, until: export.transaction_time, asked_of: self.asked_of };
            complete(world, source, &done, result.runs.is_empty())?;
        }
        if !server.delete(&kept.job) {
            result.warnings.push("the server did not take its export back".to_owned());
        }
        jobs::forget(world, source)?;
        tell(&export, &mut result);
        Ok((result, unmade))
    }

    /// Returns whether the bookmark may move: what was asked for begins where it is, or before.
    fn moves(&self, asked: &Asked, state: &State) -> bool {
        let Some(since) = asked.since else { return true };
        let names = asked.types.iter().flatten().map(String::as_str);
        let mut names = names.chain(asked.types.is_none().then_some(EVERY));
        names.all(|name| state.until.get(name).is_some_and(|until| since <= *until))
    }

    /// Returns an export that is complete: one that an earlier run asked for, or a new one.
    fn exported(&self, asked: &Asked) -> Result<(Kept, Manifest), FhirError> {
        let Self { world, source, server, held, .. } = *self;
        let began = self.way.clock.now();
        let is_ours = |kept: &Kept| kept.asked == *asked && kept.asked_of == self.asked_of;
        let mut kept = match jobs::get(world, source)? {
            Some(kept) if is_ours(&kept) => kept,
            Some(other) => {
                server.delete(&other.job);
                self.begin(asked)?
            }
            None => self.begin(asked)?,
        };
        let mut is_new = false;
        loop {
            held.beat()?;
            match server.poll(&kept.job, &|time| self.wait(time))? {
                Polled::Done(manifest) => return Ok((kept, manifest)),
                Polled::Running { wait, .. } if self.way.clock.now().duration_since(began) < MOST_TIME => {
                    self.wait(wait)?
                }
                Polled::Running { .. } => {
                    server.delete(&kept.job);
                    jobs::forget(world, source)?;
                    return Err(server.failed("did not complete its export within six hours; it was cancelled"));
                }
                Polled::Gone if is_new => {
                    jobs::forget(world, source)?;
                    return Err(server.failed("lost its export twice"));
                }
                Polled::Gone => {
                    kept = self.begin(asked)?;
                    is_new = true;
                }
            }
        }
    }

    fn begin(&self, asked: &Asked) -> Result<Kept, FhirError> {
        let job = self.server.kick_off(asked, &|time| self.wait(time))?;
        self.held.beat()?;
        let kept = Kept { asked: asked.clone(), asked_of: self.asked_of.to_owned(), job };
        jobs::put(self.world, self.source, &kept)?;
        Ok(kept)
    }
}

/// Tells what the server reports that went wrong.
fn tell(export: &Export, result: &mut RunResult) {
    for (severity, count) in &export.outcomes {
        result.warnings.push(format!("the server reports {count} of severity {severity}"));
    }
}
