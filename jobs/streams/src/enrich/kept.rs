//! What was said lately, kept in memory for as long as the configuration says.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::asked::Said;

/// Answers of one source that are kept at most.
const MOST: usize = 100_000;

type Answers = HashMap<String, (Timestamp, Option<Said>)>;

/// What was said lately, by who asked whom.
#[derive(Debug, Default)]
pub struct Kept(Mutex<HashMap<String, Answers>>);

impl Kept {
    /// Returns what was said to this lately; nothing in it where there was no such thing.
    pub(super) fn get(&self, whose: &str, key: &str, now: Timestamp) -> Option<Option<Said>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, said) = kept.get(whose)?.get(key)?;
        (now < *until).then(|| said.clone())
    }

    /// Keeps answers from one moment to another.
    pub(super) fn put(
        &self,
        whose: &str,
        said: impl Iterator<Item = (String, Option<Said>)>,
        (now, until): (Timestamp, Timestamp),
    ) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = kept.entry(whose.to_owned()).or_default();
        if answers.len() >= MOST {
            answers.retain(|_, (until, _)| now < *until);
        }
        if answers.len() >= MOST {
            // They come again when they are asked for.
            answers.clear();
        }
        answers.extend(said.map(|(key, said)| (key, (until, said))));
    }
}
