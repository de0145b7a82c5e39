//! The room as one: its functions, its definition, its errors.

use carelake_core::ErrorKind;
use carelake_core::config::Environment;
use carelake_pipeline::{
    Calendar, Definition, Form, Function, Handler, Need, Part, Place, Reported, Room, SMALL, Size,
};

use crate::functions::{self, BringTask, Brought, FetchRequest, PlanTask, Planned, ReportTask};
use crate::pages::Fetched;

/// Days between fetching and the monthly run: time to see to what failed.
const DAYS_BEFORE: u8 = 2;
/// The last day that every month has.
const LAST_DAY: u8 = 28;

/// The fetch room.
pub const ROOM: Room = Room {
    name: "fetch",
    functions: &[
        Function {
            name: "fetch_plan",
            description: "Finds which sources are looked at",
            handler: Handler::Task(&functions::plan),
            payload: Form::of::<PlanTask>(),
            answer: Form::of::<Planned>(),
            needs: &[],
            size: SMALL,
            timeout_secs: 60,
            network: false,
        },
        Function {
            name: "fetch_bring",
            description: "Brings what is new of a source into the input place",
            handler: Handler::Task(&functions::bring),
            payload: Form::of::<BringTask>(),
            answer: Form::of::<Brought>(),
            needs: &[Need::write(Place::Input, Part::Sources), Need::write(Place::Ledger, Part::Own)],
            // Parts on their way to the bucket, and the catalog of a site.
            size: Size::Fixed { memory_mib: 1_024, scratch_mib: 512 },
            timeout_secs: 900,
            network: true,
        },
        Function {
            name: "fetch_report",
            description: "Notes how the sources ended and words the notice",
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
        name: "fetch",
        text: include_str!("../../../statemachine/fetch.asl.json"),
        input: Form::of::<FetchRequest>(),
        schedule: before_the_run,
    }],
    errors: &[ErrorKind::INPUT_MALFORMED],
    listens: &[],
    pages: &[&Fetched],
};

/// Two days before the monthly run, at its hour.
fn before_the_run(environment: &Environment) -> Option<Calendar> {
    let run = environment.deployment.schedule?;
    let day = run.day.checked_sub(DAYS_BEFORE).filter(|day| *day > 0).unwrap_or(run.day + LAST_DAY - DAYS_BEFORE);
    Some(Calendar::Monthly { day, hour: run.hour })
}
