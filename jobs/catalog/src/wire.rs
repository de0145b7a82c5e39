//! Tables as Glue takes and gives them.

use aws_sdk_glue::types::{Column as GlueColumn, SerDeInfo, StorageDescriptor, Table, TableInput};

use crate::definition::{Body, Column, Definition, Format};
use crate::difference::is_ours;
use crate::error::EncodeCause;

const EXTERNAL_TABLE: &str = "EXTERNAL_TABLE";
const VIRTUAL_VIEW: &str = "VIRTUAL_VIEW";
/// What Athena writes for a reader that is not Athena, in place of the query.
const NOT_FOR_HIVE: &str = "/* Presto View */";

/// A table that is in the catalog.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// What it says.
    pub(crate) definition: Definition,
    /// The version that an update must name.
    pub(crate) version_id: Option<String>,
}

impl From<Table> for Found {
    fn from(table: Table) -> Self {
        let storage = table.storage_descriptor.unwrap_or_else(|| StorageDescriptor::builder().build());
        let body = if table.table_type.as_deref() == Some(VIRTUAL_VIEW) {
            Body::View { text: table.view_original_text.unwrap_or_default() }
        } else {
            let serde = storage.serde_info.and_then(|serde| serde.serialization_library);
            Body::Files {
                location: storage.location.unwrap_or_default(),
                format: Format {
                    input: storage.input_format.unwrap_or_default(),
                    output: storage.output_format.unwrap_or_default(),
                    serde: serde.unwrap_or_default(),
                },
            }
        };
        Self {
            definition: Definition {
                name: table.name,
                description: table.description.unwrap_or_default(),
                columns: columns(storage.columns),
                partition_keys: columns(table.partition_keys),
                parameters: table.parameters.unwrap_or_default().into_iter().collect(),
                body,
            },
            version_id: table.version_id,
        }
    }
}

fn columns(columns: Option<Vec<GlueColumn>>) -> Vec<Column> {
    let ours = |column: GlueColumn| Column {
        name: column.name,
        kind: column.r#type.unwrap_or_default(),
        comment: column.comment.unwrap_or_default(),
    };
    columns.unwrap_or_default().into_iter().map(ours).collect()
}

/// Returns what Glue is to store. An update replaces all parameters, so those that others added to `found` go along.
pub(crate) fn input(definition: &Definition, found: Option<&Definition>) -> Result<TableInput, EncodeCause> {
    let foreign = found.into_iter().flat_map(|found| &found.parameters).filter(|(name, _)| !is_ours(name));
    let parameters = foreign.chain(&definition.parameters);
    let mut storage = StorageDescriptor::builder().set_columns(Some(glue_columns(&definition.columns)?));
    let mut input = TableInput::builder()
        .name(&definition.name)
        .description(&definition.description)
        .set_partition_keys(Some(glue_columns(&definition.partition_keys)?))
        .set_parameters(Some(parameters.map(|(name, value)| (name.clone(), value.clone())).collect()));
    match &definition.body {
        Body::Files { location, format } => {
            let serde =
                SerDeInfo::builder().serialization_library(&format.serde).parameters("serialization.format", "1");
            storage = storage
                .location(location)
                .input_format(&format.input)
                .output_format(&format.output)
                .compressed(true)
                .serde_info(serde.build());
            input = input.table_type(EXTERNAL_TABLE);
        }
        Body::View { text } => {
            // Athena refuses a view whose descriptor has no serde at all.
            storage = storage.serde_info(SerDeInfo::builder().build());
            input = input.table_type(VIRTUAL_VIEW).view_original_text(text).view_expanded_text(NOT_FOR_HIVE);
        }
    }
    Ok(input.storage_descriptor(storage.build()).build()?)
}

fn glue_columns(columns: &[Column]) -> Result<Vec<GlueColumn>, EncodeCause> {
    let column = |column: &Column| {
        GlueColumn::builder().name(&column.name).r#type(&column.kind).comment(&column.comment).build()
    };
    Ok(columns.iter().map(column).collect::<Result<_, _>>()?)
}
