//! Look-ups of every kind but DynamoDB, which `tests/dynamodb.rs` has, and what asks them.

mod asking;
mod configured;
mod embedded;

use std::time::Duration;

use crate::answers::Wish;
use crate::key::{Key, KeyColumn, KeyType, KeyValue};

fn wish(columns: &[&str]) -> Wish {
    let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    Wish { columns: (!columns.is_empty()).then_some(columns), is_consistent: false, deadline: Duration::from_secs(30) }
}

fn column(name: &str, kind: KeyType) -> KeyColumn {
    KeyColumn { name: name.to_owned(), kind }
}

fn text(text: &str) -> Key {
    Key(vec![KeyValue::Text(text.to_owned())])
}
