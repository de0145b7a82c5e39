//! Finding something by a part of its name, or by what is said of it.
//!
//! What is looked through is what is declared, and what publications say of their columns; never a value of the data.

mod config;
mod index;
mod score;

use carelake_core::nearest;
use carelake_pipeline::page::To;
use serde::Serialize;

use super::{FactError, Lake};
use score::score;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// What it is: `publication`, `column`, `source`, `function`, `feed`, ….
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where it is: a room, a publication, a source, or a place in the configuration.
    #[serde(rename = "where")]
    pub where_: String,
    /// The page that shows it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<To>,
    /// What is said of it.
    pub says: String,
    /// What to type next.
    pub next: String,
    /// How well it fits, 0 to 100.
    pub score: u8,
}

/// Something that can be found, before it is known how well it fits.
#[derive(Debug, Clone)]
struct Known {
    kind: String,
    name: String,
    where_: String,
    to: Option<To>,
    says: String,
    next: String,
}

impl Known {
    fn of(self, score: u8) -> Found {
        let Self { kind, name, where_, to, says, next } = self;
        Found { kind, name, where_, to, says, next, score }
    }
}

/// Returns what fits one or several words, the best first: a name before a part of one, and that before what is said of it. Each of
/// several words must fit.
///
/// # Errors
/// [`FactError::Publish`] or [`FactError::Ledger`].
pub fn find(lake: &Lake<'_>, words: &str) -> Result<Vec<Found>, FactError> {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let known = index::known(lake, &words)?;
    let mut found: Vec<Found> = known
        .into_iter()
        .filter_map(|known| {
            let each = words.iter().map(|word| score(word, &known.name, &known.says));
            let score = each.min()?;
            (score > 0).then(|| known.of(score))
        })
        .collect();
    let rank = |found: &Found| (std::cmp::Reverse(found.score), index::rank(&found.kind), found.name.len());
    found.sort_by(|one, other| rank(one).cmp(&rank(other)).then_with(|| one.name.cmp(&other.name)));
    Ok(found)
}

/// Returns the name that was most likely meant where nothing was found.
///
/// # Errors
/// [`FactError::Publish`] or [`FactError::Ledger`].
pub fn meant(lake: &Lake<'_>, words: &str) -> Result<Option<String>, FactError> {
    let known = index::known(lake, &[])?;
    // A name of several parts is meant by its last, too.
    let parts = |name: &str| -> Vec<String> {
        let last = name.rsplit(['/', '.']).next().unwrap_or_default();
        vec![name.to_owned(), last.to_owned()]
    };
    let names: Vec<String> = known.iter().flat_map(|known| parts(&known.name)).collect();
    Ok(nearest(words, names.iter().map(String::as_str)).map(str::to_owned))
}
