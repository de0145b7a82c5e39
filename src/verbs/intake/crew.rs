//! Taking in what arrives in a folder: one looks, several work side by side.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use carelake_core::{ErrorKind, causes};
use carelake_intake::arrive::{Landing, Task, Waiting, Watch, Whole, claimed_by, take};
use carelake_intake::config::Intake;
use carelake_intake::course::Arrived;
use jiff::Timestamp;

use super::deliver::{Deliverer, Told};
use super::run::{failed, show};
use crate::failure::Failure;
use crate::options::Global;
use crate::output;

/// How often the folder is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How long a file is left alone that could not be delivered for reasons of this machine.
const AGAIN: Duration = Duration::from_secs(60);
/// Seconds for which a file of no feed must not have moved.
const SETTLE_SECS: u64 = 10;

/// What is to be done for a task.
enum Work {
    /// A file in the folder.
    Landed(Box<Whole>),
    /// A delivery that was left by another process.
    Left(Box<Arrived>),
}

/// What who looks and who works share.
pub(crate) struct Crew {
    deliverer: Deliverer,
    intake: Intake,
    workers: usize,
    is_json: bool,
    is_over: AtomicBool,
    shared: Mutex<Shared>,
    /// Told when there is something new to do, or nothing more.
    bell: Condvar,
}

#[derive(Default)]
struct Shared {
    waiting: Waiting<Work>,
    /// What this machine could not deliver, and when that was.
    unmade: BTreeMap<String, Instant>,
    /// What ended since the folder was begun to be looked at, and may have been found in it before.
    ended: Vec<Task>,
    /// Whether something was delivered since deliveries that are due again were looked for.
    is_changed: bool,
    code: Option<ExitCode>,
}

impl Crew {
    /// Gets ready to take in files, so many side by side; as many as there are processors and one more where it is not said.
    pub(crate) fn open(global: &Global, workers: Option<usize>) -> Result<Arc<Self>, Failure> {
        let deliverer = Deliverer::open(global)?;
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Ok(Arc::new(Self {
            intake: deliverer.intake()?,
            deliverer,
            workers: workers.unwrap_or(processors + 1),
            is_json: global.json,
            is_over: AtomicBool::new(false),
            shared: Mutex::new(Shared { is_changed: true, ..Shared::default() }),
            bell: Condvar::new(),
        }))
    }

    /// Takes in what arrives in a folder until it is told to end, or, `once`, until what is there was taken. What is under way then is
    /// done first. Answers the exit code of the first delivery that failed.
    pub(crate) fn watch(&self, folder: &Path, once: bool) -> Result<Option<ExitCode>, Failure> {
        thread::scope(|scope| {
            for _ in 0..self.workers {
                scope.spawn(|| self.work());
            }
            let watched = self.look_again(folder, once);
            self.end();
            watched
        })?;
        Ok(self.shared().code)
    }

    /// Looks at the folder again and again.
    fn look_again(&self, folder: &Path, once: bool) -> Result<(), Failure> {
        let mut watch = Watch::new(Landing::new(folder));
        let longest = self.intake.feeds.iter().map(|feed| feed.settle_secs).max().unwrap_or_default();
        let settled = Duration::from_secs(longest.max(SETTLE_SECS));
        let (began, mut told) = (Instant::now(), String::new());
        while !self.is_over() {
            let is_settled = began.elapsed() >= settled;
            match self.look(&mut watch) {
                Ok(is_idle) if once && is_settled && is_idle => return Ok(()),
                Ok(_) => told.clear(),
                Err(failure) if once => return Err(failure),
                // A folder that cannot be read now is looked at again, and told of once.
                Err(failure) => {
                    let failure = failure.to_string();
                    if failure != told {
                        output::aside(&failure);
                    }
                    told = failure;
                }
            }
            thread::park_timeout(LOOK);
        }
        Ok(())
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// Has nothing more begun.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.bell.notify_all();
    }

