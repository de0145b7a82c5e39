//! Reads the section as a whole.

use std::path::Path;

use carelake_core::ErrorKind;
use carelake_core::config::Section;
use carelake_core::config::reader::{Form, Mistakes, Spot, schema_of};
use carelake_core::nearest;
use carelake_pipeline::pipeline::Failure;
use carelake_tabular::config::Config;

use super::keys::FHIR;
use super::source::Source;

/// The section of the configuration that this room reads.
pub const SECTION: Section = Section {
    name: "fhir",
    check: |spot, folder, mistakes| {
        read(spot, folder, mistakes);
    },
    schema: || schema_of(&Form::Keys(&FHIR)),
};

/// Everything that the section says, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Fhir {
    /// The sources, in file order.
    pub sources: Vec<Source>,
}

/// Reads the section. Files are named from the folder of the configuration.
///
/// All that is wrong is told at once. What is answered can be trusted if nothing is.
pub fn read(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Fhir {
    let fields = spot.keyed(&FHIR, mistakes);
    let sources = fields.required("sources", "sources, by name", mistakes);
    let entries = sources.map(|spot| spot.entries("sources, by name", mistakes)).unwrap_or_default();
    let read = |(name, spot): (&str, Spot<'_>)| Source::read(name, &spot, folder, mistakes);
    Fhir { sources: entries.into_iter().filter_map(read).collect() }
}

impl Fhir {
    /// Returns the section of a configuration, if it has one.
    #[must_use]
    pub fn of_config(config: &Config) -> Option<Self> {
        let file = std::path::absolute(&config.file).unwrap_or_else(|_| config.file.clone());
        let folder = file.parent().unwrap_or(Path::new(""));
        config.section(SECTION.name, |spot, mistakes| read(spot, folder, mistakes))
    }

    /// Returns a source.
    ///
    /// # Errors
    /// `InvalidConfig` with the nearest name, when there is none of this name.
    pub fn source(&self, name: &str) -> Result<&Source, Failure> {
        self.sources.iter().find(|source| source.name == name).ok_or_else(|| {
            let near = nearest(name, self.sources.iter().map(|source| source.name.as_str()));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            Failure::new(ErrorKind::INVALID_CONFIG, format!("fhir.sources: there is no `{name}`{near}"))
        })
    }
}
