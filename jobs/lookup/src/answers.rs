//! One answer for each key, in the order in which they are asked.

use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::LookupError;
use crate::key::{Key, KeyColumn};
use crate::row::Row;

/// Requests that are under way at once.
const AT_ONCE: usize = 4;
/// The longest first wait before what is open is asked for again. It doubles while nothing comes.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What is wanted of the rows.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The columns, in this order; all where there are none named.
    pub columns: Option<Vec<String>>,
    /// Whether what was written just now must be found. It costs twice as much, where it makes a difference.
    pub is_consistent: bool,
    /// How long it may take.
    pub deadline: Duration,
}

/// Something that is asked for rows by their keys.
pub trait Lookup: Debug + Send + Sync {
    /// Returns its name in the configuration.
    fn name(&self) -> &str;

    /// Returns the columns of its key.
    fn key(&self) -> &[KeyColumn];

    /// Returns how many keys a request may have.
    fn most_keys(&self) -> usize;

    /// Asks for rows once. No key is among `keys` twice; `left` is how long the answer may take.
    ///
    /// # Errors
    /// [`LookupError`] where asking again would not help.
    fn ask(&self, keys: &[Key], wish: &Wish, left: Duration) -> Result<Reply, LookupError>;
}

/// The answer to a request.
#[derive(Debug, Default)]
pub struct Reply {
    /// What was found.
    pub found: Vec<(Key, Row)>,
    /// Keys that it says nothing about. Of the others that were not found there is nothing.
    pub open: Vec<Key>,
    /// Why keys are open, as a code of the service, where it said so.
    pub code: Option<String>,
}

/// The answers to many keys.
#[derive(Debug, Clone)]
pub struct Answers {
    /// A row for each key that was asked, in their order; none where there is no such row.
    pub rows: Vec<Option<Arc<Row>>>,
    /// How many keys were asked for that differ.
    pub distinct: usize,
    /// How many answers are none.
    pub missing: usize,
    /// How many requests that took.
    pub requests: usize,
}

/// Asks for the rows of many keys: each that differs once, a request for as many as it may have, several at once. What is left open is asked
/// for again, after waits that double while nothing comes, each of them cut by chance.
///
/// # Errors
/// [`LookupError::Unavailable`] with how many keys are open when the deadline has come; whatever [`Lookup::ask`] answers.
pub fn get_many(lookup: &dyn Lookup, keys: &[Key], wish: &Wish, clock: &dyn Clock) -> Result<Answers, LookupError> {
    let mut seen = HashSet::new();
    let distinct: Vec<Key> = keys.iter().filter(|key| seen.insert(*key)).cloned().collect();
    let work =
        Work { lookup, wish, clock, until: clock.now().saturating_add(wish.deadline), requests: AtomicUsize::new(0) };
    let found = work.all(&distinct)?;
    let rows: Vec<Option<Arc<Row>>> = keys.iter().map(|key| found.get(key).cloned()).collect();
    let missing = rows.iter().filter(|row| row.is_none()).count();
    Ok(Answers { rows, distinct: distinct.len(), missing, requests: work.requests.into_inner() })
}

type Found = HashMap<Key, Arc<Row>>;

struct Work<'w> {
    lookup: &'w dyn Lookup,
    wish: &'w Wish,
    clock: &'w dyn Clock,
    until: Duration,
    requests: AtomicUsize,
}

/// What stayed open of a request, and why.
struct Open(usize, Option<String>);

impl Work<'_> {
    fn all(&self, keys: &[Key]) -> Result<Found, LookupError> {
        let chunks: Vec<&[Key]> = keys.chunks(self.lookup.most_keys().max(1)).collect();
        let (next, found) = (AtomicUsize::new(0), Mutex::new(Found::new()));
        let open = Mutex::new(Open(0, None));
        let failed = Mutex::new(None);
        let work = || {
            while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
                if locked(&failed).is_some() {
                    return;
                }
                match self.chunk(chunk) {
                    Ok((rows, Open(left, code))) => {
                        locked(&found).extend(rows);
                        let mut open = locked(&open);
                        *open = Open(open.0 + left, code.or(open.1.take()));
                    }
                    Err(error) => {
                        locked(&failed).get_or_insert(error);
                    }
                }
            }
        };
        thread::scope(|scope| {
            for _ in 1..AT_ONCE.min(chunks.len()) {
                scope.spawn(work);
            }
            work();
        });
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        match open.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Open(0, _) => Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner)),
            Open(open, code) => Err(LookupError::Unavailable {
                name: self.lookup.name().to_owned(),
                open,
                secs: self.wish.deadline.as_secs(),
                code,
            }),
        }
    }

    /// Asks for some keys until all are answered, or time is over.
    fn chunk(&self, keys: &[Key]) -> Result<(Found, Open), LookupError> {
        let (mut open, mut found, mut wait) = (keys.to_vec(), Found::new(), FIRST_WAIT);
        let mut code = None;
        loop {
            let left = self.until.saturating_sub(self.clock.now());
            if left.is_zero() {
                return Ok((found, Open(open.len(), code)));
            }
            self.requests.fetch_add(1, Ordering::Relaxed);
            let reply = self.lookup.ask(&open, self.wish, left)?;
            let asked = open.len();
            found.extend(reply.found.into_iter().map(|(key, row)| (key, Arc::new(row))));
            (open, code) = (reply.open, reply.code);
            if open.is_empty() {
                return Ok((found, Open(0, None)));
            }
            wait = if open.len() < asked { FIRST_WAIT } else { wait };
            let left = self.until.saturating_sub(self.clock.now());
            self.clock.wait(self.clock.up_to(wait).min(left));
            wait = wait.saturating_mul(2).min(LONGEST_WAIT);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
