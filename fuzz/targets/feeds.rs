//! Any text is a section of feeds, or is refused at a line and a column.

#![no_main]

use std::path::Path;

use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_intake::config::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut mistakes = Mistakes::default();
    let Some(root) = parse(text, &mut mistakes) else { return };
    let root = Spot::root(&root);
    read(&root.child("intake").unwrap_or_else(|| root.clone()), Path::new("/nowhere"), &mut mistakes);
    assert!(mistakes.into_problems().iter().all(|problem| problem.line > 0 && problem.column > 0), "a place each");
});
