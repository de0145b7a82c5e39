//! The eight tables and their columns.

use carelake_core::names::Publication;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    /// A list of texts.
    List,
    Int16,
    Int32,
    Int64,
    Float,
    Flag,
    /// A moment, with how much of it was said, its offset, and what was sent where it is none: four columns.
    Time,
    /// A day, with how much of it was said, and what was sent where it is none: three columns.
    Day,
}

/// A column, or several that belong together.
pub(super) type Column = (&'static str, Type, &'static str);

/// A table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name behind `hl7/`.
    pub name: &'static str,
    pub(super) columns: &'static [Column],
}

use Type::{Day, Flag, Float, Int16, Int32, Int64, List, Text, Time};

/// What every row has.
pub(super) const COMMON: &[Column] = &[
    ("message_id", Text, "SHA-256 of the bytes of the message"),
    ("control_id", Text, "MSH-10"),
    ("sender_app", Text, "MSH-3.1"),
    ("sender_facility", Text, "MSH-4.1"),
    ("version", Text, "MSH-12.1"),
    ("structure", Text, "the message structure"),
    ("event", Text, "MSH-9"),
    ("sent_at", Time, "MSH-7"),
    ("patient_uuid", Text, "the patient under whom it was filed; none where nobody is named"),
    ("patient_uuid_now", Text, "who that patient became, when this was published"),
    ("deleted", List, "columns whose value is to be deleted: they were sent as two quotation marks"),
];

