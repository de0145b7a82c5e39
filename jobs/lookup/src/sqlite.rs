//! Rows of a table of SQLite by its key.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::answers::{Lookup, Reply, Wish};
use crate::config::LookupSpec;
use crate::error::LookupError;
use crate::key::{Key, KeyColumn, KeyType, KeyValue};
use crate::row::{Row, Value};

/// Values that a statement may have: what SQLite takes everywhere (its limits, SQLITE_MAX_VARIABLE_NUMBER before 3.32).
const MOST_VALUES: usize = 999;

/// A table of SQLite that is looked up.
#[derive(Debug)]
pub struct OfSqlite {
    name: String,
    key: Vec<KeyColumn>,
    table: String,
    columns: Vec<String>,
    /// A connection is one thread's at a time.
    connection: Mutex<Connection>,
}

impl OfSqlite {
    /// Opens a table, to read.
    ///
    /// # Errors
    /// [`LookupError::Unknown`] where there is no such file, table or column; [`LookupError::Sqlite`].
    pub fn open(spec: &LookupSpec, file: &Path, table: &str) -> Result<Self, LookupError> {
        let what = format!("lookups.{}", spec.name);
        let failed = |cause| LookupError::Sqlite { name: spec.name.clone(), cause };
        if !file.is_file() {
            return Err(LookupError::unknown(format!("{what}.file"), &file.display().to_string(), []));
        }
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
        let columns = columns(&connection, table).map_err(failed)?;
        if columns.is_empty() {
            let known = tables(&connection).map_err(failed)?;
            return Err(LookupError::unknown(format!("{what}.table"), table, known.iter().map(String::as_str)));
        }
        let names = || columns.iter().map(|(name, _)| name.as_str());
        let key = spec.key.iter().map(|asked| {
            let (name, declared) = columns
                .iter()
                .find(|(name, _)| *name == asked.name)
                .ok_or_else(|| LookupError::unknown(format!("{what}.key"), &asked.name, names()))?;
            Ok(KeyColumn { name: name.clone(), kind: affinity(declared, asked.kind) })
        });
        let key = key.collect::<Result<_, LookupError>>()?;
        Ok(Self {
            name: spec.name.clone(),
            key,
            table: table.to_owned(),
            columns: columns.into_iter().map(|(name, _)| name).collect(),
            connection: Mutex::new(connection),
        })
    }

    fn select(&self, columns: &[String], rows: usize) -> String {
        let key: Vec<String> = self.key.iter().map(|column| quoted(&column.name)).collect();
        let wanted: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
        let tuple = format!("({})", vec!["?"; key.len()].join(", "));
        format!(
            "select {} from {} where ({}) in (values {})",
            key.iter().chain(&wanted).cloned().collect::<Vec<_>>().join(", "),
            quoted(&self.table),
            key.join(", "),
            vec![tuple; rows].join(", ")
        )
    }

    fn rows(&self, keys: &[Key], columns: &[String]) -> Result<Vec<(Key, Row)>, rusqlite::Error> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection.prepare_cached(&self.select(columns, keys.len()))?;
        let values = keys.iter().flat_map(|key| &key.0).map(bound);
        let mut found = statement.query(params_from_iter(values))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let mut key = Vec::new();
            for (at, column) in self.key.iter().enumerate() {
                key.extend(key_value(row.get_ref(at)?, column.kind));
            }
            let mut cells = Vec::new();
            for (at, name) in columns.iter().enumerate() {
                cells.push((name.clone(), value(row.get_ref(self.key.len() + at)?)));
            }
            rows.push((Key(key), Row(cells)));
        }
        Ok(rows)
    }
}

impl Lookup for OfSqlite {
    fn name(&self) -> &str {
        &self.name
    }

    fn key(&self) -> &[KeyColumn] {
        &self.key
    }

    fn most_keys(&self) -> usize {
        MOST_VALUES / self.key.len().max(1)
    }

    fn ask(&self, keys: &[Key], wish: &Wish, _left: Duration) -> Result<Reply, LookupError> {
        let columns = wish.columns.as_ref().unwrap_or(&self.columns);
        let known = || self.columns.iter().map(String::as_str);
        if let Some(name) = columns.iter().find(|name| !self.columns.contains(name)) {
            return Err(LookupError::unknown(format!("lookups.{}: columns", self.name), name, known()));
        }
        if keys.is_empty() {
            return Ok(Reply::default());
        }
        let found = self.rows(keys, columns).map_err(|cause| LookupError::Sqlite { name: self.name.clone(), cause })?;
        let mut seen = std::collections::HashSet::new();
        if !found.iter().all(|(key, _)| seen.insert(key)) {
            return Err(LookupError::NotUnique { name: self.name.clone() });
        }
        Ok(Reply { found, ..Reply::default() })
    }
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<(String, String)>, rusqlite::Error> {
    let mut statement = connection.prepare("select name, type from pragma_table_info(?)")?;
    let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn tables(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement = connection.prepare("select name from sqlite_schema where type in ('table', 'view')")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}

/// Returns what a declared type holds (SQLite, "Datatypes", 3.1), or what the configuration says where it declares none.
fn affinity(declared: &str, asked: KeyType) -> KeyType {
    let declared = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if has(&["INT"]) {
        KeyType::Number
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        KeyType::Text
    } else if has(&["BLOB"]) {
        KeyType::Binary
    } else if declared.is_empty() {
        asked
    } else if has(&["DATE", "TIME"]) {
        // The name says more than the affinity: what is kept there is text.
        KeyType::Text
    } else {
        KeyType::Number
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn bound(value: &KeyValue) -> rusqlite::types::Value {
    use rusqlite::types::Value;
    match value {
        KeyValue::Text(text) => Value::Text(text.clone()),
        KeyValue::Binary(bytes) => Value::Blob(bytes.clone()),
        KeyValue::Number(number) => match (number.int64(), number.to_string().parse()) {
            (Some(whole), _) => Value::Integer(whole),
            (None, Ok(real)) => Value::Real(real),
            (None, Err(_)) => Value::Null,
        },
    }
}

fn key_value(value: ValueRef<'_>, kind: KeyType) -> Option<KeyValue> {
    match (value, kind) {
        (ValueRef::Blob(bytes), _) => Some(KeyValue::Binary(bytes.to_vec())),
        (ValueRef::Integer(number), kind) => KeyValue::parse(&number.to_string(), kind),
        (ValueRef::Real(number), kind) => KeyValue::parse(&format!("{number:?}"), kind),
        (ValueRef::Text(text), kind) => KeyValue::parse(&String::from_utf8_lossy(text), kind),
        (ValueRef::Null, _) => None,
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Number(number.to_string()),
        ValueRef::Real(number) if number.is_finite() => Value::Number(format!("{number:?}")),
        ValueRef::Real(number) => Value::Text(format!("{number:?}")),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}
