//! Values of statements, which never stand in their text.

use mysql_common::constants::ColumnType;

use super::wire::put;

/// A value of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A whole number.
    Integer(i64),
    /// A whole number without a sign.
    Unsigned(u64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Writes the values of an execution: which are null, their types, themselves.
pub(super) fn bound(values: &[Value], to: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    // None is null; the types follow.
    to.extend(std::iter::repeat_n(0, values.len().div_ceil(8)));
    to.push(1);
    for value in values {
        let (kind, is_unsigned) = match value {
            Value::Integer(_) => (ColumnType::MYSQL_TYPE_LONGLONG, false),
            Value::Unsigned(_) => (ColumnType::MYSQL_TYPE_LONGLONG, true),
            Value::Text(_) => (ColumnType::MYSQL_TYPE_VAR_STRING, false),
            Value::Bytes(_) => (ColumnType::MYSQL_TYPE_BLOB, false),
        };
        to.extend_from_slice(&[kind as u8, if is_unsigned { 0x80 } else { 0 }]);
    }
    for value in values {
        match value {
            Value::Integer(number) => to.extend_from_slice(&number.to_le_bytes()),
            Value::Unsigned(number) => to.extend_from_slice(&number.to_le_bytes()),
            Value::Text(text) => put(to, text.as_bytes()),
            Value::Bytes(bytes) => put(to, bytes),
        }
    }
}
