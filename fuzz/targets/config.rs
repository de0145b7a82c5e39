//! Any text is a configuration, or is refused at a line and a column.

#![no_main]

use std::path::Path;

use carelake_tabular::config::Config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = Config::parse(text, Path::new("config.yaml")) {
        assert!(!error.problems().is_empty(), "a refusal has a reason");
        assert!(error.problems().iter().all(|problem| problem.line > 0 && problem.column > 0), "and a place");
    }
});
