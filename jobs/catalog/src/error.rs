//! Why the catalog could not be brought to say what is published.

use carelake_core::ErrorKind;

/// Why a table could not be declared, read or changed. The publication itself stays as it is: the pointer decides.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The environment publishes into a folder.
    #[error("environment `{environment}` publishes into a folder; the catalog needs an output at s3://bucket/prefix")]
    NotInS3 {
        /// The environment.
        environment: String,
    },
    /// Pointer and manifest do not belong together.
    #[error("table {table}: the manifest is not that of the run that the pointer names")]
    OtherRun {
        /// The table.
        table: String,
    },
    /// A manifest has a column of a type that carelake never writes.
    #[error("table {table}: column {column} has a type that carelake does not write; use a newer carelake")]
    Type {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Two runs of a list have a column with two types.
    #[error(
        "table {table}: column {column} has one type in one run and another in another; publish the earlier runs again"
    )]
    Types {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The database is not there.
    #[error(
        "Glue database {database} is not there; deploy the environment, or give its name in CARELAKE_GLUE_DATABASE"
    )]
    NoDatabase {
        /// The database.
        database: String,
    },
    /// Others kept changing the table.
    #[error("table {table} was changed by others {attempts} times in a row; `carelake doctor` mends it")]
    Contended {
        /// The table.
        table: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// Glue refused a call or could not be reached.
    #[error("Glue could not {call} table {table} ({code}); see whether credentials, region and permissions are right")]
    Glue {
        /// What was asked of Glue: read, create or update.
        call: &'static str,
        /// The table.
        table: String,
        /// Glue's name of the error, or how far the call got.
        code: String,
        /// What the client says.
        #[source]
        cause: Box<aws_sdk_glue::Error>,
    },
    /// A table could not be put into the form that Glue takes.
    #[error("table {table} could not be encoded")]
    Encode {
        /// The table.
        table: String,
        /// What the encoder says.
        #[source]
        cause: EncodeCause,
    },
    /// Threads for the calls could not be started.
    #[error("calls to Glue could not be started")]
    Runtime(#[source] std::io::Error),
}

/// Why a table could not be put into the form that Glue takes.
#[derive(Debug, thiserror::Error)]
pub enum EncodeCause {
    /// A part that Glue insists on is missing.
    #[error(transparent)]
    Build(#[from] aws_sdk_glue::error::BuildError),
    /// The description of a view could not be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl CatalogError {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::NotInS3 { .. } | Self::NoDatabase { .. } => ErrorKind::INVALID_CONFIG,
            Self::Contended { .. } => ErrorKind::PUBLISH_CONFLICT,
            Self::Glue { .. } => ErrorKind::STORAGE,
            Self::Types { .. } => ErrorKind::SCHEMA_DRIFT,
            Self::OtherRun { .. } | Self::Type { .. } | Self::Encode { .. } | Self::Runtime(_) => ErrorKind::INTERNAL,
        }
    }
}
