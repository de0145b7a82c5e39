//! Reads by which columns the rows of a dataset are distributed over folders, and checks them against its sources.

use carelake_core::config::reader::{Fields, Mistakes, Spot};
use carelake_core::table::SOURCE;

use super::source_reader::SourceDraft;

const A_LIST: &str = "partition columns";

/// Reads the partition columns, outermost first. `rows` are the sources that make the dataset's rows.
pub(super) fn read_partition_by(
    fields: &Fields<'_>,
    rows: &[&SourceDraft<'_>],
    mistakes: &mut Mistakes,
) -> Vec<String> {
    let default = || vec!["state".to_owned(), SOURCE.name.to_owned()];
    let Some(spot) = fields.get("partition_by") else { return default() };
    let columns = spot.texts(A_LIST, mistakes);
    if columns.is_empty() {
        if spot.is_list() {
            mistakes.add(&spot, "must list at least one column, such as [state, source]");
        }
        return default();
    }
    for (name, spot) in columns.iter().filter(|(name, _)| name != SOURCE.name) {
        for source in rows {
            check_column(name, spot, source, mistakes);
        }
    }
    columns.into_iter().map(|(name, _)| name).collect()
}

fn check_column(name: &str, spot: &Spot<'_>, source: &SourceDraft<'_>, mistakes: &mut Mistakes) {
    match source.column(name).map(|column| column.kind) {
        None => {
            let known = source.spec.columns.iter().map(|column| column.name.as_str()).chain([SOURCE.name]);
            let message = format!("source `{}` has no column `{name}`", source.spec.name);
            mistakes.unknown(spot, message, name, known);
        }
        Some(Some(kind)) if !kind.may_place() => {
            let message =
                format!("`{name}` is of type {}, of which there are too many values for folders", kind.name());
            mistakes.add(spot, message);
        }
        Some(_) => {}
    }
}

/// Returns the partition columns that are written there, with their places. What is wrong with the list was told before.
pub(super) fn written<'a>(dataset: &Spot<'a>) -> Vec<(String, Spot<'a>)> {
    let spot = dataset.child("partition_by");
    spot.map(|spot| spot.texts(A_LIST, &mut Mistakes::default())).unwrap_or_default()
}
