//! The room as one. It has no functions yet.

use carelake_pipeline::Room;

/// The room of HL7 v2.
pub const ROOM: Room = Room { name: "hl7", functions: &[], definitions: &[], errors: &[], listens: &[], pages: &[] };
