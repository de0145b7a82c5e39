//! What nobody means to write.

use std::path::Path;

use carelake_core::config::reader::{Mistakes, parse};

use super::{SOUND, section};
use crate::config::path::PathPattern;

#[test]
fn whatever_stands_in_the_place_of_a_value_is_read_or_told() {
    let odd = [
        "",
        "~",
        "[]",
        "{}",
        "[[]]",
        "{a: {}}",
        "-1",
        "99999999999999999999",
        "'{'",
        "\"\\0\"",
        "é",
        "*",
        "%",
        "1-0",
        "[a, a]",
    ];
    let mut told = 0;
    for (colon, _) in SOUND.match_indices(": ") {
        let (head, rest) = SOUND.split_at(colon + 2);
        let (_, rest) = rest.split_at(rest.find(['\n', ',', '}']).unwrap());
        for odd in odd {
            let text = format!("{head}{odd}{rest}");
            if parse(&text, &mut Mistakes::default()).is_some() {
                told += usize::from(!section(&text, Path::new("")).1.is_empty());
            }
        }
    }
    assert!(told > 50, "{told}");
}

#[test]
fn a_pattern_is_no_longer_than_names_are() {
    assert!(PathPattern::parse(&"a".repeat(1_000)).is_ok());
    let expected = "must have at most 1000 characters";
    assert_eq!(PathPattern::parse(&"a".repeat(1_001)).unwrap_err(), expected);
}
