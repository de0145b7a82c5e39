//! The given cases, where they are: sequences of messages and the persons that come of them, files and what comes of them.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Where the cases are; they are no part of the project.
const CASES: &str = "CARELAKE_HL7_CASES";

/// Reads the cases of a file.
pub(super) fn cases(name: &str) -> Vec<Value> {
    let folder = PathBuf::from(std::env::var_os(CASES).unwrap_or_else(|| panic!("{CASES} names no folder")));
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(super) fn decoded(text: &Value) -> Vec<u8> {
    STANDARD.decode(text.as_str().unwrap()).unwrap()
}

pub(super) fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}
