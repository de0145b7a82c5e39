//! What a run was made from.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::names::{Publication, RunId};

/// One thing that a run read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Input {
    /// A file.
    File(FileInput),
    /// The rows of a table of a database, in a window of its cursor.
    Table {
        /// The source.
        source: String,
        /// The table, with its database.
        table: String,
        /// After which position rows were read, in the words of the source; `None` from the first.
        from: Option<String>,
        /// Up to which position, inclusive; `None` of a table that was read as a whole.
        to: Option<String>,
    },
    /// What another system exported.
    Export {
        /// The source.
        source: String,
        /// The export, by the name that the system gave it.
        job: String,
    },
    /// A range of a stream.
    Stream {
        /// The stream.
        stream: String,
        /// The shard.
        shard: String,
        /// The first position.
        from: String,
        /// The last position, inclusive.
        to: String,
    },
    /// What a publication served.
    Publication {
        /// The publication.
        publication: Publication,
        /// How often its list had changed.
        content: u64,
        /// The runs that were read.
        runs: Vec<RunId>,
    },
    /// Something that a partner delivered.
    Delivery {
        /// The feed.
        feed: String,
        /// The delivery.
        delivery: String,
        /// The hash of its bytes, in hexadecimal.
        sha256: String,
    },
}

/// A file that a run read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInput {
    /// The source.
    pub source: String,
    /// The file's name.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its hash, in hexadecimal.
    pub sha256: String,
}

impl Input {
    /// Returns the file, if it is one.
    #[must_use]
    pub const fn as_file(&self) -> Option<&FileInput> {
        match self {
            Self::File(file) => Some(file),
            _ => None,
        }
    }
}

/// Reads the inputs of a manifest; those of the first version are files and do not say so.
pub(super) fn of_any_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Input>, D::Error> {
    let inputs = Vec::<Map<String, Value>>::deserialize(deserializer)?;
    let read = |mut input: Map<String, Value>| {
        input.entry("kind").or_insert_with(|| "file".into());
        Input::deserialize(Value::Object(input)).map_err(D::Error::custom)
    };
    inputs.into_iter().map(read).collect()
}
