//! The intrinsic functions, `States.Format` and its seventeen siblings.
//!
//! Source: AWS Step Functions developer guide, "Intrinsic functions for JSONPath states".

mod array;
mod json;
mod math;
mod parse;
mod text;

use serde_json::Value;

use crate::path::{NoSuchPath, Path};
use crate::random::Random;
use crate::scope::Scope;

/// Which function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Format,
    StringToJson,
    JsonToString,
    Array,
    ArrayPartition,
    ArrayContains,
    ArrayRange,
    ArrayGetItem,
    ArrayLength,
    ArrayUnique,
    Base64Encode,
    Base64Decode,
    Hash,
    JsonMerge,
    MathRandom,
    MathAdd,
    StringSplit,
    Uuid,
}

/// Every function by its name, with the fewest and the most arguments it takes.
const FUNCTIONS: [(&str, Function, usize, usize); 18] = [
    ("States.Format", Function::Format, 1, usize::MAX),
    ("States.StringToJson", Function::StringToJson, 1, 1),
    ("States.JsonToString", Function::JsonToString, 1, 1),
    ("States.Array", Function::Array, 0, usize::MAX),
    ("States.ArrayPartition", Function::ArrayPartition, 2, 2),
    ("States.ArrayContains", Function::ArrayContains, 2, 2),
    ("States.ArrayRange", Function::ArrayRange, 3, 3),
    ("States.ArrayGetItem", Function::ArrayGetItem, 2, 2),
    ("States.ArrayLength", Function::ArrayLength, 1, 1),
    ("States.ArrayUnique", Function::ArrayUnique, 1, 1),
    ("States.Base64Encode", Function::Base64Encode, 1, 1),
    ("States.Base64Decode", Function::Base64Decode, 1, 1),
    ("States.Hash", Function::Hash, 2, 2),
    ("States.JsonMerge", Function::JsonMerge, 3, 3),
    ("States.MathRandom", Function::MathRandom, 2, 3),
    ("States.MathAdd", Function::MathAdd, 2, 2),
    ("States.StringSplit", Function::StringSplit, 2, 2),
    ("States.UUID", Function::Uuid, 0, 0),
];

/// A call as it stands in a payload template.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    text: String,
    function: Function,
    arguments: Vec<Argument>,
}

#[derive(Debug, Clone, PartialEq)]
enum Argument {
    Path(Path),
    Call(Call),
    /// A quoted text, its escapes still in it.
    Text(String),
    Literal(Value),
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallFailure {
    /// A path among the arguments names nothing.
    Missing(NoSuchPath),
    /// The function refuses its arguments.
    Refused { call: String, reason: String },
}

impl Call {
    /// Reads a call.
    ///
    /// # Errors
    /// Returns what is wrong with the text, as a sentence fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::call(text)
    }

    /// Returns the call as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn evaluate(&self, data: &Value, scope: &Scope<'_>, random: &mut Random) -> Result<Value, CallFailure> {
        let mut values = Vec::with_capacity(self.arguments.len());
        for (position, argument) in self.arguments.iter().enumerate() {
            values.push(match argument {
                Argument::Path(path) => path.find(data, scope).map_err(CallFailure::Missing)?,
                Argument::Call(call) => call.evaluate(data, scope, random)?,
                // Format reads the escapes of its template itself: there, an escaped brace is no placeholder.
                Argument::Text(raw) if self.function == Function::Format && position == 0 => Value::from(raw.as_str()),
                Argument::Text(raw) => Value::from(text::unescaped(raw)),
                Argument::Literal(value) => value.clone(),
            });
        }
        self.function.apply(&values, random).map_err(|reason| CallFailure::Refused { call: self.text.clone(), reason })
    }
}

