//! The room as one: its functions, its definitions, its errors.

use carelake_core::config::Environment;
use carelake_pipeline::{
    BatchSource, Calendar, Definition, Form, Function, Handler, Need, Part, Place, Room, SMALL, Size, Task,
};
use serde_json::{Map, Value};

use crate::course::{Arrived, Claimed, DueTask, Judged, Published, Recorded, Step, Turn};
use crate::error::INPUT_MALFORMED;
use crate::functions;

/// Notes in the ledger how deliveries stand.
const NOTES: &[Need] = &[Need::write(Place::Ledger, Part::Own)];
/// Reads files, too.
const READS: &[Need] = &[Need::read(Place::Input, Part::Own), Need::write(Place::Ledger, Part::Own)];
/// Starts executions, too.
const STARTS: &[Need] = &[
    Need::read(Place::Input, Part::Own),
    Need::write(Place::Ledger, Part::Own),
    Need::write(Place::Executions, Part::Own),
];
/// Keeps letters beside what it notes.
const BURIES: &[Need] = &[Need::write(Place::Ledger, Part::Own), Need::write(Place::Ledger, Part::Letters)];
/// Reads files, and publishes.
const PUBLISHES: &[Need] = &[
    Need::read(Place::Input, Part::Own),
    Need::write(Place::Output, Part::Own),
    Need::write(Place::Rejects, Part::Own),
    Need::write(Place::Ledger, Part::Own),
    // Ids of runs are counted there.
    Need::write(Place::Ledger, Part::Runs),
    Need::write(Place::Tables, Part::Own),
];
/// What reads whole files gets.
const LARGE: Size = Size::Fixed { memory_mib: 3_008, scratch_mib: 10_240 };

/// The intake room.
pub const ROOM: Room = Room {
    name: "intake",
    functions: &[
        Function {
            handler: Handler::Batch(BatchSource::Inputs, &functions::dispatch),
            description: "Claims the files that partners send, and starts their executions",
            size: LARGE,
            timeout_secs: 900,
            needs: STARTS,
            ..step("intake_dispatch", &functions::dispatch)
        },
        Function {
            description: "Finds the feed of a file and compares it with what is known",
            answer: Form::of::<Claimed>(),
            size: LARGE,
            timeout_secs: 900,
            needs: READS,
            ..step("intake_claim", &functions::claim)
        },
        Function {
            description: "Reads a file, maps and judges its rows",
            answer: Form::of::<Judged>(),
            size: LARGE,
            timeout_secs: 900,
            needs: READS,
            ..step("intake_judge", &functions::judge)
        },
        Function {
            description: "Takes the turn of a feed",
            answer: Form::of::<Turn>(),
            ..step("intake_turn", &functions::turn)
        },
        Function {
            description: "Publishes the state of a feed with a delivery",
            answer: Form::of::<Published>(),
            needs: PUBLISHES,
            size: LARGE,
            timeout_secs: 900,
            ..step("intake_publish", &functions::publish)
        },
        Function {
            description: "Notes what became of a delivery",
            answer: Form::of::<Recorded>(),
            ..step("intake_record", &functions::record)
        },
        Function {
            description: "Keeps a failure as a letter",
            answer: Form::of::<Recorded>(),
            needs: BURIES,
            ..step("intake_bury", &functions::bury)
        },
        Function {
            description: "Finds feeds whose delivery is due and not there",
            payload: Form::of::<DueTask>(),
            answer: Form::of::<Recorded>(),
            timeout_secs: 300,
            ..step("intake_due", &functions::due)
        },
        Function {
            handler: Handler::Action(&functions::again),
            description: "Has a delivery that failed done again",
            payload: Form::of::<Arrived>(),
            size: LARGE,
            timeout_secs: 900,
            needs: STARTS,
            ..step("intake_again", &functions::again)
        },
        Function {
            handler: Handler::Batch(BatchSource::DeadLetters, &functions::take_letters),
            description: "Keeps what no try could take as letters",
            needs: &[Need::write(Place::Ledger, Part::Letters)],
            ..step("intake_letters_take", &functions::take_letters)
        },
    ],
    definitions: &[
        Definition {
            name: "intake",
            text: include_str!("../../../statemachine/intake.asl.json"),
            input: Form::of::<Arrived>(),
            schedule: |_| None,
        },
        Definition {
            name: "feeds_due",
            text: include_str!("../../../statemachine/feeds_due.asl.json"),
            input: Form::of::<Map<String, Value>>(),
            schedule: daily,
        },
    ],
    errors: &[INPUT_MALFORMED],
    listens: &[],
    pages: &[],
};

/// Late feeds are looked for in the morning of those who send.
fn daily(_environment: &Environment) -> Option<Calendar> {
    Some(Calendar::Daily { hour: 12, minute: 0 })
}

const fn step(name: &'static str, task: &'static dyn Task) -> Function {
    Function {
        name,
        description: "",
        handler: Handler::Task(task),
        payload: Form::of::<Step>(),
        answer: Form::of::<Value>(),
        needs: NOTES,
        size: SMALL,
        timeout_secs: 60,
        network: false,
    }
}
