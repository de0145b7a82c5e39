//! The steps that dates, numbers, names and identifiers need.

use super::super::sample::Set;
use super::content::Profile;
use super::mapping::step;
use super::target::Target;
use super::{fit, shapes, words};

/// Steps, and what is to be known about them.
pub(super) type Steps = (Vec<(String, Set)>, Vec<String>);
/// Columns that are made of one text, each with its steps and a comment.
pub(super) type Parts = Vec<(&'static str, Vec<(String, Set)>, Option<String>)>;

/// Letters before a number that only say whose it is.
const ID_PREFIXES: [&str; 12] =
    ["MR", "MRN", "PT", "PAT", "PATIENT", "PID", "ENC", "ENCOUNTER", "VISIT", "URN:UUID", "ID", "CLM"];

/// Returns how a date, or a date and a time, is read.
pub(super) fn moment(key: &str, profile: &Profile) -> Steps {
    let word = |word: &str| step(key, Set::Word(word.to_owned()));
    if profile.filled == 0 {
        return (Vec::new(), vec!["no value was seen; say how it is written".to_owned()]);
    }
    if profile.typed_dates > 0.5 {
        // Text among the dates of a workbook is read as it is written.
        let texts = profile.dates.formats.iter().any(|format| format != "iso" && !format.starts_with("%Y-%m-%d"));
        let formats: Vec<Set> = profile
            .dates
            .formats
            .iter()
            .filter(|format| *format != "iso" && !format.starts_with("%Y-%m-%d"))
            .cloned()
            .map(Set::Text)
            .collect();
        return if texts {
            (vec![step(key, Set::List([vec![Set::Word("iso".to_owned())], formats].concat()))], Vec::new())
        } else {
            (Vec::new(), Vec::new())
        };
    }
    if profile.share(fit::is_epoch_millis) > 0.85 {
        return (vec![word("epoch_ms")], Vec::new());
    }
    if profile.dates.share() < 0.8 {
        if profile.share(fit::is_epoch) > 0.85 {
            return (vec![word("epoch_s")], Vec::new());
        }
        if profile.share(fit::is_serial) > 0.5 {
            return (vec![word("excel")], vec!["days as a workbook counts them".to_owned()]);
        }
    }
    let written = &profile.dates;
    let formats: Vec<Set> = written
        .formats
        .iter()
        .map(|format| if format == "iso" { Set::Word(format.clone()) } else { Set::Text(format.clone()) })
        .collect();
    let said = match formats.as_slice() {
        [one] => one.clone(),
        _ => Set::List(formats),
    };
    let mut comments = Vec::new();
    let names = written.formats.join(" or ");
    match written.also.first() {
        Some(also) => {
            comments.push(format!("{} of {} fit both {names} and {also}", grouped(written.fit), grouped(written.all)))
        }
        None if written.fit < written.all => {
            comments.push(format!("{} of {} fit {names}", grouped(written.fit), grouped(written.all)))
        }
        None => {}
    }
    (vec![step(key, said)], comments)
}

/// Returns a number with a comma between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns how an identifier is made whole: zeros that a workbook lost, letters that only say whose it is.
pub(super) fn identifier(profile: &Profile) -> Steps {
    let longest = profile.texts().iter().map(String::len).max().unwrap_or_default();
    let full = profile.share(|text| text.len() == longest);
    let are_numbers = profile.share(|text| text.bytes().all(|byte| byte.is_ascii_digit())) > 0.99;
    if profile.numbers > 0.5 && are_numbers && longest >= 6 && (0.5..1.0).contains(&full) {
        let comment = format!("a few numbers have less than {longest} digits: zeros may be lost in the file");
        return (vec![step("pad", Set::Word(longest.to_string()))], vec![comment]);
    }
    let Some(first) = profile.texts().first() else { return (Vec::new(), Vec::new()) };
    let prefix = first.find(['/', '-', ':']).and_then(|end| first.get(..=end)).unwrap_or_default();
    let is_shared = !prefix.is_empty() && profile.share(|text| text.starts_with(prefix)) > 0.99;
    let letters = prefix.trim_end_matches(['/', '-', ':']).to_uppercase();
    let is_word =
        prefix.ends_with('/') && letters.chars().all(char::is_alphabetic) || ID_PREFIXES.contains(&letters.as_str());
    if !is_shared || !is_word {
        return (Vec::new(), Vec::new());
    }
    let strip = Set::Map(vec![step("start", Set::Text(prefix.to_owned()))]);
    let comment = if prefix.ends_with('/') {
        None
    } else {
        Some("every one begins so; keep it if other files have it too".to_owned())
    };
    (vec![step("strip", strip)], comment.into_iter().collect())
}

fn split(on: &str, part: i32) -> Set {
    Set::Map(vec![step("on", Set::Text(on.to_owned())), step("part", Set::Word(part.to_string()))])
}

fn rest(on: &str, from: i32) -> Set {
    Set::Map(vec![step("on", Set::Text(on.to_owned())), step("rest", Set::Word(from.to_string()))])
}

fn both(first: Set, second: Set) -> (String, Set) {
    let one = |set| Set::Map(vec![step("split", set)]);
    step("steps", Set::List(vec![one(first), one(second)]))
}

/// Returns how a whole name is taken apart.
pub(super) fn full_name(profile: &Profile) -> Parts {
    if profile.share(|text| text.contains('^')) > 0.5 {
        let most = profile.texts().iter().map(|text| text.split('^').count()).max().unwrap_or(2);
        let names = ["last_name", "first_name", "middle_name", "name_suffix"];
        let parts =
            names.iter().zip(1..).take(most).map(|(name, part)| (*name, vec![step("split", split("^", part))], None));
        return parts.collect();
    }
    if profile.share(|text| text.contains(',')) > 0.5 {
        let has_middle = profile
            .share(|text| text.split(',').nth(1).is_some_and(|given| given.split_whitespace().count() > 1))
            > 0.1;
        let last = ("last_name", vec![step("split", split(",", 1))], None);
        if !has_middle {
            return vec![last, ("first_name", vec![step("split", split(",", 2))], None)];
        }
        return vec![
            last,
            ("first_name", vec![both(split(",", 2), split(" ", 1))], None),
            ("middle_name", vec![both(split(",", 2), rest(" ", 2))], None),
        ];
    }
    let (last, first) = profile.people();
    let doubt = Some("words without a comma: names of several words may be cut at the wrong one".to_owned());
    if last > first {
        return vec![
            ("last_name", vec![step("split", split(" ", 1))], doubt),
            ("first_name", vec![step("split", rest(" ", 2))], None),
        ];
    }
    vec![
        ("last_name", vec![step("split", rest(" ", 2))], doubt),
        ("first_name", vec![step("split", split(" ", 1))], None),
    ]
}

/// Returns how a city, a state and a ZIP code in one text are taken apart.
pub(super) fn city_state_zip(profile: &Profile) -> Parts {
    if profile.share(|text| text.matches(',').count() == 1) > 0.95 {
        return vec![
            ("city", vec![step("split", split(",", 1))], None),
            ("state", vec![both(split(",", 2), split(" ", 1))], None),
            ("zip_code", vec![step("split", split(" ", -1))], None),
        ];
    }
    let extract = |pattern: &str| vec![step("extract", Set::Text(pattern.to_owned()))];
    vec![
        ("city", extract("^(.*?),? +[A-Za-z]{2},? +[0-9-]+$"), None),
        ("state", extract("([A-Za-z]{2}),? +[0-9-]+$"), None),
        ("zip_code", extract("([0-9-]+)$"), None),
    ]
}

/// Returns how an address is taken apart, where the second line is in the same text.
pub(super) fn address(profile: &Profile) -> Parts {
    for sign in [";", ",", "|"] {
        let parted = profile.share(|text| text.split_once(sign).is_some_and(|(_, unit)| shapes::is_unit(unit.trim())));
        if parted > 0.02 {
            return vec![
                ("address", vec![step("split", split(sign, 1))], None),
                ("address_line_2", vec![step("split", split(sign, 2))], None),
            ];
        }
    }
    vec![("address", Vec::new(), None)]
}

/// Returns how an amount or a weight is read.
pub(super) fn number(target: Target, profile: &Profile, label: &str) -> Steps {
    let mut entries = Vec::new();
    let mut comments = Vec::new();
    let has = |sign: char| profile.texts().iter().any(|text| text.contains(sign));
    if profile.numbers < 0.5 {
        let cents_by_comma = profile.share(|text| text.trim_end_matches('-').chars().rev().nth(2) == Some(',')) > 0.5;
        if cents_by_comma {
            entries.push(step("decimal", Set::Text(",".to_owned())));
        }
        let thousands = if cents_by_comma { '.' } else { ',' };
        if has(thousands) {
            entries.push(step("thousands", Set::Text(thousands.to_string())));
        }
        for sign in ['$', '\u{20ac}', '\u{a3}'] {
            if has(sign) {
                entries.push(step("currency", Set::Text(sign.to_string())));
            }
        }
    }
    let are_digits = profile.share(|text| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')) > 0.99;
    if target == Target::Charge && are_digits && profile.texts().iter().any(|text| text.len() > 3) {
        let are_filled = profile.share(|text| text.starts_with('0') && text.len() > 4) > 0.5;
        if are_filled {
            entries.push(step("implied_decimals", Set::Word("2".to_owned())));
        }
        comments
            .push("no decimals were seen: dollars or cents? cents need `number: { implied_decimals: 2 }`".to_owned());
    }
    if target == Target::Weight {
        let unit = words::of(label);
        let is = |name: &str| unit.iter().any(|word| word == name);
        let scale = [("pounds", "0.45359237"), ("grams", "0.001"), ("ounces", "0.028349523125")];
        match scale.iter().find(|(name, _)| is(name)) {
            Some((_, scale)) => entries.push(step("scale", Set::Word((*scale).to_owned()))),
            None if is("kilograms") => {}
            None => comments.push(
                "the unit is said nowhere: kilograms as it stands; pounds need `number: { scale: 0.45359237 }`"
                    .to_owned(),
            ),
        }
    }
    let is_odd = profile.texts().iter().any(|text| text.ends_with('-') || text.starts_with('('));
    if !entries.is_empty() {
        return (vec![step("number", Set::Map(entries))], comments);
    }
    if is_odd || profile.numbers < 0.5 {
        return (vec![step("number", Set::Word("plain".to_owned()))], comments);
    }
    (Vec::new(), comments)
}
