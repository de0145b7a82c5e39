//! A look-up that has rows as a test says, notes what it is asked, and fails on cue.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use carelake_core::config::Secret;
use carelake_lookup::{Key, KeyColumn, KeyType, KeyValue, Lookup, LookupError, Reply, Row, Value, Wish};

use crate::enrich::{Kept, Sources};
use crate::publish::StreamError;

/// The look-ups `sites`, by a text, and `pairs`, by a text and a number. Both have these rows, by the values of their keys.
#[derive(Debug, Default)]
pub(super) struct Sites {
    rows: Mutex<BTreeMap<String, Row>>,
    asked: Mutex<Vec<Vec<String>>>,
    pub(super) is_down: AtomicBool,
    kept: Kept,
}

#[derive(Debug)]
struct Asked<'s>(&'s Sites, Vec<KeyColumn>);

impl Sites {
    /// Has a row from now on.
    pub(super) fn has(&self, key: &str, cells: &[(&str, Value)]) {
        let cells = cells.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.rows.lock().unwrap().insert(key.to_owned(), Row(cells));
    }

    /// Has a row no longer.
    pub(super) fn forgets(&self, key: &str) {
        self.rows.lock().unwrap().remove(key);
    }

    pub(super) fn named(&self, key: &str, name: &str) {
        self.has(key, &[("name", Value::Text(name.to_owned()))]);
    }

    /// What was asked, request by request.
    pub(super) fn asked(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    pub(super) fn fails(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }
}

impl Sources for Sites {
    fn lookup(&self, name: &str) -> Result<(Box<dyn Lookup + '_>, Duration), StreamError> {
        let column = |name: &str, kind| KeyColumn { name: name.to_owned(), kind };
        let key = match name {
            "sites" => vec![column("id", KeyType::Text)],
            "pairs" => vec![column("id", KeyType::Text), column("at", KeyType::Number)],
            other => panic!("{other}"),
        };
        Ok((Box::new(Asked(self, key)), Duration::from_secs(30)))
    }

    fn secret(&self, secret: &Secret) -> Result<String, StreamError> {
        match secret {
            Secret::Env(name) => Ok(format!("{name} sesame")),
            other => panic!("{other:?}"),
        }
    }

    fn kept(&self) -> &Kept {
        &self.kept
    }
}

impl Lookup for Asked<'_> {
    fn name(&self) -> &str {
        "sites"
    }

    fn key(&self) -> &[KeyColumn] {
        &self.1
    }

    fn most_keys(&self) -> usize {
        100
    }

    fn ask(&self, keys: &[Key], wish: &Wish, _left: Duration) -> Result<Reply, LookupError> {
        let text = |key: &Key| {
            let values = key.0.iter().map(|value| match value {
                KeyValue::Text(text) => text.clone(),
                KeyValue::Number(number) => number.to_string(),
                KeyValue::Binary(_) => panic!("no key of these look-ups"),
            });
            values.collect::<Vec<String>>().join("|")
        };
        self.0.asked.lock().unwrap().push(keys.iter().map(text).collect());
        if self.0.is_down.load(Ordering::Relaxed) {
            let (name, code) = (self.name().to_owned(), Some("ThrottlingException".to_owned()));
            return Err(LookupError::Unavailable { name, open: keys.len(), secs: 30, code });
        }
        let rows = self.0.rows.lock().unwrap();
        let wanted = |name: &String| wish.columns.as_ref().unwrap().contains(name);
        let of = |row: &Row| Row(row.0.iter().filter(|(name, _)| wanted(name)).cloned().collect());
        let found = keys.iter().filter_map(|key| Some((key.clone(), of(rows.get(&text(key))?))));
        Ok(Reply { found: found.collect(), ..Reply::default() })
    }
}
