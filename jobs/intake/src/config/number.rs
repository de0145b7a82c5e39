//! How numbers are written.

use carelake_core::config::reader::{Mistakes, Spot};

use super::keys;
use super::text::{any_text, character};
use crate::mapping::Number;

/// Reads how numbers are written: `plain`, or what differs from it.
pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Number {
    let plain = Number { decimal: '.', thousands: None, currency: None, implied_decimals: 0, scale: None };
    if spot.raw_text() == Some("plain") {
        return plain;
    }
    if !spot.is_map() {
        spot.expected("plain, or a map of decimal, thousands, currency, implied_decimals, scale", mistakes);
        return plain;
    }
    let fields = spot.keyed(&keys::NUMBER, mistakes);
    let number = Number {
        decimal: fields.get("decimal").and_then(|spot| character(&spot, mistakes)).unwrap_or('.'),
        thousands: fields.get("thousands").and_then(|spot| character(&spot, mistakes)),
        currency: fields.get("currency").and_then(|spot| any_text(&spot, "a sign or name such as \"$\"", mistakes)),
        implied_decimals: fields.number_or("implied_decimals", "a whole number", 0..=9, 0, mistakes),
        scale: fields.get("scale").and_then(|spot| scale(&spot, mistakes)),
    };
    if number.thousands == Some(number.decimal) {
        mistakes.add(spot, "has one sign for decimals and for thousands");
    }
    number
}

/// Reads an exact decimal.
fn scale(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let text = spot.raw_text().unwrap_or_default();
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_nothing = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if are_digits(whole) && are_digits(part) && text.len() <= 20 && !is_nothing {
        return Some(text.to_owned());
    }
    spot.expected("an exact decimal above 0, such as 0.45359237", mistakes);
    None
}
