//! Rows of a look-up, by values of records.

use carelake_conditions::Step;
use carelake_lookup::{Key, KeyColumn, LookupError, Machine, Row, Wish, get_many};
use serde_json::value::RawValue;

use super::asked::Said;
use super::said_of;
use crate::config::{Attribute, Stream};
use crate::publish::{StreamError, World};

/// Asks a look-up for the rows of keys, each a list of JSON.
pub(super) fn ask(
    world: &World<'_>,
    (stream, name): (&Stream, &str),
    columns: &[Attribute],
    keys: &[String],
) -> Result<Vec<Option<Said>>, StreamError> {
    let (lookup, deadline) = world.sources.lookup(name)?;
    let wish = Wish { columns: Some(wanted(columns)), is_consistent: false, deadline };
    // A value of another type than that of the key is no key, and there is no row for it.
    let keys = keys.iter().map(|key| read(key, lookup.key()).ok_or(())).collect::<Result<Vec<_>, ()>>();
    let keys: Vec<Option<Key>> = keys.map_err(|()| LookupError::Config {
        name: name.to_owned(),
        message: format!("its key has another number of columns than `streams.{}.enrich` says", stream.name),
    })?;
    let asked: Vec<Key> = keys.iter().flatten().cloned().collect();
    let answers = get_many(&*lookup, &asked, &wish, &Machine::start())?;
    let mut rows = answers.rows.into_iter();
    let row = |key: Option<Key>| key.and_then(|_| rows.next().flatten());
    Ok(keys.into_iter().map(row).map(|row| row.and_then(|row| said(&row, columns))).collect())
}

/// Returns the columns of a look-up that are wanted, each once.
fn wanted(columns: &[Attribute]) -> Vec<String> {
    let mut wanted: Vec<String> = Vec::new();
    for column in columns {
        if let Some(Step::Member(name)) = column.from.steps().first()
            && !wanted.contains(name)
        {
            wanted.push(name.clone());
        }
    }
    wanted
}

fn said(row: &Row, columns: &[Attribute]) -> Option<Said> {
    let mut object = Vec::new();
    row.write_json(&mut object);
    said_of(std::str::from_utf8(&object).ok()?, columns)
}

/// Reads a key; none where it has another number of values than columns, and nothing in it where a value is of another type.
fn read(key: &str, columns: &[KeyColumn]) -> Option<Option<Key>> {
    let values: Vec<&RawValue> = serde_json::from_str(key).ok()?;
    let text = |raw: &&RawValue| serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
    let texts: Vec<String> = values.iter().map(text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    (texts.len() == columns.len()).then(|| Key::parse(&texts, columns))
}
