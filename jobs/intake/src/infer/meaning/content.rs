//! What the values of a column are like.

use std::collections::BTreeMap;

use carelake_core::value::Npi;
use carelake_records::Kind;

use super::super::sample::Column;
use super::codes::NULL_WORDS;
use super::dates::{self, Written};
use super::{people, shapes};

/// Values by which shapes are told.
const TRIED: usize = 2000;
/// Distinct values that are counted.
const MOST_DISTINCT: usize = 2000;

/// What the values of a column are like.
#[derive(Debug, Clone, Default)]
pub(super) struct Profile {
    /// Rows with a value.
    pub filled: usize,
    /// The distinct values, in capitals, and how often each is there; the first of them if there are very many.
    pub distinct: BTreeMap<String, usize>,
    /// How they are written as dates.
    pub dates: Written,
    /// The share of values that are numbers of a typed format.
    pub numbers: f64,
    /// The share of values that are dates of a typed format, and of those that are dates with a time.
    pub typed_dates: f64,
    /// Words that stand for nothing, and how often.
    pub nulls: BTreeMap<String, usize>,
    texts: Vec<String>,
}

impl Profile {
    /// Looks at a column.
    pub(super) fn of(column: &Column) -> Self {
        let mut profile = Self::default();
        let (mut numbers, mut dates, mut kinds) = (0_usize, 0_usize, 0_usize);
        for cell in &column.cells {
            if !cell.text.is_empty() && NULL_WORDS.contains(&cell.text.to_lowercase().as_str()) {
                *profile.nulls.entry(cell.text.clone()).or_default() += 1;
                continue;
            }
            profile.filled += usize::from(!cell.text.is_empty() || !cell.items.is_empty());
            kinds += usize::from(!cell.text.is_empty());
            numbers += usize::from(cell.kind == Kind::Number);
            dates += usize::from(matches!(cell.kind, Kind::Date | Kind::DateTime | Kind::Instant));
            let own = (!cell.text.is_empty()).then_some(&cell.text);
            for text in own.into_iter().chain(&cell.items) {
                if profile.distinct.len() < MOST_DISTINCT || profile.distinct.contains_key(&text.to_uppercase()) {
                    *profile.distinct.entry(text.to_uppercase()).or_default() += 1;
                }
                if profile.texts.len() < TRIED {
                    profile.texts.push(text.clone());
                }
            }
        }
        let share = |count: usize| if kinds == 0 { 0.0 } else { count as f64 / kinds as f64 };
        profile.numbers = share(numbers);
        profile.typed_dates = share(dates);
        let texts: Vec<&str> = profile.texts.iter().map(String::as_str).collect();
        profile.dates = dates::written(&texts);
        profile
    }

    /// Returns the share of values that pass a test; 0 without values.
    pub(super) fn share(&self, test: impl Fn(&str) -> bool) -> f64 {
        if self.texts.is_empty() {
            return 0.0;
        }
        self.texts.iter().filter(|text| test(text)).count() as f64 / self.texts.len() as f64
    }

    /// Returns the values that were kept.
    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Returns how many of the filled rows have a value of their own: 1 if all differ.
    pub(super) fn uniqueness(&self) -> f64 {
        let all: usize = self.distinct.values().sum();
        if all == 0 { 0.0 } else { self.distinct.len() as f64 / all as f64 }
    }

    /// Returns the share of values that are dates, typed or written.
    pub(super) fn date_share(&self) -> f64 {
        self.typed_dates.max(self.dates.share())
    }

    /// Returns the share of values that are NPIs by their check digit.
    pub(super) fn npi_share(&self) -> f64 {
        self.share(|text| Npi::parse(text.as_bytes(), true).is_ok_and(|npi| !npi.padded))
    }

    /// Returns the share of values that are diagnoses of ICD-10-CM, and of ICD-9-CM; lists in one text are taken apart.
    pub(super) fn diagnosis_shares(&self) -> (f64, f64) {
        let apart = |text: &str, test: fn(&str) -> bool| {
            let mut codes = text.split(LIST_SIGNS).filter(|code| !code.trim().is_empty()).peekable();
            codes.peek().is_some() && codes.all(|code| test(code.trim()))
        };
        (self.share(|text| apart(text, shapes::is_icd10)), self.share(|text| apart(text, shapes::is_icd9)))
    }

    /// Returns the share of values that begin with a common surname, and with a common given name.
    pub(super) fn people(&self) -> (f64, f64) {
        let first_word = |text: &str| people::of(text.split([' ', ',', '^']).next().unwrap_or_default());
        (self.share(|text| first_word(text).0), self.share(|text| first_word(text).1))
    }

    /// Returns the sign between the codes of a list in one text, if there is one.
    pub(super) fn list_sign(&self) -> Option<char> {
        LIST_SIGNS
            .into_iter()
            .max_by_key(|sign| self.texts.iter().filter(|text| text.contains(*sign)).count())
            .filter(|sign| self.texts.iter().any(|text| text.contains(*sign)))
    }
}

/// What stands between diagnoses in one text.
const LIST_SIGNS: [char; 8] = [';', ',', '^', '~', '|', '/', '&', ' '];
