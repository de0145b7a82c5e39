//! Which publications there are, and what is known of them by what is declared.

use carelake_core::names::Publication;
use carelake_core::publish;
use carelake_core::table::SOURCE;
use carelake_pipeline::Room;
use carelake_tabular::job::Dataset;

use super::{FactError, Lake};

/// The first word of what people publish by hand, which is no room's.
const GIVEN: &str = "files";

/// Returns every publication: those of the configuration first, then those that the output has of files that were given and of
/// rooms.
///
/// # Errors
/// [`FactError::Publish`].
pub fn all(lake: &Lake<'_>) -> Result<Vec<Publication>, FactError> {
    Ok(carelake_pipeline::publications(lake.config).into_iter().chain(found(lake)?).collect())
}

/// Returns the publications that no configuration declares: those that came about as files came in and tables were found.
///
/// # Errors
/// [`FactError::Publish`].
pub fn found(lake: &Lake<'_>) -> Result<Vec<Publication>, FactError> {
    let mut found = Vec::new();
    for word in [GIVEN].into_iter().chain(lake.rooms.iter().map(|room| room.name)) {
        found.extend(publish::publications(lake.output, &format!("{word}/"))?);
    }
    Ok(found)
}

/// Returns every dataset that a function of a room makes, in the order of rooms and functions.
pub fn datasets(rooms: &'static [&'static Room]) -> impl Iterator<Item = &'static Dataset> {
    rooms.iter().flat_map(|room| room.functions).flat_map(|function| function.task().datasets())
}

/// Returns the dataset with this name.
#[must_use]
pub fn dataset(rooms: &'static [&'static Room], name: &str) -> Option<&'static Dataset> {
    datasets(rooms).find(|dataset| dataset.name == name)
}

/// Returns what a column of a dataset holds; nothing of a column that it does not have.
#[must_use]
pub fn meaning(rooms: &'static [&'static Room], dataset: &str, column: &str) -> &'static str {
    let dataset = self::dataset(rooms, dataset);
    let places = dataset.iter().flat_map(|dataset| dataset.places.iter().copied()).chain([SOURCE]);
    let fields = dataset.iter().flat_map(|dataset| dataset.table.all());
    let mut fields = fields.chain(places);
    fields.find(|field| field.name == column).map_or("", |field| field.description)
}

/// Returns the columns that tell a row of a publication from every other, as far as the configuration says.
#[must_use]
pub fn key_of(lake: &Lake<'_>, publication: &Publication) -> Vec<String> {
    if let Some(dataset) = lake.config.dataset(publication.dataset()) {
        let spec = dataset.publications.iter().find(|spec| spec.feed.as_deref() == publication.feed());
        return spec.map(|spec| spec.key.clone()).unwrap_or_default();
    }
    let rooms = lake.rooms.iter().filter(|room| room.name == publication.dataset());
    let mut keys = rooms.flat_map(|room| room.pages).map(|pages| pages.key_of(lake.config, publication));
    keys.find(|key| !key.is_empty()).unwrap_or_default()
}
