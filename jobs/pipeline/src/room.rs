//! A room: one system of the suite, as the command and the deployment know it.

use carelake_core::ErrorKind;
use carelake_core::config::Environment;

use super::function::{Form, Function};
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
