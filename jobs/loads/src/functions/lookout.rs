//! Looks after a batch while it is read: keeps what it has claimed, and gives way to whoever waits for a table that it holds.
//!
//! Somebody who wants to change a table waits until it is read, and everybody who wants to use the table then waits for them. So a second
//! session looks every few seconds whether someone waits; if so for long, the reading is ended, and the table is read later.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use carelake_core::ledger::Taken;
use carelake_database::{Canceller, DatabaseError, Session};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::{SignedDuration, Timestamp};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(5);
/// How long somebody may wait for us.
const PATIENCE: Duration = Duration::from_secs(10);
/// Seconds after which what is claimed is another's, if nothing is heard.
pub(super) const CLAIM_SECS: u64 = 900;
/// After so long a claim is renewed.
const RENEWED: SignedDuration = SignedDuration::from_secs(180);

/// Opens a session.
pub(super) type Opening<'o> = &'o (dyn Fn() -> Result<Box<dyn Session>, Failure> + Sync);

/// Looks after a batch.
pub(super) struct Lookout<'l> {
    context: &'l Context<'l>,
    open: Option<Opening<'l>>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    claims: Vec<Taken>,
    renewed: Option<Timestamp>,
    watched: Vec<Watched>,
    is_waited_for: bool,
    is_over: bool,
}

/// A session that reads.
struct Watched {
    number: u64,
    canceller: Box<dyn Canceller>,
}

impl<'l> Lookout<'l> {
    /// Begins; `open` opens the session that looks, once it is needed. Without it claims are kept, and nobody looks.
    pub(super) fn new(context: &'l Context<'l>, open: Option<Opening<'l>>) -> Self {
        Self { context, open, state: Mutex::default(), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something while it looks.
    pub(super) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        std::thread::scope(|scope| {
            scope.spawn(|| self.look());
            // However the work ends, the look-out ends with it.
            let _over = Over(self);
            work()
        })
    }

    /// Keeps claims from now on, besides those that it keeps.
    pub(super) fn keep(&self, claims: impl IntoIterator<Item = Taken>) {
        self.state().claims.extend(claims);
    }

    /// Keeps a claim no longer: it was given back.
    pub(super) fn leave(&self, claim: &Taken) {
        self.state().claims.retain(|kept| kept.name != claim.name);
    }

    /// Watches sessions from now on, and no others.
    pub(super) fn watch<'s>(&self, sessions: impl IntoIterator<Item = &'s dyn Session>) {
        let watched = |session: &dyn Session| Watched { number: session.number(), canceller: session.canceller() };
        let mut state = self.state();
        state.watched = sessions.into_iter().map(watched).collect();
        state.is_waited_for = false;
    }

    /// Returns whether somebody waits for a session that is watched: it has to go.
    pub(super) fn is_waited_for(&self) -> bool {
        self.state().is_waited_for
    }

    /// Looks until the batch is over.
    fn look(&self) {
        let (mut session, mut next) = (None, EVERY);
        loop {
            let until = Instant::now() + next;
            let mut state = self.state();
            while !state.is_over && Instant::now() < until {
                let left = until.saturating_duration_since(Instant::now());
                state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            }
            if state.is_over {
                return;
            }
            let is_watching = !state.watched.is_empty() && !state.is_waited_for;
            drop(state);
            self.renew();
            next = EVERY;
            if is_watching {
                next = self.look_once(&mut session).unwrap_or_else(|_| {
                    // It is opened again by the next look.
                    session = None;
                    EVERY
                });
            }
        }
    }

    /// Looks whether somebody waits, and ends the reading if it is for long; answers when to look again.
    fn look_once(&self, session: &mut Option<Box<dyn Session>>) -> Result<Duration, DatabaseError> {
        if session.is_none() {
            // Where no other connection is to be had the reading goes on: it ends by itself.
            *session = self.open.and_then(|open| open().ok());
        }
        let Some(looking) = session else { return Ok(EVERY) };
        let numbers: Vec<u64> = self.state().watched.iter().map(|watched| watched.number).collect();
        let mut longest = Duration::ZERO;
        for number in numbers {
            longest = longest.max(looking.waited_for(number)?);
        }
        if longest < PATIENCE {
            return Ok(EVERY.min(PATIENCE - longest).max(Duration::from_millis(100)));
        }
        // Who cancels may need a connection for it: there is room for that one.
        *session = None;
        let mut state = self.state();
        state.is_waited_for = true;
        // One that cannot be cancelled is seen to by whoever reads, between two batches of rows.
        state.watched.iter().for_each(|watched| drop(watched.canceller.cancel()));
        Ok(EVERY)
    }

    /// Renews claims. One that is lost is found out by whoever uses it.
    fn renew(&self) {
        let now = (self.context.services.now)();
        let claims = {
            let mut state = self.state();
            let is_due = state.renewed.is_none_or(|renewed| now.duration_since(renewed) >= RENEWED);
            if !is_due {
                return;
            }
            state.renewed = Some(now);
            state.claims.clone()
        };
        claims.iter().for_each(|claim| drop(self.context.services.ledger.renew_claim(claim, now, CLAIM_SECS)));
    }
}

/// Ends a look-out when it is dropped.
struct Over<'o, 'l>(&'o Lookout<'l>);

impl Drop for Over<'_, '_> {
    fn drop(&mut self) {
        self.0.state().is_over = true;
        self.0.changed.notify_all();
    }
}
