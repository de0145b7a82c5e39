//! Reads the values of a map whose keys are known, with what holds where one is not set.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::key::{Form, Key, Preset};
use super::mistakes::Mistakes;
use super::spot::Spot;

/// The values of a map whose keys are known.
#[derive(Debug)]
pub struct Fields<'a> {
    /// The map itself.
    pub owner: Spot<'a>,
    pub(super) fields: Vec<(&'a str, Spot<'a>)>,
    pub(super) is_map: bool,
    /// What the keys are declared to be, where they are.
    pub(super) declared: Vec<Key>,
}

impl<'a> Fields<'a> {
    /// Returns the value of a key, if it is set.
    pub fn get(&self, key: &str) -> Option<Spot<'a>> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, spot)| spot.clone())
    }

    /// Returns the value of a key that must be set; otherwise says what is missing.
    pub fn required(&self, key: &str, what: &str, mistakes: &mut Mistakes) -> Option<Spot<'a>> {
        let found = self.get(key);
        if found.is_none() && self.is_map {
            mistakes.at_place(self.owner.at, &self.owner.path_of(key), format!("missing; give {what}"));
        }
        found
    }

    /// Reads the text of a key that must be set; empty when it is not.
    pub fn text(&self, key: &str, what: &str, mistakes: &mut Mistakes) -> String {
        self.required(key, what, mistakes).and_then(|spot| spot.text(what, mistakes)).unwrap_or_default()
    }

    /// Reads one of a closed list of words, or answers with the default when the key is not set.
    pub fn choice_or<T: Copy>(&self, key: &str, choices: &[(&str, T)], default: T, mistakes: &mut Mistakes) -> T {
        self.get(key).and_then(|spot| spot.choice(choices, mistakes)).unwrap_or(default)
    }

    /// Reads a number within a range, or answers with the default when the key is not set.
    pub fn number_or<T: FromStr + PartialOrd + Display>(
        &self,
        key: &str,
        kind: &str,
        range: RangeInclusive<T>,
        default: T,
        mistakes: &mut Mistakes,
    ) -> T {
        self.get(key).and_then(|spot| spot.number(kind, range, mistakes)).unwrap_or(default)
    }

    fn declared(&self, key: &str) -> Option<Key> {
        self.declared.iter().find(|declared| declared.name == key).copied()
    }

    /// Reads a declared whole number; answers with what is declared to hold when the key is not set.
    pub fn whole<T: TryFrom<i64> + Default>(&self, key: &str, mistakes: &mut Mistakes) -> T {
        let declared = self.declared(key);
        let given = match (self.get(key), declared.map(|declared| declared.form)) {
            (Some(spot), Some(Form::Whole(least, most))) => spot.number("a whole number", least..=most, mistakes),
            _ => None,
        };
        let preset = declared.and_then(|declared| match declared.preset {
            Some(Preset::Whole(preset)) => Some(preset),
            _ => None,
        });
        given.or(preset).and_then(|number| T::try_from(number).ok()).unwrap_or_default()
    }

    /// Reads a declared whole number, which messages call by its kind, or answers with what holds when the key is not set.
    pub fn whole_or<T: TryFrom<i64>>(&self, key: &str, kind: &str, default: T, mistakes: &mut Mistakes) -> T {
        match (self.get(key), self.declared(key).map(|declared| declared.form)) {
            (Some(spot), Some(Form::Whole(least, most))) => {
                spot.number(kind, least..=most, mistakes).and_then(|number| T::try_from(number).ok()).unwrap_or(default)
            }
            _ => default,
        }
    }

    /// Reads a declared number, or answers with what holds when the key is not set.
    pub fn fraction_or(&self, key: &str, default: f64, mistakes: &mut Mistakes) -> f64 {
        match (self.get(key), self.declared(key).map(|declared| declared.form)) {
            (Some(spot), Some(Form::Number(least, most))) => {
                spot.number("a number", least..=most, mistakes).unwrap_or(default)
            }
            _ => default,
        }
    }

    /// Returns the number that is declared to hold when the key is not set.
    pub fn preset_number(&self, key: &str) -> f64 {
        match self.declared(key).and_then(|declared| declared.preset) {
            Some(Preset::Number(number)) => number,
            _ => 0.0,
        }
    }

    /// Reads one of the declared words: what the first stands for holds when the key is not set, and `others` are for the rest.
    pub fn word<T: Copy>(&self, key: &str, first: T, others: &[T], mistakes: &mut Mistakes) -> T {
        let Some(Form::Word(words)) = self.declared(key).map(|declared| declared.form) else { return first };
        let values = std::iter::once(first).chain(others.iter().copied());
        let choices: Vec<(&str, T)> = words.iter().copied().zip(values).collect();
        self.choice_or(key, &choices, first, mistakes)
    }
}
