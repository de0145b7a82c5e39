//! Rows of a publication by its key: read in place, as far as the statistics of its files say that they have a key.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::DataType;
use carelake_conditions::{Condition, Literal, Path, Question, Test};
use carelake_core::names::Publication;
use carelake_core::publish::Served;
use carelake_core::store::Store;
use carelake_core::table::{Folder, data_type};
use carelake_rows::{Cell, Fetched, ParquetFile, RowsError, Shown};

use crate::answers::{Lookup, Reply, Wish};
use crate::config::LookupSpec;
use crate::error::LookupError;
use crate::key::{Key, KeyColumn, KeyType, KeyValue};
use crate::row::{Row, Value};

/// A publication that is looked up, as it was when it was opened.
#[derive(Debug)]
pub struct OfPublication<'s> {
    name: String,
    key: Vec<KeyColumn>,
    columns: Vec<String>,
    store: &'s dyn Store,
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    key: String,
    folders: Vec<(String, Option<String>)>,
    /// Its footer, once it was needed.
    opened: OnceLock<ParquetFile>,
}

impl<'s> OfPublication<'s> {
    /// Opens what a publication serves now.
    ///
    /// # Errors
    /// [`LookupError::Unknown`] where it was never published, or has no such column; [`LookupError::Config`] where a column is of a type
    /// that is no key; what reading pointer and manifests answers.
    pub fn open(spec: &LookupSpec, publication: &str, store: &'s dyn Store) -> Result<Self, LookupError> {
        let what = format!("lookups.{}", spec.name);
        let publication = Publication::from_path(publication);
        let Some(served) = Served::of(store, &publication)? else {
            let known = carelake_core::publish::publications(store, "")?;
            let known: Vec<String> = known.iter().map(Publication::path).collect();
            let path = publication.path();
            return Err(LookupError::unknown(format!("{what}: publication"), &path, known.iter().map(String::as_str)));
        };
        let schema = served.columns()?;
        let folders = served.partitions();
        let columns: Vec<String> = schema.iter().map(|column| column.name.clone()).chain(folders.clone()).collect();
        let key = spec.key.iter().map(|asked| {
            let name = &asked.name;
            if folders.contains(name) {
                return Ok(KeyColumn { name: name.clone(), kind: KeyType::Text });
            }
            let column = schema
                .iter()
                .find(|column| column.name == *name)
                .ok_or_else(|| LookupError::unknown(format!("{what}.key"), name, columns.iter().map(String::as_str)))?;
            let kind = data_type(&column.kind).and_then(|kind| key_type(&kind)).ok_or_else(|| LookupError::Config {
                name: spec.name.clone(),
                message: format!("key {name} is {}; a key is text, a number, bytes or a day", column.kind),
            })?;
            Ok(KeyColumn { name: name.clone(), kind })
        });
        let key = key.collect::<Result<_, LookupError>>()?;
        let files = served.manifests.iter().flat_map(|manifest| {
            let folder = manifest.folder();
            manifest.files.iter().map(move |file| File {
                key: format!("{folder}/{}", file.path),
                folders: Folder::pairs(&file.path).collect(),
                opened: OnceLock::new(),
            })
        });
        Ok(Self { name: spec.name.clone(), key, columns, store, files: files.collect() })
    }

    fn opened<'f>(&self, file: &'f File, fetched: &Fetched) -> Result<&'f ParquetFile, LookupError> {
        if let Some(opened) = file.opened.get() {
            return Ok(opened);
        }
        let opened = ParquetFile::open(self.store, &file.key, &file.key, file.folders.clone(), fetched)?;
        Ok(file.opened.get_or_init(|| opened))
    }

    /// Returns what rows with one of the keys fulfil. Of several columns it is more than them: each value in its column.
    fn condition(&self, keys: &[Key]) -> Condition {
        let tests = self.key.iter().enumerate().map(|(at, column)| {
            let mut seen = HashSet::new();
            let values = keys.iter().filter_map(|key| key.0.get(at)).filter(|value| seen.insert(*value));
            let literal = |value: &KeyValue| match value {
                KeyValue::Text(text) => Literal::Text(text.clone()),
                KeyValue::Number(number) => Literal::Number(number.clone()),
                KeyValue::Binary(bytes) => Literal::Text(Value::Bytes(bytes.clone()).text().unwrap_or_default()),
            };
            let question = Question::In(values.map(literal).collect());
            Condition::Test(Test { path: Path::member(&column.name), question })
        });
        Condition::And(tests.collect())
    }
}

