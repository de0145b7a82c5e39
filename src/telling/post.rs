//! Sends what was told, on a thread of its own: a receiver that is slow or not there holds nothing up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver as Jobs, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use carelake_lineage::{Book, send};
use jiff::Timestamp;

use super::to::To;
use crate::failure::Failure;
use crate::output;

/// How long the end of an execution waits for what it told to be sent. A receiver of this machine or of the same network takes
/// milliseconds.
const GRACE: Duration = Duration::from_secs(2);
/// How long a receiver that was not there is left alone.
const REST: Duration = Duration::from_secs(30);

/// Sends events in the background.
pub(super) struct Post {
    jobs: Sender<Job>,
    /// Whether the receiver was too slow for somebody to wait for it again.
    is_late: Arc<AtomicBool>,
    /// Whether it was said that events wait.
    is_told: Mutex<bool>,
}

enum Job {
    Send,
    /// Answers when everything before it was done, and why events wait if they do.
    Settle(Sender<Option<String>>),
}

impl Post {
    /// Begins to send what is in a book. Where nobody can be told, everything waits.
    pub(super) fn new(book: Arc<Book>, to: Result<To, Failure>) -> Self {
        let (jobs, given) = mpsc::channel();
        let is_late = Arc::new(AtomicBool::new(false));
        let late = Arc::clone(&is_late);
        // Without the thread nothing is sent, and the first who waits for it is told so.
        let _ = thread::Builder::new().name("lineage".to_owned()).spawn(move || work(&given, &book, to, &late));
        let post = Self { jobs, is_late, is_told: Mutex::new(false) };
        post.send();
        post
    }

    /// Sends what waits, as soon as it can.
    pub(super) fn send(&self) {
        let _ = self.jobs.send(Job::Send);
    }

    /// Waits a moment for everything to be sent, and says once if it was not.
    pub(super) fn settle(&self) {
        if self.is_late.load(Ordering::Relaxed) {
            return;
        }
        let (answer, answered) = mpsc::channel();
        let _ = self.jobs.send(Job::Settle(answer));
        let trouble = answered.recv_timeout(GRACE).unwrap_or_else(|_| {
            self.is_late.store(true, Ordering::Relaxed);
            Some(format!("the receiver takes longer than {} s", GRACE.as_secs()))
        });
        let Some(trouble) = trouble else { return };
        let mut is_told = self.is_told.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *is_told, true) {
            output::aside(format_args!(
                "events of lineage wait: {trouble}; the next run sends them, or `carelake lineage send`"
            ));
        }
    }
}

fn work(jobs: &Jobs<Job>, book: &Book, to: Result<To, Failure>, is_late: &AtomicBool) {
    let (to, mut trouble) = match to {
        Ok(to) => (Some(to), None),
        Err(failure) => (None, Some(failure.message)),
    };
    let mut rests_until: Option<Instant> = None;
    while let Ok(job) = jobs.recv() {
        match (job, &to) {
            (Job::Send, Some(to)) if rests_until.is_none_or(|until| Instant::now() >= until) => {
                (trouble, rests_until) = match send(book, &**to, Timestamp::now()) {
                    Ok(sent) if sent.waiting == 0 => (sent.trouble, None),
                    Ok(sent) => (sent.trouble, Some(Instant::now() + REST)),
                    Err(error) => (Some(error.to_string()), Some(Instant::now() + REST)),
                };
                if trouble.is_none() {
                    is_late.store(false, Ordering::Relaxed);
                }
            }
            (Job::Send, _) => {}
            (Job::Settle(answer), _) => drop(answer.send(trouble.clone())),
        }
    }
}
