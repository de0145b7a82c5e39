//! Which records are looked up, and where.

use carelake_core::config::reader::{Fields, Mistakes, Spot};

use super::keys::{INPUT, REFERENCE};

/// The records that are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Patterns of publications.
    pub publications: Vec<String>,
    /// Whether complete records are looked up, too.
    pub takes_all: bool,
    /// The columns that a complete record has; `ssn` is the number or its last four.
    pub required: Vec<String>,
}

/// Where they are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceFrom {
    /// Patterns of publications.
    pub from: Vec<String>,
    /// Feeds or partners whose values are the best, the best first.
    pub prefer: Vec<String>,
}

impl Input {
    pub(super) fn read(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Self {
        let spot = fields.required("input", "which records are looked up", mistakes).unwrap_or_else(Spot::empty);
        let keyed = spot.keyed(&INPUT, mistakes);
        let publications = publications(keyed.required("publications", "patterns of publications", mistakes), mistakes);
        let takes_all = keyed.word("rows", false, &[true], mistakes);
        let required = keyed.required("required", "the columns that a complete record has", mistakes);
        let texts = required.as_ref().map(|spot| spot.texts("columns", mistakes)).unwrap_or_default();
        let required_columns: Vec<String> = texts.into_iter().map(|(text, _)| text).collect();
        if let (Some(spot), true) = (required, required_columns.is_empty() && !takes_all) {
            spot.expected("a list of at least one column, or `rows: all`", mistakes);
        }
        Self { publications, takes_all, required: required_columns }
    }
}

impl ReferenceFrom {
    pub(super) fn read(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Self {
        let spot = fields.required("reference", "where records are looked up", mistakes).unwrap_or_else(Spot::empty);
        let keyed = spot.keyed(&REFERENCE, mistakes);
        let from = publications(keyed.required("from", "patterns of publications", mistakes), mistakes);
        let prefer = keyed.get("prefer").map(|spot| spot.texts("feeds or partners", mistakes)).unwrap_or_default();
        Self { from, prefer: prefer.into_iter().map(|(text, _)| text).collect() }
    }

    /// Returns the place of a feed, or of its partner, among those that are preferred; the number of these where it is none of them.
    #[must_use]
    pub fn rank(&self, feed: &str, partner: Option<&str>) -> u32 {
        let is_named = |name: &String| name == feed || Some(name.as_str()) == partner;
        let place = self.prefer.iter().position(is_named).unwrap_or(self.prefer.len());
        u32::try_from(place).unwrap_or(u32::MAX)
    }
}

/// Reads patterns of publications; what matching itself publishes is no evidence.
fn publications(spot: Option<Spot<'_>>, mistakes: &mut Mistakes) -> Vec<String> {
    let texts = spot.as_ref().map(|spot| spot.texts("patterns of publications", mistakes)).unwrap_or_default();
    if let (Some(spot), true) = (&spot, texts.is_empty()) {
        spot.expected("a list of at least one pattern, such as intake/persons/*", mistakes);
    }
    for (text, spot) in &texts {
        if text.split('/').next() == Some("matching") {
            mistakes.add(spot, "what matching publishes is no evidence; name what was sent");
        }
    }
    texts.into_iter().map(|(text, _)| text).collect()
}