    /// Looks for what is to be done, and answers whether there is nothing.
    fn look(&self, watch: &mut Watch) -> Result<bool, Failure> {
        let is_due_again = {
            let mut shared = self.shared();
            shared.ended.clear();
            shared.unmade.retain(|_, when| when.elapsed() < AGAIN);
            shared.is_changed && shared.waiting.is_idle()
        };
        if is_due_again {
            let pending = self.deliverer.pending()?;
            let mut shared = self.shared();
            shared.is_changed = false;
            for (path, arrived) in pending {
                let arrival = &arrived.arrival;
                let task = Task {
                    modified: arrival.modified,
                    name: path,
                    partner: arrival.partner.clone(),
                    feed: arrived.feed.clone(),
                    size_bytes: arrival.size_bytes,
                };
                shared.add(task, Work::Left(Box::new(arrived)));
            }
        }
        let due = watch.look(&self.intake.feeds, self.deliverer.deliveries(), Timestamp::now()).map_err(|error| {
            Failure::argument(causes(&error)).advise("`carelake intake watch --help` says what the folder holds")
        })?;
        let mut shared = self.shared();
        for whole in due.files {
            let file = &whole.file;
            let feed = claimed_by(&self.intake.feeds, &file.partner, &file.name).ok();
            let task = Task {
                modified: file.stamp.modified,
                name: format!("{}/{}", file.partner, file.name),
                partner: file.partner.clone(),
                feed: feed.map(|(feed, _)| feed.name.clone()),
                size_bytes: file.stamp.size_bytes,
            };
            shared.add(task, Work::Landed(Box::new(whole)));
        }
        let is_idle = shared.waiting.is_idle() && !shared.is_changed;
        drop(shared);
        self.bell.notify_all();
        Ok(is_idle)
    }

    /// Works until nothing more is to begin.
    fn work(&self) {
        while let Some((task, work)) = self.next() {
            let done = self.carry_out(&task, work);
            let mut shared = self.shared();
            shared.waiting.done(&task);
            shared.ended.push(task.clone());
            match done {
                Ok(None) => {}
                Ok(Some(told)) => {
                    shared.is_changed = true;
                    let code = failed(&told);
                    shared.code = shared.code.or(code);
                    let _ = show(&told, self.is_json);
                }
                Err(failure) => {
                    output::aside(format_args!("{}: {failure}", carelake_intake::functions::shown(&task.name)));
                    shared.code = shared.code.or(Some(ExitCode::from(failure.kind.exit_code())));
                    shared.unmade.insert(task.name, Instant::now());
                }
            }
            drop(shared);
            self.bell.notify_all();
        }
    }

    /// Waits for what is next.
    fn next(&self) -> Option<(Task, Work)> {
        let mut shared = self.shared();
        loop {
            if self.is_over() {
                return None;
            }
            if let Some(next) = shared.waiting.next(|partner| self.share(partner)) {
                return Some(next);
            }
            shared = self.bell.wait_timeout(shared, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Returns how many files of a partner are worked on at once: never by all who work, so that one is free for the others.
    fn share(&self, partner: &str) -> usize {
        self.intake.partner(partner).max_concurrency.min(self.workers.saturating_sub(1)).max(1)
    }

    /// Delivers. A file that is no longer what was found is left to the next look.
    fn carry_out(&self, task: &Task, work: Work) -> Result<Option<Told>, Failure> {
        let arrived = match work {
            Work::Left(arrived) => return self.deliverer.carry_out_left(task.name.clone(), &arrived).map(Some),
            Work::Landed(whole) => {
                let taken = take(&whole, &*self.deliverer.local.lake().raw)
                    .map_err(|error| Failure::new(ErrorKind::STORAGE, causes(&error)))?;
                let Some(arrival) = taken else { return Ok(None) };
                Arrived::of(arrival)
            }
        };
        self.deliverer.carry_out(task.name.clone(), &arrived).map(Some)
    }
}

impl Shared {
    fn add(&mut self, task: Task, work: Work) {
        if !self.unmade.contains_key(&task.name) && !self.ended.contains(&task) {
            self.waiting.add(task, work);
        }
    }
}
