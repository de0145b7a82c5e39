//! The room as one.

use carelake_pipeline::Room;

use crate::errors::{MODEL_FAILED, TEST_FAILED};
use crate::pages::ModelPages;

/// The room of models. It has no functions yet: models are built by `carelake build`.
pub const ROOM: Room = Room {
    name: "curated",
    functions: &[],
    definitions: &[],
    errors: &[MODEL_FAILED, TEST_FAILED],
    listens: &[],
    pages: &[&ModelPages],
};