impl Function {
    fn apply(self, values: &[Value], random: &mut Random) -> Result<Value, String> {
        match (self, values) {
            (Self::Format, [template, values @ ..]) => text::format(template, values),
            (Self::StringToJson, [value]) => json::from_text(value),
            (Self::JsonToString, [value]) => Ok(Value::from(value.to_string())),
            (Self::Array, values) => Ok(Value::from(values.to_vec())),
            (Self::ArrayPartition, [items, size]) => array::partition(items, size),
            (Self::ArrayContains, [items, wanted]) => array::contains(items, wanted),
            (Self::ArrayRange, [first, last, step]) => array::range(first, last, step),
            (Self::ArrayGetItem, [items, index]) => array::item(items, index),
            (Self::ArrayLength, [items]) => array::length(items),
            (Self::ArrayUnique, [items]) => array::unique(items),
            (Self::Base64Encode, [value]) => text::base64_encode(value),
            (Self::Base64Decode, [value]) => text::base64_decode(value),
            (Self::Hash, [value, algorithm]) => text::hash(value, algorithm),
            (Self::JsonMerge, [first, second, deep]) => json::merge(first, second, deep),
            (Self::MathRandom, [first, end]) => math::random(first, end, random),
            (Self::MathRandom, [first, end, seed]) => math::seeded_random(first, end, seed),
            (Self::MathAdd, [left, right]) => math::add(left, right),
            (Self::StringSplit, [value, separators]) => text::split(value, separators),
            (Self::Uuid, []) => Ok(Value::from(random.uuid())),
            _ => Err("wrong number of arguments".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::scope::Variables;

    use super::*;

    fn called(text: &str, data: &Value) -> Result<Value, CallFailure> {
        let scope = Scope { context: &json!({"Execution": {"Name": "run-1"}}), variables: &Variables::new() };
        Call::parse(text).unwrap().evaluate(data, &scope, &mut Random::seeded(1))
    }

    #[test]
    fn every_function_answers_as_documented() {
        let data = json!({"n": null, "l": [1, 2, 3, 3], "o": {"a": {"x": 1}, "b": 2}, "p": {"a": {"y": 2}, "c": 3}});
        for (call, wanted) in [
            (r"States.Format('{} of \{{}\}, it\'s {}', $.l[0], true, $.o)", json!("1 of {true}, it's {a={x=1}, b=2}")),
            (r#"States.StringToJson('{"a": [1]}')"#, json!({"a": [1]})),
            ("States.StringToJson('')", json!(null)),
            ("States.JsonToString($.o)", json!(r#"{"a":{"x":1},"b":2}"#)),
            ("States.Array(1, 'two', $.n, States.Array())", json!([1, "two", null, []])),
            ("States.ArrayPartition($.l, 3)", json!([[1, 2, 3], [3]])),
            ("States.ArrayContains($.l, 2.0)", json!(true)),
            ("States.ArrayRange(1, 9, 4)", json!([1, 5, 9])),
            ("States.ArrayRange(3, 1, -1)", json!([3, 2, 1])),
            ("States.ArrayGetItem($.l, 1)", json!(2)),
            ("States.ArrayLength($.l)", json!(4)),
            ("States.ArrayUnique($.l)", json!([1, 2, 3])),
            ("States.Base64Encode('Data to encode')", json!("RGF0YSB0byBlbmNvZGU=")),
            ("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", json!("Data to encode")),
            ("States.Hash('input data', 'SHA-1')", json!("aaff4a450a104cd177d28d18d74485e8cae074b7")),
            ("States.Hash('', 'MD5')", json!("d41d8cd98f00b204e9800998ecf8427e")),
            ("States.JsonMerge($.o, $.p, false)", json!({"a": {"y": 2}, "b": 2, "c": 3})),
            ("States.MathAdd(1.5, -2.5)", json!(0)),
            ("States.StringSplit('a-b_c--', '-_')", json!(["a", "b", "c"])),
            ("States.Format('{}', $$.Execution.Name)", json!("run-1")),
        ] {
            assert_eq!(called(call, &data).unwrap(), wanted, "{call}");
        }
    }

    #[test]
    fn random_numbers_stay_in_their_range_and_repeat_with_a_seed() {
        for _ in 0..50 {
            let number = called("States.MathRandom(-3, 4)", &Value::Null).unwrap().as_i64().unwrap();
            assert!((-3..4).contains(&number));
        }
        let seeded = "States.MathRandom(1, 999, 3)";
        assert_eq!(called(seeded, &Value::Null), called(seeded, &Value::Null));
        assert_eq!(called("States.UUID()", &Value::Null).unwrap().as_str().unwrap().len(), 36);
    }

    #[test]
    fn refusals_name_the_call() {
        for call in [
            "States.ArrayGetItem(States.Array(1), 1)",
            "States.ArrayRange(1, 5, 0)",
            "States.ArrayRange(1, 5000, 1)",
            "States.ArrayPartition(States.Array(1), 0)",
            "States.Format('{} {}', 1)",
            "States.Hash('x', 'SHA-3')",
            "States.JsonMerge('a', 'b', false)",
            "States.MathRandom(2, 2)",
            "States.StringToJson('{')",
            "States.Base64Decode('*')",
            "States.ArrayLength(1)",
        ] {
            let refused = called(call, &Value::Null).unwrap_err();
            assert!(matches!(&refused, CallFailure::Refused { call: named, .. } if named == call), "{refused:?}");
        }
    }

    #[test]
    fn a_missing_path_is_told_apart_from_a_refusal() {
        assert!(matches!(called("States.MathAdd($.no, 1)", &json!({})), Err(CallFailure::Missing(_))));
    }
}
