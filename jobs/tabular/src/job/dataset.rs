//! Holds a dataset that is about to run against its declaration.

use super::error::JobError;
use super::run::Extract;
use crate::config::{DatasetSpec, Declared, PublicationSpec, order_text};

/// A dataset with what carries it out.
pub type Dataset = Declared<Extract>;

impl Dataset {
    /// Checks that the configuration names the key and the order that the dataset has by definition, and columns by which its rows
    /// can be distributed.
    ///
    /// # Errors
    /// [`JobError::Key`], [`JobError::Order`], [`JobError::PartitionBy`].
    pub(super) fn check(&self, dataset: &DatasetSpec, spec: &PublicationSpec) -> Result<(), JobError> {
        let publication = &dataset.name;
        let other = dataset.partition_by.iter().find(|name| !self.partitions().any(|column| column == name.as_str()));
        if let Some(column) = other {
            let accepted = self.partitions().collect::<Vec<_>>().join(", ");
            return Err(JobError::PartitionBy { dataset: dataset.name.clone(), column: column.clone(), accepted });
        }
        if let Some(key) = self.key
            && spec.key != key
        {
            return Err(JobError::Key { publication: publication.to_string(), key: key.join(", ") });
        }
        if let Some(order) = self.order
            && !spec.order.iter().map(|by| (by.column.as_str(), by.direction)).eq(order.iter().copied())
        {
            return Err(JobError::Order { publication: publication.to_string(), order: order_text(order) });
        }
        Ok(())
    }
}
