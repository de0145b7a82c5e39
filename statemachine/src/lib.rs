//! The state machine interpreter.
