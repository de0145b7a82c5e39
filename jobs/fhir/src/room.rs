//! The room as one.

use carelake_pipeline::Room;

use crate::error::EXPORT_FAILED;

/// The room of FHIR.
pub const ROOM: Room =
    Room { name: "fhir", functions: &[], definitions: &[], errors: &[EXPORT_FAILED], listens: &[], pages: &[] };
