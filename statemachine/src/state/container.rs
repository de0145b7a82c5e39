//! The states that hold flows: Parallel and Map.

use serde_json::Value;

use super::distributed::Distributed;
use super::handler::Handlers;
use super::{Flow, ResultPlace};
use crate::failure::Failure;
use crate::number;
use crate::path::Path;
use crate::scope::Scope;
use crate::template::Template;

/// The fields of a Parallel.
#[derive(Debug, Clone, PartialEq)]
pub struct Parallel {
    /// The flows it runs at once.
    pub branches: Vec<Flow>,
    /// Replaces the input of every branch.
    pub parameters: Option<Template>,
    /// Replaces the list of results.
    pub result_selector: Option<Template>,
    /// Where the list of results goes.
    pub result_path: ResultPlace,
    /// Its Retry and Catch.
    pub handlers: Handlers,
}

/// The fields of a Map.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// The flow it runs for each item.
    pub processor: Flow,
    /// What makes it a distributed one; `None` for an inline Map.
    pub distributed: Option<Distributed>,
    /// Where the items are.
    pub items_path: Path,
    /// Replaces each item.
    pub item_selector: Option<Template>,
    /// How many items are worked on at once; 0 for all.
    pub max_concurrency: Amount,
    /// How many items may fail; `None` when the definition tolerates none.
    pub tolerated_count: Option<Amount>,
    /// What share of the items may fail, in percent.
    pub tolerated_percentage: Option<Amount>,
    /// Replaces the list of results.
    pub result_selector: Option<Template>,
    /// Where the list of results goes.
    pub result_path: ResultPlace,
    /// Its Retry and Catch.
    pub handlers: Handlers,
}

/// A number in the definition or in the data.
#[derive(Debug, Clone, PartialEq)]
pub enum Amount {
    /// This number.
    Fixed(f64),
    /// The number the path names.
    Path(Path),
}

/// How many items of a Map may fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tolerance {
    pub(crate) count: Option<u64>,
    pub(crate) percentage: Option<f64>,
}

impl Amount {
    /// Returns the number of items worked on at once.
    pub(crate) fn concurrency(&self, data: &Value, scope: &Scope<'_>) -> Result<usize, Failure> {
        let number = self.whole("MaxConcurrency", data, scope)?;
        usize::try_from(number).map_err(|_| Failure::runtime("MaxConcurrency cannot be negative."))
    }

    /// Returns the number as an integer; AWS takes one in a string as well.
    pub(crate) fn whole(&self, field: &str, data: &Value, scope: &Scope<'_>) -> Result<i64, Failure> {
        let value = self.value(data, scope)?;
        let number = match &value {
            Value::Number(number) => number::whole(number),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.invalid(field, &value, "integer"))
    }

    fn value(&self, data: &Value, scope: &Scope<'_>) -> Result<Value, Failure> {
        match self {
            Self::Fixed(number) => Ok(Value::from(*number)),
            Self::Path(path) => path.find(data, scope).map_err(|missing| Failure::runtime(missing.to_string())),
        }
    }

    fn invalid(&self, field: &str, value: &Value, kind: &str) -> Failure {
        let path = match self {
            Self::Fixed(_) => "",
            Self::Path(path) => path.text(),
        };
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Failure::runtime(format!(
            "The {field}Path field refers to value \"{shown}\" which is not a valid {kind}: {path}"
        ))
    }
}

impl Map {
    /// Returns how many items may fail.
    pub(crate) fn tolerance(&self, data: &Value, scope: &Scope<'_>) -> Result<Tolerance, Failure> {
        let count = match &self.tolerated_count {
            None => None,
            Some(amount) => {
                let count = u64::try_from(amount.whole("ToleratedFailureCount", data, scope)?);
                Some(count.map_err(|_| Failure::runtime("ToleratedFailureCount cannot be negative."))?)
            }
        };
        let percentage = match &self.tolerated_percentage {
            None => None,
            Some(amount) => {
                let value = amount.value(data, scope)?;
                let share = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
                let share = share.ok_or_else(|| amount.invalid("ToleratedFailurePercentage", &value, "float"))?;
                let range = || Failure::runtime("ToleratedFailurePercentage must be between 0 and 100.");
                Some(Some(share).filter(|share| (0.0..=100.0).contains(share)).ok_or_else(range)?)
            }
        };
        Ok(Tolerance { count, percentage })
    }

    /// Returns the items.
    pub(crate) fn items(&self, data: &Value, scope: &Scope<'_>) -> Result<Vec<Value>, Failure> {
        let found = self.items_path.find(data, scope).map_err(|missing| Failure::runtime(missing.to_string()))?;
        match found {
            Value::Array(items) => Ok(items),
            _ => Err(Failure::runtime(format!("Reference path \"{}\" must point to array.", self.items_path.text()))),
        }
    }
}

impl Tolerance {
    /// What a definition that says nothing tolerates.
    pub(crate) const NONE: Self = Self { count: None, percentage: None };

    /// Returns whether the definition says anything about failed items; without it the first failure ends the Map.
    pub(crate) const fn is_set(self) -> bool {
        self.count.is_some() || self.percentage.is_some()
    }

    /// Returns whether `failed` of `total` items are too many. Either limit is enough.
    pub(crate) fn is_exceeded(self, failed: u32, total: u32) -> bool {
        let over_count = self.count.is_some_and(|count| u64::from(failed) > count);
        let share = f64::from(failed) / f64::from(total.max(1)) * 100.0;
        over_count || self.percentage.is_some_and(|percentage| share > percentage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_text_counts_as_one_wherever_a_path_names_it() {
        let (data, variables) = (serde_json::json!({"n": " 2 ", "x": "two", "half": "1.5"}), Default::default());
        let scope = Scope { context: &Value::Null, variables: &variables };
        let amount = |path: &str| Amount::Path(Path::parse(path).unwrap());
        assert_eq!(amount("$.n").whole("MaxItems", &data, &scope), Ok(2));
        let cause = |path: &str| amount(path).whole("MaxItems", &data, &scope).unwrap_err().cause.unwrap();
        assert_eq!(cause("$.x"), "The MaxItemsPath field refers to value \"two\" which is not a valid integer: $.x");
        assert!(cause("$.half").contains("\"1.5\""));
    }

    #[test]
    fn either_limit_is_enough_to_exceed_the_tolerance() {
        let both = Tolerance { count: Some(2), percentage: Some(50.0) };
        assert!(!both.is_exceeded(2, 4));
        assert!(both.is_exceeded(3, 10));
        assert!(both.is_exceeded(2, 3));
        assert!(Tolerance { count: Some(0), percentage: None }.is_exceeded(1, 9));
    }
}
