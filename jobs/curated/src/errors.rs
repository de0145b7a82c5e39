//! The kinds of errors of the room, both permanent.

use carelake_core::ErrorKind;

/// A model cannot be run on what its inputs hold.
pub const MODEL_FAILED: &ErrorKind = &ErrorKind {
    name: "ModelFailed",
    exit_code: 70,
    is_permanent: true,
    heals_here: false,
    meaning: "a model cannot be made of its inputs",
    advice: "the message says which column or step; `carelake models compile NAME` shows what is asked",
};

/// What a model made is not what its tests ask for.
pub const TEST_FAILED: &ErrorKind = &ErrorKind {
    name: "TestFailed",
    exit_code: 71,
    is_permanent: true,
    heals_here: false,
    meaning: "rows of a model fail its tests; nothing of it was published",
    advice: "`carelake models failing MODEL TEST` shows the rows; correct the source, the model or the test, and build again",
};
