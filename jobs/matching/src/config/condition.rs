//! Conditions on a pair: `FIELD OPERATOR [LEVEL]`.

use carelake_core::config::reader::{Fields, Mistakes, Spot};

use super::field::{self, Field};
use super::keys::AT_LEAST;
use crate::compare::{Kind, Level};

/// What a condition asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// The record has an id of the person at its own partner.
    SamePatientId,
    /// The field is on one of these levels, a bit a level.
    Level {
        /// The place of the field.
        field: usize,
        /// The levels.
        levels: u16,
    },
    /// The record has a value.
    Present(usize),
    /// The record has none.
    Missing(usize),
    /// The record's value is one of these.
    In(usize, Vec<String>),
}

/// Conditions of a rule; all that are given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// Each of these holds.
    pub all: Vec<Test>,
    /// One of these holds, if there are any.
    pub any: Vec<Test>,
    /// None of these holds.
    pub none: Vec<Test>,
    /// So many of these hold.
    pub at_least: Option<(usize, Vec<Test>)>,
}

impl Conditions {
    /// Reads the blocks of a rule.
    pub(super) fn read(rule: &Fields<'_>, fields: &[Field], mistakes: &mut Mistakes) -> Self {
        let mut list = |spot: Option<Spot<'_>>| {
            let spots = spot.map(|spot| spot.texts("conditions such as \"ssn =\"", mistakes)).unwrap_or_default();
            spots.iter().filter_map(|(text, spot)| Test::read(text, spot, fields, mistakes)).collect::<Vec<_>>()
        };
        let (all, any, none) = (list(rule.get("all")), list(rule.get("any")), list(rule.get("none")));
        let at_least = rule.get("at_least").map(|spot| {
            let keyed = spot.keyed(&AT_LEAST, mistakes);
            let of = keyed.required("of", "the conditions that are counted", mistakes);
            let of = of.map(|spot| spot.texts("conditions such as \"ssn =\"", mistakes)).unwrap_or_default();
            let of: Vec<Test> = of.iter().filter_map(|(text, spot)| Test::read(text, spot, fields, mistakes)).collect();
            let count: usize = keyed.whole("count", mistakes);
            if let Some(spot) = keyed.get("count").filter(|_| count > of.len()) {
                mistakes.add(&spot, format!("more than the {} conditions that are counted", of.len()));
            }
            (count, of)
        });
        let all = Self { all, any, none, at_least };
        let names = ["all", "any", "none", "at_least"];
        if names.iter().all(|name| rule.get(name).is_none()) {
            mistakes.add(&rule.owner, "needs conditions: all, any, none or at_least");
        }
        all
    }

    /// Returns whether they hold, if `test` says which does.
    pub fn hold(&self, mut test: impl FnMut(&Test) -> bool) -> bool {
        self.all.iter().all(&mut test)
            && (self.any.is_empty() || self.any.iter().any(&mut test))
            && !self.none.iter().any(&mut test)
            && self.at_least.as_ref().is_none_or(|(count, of)| of.iter().filter(|it| test(it)).count() >= *count)
    }
}

const FORM: &str = "a condition such as \"ssn =\", \"last_name ~ part\", \"birth_date ?= \", \"sex !=\", \"ssn missing\" or \"sex in [male]\"";

impl Test {
    fn read(text: &str, spot: &Spot<'_>, fields: &[Field], mistakes: &mut Mistakes) -> Option<Self> {
        if text.trim() == "same_patient_id" {
            return Some(Self::SamePatientId);
        }
        let (name, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
        let (operator, argument) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        let argument = argument.trim();
        if operator.is_empty() {
            spot.expected(FORM, mistakes);
            return None;
        }
        let field = field::find(fields, name, spot, mistakes)?;
        let kind = fields.get(field)?.kind;
        let level = |levels: u16| Some(Self::Level { field, levels });
        let null = Level::NULL.bit();
        let bare = |mistakes: &mut Mistakes| {
            if !argument.is_empty() {
                mistakes.add(spot, format!("`{operator}` takes nothing behind it"));
            }
        };
        match operator {
            "=" | "?=" | "!=" | "present" | "missing" => bare(mistakes),
            _ => {}
        }
        match operator {
            "=" => level(Level::EQUAL.bit()),
            "?=" => level(Level::EQUAL.bit() | null),
            "!=" => level(kind.worst().bit()),
            "~" | "≈" => level(up_to(kind, argument, spot, mistakes)?),
            "?~" | "?≈" => level(up_to(kind, argument, spot, mistakes)? | null),
            "present" => Some(Self::Present(field)),
            "missing" => Some(Self::Missing(field)),
            "in" => {
                let inner = argument.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
                let Some(inner) = inner else {
                    spot.expected("values in brackets, such as \"sex in [male, female]\"", mistakes);
                    return None;
                };
                Some(Self::In(field, inner.split(',').map(|value| value.trim().to_owned()).collect()))
            }
            other => {
                let known = ["=", "~", "!=", "?=", "?~", "present", "missing", "in"];
                let message = format!("unknown operator; accepted: {}", known.join(", "));
                mistakes.unknown(spot, message, other, known);
                None
            }
        }
    }
}

/// Returns the levels from the best to the one that is named.
fn up_to(kind: Kind, name: &str, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<u16> {
    let found = kind.level(name);
    if found.is_none() {
        let levels = kind.levels();
        let message = format!("`compare: {kind}` has no level `{name}`; it has {}", levels.join(", "));
        mistakes.unknown(spot, message, name, levels.iter().copied());
    }
    found.map(|level| level.bit() | (level.bit() - 1))
}
