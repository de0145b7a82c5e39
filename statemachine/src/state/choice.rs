//! Choice states: rules that are tried in order.

use std::cmp::Ordering;

use serde_json::Value;

use crate::failure::Failure;
use crate::moment;
use crate::number;
use crate::path::Path;
use crate::scope::Scope;
use crate::template::Template;

/// The fields of a Choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// Where it goes when no rule holds.
    pub default: Option<String>,
}

/// One entry of `Choices`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What must hold.
    pub test: Test,
    /// Where it goes then.
    pub next: String,
    /// The variables it sets then.
    pub assign: Option<Template>,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// All of them.
    And(Vec<Self>),
    /// One of them.
    Or(Vec<Self>),
    /// The opposite.
    Not(Box<Self>),
    /// A comparison.
    Compare {
        /// The left side.
        variable: Path,
        /// How it is compared.
        operator: Operator,
        /// The right side.
        operand: Operand,
    },
}

/// The right side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// The value in the definition.
    Literal(Value),
    /// What the path names.
    Path(Path),
}

/// How two sides are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `StringEquals` and the like: same type on both sides, and this relation.
    Relation(Type, Relation),
    /// `StringMatches`.
    Matches,
    /// `IsNull`.
    IsNull,
    /// `IsPresent`.
    IsPresent,
    /// `IsNumeric`.
    IsNumeric,
    /// `IsString`.
    IsString,
    /// `IsBoolean`.
    IsBoolean,
    /// `IsTimestamp`.
    IsTimestamp,
}

/// The types that have relations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text, compared by UTF-16 units as Java does.
    String,
    /// Numbers, compared by value.
    Numeric,
    /// Booleans, which are only equal or not.
    Boolean,
    /// Texts that are timestamps, compared as moments.
    Timestamp,
}

/// A relation between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `Equals`.
    Equals,
    /// `LessThan`.
    LessThan,
    /// `GreaterThan`.
    GreaterThan,
    /// `LessThanEquals`.
    LessThanEquals,
    /// `GreaterThanEquals`.
    GreaterThanEquals,
}

impl Operator {
    /// Returns the operator of a field, and whether the field is its `Path` form.
    #[must_use]
    pub fn named(field: &str) -> Option<(Self, bool)> {
        let single = match field {
            "StringMatches" => Self::Matches,
            "IsNull" => Self::IsNull,
            "IsPresent" => Self::IsPresent,
            "IsNumeric" => Self::IsNumeric,
            "IsString" => Self::IsString,
            "IsBoolean" => Self::IsBoolean,
            "IsTimestamp" => Self::IsTimestamp,
            _ => return Self::relation(field),
        };
        Some((single, false))
    }

    fn relation(field: &str) -> Option<(Self, bool)> {
        let (plain, is_path) = field.strip_suffix("Path").map_or((field, false), |plain| (plain, true));
        let (kind, relation) = [
            ("String", Type::String),
            ("Numeric", Type::Numeric),
            ("Boolean", Type::Boolean),
            ("Timestamp", Type::Timestamp),
        ]
        .into_iter()
        .find_map(|(prefix, kind)| plain.strip_prefix(prefix).map(|relation| (kind, relation)))?;
        let relation = match relation {
            "Equals" => Relation::Equals,
            _ if kind == Type::Boolean => return None,
            "LessThan" => Relation::LessThan,
            "GreaterThan" => Relation::GreaterThan,
            "LessThanEquals" => Relation::LessThanEquals,
            "GreaterThanEquals" => Relation::GreaterThanEquals,
            _ => return None,
        };
        Some((Self::Relation(kind, relation), is_path))
    }

    /// Returns whether a literal right side has the type the operator needs.
    #[must_use]
    pub fn takes(self, literal: &Value) -> bool {
        match self {
            Self::Relation(Type::String, _) | Self::Matches => literal.is_string(),
            Self::Relation(Type::Numeric, _) => literal.is_number(),
            Self::Relation(Type::Timestamp, _) => literal.as_str().and_then(moment::parse).is_some(),
            _ => literal.is_boolean(),
        }
    }

    fn holds(self, left: &Value, right: &Value) -> bool {
        let is = |found: bool| right.as_bool() == Some(found);
        match self {
            Self::Relation(kind, relation) => kind.order(left, right).is_some_and(|order| relation.holds(order)),
            Self::Matches => match (left.as_str(), right.as_str()) {
                (Some(text), Some(pattern)) => matches(text, pattern),
                _ => false,
            },
            Self::IsNull => is(left.is_null()),
            Self::IsPresent => is(true),
            Self::IsNumeric => is(left.is_number()),
            Self::IsString => is(left.is_string()),
            Self::IsBoolean => is(left.is_boolean()),
            Self::IsTimestamp => is(left.as_str().and_then(moment::parse).is_some()),
        }
    }
}

