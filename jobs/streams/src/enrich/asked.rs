//! What a batch asks for: each thing that differs once.

use std::collections::HashMap;
use std::sync::Arc;

/// What was said to one thing that was asked for: each column as JSON, in the order of the configuration.
pub type Said = Arc<[String]>;

/// What the records of a batch ask of one source.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    things: Vec<Thing>,
    places: HashMap<String, usize>,
    /// Of each record, what it asks for.
    of_records: Vec<Option<usize>>,
}

/// Something that is asked for.
#[derive(Debug)]
struct Thing {
    /// The values that are asked by: a list of JSON.
    key: String,
    /// The first record that needs it.
    first: usize,
    /// What was said, once something was; within it nothing where there is no such thing.
    said: Option<Option<Said>>,
}

impl Asked {
    /// Adds a record that asks for something, or for nothing.
    pub(crate) fn push(&mut self, key: Option<String>) {
        let first = self.of_records.len();
        let place = key.map(|key| match self.places.get(&key) {
            Some(place) => *place,
            None => {
                self.places.insert(key.clone(), self.things.len());
                self.things.push(Thing { key, first, said: None });
                self.things.len() - 1
            }
        });
        self.of_records.push(place);
    }

    /// Adds a record of which it is known what was said, whatever is said now.
    pub(crate) fn push_said(&mut self, said: Option<Said>) {
        let first = self.of_records.len();
        self.of_records.push(Some(self.things.len()));
        self.things.push(Thing { key: String::new(), first, said: Some(said) });
    }

    /// Answers what is known already.
    pub(super) fn answer_known(&mut self, known: impl Fn(&str) -> Option<Option<Said>>) {
        self.things.iter_mut().filter(|thing| thing.said.is_none()).for_each(|thing| thing.said = known(&thing.key));
    }

    /// Returns what is open of the records before one, and the first record that needs any of it.
    pub(super) fn open(&self, upto: usize) -> (Vec<String>, Option<usize>) {
        let open = || self.things.iter().filter(|thing| thing.is_open(upto));
        (open().map(|thing| thing.key.clone()).collect(), open().map(|thing| thing.first).min())
    }

    /// Takes the answers to what is open of the records before one, in its order.
    pub(super) fn answer(&mut self, upto: usize, said: Vec<Option<Said>>) {
        let open = self.things.iter_mut().filter(|thing| thing.is_open(upto));
        open.zip(said).for_each(|(thing, said)| thing.said = Some(said));
    }

    /// Returns everything that was said, by what was asked for.
    pub(crate) fn said(&self) -> impl Iterator<Item = Option<&Said>> {
        self.things.iter().map(|thing| thing.said.as_ref().and_then(Option::as_ref))
    }

    /// Returns of each record the place of what it asked for in [`Asked::said`].
    pub(crate) fn of_records(&self) -> &[Option<usize>] {
        &self.of_records
    }

    /// Returns what was said to a record that asked; nothing in it where there is no such thing.
    pub(crate) fn of(&self, record: usize) -> Option<Option<&Said>> {
        let place = self.of_records.get(record).copied().flatten()?;
        self.things.get(place).map(|thing| thing.said.as_ref().and_then(Option::as_ref))
    }
}

impl Thing {
    fn is_open(&self, upto: usize) -> bool {
        self.said.is_none() && self.first < upto
    }
}
