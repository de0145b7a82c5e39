//! Stops an execution from outside, for instance on Ctrl-C.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use crate::tasks::Message;

#[derive(Debug, Default)]
struct Shared {
    asked: bool,
    outbox: Option<Sender<Message>>,
}

/// A handle that stops the execution it was given to. Clones stop the same execution.
#[derive(Debug, Clone, Default)]
pub struct Abort(Arc<Mutex<Shared>>);

impl Abort {
    /// Creates a handle.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the execution: it ends as ABORTED, and tasks under way are told to stop.
    pub fn abort(&self) {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shared.asked = true;
        if let Some(outbox) = &shared.outbox {
            // An execution that is over no longer listens, and need not.
            drop(outbox.send(Message::Abort));
        }
    }

    /// Returns whether somebody asked to stop.
    #[must_use]
    pub fn was_asked(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).asked
    }

    pub(super) fn connect(&self, outbox: Sender<Message>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).outbox = Some(outbox);
    }
}
