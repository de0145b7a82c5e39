//! What is due by a calendar: the last moment is compared with the mark that is kept, so that what was due while nobody looked
//! is made up for, once.

use std::collections::BTreeMap;

use carelake_core::ErrorKind;
use carelake_core::config::Environment;
use carelake_pipeline::{Calendar, Definition, Function, Handler};
use jiff::Timestamp;
use serde_json::json;

use super::local::Local;
use super::rooms::Rooms;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output;

/// Where the marks are, below the output.
const MARKS: &str = "_carelake/schedules.json";

/// Something that starts by a calendar.
#[derive(Clone, Copy)]
pub(crate) enum Scheduled {
    Definition(&'static Definition),
    Function(&'static Function),
}

impl Scheduled {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Definition(definition) => definition.name,
            Self::Function(function) => function.name,
        }
    }

    /// Returns everything that has a calendar in this environment.
    pub(crate) fn all(rooms: Rooms, environment: &Environment) -> Vec<(Self, Calendar)> {
        let definitions =
            rooms.definitions().filter_map(|it| Some((Self::Definition(it), (it.schedule)(environment)?)));
        let functions = rooms.functions().filter_map(|function| match function.handler {
            Handler::Schedule(_, schedule) => Some((Self::Function(function), schedule(environment)?)),
            Handler::Task(_) | Handler::Batch(..) | Handler::Action(_) | Handler::Http(_) => None,
        });
        definitions.chain(functions).collect()
    }

    /// Starts it and waits for its end; `due` is when it was due.
    pub(crate) fn carry_out(self, local: &Local, due: Timestamp) {
        let ended = match self {
            Self::Definition(definition) => local
                .carry_out(definition.name, None, json!({"trigger": "schedule", "as_of": due}))
                .map(|told| told.status.name().to_owned())
                .map_err(Failure::from),
            Self::Function(function) => {
                let called = local.with_context(&|| false, |context| function.task().call(context, &json!({})));
                called.map(|_| "SUCCEEDED".to_owned()).map_err(Failure::from)
            }
        };
        let told = ended.unwrap_or_else(|failure| failure.to_string());
        output::aside(format_args!("{} of {due:.0}: {told}", self.name()));
    }
}

/// Returns what is due now, with the moment, and notes it. What was never seen before is due from its next moment on.
pub(crate) fn due(
    lake: &Lake,
    all: &[(Scheduled, Calendar)],
    now: Timestamp,
) -> Result<Vec<(Scheduled, Timestamp)>, Failure> {
    let there = lake.output.read_versioned(MARKS)?;
    let damaged =
        |_| Failure::new(ErrorKind::STORAGE, format!("{MARKS} is damaged; remove it, and calendars begin anew"));
    let marks: BTreeMap<String, Timestamp> = match &there {
        Some((bytes, _)) => serde_json::from_slice(bytes).map_err(damaged)?,
        None => BTreeMap::new(),
    };
    let mut noted = marks.clone();
    let mut due = Vec::new();
    for (scheduled, calendar) in all {
        let Some(last) = calendar.last(now) else { continue };
        let before = noted.insert(scheduled.name().to_owned(), last);
        if before.is_some_and(|before| before < last) {
            due.push((*scheduled, last));
        }
    }
    if noted != marks {
        let bytes = serde_json::to_vec(&noted).map_err(std::io::Error::from)?;
        lake.output.replace(MARKS, there.as_ref().map(|(_, version)| version), &bytes)?;
    }
    Ok(due)
}