impl Type {
    fn order(self, left: &Value, right: &Value) -> Option<Ordering> {
        match (self, left, right) {
            (Self::String, Value::String(left), Value::String(right)) => {
                Some(left.encode_utf16().cmp(right.encode_utf16()))
            }
            (Self::Numeric, Value::Number(left), Value::Number(right)) => number::compare(left, right),
            (Self::Boolean, Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
            (Self::Timestamp, Value::String(left), Value::String(right)) => {
                Some(moment::parse(left)?.cmp(&moment::parse(right)?))
            }
            _ => None,
        }
    }
}

impl Relation {
    const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equals => order.is_eq(),
            Self::LessThan => order.is_lt(),
            Self::GreaterThan => order.is_gt(),
            Self::LessThanEquals => order.is_le(),
            Self::GreaterThanEquals => order.is_ge(),
        }
    }
}

/// Returns whether a text fits a pattern in which `*` stands for any text, `\*` for a star and `\\` for a backslash.
fn matches(text: &str, pattern: &str) -> bool {
    let mut pieces = vec![String::new()];
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '*' => {
                pieces.push(String::new());
                continue;
            }
            '\\' => letters.next().unwrap_or('\\'),
            letter => letter,
        };
        if let Some(piece) = pieces.last_mut() {
            piece.push(letter);
        }
    }
    let [first, middle @ .., last] = pieces.as_slice() else { return pieces.first().is_some_and(|only| only == text) };
    // The fixed ends first; the pieces between them then each take the earliest place they fit.
    let inner = text.strip_prefix(first.as_str()).and_then(|text| text.strip_suffix(last.as_str()));
    let rest = inner.and_then(|inner| {
        middle.iter().try_fold(inner, |rest, piece| rest.split_once(piece.as_str()).map(|(_, after)| after))
    });
    rest.is_some()
}

impl Test {
    /// Returns whether the test holds.
    pub(crate) fn holds(&self, data: &Value, scope: &Scope<'_>) -> Result<bool, Failure> {
        match self {
            Self::And(tests) => {
                for test in tests {
                    if !test.holds(data, scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Or(tests) => {
                for test in tests {
                    if test.holds(data, scope)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Not(test) => Ok(!test.holds(data, scope)?),
            Self::Compare { variable, operator, operand } => compare(variable, *operator, operand, data, scope),
        }
    }
}

fn compare(
    variable: &Path,
    operator: Operator,
    operand: &Operand,
    data: &Value,
    scope: &Scope<'_>,
) -> Result<bool, Failure> {
    let left = variable.find(data, scope);
    if operator == Operator::IsPresent {
        let wanted = matches!(operand, Operand::Literal(Value::Bool(true)));
        return Ok(left.is_ok() == wanted);
    }
    let invalid = |path: &Path| {
        let path = path.text();
        Failure::runtime(format!(
            "Invalid path '{path}': The choice state's condition path references an invalid value."
        ))
    };
    let left = left.map_err(|_| invalid(variable))?;
    match operand {
        Operand::Literal(right) => Ok(operator.holds(&left, right)),
        Operand::Path(path) => Ok(operator.holds(&left, &path.find(data, scope).map_err(|_| invalid(path))?)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_match_as_documented() {
        for (text, pattern, wanted) in [
            ("log-2024.txt", "log-*.txt", true),
            ("log-.txt", "log-*.txt", true),
            ("log.txt", "log-*.txt", false),
            ("a*b", "a\\*b", true),
            ("axb", "a\\*b", false),
            ("a\\b", "a\\\\b", true),
            ("abcabc", "*b*c", true),
            ("aba", "aba*aba", false),
            ("", "*", true),
            ("x", "", false),
        ] {
            assert_eq!(matches(text, pattern), wanted, "{text} {pattern}");
        }
    }

    #[test]
    fn every_operator_is_known_by_its_name() {
        let mut known = 0;
        for kind in ["String", "Numeric", "Boolean", "Timestamp"] {
            for relation in ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"] {
                for path in ["", "Path"] {
                    known += usize::from(Operator::named(&format!("{kind}{relation}{path}")).is_some());
                }
            }
        }
        assert_eq!(known, 32);
        for name in ["StringMatches", "IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"] {
            assert!(Operator::named(name).is_some(), "{name}");
        }
        assert_eq!(Operator::named("StringMatchesPath"), None);
    }

    #[test]
    fn values_of_another_type_never_compare() {
        let (equals, _) = Operator::named("NumericEquals").unwrap();
        assert!(equals.holds(&json!(1), &json!(1.0)));
        assert!(!equals.holds(&json!("1"), &json!(1)));
        let (less, _) = Operator::named("StringLessThan").unwrap();
        assert!(less.holds(&json!("A"), &json!("a")));
        let (is_timestamp, _) = Operator::named("IsTimestamp").unwrap();
        assert!(is_timestamp.holds(&json!("2024-06-01T00:00:00Z"), &json!(true)));
        assert!(is_timestamp.holds(&json!("2024-06-01"), &json!(false)));
    }
}
