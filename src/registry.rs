//! The datasets there are: an explicit list, in the order in which they are shown and run.

use carelake_core::job::Extract;
use carelake_core::table::Table;

/// A dataset crate, as the command sees it.
#[derive(Clone, Copy)]
pub(crate) struct Dataset {
    pub name: &'static str,
    pub table: Table,
    pub extract: Extract,
}

macro_rules! dataset {
    ($($part:ident),*) => {
        [$(Dataset { name: $part::DATASET, table: $part::TABLE, extract: $part::extract }),*]
    };
}

use {
    carelake_clinicians as clinicians, carelake_enrollments as enrollments, carelake_hospitals as hospitals,
    carelake_practices as practices, carelake_providers as providers,
};

/// Every dataset.
pub(crate) const DATASETS: [Dataset; 5] = dataset![clinicians, practices, providers, enrollments, hospitals];

/// Returns the dataset with this name.
pub(crate) fn dataset(name: &str) -> Option<&'static Dataset> {
    DATASETS.iter().find(|dataset| dataset.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_and_configuration_name_the_same_datasets_in_one_order() {
        let names: Vec<&str> = DATASETS.iter().map(|dataset| dataset.name).collect();
        assert_eq!(names, carelake_core::config::DATASETS);
    }
}