impl Lookup for OfPublication<'_> {
    fn name(&self) -> &str {
        &self.name
    }

    fn key(&self) -> &[KeyColumn] {
        &self.key
    }

    fn most_keys(&self) -> usize {
        usize::MAX
    }

    fn ask(&self, keys: &[Key], wish: &Wish, _left: Duration) -> Result<Reply, LookupError> {
        let wanted = wish.columns.clone().unwrap_or_else(|| self.columns.clone());
        let known = || self.columns.iter().map(String::as_str);
        if let Some(name) = wanted.iter().find(|name| !self.columns.contains(name)) {
            return Err(LookupError::unknown(format!("lookups.{}: columns", self.name), name, known()));
        }
        if keys.is_empty() {
            return Ok(Reply::default());
        }
        let asked: HashSet<&Key> = keys.iter().collect();
        let mut columns: Vec<String> = wanted.clone();
        columns.extend(self.key.iter().map(|column| column.name.clone()).filter(|name| !wanted.contains(name)));
        let read = carelake_rows::Wish { columns: Some(columns), condition: Some(self.condition(keys)), limit: None };
        let mut found: HashMap<Key, Row> = HashMap::new();
        let fetched = Fetched::default();
        for file in &self.files {
            let opened = self.opened(file, &fetched)?;
            for batch in opened.rows(self.store, &read, &fetched)? {
                for (key, row) in self.rows(&opened.name, &batch?, wanted.len(), &asked)? {
                    if found.insert(key, row).is_some() {
                        return Err(LookupError::NotUnique { name: self.name.clone() });
                    }
                }
            }
        }
        Ok(Reply { found: found.into_iter().collect(), ..Reply::default() })
    }
}

impl OfPublication<'_> {
    /// Returns the rows of a batch whose key is asked for: the first columns are what is wanted of them.
    fn rows(
        &self,
        file: &str,
        batch: &RecordBatch,
        wanted: usize,
        asked: &HashSet<&Key>,
    ) -> Result<Vec<(Key, Row)>, LookupError> {
        let schema = batch.schema();
        let shown = batch.columns().iter().zip(schema.fields()).map(|(array, field)| {
            let unknown = || RowsError::Type {
                file: file.to_owned(),
                column: field.name().clone(),
                kind: field.data_type().to_string(),
            };
            Shown::of(array).ok_or_else(unknown)
        });
        let shown = shown.collect::<Result<Vec<_>, _>>()?;
        let places: Vec<_> = self.key.iter().map(|column| (schema.index_of(&column.name).ok(), column.kind)).collect();
        let mut rows = Vec::new();
        for row in 0..batch.num_rows() {
            let value = |(at, kind): &(Option<usize>, KeyType)| key_value(&shown.get((*at)?)?.cell(row)?, *kind);
            let Some(key) = places.iter().map(value).collect::<Option<Vec<_>>>().map(Key) else { continue };
            if asked.contains(&key) {
                let cells = shown.iter().zip(schema.fields()).take(wanted);
                let row = cells.map(|(column, field)| (field.name().clone(), row_value(column, row)));
                rows.push((key, Row(row.collect())));
            }
        }
        Ok(rows)
    }
}

fn key_type(kind: &DataType) -> Option<KeyType> {
    Some(match kind {
        DataType::Utf8 => KeyType::Text,
        DataType::Binary | DataType::FixedSizeBinary(_) => KeyType::Binary,
        DataType::Date32 => KeyType::Date,
        DataType::Decimal128(_, _) | DataType::Float32 | DataType::Float64 => KeyType::Number,
        kind if kind.is_integer() => KeyType::Number,
        _ => return None,
    })
}

fn key_value(cell: &Cell<'_>, kind: KeyType) -> Option<KeyValue> {
    match cell {
        Cell::Bytes(bytes) => Some(KeyValue::Binary(bytes.to_vec())),
        cell => KeyValue::parse(&cell.to_string(), kind),
    }
}

fn row_value(column: &Shown<'_>, row: usize) -> Value {
    match column.cell(row) {
        Some(Cell::Bool(is_so)) => Value::Bool(is_so),
        Some(Cell::Bytes(bytes)) => Value::Bytes(bytes.to_vec()),
        Some(cell @ (Cell::Whole(_) | Cell::Decimal(..) | Cell::Digits(_))) => Value::Number(cell.to_string()),
        Some(Cell::Real(number)) if number.is_finite() => Value::Number(format!("{number:?}")),
        Some(Cell::Single(number)) if number.is_finite() => Value::Number(format!("{number:?}")),
        Some(cell) => Value::Text(cell.to_string()),
        None => column.text(row).map_or(Value::Null, Value::Json),
    }
}
