//! The room as one: its functions and its definition.

use carelake_pipeline::{
    Calendar, Definition, Form, Function, Handler, Need, Part, Place, Reported, Room, SMALL, Size,
};

use crate::functions::{
    self, Batches, ExportTask, Exported, LoadRequest, Loaded, PlanTask, Planned, ReportTask, SchemasTask, SettleTask,
    Settled, TablesTask,
};
use crate::pages::{Sources, Tables};

/// Notes in the ledger how tables stand.
const NOTES: &[Need] = &[Need::write(Place::Ledger, Part::Own)];
/// Publishes what changed about tables, too.
const SETTLES: &[Need] = &[
    Need::write(Place::Output, Part::Own),
    Need::write(Place::Ledger, Part::Own),
    // Ids of runs are counted there.
    Need::write(Place::Ledger, Part::Runs),
    Need::write(Place::Tables, Part::Own),
];
/// Asks servers, too.
const ASKS: &[Need] = &[
    Need::write(Place::Ledger, Part::Own),
    Need::read(Place::Secrets, Part::Own),
    Need::read(Place::DynamodbCatalog, Part::All),
];
/// Loads.
const LOADS: &[Need] = &[
    Need::write(Place::Output, Part::Own),
    Need::write(Place::Ledger, Part::Own),
    // Ids of runs are counted there.
    Need::write(Place::Ledger, Part::Runs),
    Need::write(Place::Tables, Part::Own),
    Need::read(Place::Secrets, Part::Own),
    Need::read(Place::DynamodbCatalog, Part::All),
    Need::read(Place::DynamodbItems, Part::All),
    Need::write(Place::Input, Part::Handed),
];
/// Publishes what comparisons find, which there are none of with DynamoDB.
const COMPARES: &[Need] = &[
    Need::write(Place::Output, Part::Own),
    Need::write(Place::Ledger, Part::Own),
    // Ids of runs are counted there.
    Need::write(Place::Ledger, Part::Runs),
    Need::write(Place::Tables, Part::Own),
    Need::read(Place::Secrets, Part::Own),
    Need::write(Place::Input, Part::Handed),
];
/// Asks for exports, which AWS writes where this function may.
const EXPORTS: &[Need] = &[
    Need::read(Place::Output, Part::Own),
    Need::write(Place::Output, Part::Handed),
    Need::write(Place::Ledger, Part::Own),
    Need::read(Place::Secrets, Part::Own),
    Need::read(Place::DynamodbCatalog, Part::All),
    Need::write(Place::DynamodbExports, Part::All),
];

/// The room of loads.
pub const ROOM: Room = Room {
    name: "loads",
    functions: &[
        Function {
            name: "load_plan",
            description: "Finds which sources are loaded",
            handler: Handler::Task(&functions::plan),
            payload: Form::of::<PlanTask>(),
            answer: Form::of::<Planned>(),
            needs: NOTES,
            size: SMALL,
            timeout_secs: 60,
            network: false,
        },
        Function {
            name: "load_schemas",
            description: "Reads the catalogue of a source and hands over what is to be loaded",
            handler: Handler::Task(&functions::schemas),
            payload: Form::of::<SchemasTask>(),
            answer: Form::of::<Batches>(),
            needs: ASKS,
            // Tens of thousands of tables are held at once.
            size: Size::Fixed { memory_mib: 1_769, scratch_mib: 512 },
            timeout_secs: 900,
            network: true,
        },
        Function {
            name: "load_tables",
            description: "Loads a batch of tables of a source",
            handler: Handler::Task(&functions::tables),
            payload: Form::of::<TablesTask>(),
            answer: Form::of::<Loaded>(),
            needs: LOADS,
            size: Size::Fixed { memory_mib: 3_008, scratch_mib: 10_240 },
            timeout_secs: 900,
            network: true,
        },
        Function {
            name: "load_tables_large",
            description: "Loads a table that no function reads in its time",
            handler: Handler::Task(&functions::tables),
            payload: Form::of::<TablesTask>(),
            answer: Form::of::<Loaded>(),
            needs: LOADS,
            size: Size::Container { memory_mib: 4_096, scratch_mib: 102_400 },
            timeout_secs: 900,
            network: true,
        },
        Function {
            name: "load_export",
            description: "Starts the export of a table of DynamoDB, or asks after it",
            handler: Handler::Task(&functions::export),
            payload: Form::of::<ExportTask>(),
            answer: Form::of::<Exported>(),
            needs: EXPORTS,
            size: SMALL,
            timeout_secs: 120,
            network: true,
        },
        Function {
            name: "load_settle",
            description: "Counts how the tables of a source ended, publishes what changed about them, and finds those to be compared with it",
            handler: Handler::Task(&functions::settle),
            payload: Form::of::<SettleTask>(),
            answer: Form::of::<Settled>(),
            needs: SETTLES,
            size: SMALL,
            timeout_secs: 300,
            network: false,
        },
        Function {
            name: "load_reconcile",
            description: "Compares tables with their source, and publishes what differs",
            handler: Handler::Task(&functions::reconcile),
            payload: Form::of::<TablesTask>(),
            answer: Form::of::<Loaded>(),
            needs: COMPARES,
            size: Size::Fixed { memory_mib: 3_008, scratch_mib: 10_240 },
            timeout_secs: 900,
            network: true,
        },
        Function {
            name: "load_report",
            description: "Notes how the sources ended and words the notice",
            handler: Handler::Task(&functions::report),
            payload: Form::of::<ReportTask>(),
            answer: Form::of::<Reported>(),
            needs: NOTES,
            size: SMALL,
            timeout_secs: 60,
            network: false,
        },
    ],
    definitions: &[Definition {
        name: "loads",
        text: include_str!("../../../statemachine/loads.asl.json"),
        input: Form::of::<LoadRequest>(),
        // Each source has a time of its own, which the plan looks at.
        schedule: |_| Some(Calendar::Every { minutes: 5 }),
    }],
    errors: &[],
    listens: &[],
    pages: &[&Sources, &Tables],
};
