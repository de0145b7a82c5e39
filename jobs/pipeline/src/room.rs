//! A room: one system of the suite, as the command and the deployment know it.

use carelake_core::ErrorKind;
use carelake_core::config::Environment;

use super::function::{Form, Function};
use super::page::Pages;
use super::schedule::Calendar;

/// One system of the suite. A room is a value: its crate makes it, and a list of rooms is all that knows of it.
#[derive(Clone, Copy)]
pub struct Room {
    /// One word, which begins the names of what it publishes.
    pub name: &'static str,
    /// What it does.
    pub functions: &'static [Function],
    /// In which order it does so.
    pub definitions: &'static [Definition],
    /// How it can fail, where core has no kind for it.
    pub errors: &'static [&'static ErrorKind],
    /// What it does when something is published.
    pub listens: &'static [Listen],
    /// What it shows of itself.
    pub pages: &'static [&'static dyn Pages],
}

/// Starts a definition when what a publication serves has changed: at least once for each change, and once for several. The
/// execution is given `{"trigger": "publication", "changed": [{"publication": …, "content": …}]}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// The publications: a name, or a pattern such as `intake/persons/*`.
    pub pattern: &'static str,
    /// What is started.
    pub definition: &'static str,
}

/// A definition of a room, the same on one machine and on AWS.
#[derive(Clone, Copy)]
pub struct Definition {
    /// Its file is `statemachine/<name>.asl.json`. Unique over all rooms.
    pub name: &'static str,
    /// What is deployed, with placeholders for functions and places.
    pub text: &'static str,
    /// What an execution is given.
    pub input: Form,
    /// When it starts by itself in an environment: then it is given `{"trigger": "schedule", "as_of": …}`, the moment when it was due.
    pub schedule: fn(&Environment) -> Option<Calendar>,
}
