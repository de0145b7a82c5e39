//! The room as one: its functions and its definition.

use carelake_pipeline::{
    BatchSource, Calendar, Definition, Form, Function, Handler, Need, Part, Place, Reported, Room, SMALL, Size,
};
use serde_json::Value;

use crate::day::Settled;
use crate::functions::{self, DayResult, DayTask, HourlyRequest, PlanTask, Planned, ReportTask, SettleTask, SweepTask};
use crate::pages::MessagePages;
use crate::replay::{Replayed, Wanted};
use crate::serve::{Answers, Receives};
use crate::sweep::Swept;

/// What takes messages: the three zones, and the catalogue.
const TAKES: &[Need] = &[
    Need::write(Place::Input, Part::Own),
    Need::write(Place::Output, Part::Own),
    Need::write(Place::Rejects, Part::Own),
    Need::write(Place::Ledger, Part::Own),
];

/// What publishes messages.
const PUBLISHES: &[Need] = &[
    Need::read(Place::Input, Part::Own),
    Need::write(Place::Output, Part::Own),
    Need::write(Place::Ledger, Part::Own),
    // Ids of runs are counted there.
    Need::write(Place::Ledger, Part::Runs),
    Need::write(Place::Tables, Part::Own),
];

/// The room of HL7 v2.
pub const ROOM: Room = Room {
    name: "hl7",
    functions: &[
        Function {
            name: "hl7_receive",
            description: "Takes a message, and answers when it is kept, read and entered",
            handler: Handler::Http(&Receives),
            payload: Form::of::<Value>(),
            answer: Form::of::<Value>(),
            needs: TAKES,
            size: Size::Fixed { memory_mib: 1_024, scratch_mib: 512 },
            timeout_secs: 29,
            network: false,
        },
        Function {
            name: "hl7_query",
            description: "Answers what is asked about patients, messages and errors",
            handler: Handler::Http(&Answers),
            payload: Form::of::<Value>(),
            answer: Form::of::<Value>(),
            needs: &[
                Need::read(Place::Input, Part::Own),
                Need::read(Place::Output, Part::Own),
                // The key of page tokens is made there.
                Need::write(Place::Ledger, Part::Own),
                // Who read what is written down.
                Need::write(Place::Ledger, Part::Audit),
            ],
            size: SMALL,
            timeout_secs: 29,
            network: false,
        },
        Function {
            name: "hl7_stream",
            description: "Takes messages of a queue or a stream, and answers which are to come again",
            handler: Handler::Batch(BatchSource::Queue, &functions::stream),
            payload: Form::of::<Value>(),
            answer: Form::of::<Value>(),
            needs: TAKES,
            size: Size::Fixed { memory_mib: 1_024, scratch_mib: 512 },
            timeout_secs: 60,
            network: false,
        },
        Function {
            name: "hl7_drop",
            description: "Takes the messages of files that arrived",
            handler: Handler::Batch(BatchSource::Inputs, &functions::drop_in),
            payload: Form::of::<Value>(),
            answer: Form::of::<Value>(),
            needs: TAKES,
            size: Size::Fixed { memory_mib: 1_024, scratch_mib: 512 },
            timeout_secs: 900,
            network: false,
        },
        Function {
            name: "hl7_sweep",
            description: "Makes up for messages that were kept and not entered",
            handler: Handler::Schedule(&functions::sweep, |_| Some(Calendar::Every { minutes: 5 })),
            payload: Form::of::<SweepTask>(),
            answer: Form::of::<Swept>(),
            needs: TAKES,
            size: Size::Fixed { memory_mib: 1_024, scratch_mib: 512 },
            timeout_secs: 900,
            network: false,
        },
        Function {
            name: "hl7_replay",
            description: "Tries messages again that could not be used",
            handler: Handler::Action(&functions::replay),
            payload: Form::of::<Wanted>(),
            answer: Form::of::<Replayed>(),
            needs: TAKES,
            size: Size::Fixed { memory_mib: 1_024, scratch_mib: 512 },
            timeout_secs: 900,
            network: false,
        },
        Function {
            name: "hl7_plan",
            description: "Finds the days whose messages changed",
            handler: Handler::Task(&functions::plan),
            payload: Form::of::<PlanTask>(),
            answer: Form::of::<Planned>(),
            needs: &[
                Need::read(Place::Input, Part::Own),
                Need::read(Place::Output, Part::Own),
                Need::read(Place::Ledger, Part::Own),
            ],
            size: SMALL,
            timeout_secs: 300,
            network: false,
        },
        Function {
            name: "hl7_day",
            description: "Makes tables of the messages of a day",
            handler: Handler::Task(&functions::day),
            payload: Form::of::<DayTask>(),
            answer: Form::of::<DayResult>(),
            needs: PUBLISHES,
            size: Size::Fixed { memory_mib: 3_008, scratch_mib: 2_048 },
            timeout_secs: 900,
            network: false,
        },
        Function {
            name: "hl7_settle",
            description: "Serves the tables that were made, those of messages last",
            handler: Handler::Task(&functions::settle),
            payload: Form::of::<SettleTask>(),
            answer: Form::of::<Settled>(),
            needs: PUBLISHES,
            size: Size::Fixed { memory_mib: 3_008, scratch_mib: 2_048 },
            timeout_secs: 900,
            network: false,
        },
        Function {
            name: "hl7_report",
            description: "Words the notice of days that cannot be published and senders that are silent, and when that is over",
            handler: Handler::Task(&functions::report),
            payload: Form::of::<ReportTask>(),
            answer: Form::of::<Reported>(),
            needs: &[Need::write(Place::Ledger, Part::Own)],
            size: SMALL,
            timeout_secs: 60,
            network: false,
        },
    ],
    definitions: &[Definition {
        name: "hl7",
        text: include_str!("../../../statemachine/hl7.asl.json"),
        input: Form::of::<HourlyRequest>(),
        schedule: |_| Some(Calendar::Every { minutes: 60 }),
    }],
    errors: &[],
    listens: &[],
    pages: &[&MessagePages],
};
