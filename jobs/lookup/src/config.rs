//! The section `lookups` of the configuration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use carelake_core::config::reader::{Fields, Form, Key, Mistakes, Preset, Spot, schema_of};
use carelake_core::config::{Section, check_own_name};

use crate::key::{KeyColumn, KeyType};

/// The words for types of keys.
const TYPES: [&str; 3] = ["text", "number", "binary"];

const KEY_COLUMN: [Key; 2] = [
    Key::new("name", Form::Text, "The column, or the attribute").required(),
    Key::new("type", Form::Word(&TYPES), "What it holds; publications and tables of SQLite tell it themselves")
        .or(Preset::Text("text")),
];

const LOOKUP: [Key; 6] = [
    Key::new("publication", Form::Text, "The publication whose rows are looked up, such as curated/sites"),
    Key::new("table", Form::Text, "The table: of DynamoDB, or of `file`"),
    Key::new("file", Form::Text, "The file of SQLite that has the table"),
    Key::new("region", Form::Text, "The region of the table of DynamoDB; that of the environment unless set"),
    Key::new(
        "key",
        Form::Either(&[Form::Text, Form::List(&Form::Either(&[Form::Text, Form::Keys(&KEY_COLUMN)]))]),
        "What tells rows apart: a column, or a list of them",
    )
    .required(),
    Key::new("deadline", Form::Whole(1, 900), "Seconds that an answer may take").or(Preset::Whole(30)),
];

/// The section of the configuration that look-ups are in.
pub const SECTION: Section = Section {
    name: "lookups",
    check: |spot, folder, mistakes| {
        read(spot, folder, mistakes);
    },
    schema: || schema_of(&Form::Map(&Form::Keys(&LOOKUP))),
};

/// Where the rows of a look-up are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A publication.
    Publication(String),
    /// A table of SQLite.
    Sqlite {
        /// The file.
        file: PathBuf,
        /// The table.
        table: String,
    },
    /// A table of DynamoDB.
    DynamoDb {
        /// The table.
        table: String,
        /// Its region, if it is another than that of the environment.
        region: Option<String>,
    },
}

/// A look-up, as the configuration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupSpec {
    /// Its name.
    pub name: String,
    /// Where its rows are.
    pub place: Place,
    /// The columns of its key.
    pub key: Vec<KeyColumn>,
    /// How long an answer may take.
    pub deadline: Duration,
}

/// Reads the section. Files are named from the folder of the configuration.
///
/// All that is wrong is told at once. What is answered can be trusted if nothing is.
pub fn read(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Vec<LookupSpec> {
    let entries = spot.entries("look-ups, by name", mistakes);
    entries.into_iter().filter_map(|(name, spot)| lookup(name, &spot, folder, mistakes)).collect()
}

fn lookup(name: &str, spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<LookupSpec> {
    check_own_name(spot, name, mistakes);
    let fields = spot.keyed(&LOOKUP, mistakes);
    let place = place(spot, &fields, folder, mistakes);
    let key = fields.required("key", "the columns that tell its rows apart", mistakes);
    let key = key.map(|spot| key_columns(&spot, mistakes)).unwrap_or_default();
    let deadline = Duration::from_secs(fields.whole("deadline", mistakes));
    Some(LookupSpec { name: name.to_owned(), place: place?, key, deadline })
}

fn place(spot: &Spot<'_>, fields: &Fields<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Place> {
    let text =
        |key: &str, what: &str, mistakes: &mut Mistakes| fields.get(key).and_then(|spot| spot.text(what, mistakes));
    let publication = text("publication", "a publication such as curated/sites", mistakes);
    let table = text("table", "the name of a table", mistakes);
    let file = text("file", "a file of SQLite", mistakes);
    let region = text("region", "a region such as eu-central-1", mistakes);
    let not_with = |key: &str, with: &str, mistakes: &mut Mistakes| {
        if let Some(spot) = fields.get(key) {
            mistakes.add(&spot, format!("has no meaning with `{with}`"));
        }
    };
    match (publication, table) {
        (Some(_), Some(_)) => {
            not_with("table", "publication", mistakes);
            None
        }
        (Some(name), None) => {
            not_with("file", "publication", mistakes);
            not_with("region", "publication", mistakes);
            Some(Place::Publication(name))
        }
        (None, Some(table)) => match file {
            Some(file) => {
                not_with("region", "file", mistakes);
                Some(Place::Sqlite { file: folder.join(file), table })
            }
            None => Some(Place::DynamoDb { table, region }),
        },
        (None, None) => {
            // A key that is there and no text was told of already.
            if fields.get("publication").is_none() && fields.get("table").is_none() {
                mistakes.add(spot, "needs `publication`, or `table`: the rows that are looked up");
            }
            None
        }
    }
}

fn key_columns(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<KeyColumn> {
    let text = |name: String| KeyColumn { name, kind: KeyType::Text };
    if !spot.is_list() {
        return spot.text("a column, or a list of columns", mistakes).map(text).into_iter().collect();
    }
    let spots = spot.list("columns", mistakes);
    if spots.is_empty() {
        spot.expected("a list of at least one column", mistakes);
    }
    let mut columns: Vec<KeyColumn> = Vec::new();
    for spot in spots {
        let column = if spot.is_map() {
            let fields = spot.keyed(&KEY_COLUMN, mistakes);
            let kind = fields.word("type", KeyType::Text, &[KeyType::Number, KeyType::Binary], mistakes);
            let name = fields.required("name", "the column", mistakes).and_then(|spot| spot.text("a name", mistakes));
            name.map(|name| KeyColumn { name, kind })
        } else {
            spot.text("a column", mistakes).map(text)
        };
        let Some(column) = column else { continue };
        if columns.iter().any(|known| known.name == column.name) {
            mistakes.add(&spot, format!("`{}` is in the key already", column.name));
        }
        columns.push(column);
    }
    columns
}
