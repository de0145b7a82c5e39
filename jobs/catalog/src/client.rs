//! The three calls of Glue that carelake makes, with the answers that it has to tell apart.

use aws_sdk_glue::Client;
use aws_sdk_glue::error::ProvideErrorMetadata;

use crate::definition::Definition;
use crate::error::CatalogError;
use crate::wire::{self, Found};

/// The tables of one database.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    pub(crate) client: Client,
    pub(crate) database: String,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// It was made.
    Done,
    /// The table was created, changed or removed since it was read.
    Overtaken,
}

impl Tables {
    /// Reads a table; `None` when it is not there.
    pub(crate) async fn get(&self, name: &str) -> Result<Option<Found>, CatalogError> {
        match self.client.get_table().database_name(&self.database).name(name).send().await {
            Ok(answer) => Ok(answer.table.map(Found::from)),
            Err(error) if code(&error) == Some("EntityNotFoundException") => Ok(None),
            Err(error) => Err(failed("read", name, error)),
        }
    }

    /// Creates a table, unless there is one.
    pub(crate) async fn create(&self, definition: &Definition) -> Result<Written, CatalogError> {
        let input = encode(definition, None)?;
        match self.client.create_table().database_name(&self.database).table_input(input).send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) => match code(&error) {
                Some("AlreadyExistsException" | "ConcurrentModificationException") => Ok(Written::Overtaken),
                Some("EntityNotFoundException") => Err(CatalogError::NoDatabase { database: self.database.clone() }),
                _ => Err(failed("create", &definition.name, error)),
            },
        }
    }

    /// Changes a table, unless it was changed since it was found so.
    pub(crate) async fn update(&self, definition: &Definition, found: &Found) -> Result<Written, CatalogError> {
        let input = encode(definition, Some(&found.definition))?;
        let call = self.client.update_table().database_name(&self.database).table_input(input);
        match call.set_version_id(found.version_id.clone()).send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) => match code(&error) {
                Some("ConcurrentModificationException" | "EntityNotFoundException") => Ok(Written::Overtaken),
                _ => Err(failed("update", &definition.name, error)),
            },
        }
    }
}

fn code(error: &impl ProvideErrorMetadata) -> Option<&str> {
    error.meta().code()
}

fn encode(
    definition: &Definition,
    found: Option<&Definition>,
) -> Result<aws_sdk_glue::types::TableInput, CatalogError> {
    wire::input(definition, found).map_err(|cause| CatalogError::Encode { table: definition.name.clone(), cause })
}

fn failed(
    call: &'static str,
    table: &str,
    error: impl Into<aws_sdk_glue::Error> + ProvideErrorMetadata,
) -> CatalogError {
    let code = code(&error).unwrap_or("no answer").to_owned();
    CatalogError::Glue { call, table: table.to_owned(), code, cause: Box::new(error.into()) }
}
