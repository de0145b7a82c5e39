//! The room of the monthly run: published files of CMS, and feeds of hospitals, to five datasets.
//!
//! An explicit list and nothing else. What the functions do is in `carelake_pipeline`, what the datasets are in their crates.

use carelake_pipeline::Room;
use carelake_pipeline::monthly::{FRESHNESS, MONTHLY, PLAN, REPORT, dataset};

/// The room of the monthly run. Its datasets are in the order in which they are shown and run.
pub const ROOM: Room = Room {
    name: "monthly",
    functions: &[
        PLAN,
        dataset(&carelake_clinicians::DATASET),
        dataset(&carelake_practices::DATASET),
        dataset(&carelake_providers::DATASET),
        dataset(&carelake_enrollments::DATASET),
        dataset(&carelake_hospitals::DATASET),
        REPORT,
        FRESHNESS,
    ],
    definitions: &[MONTHLY],
    errors: &[],
    listens: &[],
    pages: &[],
};
