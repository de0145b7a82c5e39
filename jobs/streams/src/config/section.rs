//! Reads the section as a whole.

use std::path::Path;

use carelake_core::ErrorKind;
use carelake_core::config::Section;
use carelake_core::config::reader::{Form, Mistakes, Spot, schema_of};
use carelake_core::nearest;
use carelake_pipeline::pipeline::Failure;
use carelake_tabular::config::Config;

use super::keys::STREAM;
use super::stream::Stream;

/// The section of the configuration that this room reads.
pub const SECTION: Section = Section {
    name: "streams",
    check: |spot, folder, mistakes| {
        read(spot, folder, mistakes);
    },
    schema: || schema_of(&Form::Map(&Form::Keys(&STREAM))),
};

/// Everything that the section says, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Streams {
    /// The streams, in file order.
    pub streams: Vec<Stream>,
}

/// Reads the section. Files are named from the folder of the configuration.
///
/// All that is wrong is told at once. What is answered can be trusted if nothing is.
pub fn read(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Streams {
    let entries = spot.entries("streams, by name", mistakes);
    let mut streams: Vec<Stream> = Vec::new();
    for (name, spot) in entries {
        let Some(stream) = Stream::read(name, &spot, folder, mistakes) else { continue };
        if let Some(other) = streams.iter().find(|other| is_same_source(other, &stream)) {
            let name = &other.name;
            mistakes.add(&spot, format!("records of its source are those of `{name}`; a source has one stream"));
        }
        streams.push(stream);
    }
    Streams { streams }
}

/// Returns whether what AWS delivers for one would be taken for the other.
fn is_same_source(one: &Stream, other: &Stream) -> bool {
    if !one.is_delivered() || one.kind.service() != other.kind.service() {
        return false;
    }
    match (one.aws.is_empty(), other.aws.is_empty()) {
        (true, true) => one.source == other.source,
        (true, false) | (false, true) => false,
        (false, false) => one.aws.iter().any(|(environment, there)| other.is_of(environment, &there.arn)),
    }
}

impl Streams {
    /// Returns the section of a configuration, if it has one.
    #[must_use]
    pub fn of_config(config: &Config) -> Option<Self> {
        let file = std::path::absolute(&config.file).unwrap_or_else(|_| config.file.clone());
        let folder = file.parent().unwrap_or(Path::new(""));
        config.section(SECTION.name, |spot, mistakes| read(spot, folder, mistakes))
    }

    /// Returns a stream.
    ///
    /// # Errors
    /// `InvalidConfig` with the nearest name, when there is none of this name.
    pub fn stream(&self, name: &str) -> Result<&Stream, Failure> {
        self.streams.iter().find(|stream| stream.name == name).ok_or_else(|| {
            let near = nearest(name, self.streams.iter().map(|stream| stream.name.as_str()));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            Failure::new(ErrorKind::INVALID_CONFIG, format!("streams: there is no `{name}`{near}"))
        })
    }
}
