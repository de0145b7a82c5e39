//! What is wrong with a section, and where.

mod columns;
mod fetches;
mod files;
mod formats;
mod pages;
mod sections;
mod tables;

use std::path::Path;

use super::{changed, section};

/// Returns what is told of the sound feed with one piece of it changed; the long paths in it are shortened.
fn told(from: &str, to: &str) -> Vec<String> {
    let (_, mistakes) = section(&changed(from, to), Path::new(""));
    let short = |line: &String| line.replace("intake.feeds.bay_people", "FEED").replace("FEED.tables.persons", "TABLE");
    mistakes.iter().map(short).collect()
}
