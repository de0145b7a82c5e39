//! The room as one: its functions, its definitions, its errors.

use carelake_core::ErrorKind;
use carelake_core::config::Environment;
use carelake_pipeline::{
    BatchSource, Calendar, Definition, Form, Function, Handler, Need, Part, Place, Room, SMALL, Size, Task,
};
use serde_json::{Map, Value};

use crate::course::{
    Arrived, Asked, Changed, Claimed, DueTask, Judged, Published, PullAsked, PullTask, Pulled, Recorded, Step, Turn,
};
use crate::functions;
use crate::pages::{Feeds, UnclaimedFiles, WaitingLetters};

/// Notes in the ledger how deliveries stand.
const NOTES: &[Need] = &[Need::write(Place::Ledger, Part::Own)];
/// Reads files, too.
const READS: &[Need] = &[
    Need::read(Place::Input, Part::Own),
    Need::write(Place::Ledger, Part::Own),
    Need::read(Place::Secrets, Part::Own),
];
/// Hands over what it judged, too; some of that are refused rows.
const JUDGES: &[Need] = &[
    Need::read(Place::Input, Part::Own),
    Need::write(Place::Rejects, Part::Handed),
    Need::write(Place::Ledger, Part::Own),
    Need::read(Place::Secrets, Part::Own),
];
/// Looks what is late, and takes away what was handed over and never taken.
const SWEEPS: &[Need] = &[
    Need::write(Place::Rejects, Part::Handed),
    Need::write(Place::Ledger, Part::Own),
    Need::read(Place::Ledger, Part::Letters),
];
/// Starts executions, too.
const STARTS: &[Need] = &[
    Need::read(Place::Input, Part::Own),
    Need::write(Place::Ledger, Part::Own),
    Need::write(Place::Executions, Part::Own),
    Need::read(Place::Secrets, Part::Own),
];
/// Keeps letters beside what it notes, and starts what is due because something failed.
const BURIES: &[Need] = &[
    Need::read(Place::Input, Part::Own),
    Need::write(Place::Rejects, Part::Handed),
    Need::write(Place::Ledger, Part::Own),
    Need::write(Place::Ledger, Part::Letters),
    Need::write(Place::Executions, Part::Own),
    Need::read(Place::Secrets, Part::Own),
];
/// Reads files, and publishes.
const PUBLISHES: &[Need] = &[
    Need::read(Place::Input, Part::Own),
    Need::write(Place::Output, Part::Own),
    Need::write(Place::Rejects, Part::Own),
    Need::write(Place::Ledger, Part::Own),
    // Ids of runs are counted there.
    Need::write(Place::Ledger, Part::Runs),
    Need::write(Place::Tables, Part::Own),
    Need::read(Place::Secrets, Part::Own),
];
/// Publishes, starts executions and does letters again.
const CHANGES: &[Need] = &[
    Need::read(Place::Input, Part::Own),
    Need::write(Place::Output, Part::Own),
    Need::write(Place::Rejects, Part::Own),
    Need::write(Place::Ledger, Part::Own),
    Need::write(Place::Ledger, Part::Runs),
    Need::write(Place::Ledger, Part::Letters),
    Need::write(Place::Tables, Part::Own),
    Need::write(Place::Executions, Part::Own),
    Need::read(Place::Secrets, Part::Own),
];
/// Writes among the inputs, and asks servers of partners.
const PULLS: &[Need] = &[
    Need::write(Place::Input, Part::Own),
    Need::write(Place::Ledger, Part::Own),
    Need::read(Place::Secrets, Part::Own),
];
/// What reads whole files gets.
const LARGE: Size = Size::Fixed { memory_mib: 3_008, scratch_mib: 10_240 };

/// What works on files that no function holds gets, and on all files of a feed.
const CONTAINER: Size = Size::Container { memory_mib: 8_192, scratch_mib: 102_400 };

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
            needs: JUDGES,
            ..step("intake_judge", &functions::judge)
        },
        Function {
            description: "Reads a large file, maps and judges its rows",
            answer: Form::of::<Judged>(),
            size: CONTAINER,
            timeout_secs: 900,
            needs: JUDGES,
            ..step("intake_judge_large", &functions::judge)
        },
        Function {
            description: "Takes one of the slots of a partner",
            answer: Form::of::<Turn>(),
            ..step("intake_slot", &functions::slot)
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
            description: "Publishes the state of a feed with a large delivery",
            answer: Form::of::<Published>(),
            needs: PUBLISHES,
            size: CONTAINER,
            timeout_secs: 900,
            ..step("intake_publish_large", &functions::publish)
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
            needs: SWEEPS,
            ..step("intake_due", &functions::due)
        },
        Function {
            description: "Does what a person asks of a feed, a file or a letter",
            payload: Form::of::<Asked>(),
            answer: Form::of::<Changed>(),
            size: CONTAINER,
            timeout_secs: 900,
            needs: CHANGES,
            ..step("intake_change", &functions::change)
        },
        Function {
            description: "Brings what partners leave on servers of their own",
            payload: Form::of::<PullTask>(),
            answer: Form::of::<Pulled>(),
            needs: PULLS,
            timeout_secs: 900,
            network: true,
            ..step("intake_pull", &functions::pull)
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
            name: "intake_change",
            text: include_str!("../../../statemachine/intake_change.asl.json"),
            input: Form::of::<Asked>(),
            schedule: |_| None,
        },
        Definition {
            name: "feeds_due",
            text: include_str!("../../../statemachine/feeds_due.asl.json"),
            input: Form::of::<Map<String, Value>>(),
            schedule: daily,
        },
        Definition {
            name: "feeds_pull",
            text: include_str!("../../../statemachine/feeds_pull.asl.json"),
            input: Form::of::<PullAsked>(),
            schedule: |_| Some(Calendar::Hourly { minute: 5 }),
        },
    ],
    errors: &[ErrorKind::INPUT_MALFORMED],
    listens: &[],
    pages: &[&Feeds, &UnclaimedFiles, &WaitingLetters],
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
