//! Any text is a state machine, or is refused with problems.

#![no_main]

use carelake_statemachine::{Machine, check, diagram};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match Machine::parse(text) {
    Ok(machine) => drop(diagram(&machine)),
    Err(_) => assert!(!check(text).is_empty(), "a refusal has a reason"),
});
