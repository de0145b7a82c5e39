//! Likeness against plain implementations, and what the levels of names and days mean.

use proptest::prelude::*;

use super::*;

#[test]
fn levels_have_names_and_places() {
    for (word, kind) in Kind::WORDS {
        assert_eq!(kind.to_string(), word);
        assert_eq!(kind.level("equal"), Some(Level::EQUAL));
        assert_eq!(kind.level("else"), Some(kind.worst()), "{word}");
        assert_eq!(kind.levels().len(), usize::from(kind.worst().0) + 1);
        assert_eq!(kind.name(Level::NULL), "null");
    }
    assert_eq!(Kind::FirstName.level("swapped"), Some(Level::SWAPPED));
}

#[test]
fn first_names_agree_by_nickname_and_initial() {
    let nicknames = Nicknames::default();
    for (a, b, level) in [
        ("maria", "maria", "equal"),
        ("robert", "bob", "nickname"),
        ("bob", "rob", "nickname"),
        ("maria", "mariia", "close"),
        ("m", "maria", "initial"),
        ("maria", "marta", "near"),
        ("maria", "wei", "else"),
        ("m", "w", "else"),
    ] {
        let found = first_name(a, b, || nicknames.share(nicknames.place(a), nicknames.place(b)));
        assert_eq!(Kind::FirstName.name(found), level, "{a} {b}");
        assert_eq!(found, first_name(b, a, || nicknames.share(nicknames.place(b), nicknames.place(a))), "{a} {b}");
    }
}

#[test]
fn last_names_agree_by_part_and_sound() {
    for (a, b, level) in [
        ("de la cruz", "delacruz", "equal"),
        ("de la cruz", "cruz", "part"),
        ("lopez garcia", "garcia lopez", "part"),
        ("lopez", "lopes", "close"),
        ("smith", "schmidt", "sounds"),
        ("j", "j jones", "else"),
        ("nguyen", "win", "else"),
    ] {
        let flat = |name: &str| name.replace(' ', "");
        let codes = |name: &str| crate::sound::metaphone(&flat(name));
        let sound = || codes(a).iter().any(|code| codes(b).contains(code));
        let found = last_name((a, &flat(a)), (b, &flat(b)), sound);
        assert_eq!(Kind::LastName.name(found), level, "{a} {b}");
        assert_eq!(found, last_name((b, &flat(b)), (a, &flat(a)), sound), "{a} {b}");
    }
}

#[test]
fn days_agree_by_exchange_slip_and_year() {
    for (a, b, level) in [
        (19840307, 19840703, "transposed"),
        (19841203, 19840312, "transposed"),
        (19840307, 19480307, "edit1"),
        (19840307, 19840308, "edit1"),
        (19840110, 19840101, "edit1"),
        (19790307, 19840307, "year"),
        (19120307, 20120307, "year"),
        (19950307, 20050307, "year"),
        (19990307, 20010307, "year"),
        (19940307, 20050307, "else"),
        (19990307, 20000307, "else"),
        (19840307, 19960307, "else"),
    ] {
        assert_eq!(Kind::Date.name(date(a, b)), level, "{a} {b}");
        assert_eq!(date(a, b), date(b, a));
    }
}

/// The slips between two texts by the whole table.
fn slips(a: &[u8], b: &[u8]) -> usize {
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let mut least = (table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                least = least.min(table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(table[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    table[a.len()][b.len()]
}

proptest! {
    #[test]
    fn slips_are_those_of_the_whole_table(a in "[ab]{0,7}|[a-c]{0,5}", b in "[ab]{0,7}|[a-c]{0,5}") {
        let whole = slips(a.as_bytes(), b.as_bytes());
        prop_assert_eq!(edits(&a, &b).map(usize::from), (whole <= 2).then_some(whole));
    }

    #[test]
    fn short_texts_are_as_like_as_long_ones(a in "[a-e]{1,9}", b in "[a-e]{1,9}") {
        prop_assert_eq!(jaro_winkler(&a, &b).to_bits(), strsim::jaro_winkler(&a, &b).to_bits());
        prop_assert_eq!(jaro_winkler(&a, &b).to_bits(), jaro_winkler(&b, &a).to_bits());
    }

    #[test]
    fn a_slip_between_numbers_is_one_between_their_texts(a in 0_u32..100_000_000, place in 0_u32..8, digit in 0_u32..10) {
        let b = a - a / 10_u32.pow(place) % 10 * 10_u32.pow(place) + digit * 10_u32.pow(place);
        prop_assert_eq!(digits::<8>(a, b), a != b);
        prop_assert_eq!(digits::<8>(a, b), edits(&format!("{a:08}"), &format!("{b:08}")) == Some(1));
    }
}
