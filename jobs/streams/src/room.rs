//! The room as one: its functions and its definition.

use carelake_pipeline::{
    Calendar, Definition, Form, Function, Handler, Need, Part, Place, Reported, Room, SMALL, Size,
};
use serde_json::Value;

use crate::functions::{self, FlushRequest, FlushTask, PlanTask, Planned, ReportTask, StreamResult};
use crate::pages::StreamPages;

/// The room of streams.
pub const ROOM: Room = Room {
    name: "streams",
    functions: &[
        Function {
            name: "stream_take",
            description: "Stages a batch of records of a stream, and answers from which on it is to come again",
            // The mapping of a stream, or a pipe, calls it; no definition does.
            handler: Handler::Action(&functions::take),
            payload: Form::of::<Value>(),
            answer: Form::of::<Value>(),
            needs: &[
                Need::write(Place::Input, Part::Own),
                Need::write(Place::Rejects, Part::Own),
                // Who we are to servers that are asked.
                Need::read(Place::Secrets, Part::Own),
            ],
            size: SMALL,
            timeout_secs: 60,
            network: true,
        },
        Function {
            name: "stream_plan",
            description: "Finds which streams are published",
            handler: Handler::Task(&functions::plan),
            payload: Form::of::<PlanTask>(),
            answer: Form::of::<Planned>(),
            needs: &[Need::read(Place::Input, Part::Own), Need::read(Place::Output, Part::Own)],
            size: SMALL,
            timeout_secs: 60,
            network: false,
        },
        Function {
            name: "stream_flush",
            description: "Publishes what is staged of a stream, and brings the rows that are there now to what follows",
            handler: Handler::Task(&functions::flush),
            payload: Form::of::<FlushTask>(),
            answer: Form::of::<StreamResult>(),
            needs: &[
                Need::write(Place::Input, Part::Own),
                Need::write(Place::Output, Part::Own),
                Need::write(Place::Rejects, Part::Own),
                Need::write(Place::Ledger, Part::Own),
                // Ids of runs are counted there.
                Need::write(Place::Ledger, Part::Runs),
                Need::write(Place::Tables, Part::Own),
            ],
            size: Size::Fixed { memory_mib: 3_008, scratch_mib: 10_240 },
            timeout_secs: 900,
            network: false,
        },
        Function {
            name: "stream_report",
            description: "Words the notice of streams that fail, or work again",
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
        name: "stream_flush",
        text: include_str!("../../../statemachine/stream_flush.asl.json"),
        input: Form::of::<FlushRequest>(),
        // Each stream has a time of its own, which the plan looks at.
        schedule: |_| Some(Calendar::Every { minutes: 1 }),
    }],
    errors: &[],
    listens: &[],
    pages: &[&StreamPages],
};
