//! A room that is there for tests. It has whatever a room can have, and touches nothing but its own crate: its table is all that
//! anything else knows of it.
//!
//! It doubles numbers, gathers batches of them into two publications, sums those that come by a queue, listens to what it
//! publishes, writes letters about what failed for good, answers requests and shows a page.

mod gather;
mod letters;
mod numbers;
mod taken;
mod web;

use carelake_arrivals::Listener;
use carelake_core::ErrorKind;
use carelake_pipeline::{
    BatchSource, Calendar, Definition, Form, Function, Handler, Listen, Need, Part, Place, Room, SMALL, Task,
};
use serde_json::{Map, Value};

pub use taken::Taken;

use crate::gather::{Batch, Given, Lost, bury, gather};
use crate::letters::take_letters;
use crate::numbers::{count_steps, double, sum};
use crate::web::{Doubles, Starts};

/// The kind of error of the room: a batch that is there to fail.
pub const POISONED: &ErrorKind = &ErrorKind {
    name: "Poisoned",
    exit_code: 240,
    is_permanent: true,
    heals_here: false,
    meaning: "a batch that is there to fail",
    advice: "leave it",
};

const LISTENS: &[Listen] = &[Listen { pattern: "toy/*", definition: "toy_heard" }];

/// The room, as it is deployed.
pub const ROOM: Room = Room {
    name: "toy",
    functions: &[
        task("toy_double", &double),
        Function { needs: &[Need::read(Place::Executions, Part::Own)], ..task("toy_count_steps", &count_steps) },
        Function {
            payload: Form::of::<Batch>(),
            needs: &[
                Need::write(Place::Output, Part::Own),
                Need::write(Place::Ledger, Part::Own),
                // Ids of runs are counted there.
                Need::write(Place::Ledger, Part::Runs),
            ],
            ..task("toy_gather", &gather)
        },
        Function {
            payload: Form::of::<Lost>(),
            needs: &[Need::write(Place::Ledger, Part::Letters)],
            ..task("toy_bury", &bury)
        },
        Function {
            handler: Handler::Batch(BatchSource::Queue, &sum),
            needs: &[Need::write(Place::Ledger, Part::Own)],
            ..task("toy_sum", &sum)
        },
        Function {
            handler: Handler::Http(&Starts),
            needs: &[Need::write(Place::Executions, Part::Own)],
            ..task("toy_start", &double)
        },
        Function { handler: Handler::Action(&double), ..task("toy_again", &double) },
        Function {
            handler: Handler::Batch(BatchSource::DeadLetters, &take_letters),
            needs: &[Need::write(Place::Ledger, Part::Letters)],
            ..task("toy_letters_take", &take_letters)
        },
        Function {
            handler: Handler::Batch(BatchSource::Publications, &Listener { room: "toy", listens: LISTENS }),
            needs: &Listener::NEEDS,
            ..task("toy_listen", &double)
        },
    ],
    definitions: &[
        definition("toy_one", include_str!("../definitions/toy_one.asl.json")),
        definition("toy_outer", include_str!("../definitions/toy_outer.asl.json")),
        definition("toy_waiting", include_str!("../definitions/toy_waiting.asl.json")),
        definition("toy_items", include_str!("../definitions/toy_items.asl.json")),
        definition("toy_queue", include_str!("../definitions/toy_queue.asl.json")),
        Definition {
            input: Form::of::<Given>(),
            ..definition("toy_gather", include_str!("../definitions/toy_gather.asl.json"))
        },
        Definition {
            schedule: |_| Some(Calendar::Daily { hour: 6, minute: 0 }),
            ..definition("toy_heard", include_str!("../definitions/toy_heard.asl.json"))
        },
    ],
    errors: &[POISONED],
    listens: LISTENS,
    pages: &[&Doubles],
};

/// Definitions that are not deployed: one that calls a function as a container, in the words in which a deployment writes it, and one
/// that calls what one machine cannot stand in for.
pub const CONTAINED: Room = Room {
    name: "toy",
    functions: &[],
    definitions: &[
        definition("toy_container", include_str!("../definitions/toy_container.asl.json")),
        definition("toy_unbound", include_str!("../definitions/toy_unbound.asl.json")),
    ],
    errors: &[],
    listens: &[],
    pages: &[],
};

const fn task(name: &'static str, task: &'static dyn Task) -> Function {
    Function {
        name,
        description: "Is there for tests",
        handler: Handler::Task(task),
        payload: Form::of::<Map<String, Value>>(),
        answer: Form::of::<Value>(),
        needs: &[],
        size: SMALL,
        timeout_secs: 60,
        network: false,
    }
}

const fn definition(name: &'static str, text: &'static str) -> Definition {
    Definition { name, text, input: Form::of::<Map<String, Value>>(), schedule: |_| None }
}
