//! A model: what a level of a field says, and how likely a match is before anything is compared.

use std::fmt;

use serde_json::Value;

use crate::config::Matcher;

/// The least share that a frequent value is taken to have, where a model says nothing.
pub const FLOOR: f64 = 0.000_01;

/// What a level says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weight {
    /// Bits that a person gave.
    Bits(f64),
    /// Shares from which the bits follow: log2(m/u).
    Shares {
        /// The share of the level among pairs that are one person, 0 to 1.
        m: f64,
        /// The share of the level among pairs that are not, 0 to 1.
        u: f64,
    },
}

/// A model for the fields of a matcher.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The bits of a pair of which nothing is known: log2(prior/(1−prior)).
    pub prior_bits: f64,
    /// The least share of a value where it is frequent, 0 to 1.
    pub floor: f64,
    /// Weights by field, in the order of the matcher, and by level, the best first.
    pub weights: Vec<Vec<Weight>>,
}

/// Why a model cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// It is no JSON.
    #[error("the model is no JSON: {0}")]
    NotJson(String),
    /// Something of it is missing or is not what it must be.
    #[error("the model's {at}: {message}; train one with `carelake match train`")]
    Wrong {
        /// Where, by dots.
        at: String,
        /// What it must be.
        message: &'static str,
    },
}

fn wrong(at: impl fmt::Display, message: &'static str) -> ModelError {
    ModelError::Wrong { at: at.to_string(), message }
}

impl Model {
    /// Reads a model for the fields of a matcher. Fields that it has beside these are of no account.
    ///
    /// # Shape
    /// `{prior | odds_bits, floor, fields: {FIELD: {LEVEL: [m, u] | bits}}}`
    ///
    /// # Errors
    /// `NotJson`, and `Wrong` where a field or a level is missing, or a share is not above 0 and at most 1.
    pub fn read(text: &str, matcher: &Matcher) -> Result<Self, ModelError> {
        let whole: Value = serde_json::from_str(text).map_err(|error| ModelError::NotJson(error.to_string()))?;
        let prior_bits = match (whole.get("odds_bits"), whole.get("prior")) {
            (Some(bits), _) => bits.as_f64().ok_or_else(|| wrong("odds_bits", "must be a number of bits"))?,
            (None, Some(prior)) => {
                let prior = prior.as_f64().filter(|prior| *prior > 0.0 && *prior < 1.0);
                let prior = prior.ok_or_else(|| wrong("prior", "must be between 0 and 1"))?;
                (prior / (1.0 - prior)).log2()
            }
            (None, None) => return Err(wrong("prior", "is missing")),
        };
        let floor = match whole.get("floor") {
            None => FLOOR,
            Some(floor) => share(floor).ok_or_else(|| wrong("floor", "must be above 0 and at most 1"))?,
        };
        let mut weights = Vec::with_capacity(matcher.fields.len());
        for field in &matcher.fields {
            let name = &field.name;
            let given = whole.get("fields").and_then(|fields| fields.get(name));
            let given = given.ok_or_else(|| wrong(format_args!("fields.{name}"), "is missing"))?;
            let read = |level: &&str| {
                let at = format!("fields.{name}.{level}");
                let given = given.get(*level).ok_or_else(|| wrong(&at, "is missing"))?;
                weight(given).ok_or_else(|| wrong(&at, "must be bits, or [m, u] above 0 and at most 1"))
            };
            weights.push(field.kind.levels().iter().map(read).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Self { prior_bits, floor, weights })
    }
}

fn share(value: &Value) -> Option<f64> {
    value.as_f64().filter(|share| *share > 0.0 && *share <= 1.0)
}

fn weight(value: &Value) -> Option<Weight> {
    if let Some(bits) = value.as_f64() {
        return Some(Weight::Bits(bits));
    }
    match value.as_array()?.as_slice() {
        [m, u] => Some(Weight::Shares { m: share(m)?, u: share(u)? }),
        _ => None,
    }
}

impl Weight {
    /// Returns the bits.
    #[must_use]
    pub fn bits(self) -> f64 {
        match self {
            Self::Bits(bits) => bits,
            Self::Shares { m, u } => (m / u).log2(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tests::world::{matcher, tree};

    fn read(model: &Value) -> Result<Model, String> {
        let config = "
input: { publications: [files/people], rows: all, required: [] }
reference: { from: [files/people] }
fields: { sex: { compare: exact } }
block: [[sex]]
thresholds: { exact: 1, propose: 0 }
";
        Model::read(&model.to_string(), &matcher(&tree(config))).map_err(|error| error.to_string())
    }

    #[test]
    fn bits_are_given_or_follow_from_shares() {
        let model = read(&json!({ "prior": 0.2, "fields": { "sex": { "equal": [0.5, 0.125], "else": -3 } } })).unwrap();
        let bits: Vec<f64> = model.weights[0].iter().map(|weight| weight.bits()).collect();
        assert_eq!((model.prior_bits, model.floor, bits), (-2.0, FLOOR, vec![2.0, -3.0]));
        let model =
            read(&json!({ "odds_bits": -7, "floor": 0.1, "fields": { "sex": { "equal": 1, "else": 0 } } })).unwrap();
        assert_eq!((model.prior_bits, model.floor), (-7.0, 0.1));
    }

    #[test]
    fn what_is_missing_or_no_share_is_refused() {
        let sex = |equal: Value| json!({ "prior": 0.2, "fields": { "sex": { "equal": equal, "else": -3 } } });
        for (model, expected) in [
            (json!([]), "the model's prior: is missing"),
            (json!({ "prior": 1 }), "the model's prior: must be between 0 and 1"),
            (json!({ "odds_bits": "x" }), "the model's odds_bits: must be a number"),
            (json!({ "prior": 0.2, "floor": 0 }), "the model's floor: must be above 0"),
            (json!({ "prior": 0.2 }), "the model's fields.sex: is missing"),
            (json!({ "prior": 0.2, "fields": { "sex": { "equal": 1 } } }), "the model's fields.sex.else: is missing"),
            (sex(json!([0.5, 0])), "the model's fields.sex.equal: must be bits, or [m, u] above 0"),
            (sex(json!([1.5, 0.5])), "the model's fields.sex.equal: must be bits, or [m, u] above 0"),
            (sex(json!([0.5])), "the model's fields.sex.equal: must be bits, or [m, u] above 0"),
        ] {
            let told = read(&model).unwrap_err();
            assert!(told.starts_with(expected), "{model}: {told}");
        }
    }
}
