//! The passes that bring up candidates.

use carelake_core::config::reader::{Mistakes, Spot};

use super::field::{self, Field};
use crate::compare::Kind;

/// A part of a key of a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The place of the field; none for the words of first and last name together.
    pub field: Option<usize>,
    /// What of its value counts.
    pub view: View,
}

/// What of a value is part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// All of it; of an address number and street.
    Whole,
    /// Its Soundex code.
    Soundex,
    /// Its codes of double metaphone; the key is one for each.
    Metaphone,
    /// Its NYSIIS code.
    Nysiis,
    /// Its first character.
    Initial,
    /// Its first characters.
    First(usize),
    /// The year.
    Year,
    /// Month and day.
    MonthDay,
    /// Its last four characters.
    Last4,
    /// Its words in order.
    Sorted,
}

/// The words of first and last name.
const NAMES: &str = "names";
const VIEWS: [(&str, View); 8] = [
    ("soundex", View::Soundex),
    ("metaphone", View::Metaphone),
    ("nysiis", View::Nysiis),
    ("initial", View::Initial),
    ("year", View::Year),
    ("month_day", View::MonthDay),
    ("last4", View::Last4),
    ("sorted", View::Sorted),
];
/// The most characters of `.N`.
const MOST: usize = 64;

impl Part {
    /// Returns whether it is missing where the field is.
    pub(super) fn uses(&self, field: usize, fields: &[Field]) -> bool {
        let is_name =
            || fields.get(field).is_some_and(|field| matches!(field.name.as_str(), "first_name" | "last_name"));
        self.field.map_or_else(is_name, |own| own == field)
    }

    fn read(text: &str, spot: &Spot<'_>, fields: &[Field], mistakes: &mut Mistakes) -> Option<Self> {
        let (name, view) = text.split_once('.').unwrap_or((text, ""));
        if name == NAMES {
            if view != "sorted" {
                mistakes.add(spot, "the only key of `names` is `names.sorted`");
            }
            return Some(Self { field: None, view: View::Sorted });
        }
        let place = field::find(fields, name, spot, mistakes)?;
        let kind = fields.get(place)?.kind;
        let number = view.parse().ok().filter(|number| (1..=MOST).contains(number)).map(View::First);
        let named = VIEWS.iter().find(|(word, _)| *word == view).map(|(_, view)| *view);
        let Some(view) = (view.is_empty().then_some(View::Whole)).or(number).or(named) else {
            let words = VIEWS.map(|(word, _)| word);
            let message = format!("unknown part; accepted: {}, or a number of characters", words.join(", "));
            mistakes.unknown(spot, message, view, words);
            return None;
        };
        let is_name = matches!(kind, Kind::FirstName | Kind::LastName | Kind::Text | Kind::Edit | Kind::Exact);
        let fits = match view {
            View::Whole => true,
            View::Year | View::MonthDay => kind == Kind::Date,
            View::Soundex | View::Metaphone | View::Nysiis | View::Sorted => is_name,
            View::Initial | View::First(_) | View::Last4 => kind != Kind::Address,
        };
        if !fits {
            mistakes.add(spot, format!("`compare: {kind}` has no such part"));
        }
        Some(Self { field: Some(place), view })
    }
}

/// Reads the passes.
pub(super) fn read(spot: &Spot<'_>, fields: &[Field], mistakes: &mut Mistakes) -> Vec<Vec<Part>> {
    let spots = spot.list("passes, each a list such as [last_name.metaphone, birth_date]", mistakes);
    if spot.is_list() && spots.is_empty() {
        spot.expected("a list of at least one pass", mistakes);
    }
    let mut passes = Vec::new();
    for spot in spots {
        let texts = spot.texts("parts such as birth_date or last_name.metaphone", mistakes);
        if spot.is_list() && texts.is_empty() {
            spot.expected("a list of at least one part", mistakes);
        }
        let pass: Vec<Part> =
            texts.iter().filter_map(|(text, spot)| Part::read(text, spot, fields, mistakes)).collect();
        if passes.contains(&pass) {
            mistakes.add(&spot, "there is another pass of these parts");
        }
        passes.push(pass);
    }
    passes
}
