//! The room as one: its functions.

use carelake_pipeline::{Calendar, Form, Function, Handler, Need, Part, Place, Room, SMALL, Size};
use serde_json::Value;

use crate::functions::{self, SweepTask};
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
                // Who read what is written down.
                Need::write(Place::Ledger, Part::Own),
            ],
            size: SMALL,
            timeout_secs: 29,
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
    ],
    definitions: &[],
    errors: &[],
    listens: &[],
    pages: &[],
};
