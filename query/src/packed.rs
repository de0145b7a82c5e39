//! Values packed into bytes that compare as the values do, column by column, nulls first.

use std::borrow::Cow;

use crate::value::Value;

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
/// After a zero in a text; a zero without it ends the text.
const ZERO: u8 = 0xff;
const SIGN: u64 = 1 << 63;

/// Appends a value.
pub(crate) fn pack(value: &Value<'_>, into: &mut Vec<u8>) {
    match value {
        Value::Null => into.push(NULL),
        Value::Integer(number) => {
            into.push(INTEGER);
            into.extend((*number as u64 ^ SIGN).to_be_bytes());
        }
        Value::Real(number) => {
            into.push(REAL);
            // Adding zero makes one zero of the two. The bits of negative numbers are in the opposite order.
            let bits = (number + 0.0).to_bits();
            into.extend((if bits & SIGN == 0 { bits ^ SIGN } else { !bits }).to_be_bytes());
        }
        Value::Text(text) => {
            into.push(TEXT);
            for byte in text.bytes() {
                into.push(byte);
                if byte == 0 {
                    into.push(ZERO);
                }
            }
            into.extend([0, 0]);
        }
    }
}

/// Returns the values that were packed.
pub(crate) fn unpack(mut bytes: &[u8]) -> Vec<Value<'static>> {
    let mut values = Vec::new();
    while let Some((tag, rest)) = bytes.split_first() {
        bytes = rest;
        values.push(match (*tag, rest.split_first_chunk::<8>()) {
            (INTEGER, Some((number, rest))) => {
                bytes = rest;
                Value::Integer((u64::from_be_bytes(*number) ^ SIGN) as i64)
            }
            (REAL, Some((number, rest))) => {
                bytes = rest;
                let bits = u64::from_be_bytes(*number);
                Value::Real(f64::from_bits(if bits & SIGN == 0 { !bits } else { bits ^ SIGN }))
            }
            (TEXT, _) => Value::Text(Cow::Owned(unpack_text(&mut bytes))),
            _ => Value::Null,
        });
    }
    values
}

fn unpack_text(bytes: &mut &[u8]) -> String {
    let mut text = Vec::new();
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        if *byte == 0 {
            let after = rest.split_first();
            *bytes = after.map_or(&[], |(_, rest)| rest);
            if after.is_none_or(|(after, _)| *after != ZERO) {
                break;
            }
        }
        text.push(*byte);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;
    use crate::constraint::compare;

    fn value() -> impl Strategy<Value = Value<'static>> {
        prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Integer),
            (-1e300..1e300f64).prop_map(Value::Real),
            "[\0\u{1}aé]{0,4}".prop_map(|text| Value::Text(Cow::Owned(text))),
        ]
    }

    proptest! {
        #[test]
        fn packed_values_come_back_and_keep_their_order(left in prop::collection::vec(value(), 2), right in prop::collection::vec(value(), 2)) {
            let bytes = |values: &[Value<'_>]| {
                let mut bytes = Vec::new();
                values.iter().for_each(|value| pack(value, &mut bytes));
                bytes
            };
            prop_assert_eq!(unpack(&bytes(&left)), left.clone());
            let rank = |value: &Value<'_>| match value { Value::Null => 0, Value::Integer(_) => 1, Value::Real(_) => 2, Value::Text(_) => 3 };
            let expected = left.iter().zip(&right).map(|(left, right)| {
                if rank(left) == rank(right) { compare(left, right).unwrap_or(Ordering::Equal) } else { rank(left).cmp(&rank(right)) }
            }).fold(Ordering::Equal, Ordering::then);
            prop_assert_eq!(bytes(&left).cmp(&bytes(&right)), expected);
        }
    }
}