/// The tables, the one that others are joined with last.
pub const TABLES: [Table; 8] = [
    Table {
        name: "segments",
        columns: &[
            ("segment", Int32, "position of the segment, from 1"),
            ("name", Text, "name of the segment"),
            ("group", Text, "the groups that it stands in, outermost first"),
            ("field", Int16, "number of the field"),
            ("repetition", Int16, "from 1"),
            ("component", Int16, "from 1"),
            ("sub", Int16, "subcomponent, from 1"),
            ("type", Text, "its type, by the tables of the version"),
            ("value", Text, "text as sent, escapes read"),
            ("truncated", Flag, "whether the value is longer than it is here"),
        ],
    },
    Table {
        name: "patients",
        columns: &[
            ("set_id", Text, "PID-1"),
            ("local_ids", List, "authority#type#id of PID-3 and PID-2"),
            ("family", Text, "PID-5.1"),
            ("given", Text, "PID-5.2"),
            ("middle", Text, "PID-5.3"),
            ("suffix", Text, "PID-5.4"),
            ("prefix", Text, "PID-5.5"),
            ("birth_date", Day, "PID-7"),
            ("sex", Text, "PID-8"),
            ("race", List, "PID-10"),
            ("ethnicity", Text, "PID-22"),
            ("address_line", Text, "PID-11.1"),
            ("city", Text, "PID-11.3"),
            ("state", Text, "PID-11.4"),
            ("zip", Text, "PID-11.5"),
            ("country", Text, "PID-11.6"),
            ("phones", List, "PID-13 and PID-14"),
            ("language", Text, "PID-15"),
            ("marital_status", Text, "PID-16"),
            ("account", Text, "PID-18.1"),
            ("death_at", Time, "PID-29"),
            ("death_indicator", Text, "PID-30"),
        ],
    },
    Table {
        name: "visits",
        columns: &[
            ("class", Text, "PV1-2"),
            ("point_of_care", Text, "PV1-3.1"),
            ("room", Text, "PV1-3.2"),
            ("bed", Text, "PV1-3.3"),
            ("facility", Text, "PV1-3.4"),
            ("admission_type", Text, "PV1-4"),
            ("attending_id", Text, "PV1-7.1"),
            ("attending_name", Text, "PV1-7.2 and 7.3"),
            ("referring_id", Text, "PV1-8.1"),
            ("referring_name", Text, "PV1-8.2 and 8.3"),
            ("service", Text, "PV1-10"),
            ("visit_number", Text, "PV1-19.1"),
            ("admitted_at", Time, "PV1-44"),
            ("discharged_at", Time, "PV1-45"),
            ("discharge_disposition", Text, "PV1-36"),
            ("prior_point_of_care", Text, "PV1-6.1"),
            ("prior_room", Text, "PV1-6.2"),
            ("prior_bed", Text, "PV1-6.3"),
            ("admit_reason", Text, "PV2-3"),
        ],
    },
    Table {
        name: "orders",
        columns: &[
            ("control", Text, "ORC-1"),
            ("placer", Text, "ORC-2.1 or OBR-2.1"),
            ("filler", Text, "ORC-3.1 or OBR-3.1"),
            ("group_number", Text, "ORC-4.1"),
            ("status", Text, "ORC-5"),
            ("service_code", Text, "OBR-4.1"),
            ("service_text", Text, "OBR-4.2"),
            ("service_system", Text, "OBR-4.3"),
            ("requested_at", Time, "OBR-6, or ORC-9"),
            ("observed_at", Time, "OBR-7"),
            ("observed_end", Time, "OBR-8"),
            ("specimen", Text, "OBR-15.1"),
            ("ordered_by", Text, "OBR-16.1 or ORC-12.1"),
            ("result_status", Text, "OBR-25"),
            ("priority", Text, "OBR-5, or the priority of the timing"),
        ],
    },
    Table {
        name: "observations",
        columns: &[
            ("placer", Text, "of the order above it"),
            ("filler", Text, "of the order above it"),
            ("set_id", Text, "OBX-1"),
            ("sub_id", Text, "OBX-4"),
            ("value_type", Text, "OBX-2"),
            ("code", Text, "OBX-3.1"),
            ("text", Text, "OBX-3.2"),
            ("system", Text, "OBX-3.3"),
            ("loinc", Text, "the code of LOINC, from either coding of OBX-3"),
            ("value_text", Text, "OBX-5; nothing where it is a document or an image"),
            ("value_number", Float, "OBX-5 of NM, the first number of SN"),
            ("value_decimal", Text, "the same digit by digit"),
            ("value_comparator", Text, "OBX-5.1 of SN"),
            ("value_separator", Text, "OBX-5.3 of SN"),
            ("value_number2", Float, "OBX-5.4 of SN"),
            ("value_code", Text, "OBX-5.1 of CE, CWE, CNE"),
            ("value_code_text", Text, "OBX-5.2 of these"),
            ("value_code_system", Text, "OBX-5.3 of these"),
            ("value_at", Time, "OBX-5 of DT, DTM, TS"),
            ("value_bytes", Int64, "bytes of a document or an image, as sent"),
            ("units_code", Text, "OBX-6.1"),
            ("units_text", Text, "OBX-6.2"),
            ("units_system", Text, "OBX-6.3"),
            ("reference_range", Text, "OBX-7"),
            ("low", Float, "the lower end of it"),
            ("high", Float, "the upper end of it"),
            ("abnormal", List, "OBX-8"),
            ("status", Text, "OBX-11"),
            ("observed_at", Time, "OBX-14"),
            ("notes", Text, "NTE-3 below it, joined by line feeds"),
            ("truncated", Flag, "whether the value is longer than it is here"),
        ],
    },
    Table {
        name: "diagnoses",
        columns: &[
            ("set_id", Text, "DG1-1"),
            ("code", Text, "DG1-3.1"),
            ("text", Text, "DG1-3.2, or DG1-4"),
            ("system", Text, "DG1-3.3"),
            ("type", Text, "DG1-6"),
            ("priority", Text, "DG1-15"),
            ("at", Time, "DG1-5"),
        ],
    },
    Table {
        name: "allergies",
        columns: &[
            ("type", Text, "AL1-2 or IAM-2"),
            ("code", Text, "AL1-3.1 or IAM-3.1"),
            ("text", Text, "AL1-3.2 or IAM-3.2"),
            ("system", Text, "AL1-3.3 or IAM-3.3"),
            ("severity", Text, "AL1-4 or IAM-4"),
            ("reaction", List, "AL1-5 or IAM-5"),
            ("at", Time, "AL1-6 or IAM-11"),
        ],
    },
    Table {
        name: "messages",
        columns: &[
            ("processing_id", Text, "MSH-11.1"),
            ("type", Text, "MSH-9.1"),
            ("patient_uuids", List, "one for each PID, as filed"),
            ("warnings", List, "what was odd about it"),
            ("segments", Int32, "how many it has"),
            ("bytes", Int64, "its size"),
            ("way_in", Text, "http, mllp or file"),
            ("raw_key", Text, "where its bytes are"),
            ("staging_key", Text, "where its JSON is"),
        ],
    },
];

/// Returns the publication of a table.
#[must_use]
pub fn publication(table: &Table) -> Publication {
    Publication::from_path(&format!("hl7/{}", table.name))
}
