//! Messages for tests, and what they come to.

use carelake_hl7::{Options, Reader, Refusal, answer};
use serde_json::Value;

/// A header of a type and version, with more fields after them.
pub(crate) fn header(kind: &str, version: &str, more: &str) -> String {
    format!("MSH|^~\\&|LAB|HOSP|||20240102||{kind}|1|P|{version}{more}\r")
}

/// Reads a message as the options say, and answers the object with everything about it.
pub(crate) fn read_with(options: Options, message: &[u8], encoding: Option<&str>) -> Value {
    let mut line = Vec::new();
    answer(None, &Reader::new(options).read(message, encoding), &mut line);
    serde_json::from_slice(&line).unwrap()
}

pub(crate) fn read(message: &str) -> Value {
    read_with(Options::default(), message.as_bytes(), None)
}

/// Returns why a message is not read.
pub(crate) fn refused(message: &[u8]) -> Refusal {
    match Reader::default().read(message, None) {
        Ok(read) => panic!("{} was read as {}", message.escape_ascii(), read.structure),
        Err(refusal) => refusal,
    }
}

/// Returns the names of the warnings about a message, in one text.
pub(crate) fn warnings(answer: &Value) -> String {
    let names = answer["warnings"].as_array().unwrap_or_else(|| panic!("{answer}")).iter();
    names.map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

/// Returns a field of the segment PID in a message of 2.5, as text, and the warnings.
pub(crate) fn field(fields: &str) -> (String, String) {
    let answer = read(&format!("{}PID|{fields}\r", header("ADT^A01^ADT_A01", "2.5", "")));
    (answer["json"]["PID"].to_string(), warnings(&answer))
}

/// Returns where the segments of a message stand, each as the way to it; repetitions are counted from 0 where there may be several.
pub(crate) fn places(answer: &Value) -> Vec<String> {
    fn walk(value: &Value, way: &str, found: &mut Vec<String>) {
        for (key, value) in value.as_object().unwrap_or_else(|| panic!("{value}")) {
            let values: Vec<(String, &Value)> = match value {
                Value::Array(all) => all.iter().enumerate().map(|(at, it)| (format!("{key}{at}"), it)).collect(),
                other => vec![(key.clone(), other)],
            };
            for (name, value) in values {
                // The group of a structure bears its name; it is left out here.
                let name = name.splitn(3, '_').last().filter(|_| key != "_more").map_or(name.clone(), str::to_owned);
                if key.len() == 3 {
                    found.push(format!("{way}{name}"))
                } else {
                    walk(value, &format!("{way}{name}/"), found)
                }
            }
        }
    }
    let mut found = Vec::new();
    walk(&answer["json"], "", &mut found);
    found
}
