//! The room as one: its functions and its definition.

use carelake_pipeline::{Definition, Form, Function, Handler, Listen, Need, Part, Place, Reported, Room, SMALL, Size};

use crate::functions::{
    self, Chunk, ChunkTask, LoadedReference, MatchRequest, MatcherResult, PlanTask, Planned, RejectTiesTask,
    RejectedTies, ReportTask, StepTask, UndoTask,
};
use crate::pages::{MatchPages, ReviewPages};
use crate::run::{MATCH_SPIKE, Undone};

/// What is held in memory of a reference of a million records, with room for a range of those that are looked up.
const LARGE: Size = Size::Container { memory_mib: 4_096, scratch_mib: 10_240 };

/// The room of matching.
pub const ROOM: Room = Room {
    name: "matching",
    functions: &[
        Function {
            name: "match_plan",
            description: "Finds which matchers are run",
            handler: Handler::Task(&functions::plan),
            payload: Form::of::<PlanTask>(),
            answer: Form::of::<Planned>(),
            needs: &[],
            size: SMALL,
            timeout_secs: 60,
            network: false,
        },
        Function {
            name: "match_load",
            description: "Brings the reference of a matcher to what is served, and finds the records that are looked up",
            handler: Handler::Task(&functions::load),
            payload: Form::of::<StepTask>(),
            answer: Form::of::<LoadedReference>(),
            needs: &[
                Need::read(Place::Output, Part::Publications),
                Need::write(Place::Output, Part::Handed),
                Need::write(Place::Ledger, Part::Own),
            ],
            size: LARGE,
            timeout_secs: 900,
            network: true,
        },
        Function {
            name: "match_chunk",
            description: "Looks up the records of a range",
            handler: Handler::Task(&functions::chunk),
            payload: Form::of::<ChunkTask>(),
            answer: Form::of::<Chunk>(),
            needs: &[
                Need::read(Place::Output, Part::Publications),
                Need::write(Place::Output, Part::Handed),
                Need::write(Place::Ledger, Part::Own),
            ],
            size: LARGE,
            timeout_secs: 900,
            network: true,
        },
        Function {
            name: "match_settle",
            description: "Publishes what was found of a matcher's records, and asks what is likely and not certain",
            handler: Handler::Task(&functions::settle),
            payload: Form::of::<StepTask>(),
            answer: Form::of::<MatcherResult>(),
            needs: &[
                Need::read(Place::Output, Part::Publications),
                Need::write(Place::Output, Part::Own),
                Need::write(Place::Ledger, Part::Own),
                // Ids of runs are counted there.
                Need::write(Place::Ledger, Part::Runs),
                Need::write(Place::Tables, Part::Own),
            ],
            size: LARGE,
            timeout_secs: 900,
            network: true,
        },
        Function {
            name: "match_report",
            description: "Words the notice of matchers that fail, or work again",
            handler: Handler::Task(&functions::report),
            payload: Form::of::<ReportTask>(),
            answer: Form::of::<Reported>(),
            needs: &[Need::write(Place::Ledger, Part::Own)],
            size: SMALL,
            timeout_secs: 60,
            network: false,
        },
        Function {
            name: "match_undo",
            description: "Has the publications of a matcher serve what they did before its last run",
            handler: Handler::Action(&functions::undo),
            payload: Form::of::<UndoTask>(),
            answer: Form::of::<Undone>(),
            needs: &[
                Need::write(Place::Output, Part::Own),
                Need::write(Place::Ledger, Part::Own),
                Need::write(Place::Tables, Part::Own),
            ],
            size: SMALL,
            timeout_secs: 60,
            network: true,
        },
        Function {
            name: "match_reject_ties",
            description: "Rejects a person in every open question that is a tie",
            handler: Handler::Action(&functions::reject_ties),
            payload: Form::of::<RejectTiesTask>(),
            answer: Form::of::<RejectedTies>(),
            needs: &[Need::write(Place::Ledger, Part::Own)],
            size: SMALL,
            timeout_secs: 60,
            network: true,
        },
    ],
    definitions: &[Definition {
        name: "match",
        text: include_str!("../../../statemachine/match.asl.json"),
        input: Form::of::<MatchRequest>(),
        // What is published starts it.
        schedule: |_| None,
    }],
    errors: &[MATCH_SPIKE],
    listens: &[Listen { pattern: "intake/persons/*", definition: "match" }],
    pages: &[&MatchPages, &ReviewPages],
};
