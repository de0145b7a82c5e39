//! The steps of a value.

use std::collections::BTreeSet;
use std::sync::Arc;

use carelake_core::config::reader::{Mistakes, Spot};

use super::known::{CodeList, Known, Page};
use super::text::{any_text, character};
use super::{codes, keys, lookup, moment, number};
use crate::common::Rule;
use crate::mapping::{Otherwise, Part, Step};

/// The steps there are.
pub(super) const STEPS: [&str; 11] = keys::names(&keys::STEPS);

/// What stands for a value that is in no list.
const ELSE: &str = "else";

/// Reads the steps that one key stands for; `rule` is that of the column, if the value is one's.
pub(super) fn read(
    key: &str,
    spot: &Spot<'_>,
    rule: Option<&Rule>,
    (known, page): (&Known<'_>, &mut Page),
    mistakes: &mut Mistakes,
) -> Vec<Step> {
    match key {
        "split" => split(spot, mistakes).into_iter().collect(),
        "extract" => extract(spot, mistakes).into_iter().collect(),
        "replace" => replace(spot, mistakes),
        "case" => {
            let choices = [("upper", true), ("lower", false)];
            let is_upper = spot.choice(&choices, mistakes);
            is_upper.map(|is_upper| if is_upper { Step::Upper } else { Step::Lower }).into_iter().collect()
        }
        "pad" => pad(spot, mistakes).into_iter().collect(),
        "strip" => strip(spot, mistakes),
        "map" => vec![map(spot, rule, known, page, mistakes)],
        "lookup" => {
            let fields = spot.keyed(&keys::LOOKUP, mistakes);
            let table = lookup::read(&fields, known, page, mistakes);
            vec![Step::Lookup(table, otherwise(fields.get(ELSE).as_ref(), mistakes))]
        }
        "date" => vec![Step::Date(moment::read(spot, mistakes))],
        "datetime" => vec![Step::DateTime(moment::read(spot, mistakes))],
        "number" => vec![Step::Number(number::read(spot, mistakes))],
        _ => Vec::new(),
    }
}

/// Reads where a text is cut, and which part is taken; all of them where it is only said where.
fn split(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Step> {
    if !spot.is_map() {
        return any_text(spot, "a text to split on, or { on: TEXT, part: N }", mistakes).map(Step::SplitList);
    }
    let fields = spot.fields(&["on", "part", "rest"], mistakes);
    let on = fields.required("on", "the text to split on", mistakes)?;
    let on = any_text(&on, "the text to split on", mistakes)?;
    let part = match (fields.get("part"), fields.get("rest")) {
        (Some(part), None) => part
            .number("1, 2 … from the start or -1, -2 … from the end:", -1000..=1000, mistakes)
            .and_then(|part: isize| {
                if part == 0 {
                    part_zero(&fields.get("part")?, mistakes);
                }
                match part {
                    0 => None,
                    1.. => Some(Part::Start(part.unsigned_abs())),
                    _ => Some(Part::End(part.unsigned_abs())),
                }
            }),
        (None, Some(rest)) => rest.number("a whole number", 1..=1000, mistakes).map(Part::From),
        _ => {
            mistakes.add(spot, "needs `part` (1 the first, -1 the last) or `rest` (2: the second and all after it)");
            None
        }
    };
    Some(Step::Split(on, part?))
}

fn part_zero(spot: &Spot<'_>, mistakes: &mut Mistakes) {
    mistakes.add(spot, "must be 1, 2 … from the start or -1, -2 … from the end, not `0`");
}

fn extract(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Step> {
    let text = spot.text("a regular expression, such as \"([0-9]+)$\"", mistakes)?;
    match regex_lite::Regex::new(&text) {
        Ok(regex) => Some(Step::Extract(regex)),
        Err(error) => {
            mistakes.add(spot, format!("is no regular expression that can be read in linear time: {error}"));
            None
        }
    }
}

fn replace(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<Step> {
    let mut steps = Vec::new();
    for (from, spot) in spot.entries("texts and what stands in their place", mistakes) {
        if from.is_empty() {
            mistakes.add(&spot, "replaces nothing; give the text to replace");
        } else if let Some(to) = spot.raw_text() {
            steps.push(Step::Replace(from.to_owned(), to.to_owned()));
        } else {
            spot.expected("a text, \"\" for none", mistakes);
        }
    }
    steps
}

fn pad(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Step> {
    if !spot.is_map() {
        let width = spot.number("a width in characters", 1..=100, mistakes)?;
        return Some(Step::Pad { with: '0', width, any_text: false });
    }
    let fields = spot.keyed(&keys::PAD, mistakes);
    let width = fields.required("width", "how many characters there must be", mistakes)?;
    Some(Step::Pad {
        with: fields.get("left").and_then(|spot| character(&spot, mistakes)).unwrap_or('0'),
        width: width.number("a width in characters", 1..=100, mistakes)?,
        any_text: fields.get("any_text").and_then(|spot| spot.boolean(mistakes)).unwrap_or(false),
    })
}

fn strip(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<Step> {
    let fields = spot.keyed(&keys::STRIP, mistakes);
    let mut read = |key| fields.get(key).and_then(|spot| any_text(&spot, "a text", mistakes));
    let steps: Vec<Step> =
        [read("start").map(Step::StripStart), read("end").map(Step::StripEnd)].into_iter().flatten().collect();
    if spot.is_map() && fields.get("start").is_none() && fields.get("end").is_none() {
        mistakes.add(spot, "needs `start` or `end`, the text that is taken away there");
    }
    steps
}

/// Reads a code list, by its name or in place, and checks that it leads to values that the column may have.
fn map(spot: &Spot<'_>, rule: Option<&Rule>, known: &Known<'_>, page: &mut Page, mistakes: &mut Mistakes) -> Step {
    if !spot.is_map() {
        let list = named(spot, known, page, mistakes);
        check_values(&list, spot, rule, mistakes);
        return Step::Map(list, Otherwise::Keep);
    }
    let by_name = spot.child("list");
    if by_name.is_some() {
        spot.fields(&["list", "else"], mistakes);
    }
    let list = match by_name {
        Some(name) => named(&name, known, page, mistakes),
        None => codes::read_but(Some(ELSE), spot, mistakes),
    };
    check_values(&list, spot, rule, mistakes);
    let other = spot.child(ELSE);
    let otherwise = otherwise(other.as_ref(), mistakes);
    if let (Some(Rule::Code { values, .. }), Otherwise::Value(value), Some(spot)) = (rule, &otherwise, &other) {
        check_value(value, values, spot, mistakes);
    }
    Step::Map(list, otherwise)
}

fn named(spot: &Spot<'_>, known: &Known<'_>, page: &mut Page, mistakes: &mut Mistakes) -> CodeList {
    let Some(name) = spot.text("the name of a code list", mistakes) else { return Arc::default() };
    match known.lists.get(&name) {
        Some(list) => {
            page.lists.insert(name);
            Arc::clone(list)
        }
        None => {
            let message = format!("there is no code list `{name}` in intake.code_lists");
            mistakes.unknown(spot, message, &name, known.lists.keys().map(String::as_str));
            Arc::default()
        }
    }
}

/// Checks that what a list leads to is what the column may have.
fn check_values(list: &CodeList, spot: &Spot<'_>, rule: Option<&Rule>, mistakes: &mut Mistakes) {
    let Some(Rule::Code { values, .. }) = rule else { return };
    let meanings: BTreeSet<&String> = list.values().collect();
    for meaning in meanings {
        check_value(meaning, values, spot, mistakes);
    }
}

fn check_value(value: &str, values: &[String], spot: &Spot<'_>, mistakes: &mut Mistakes) {
    if values.iter().all(|known| known != value) {
        let message = format!("leads to `{value}`, which the column cannot have; accepted: {}", values.join(", "));
        mistakes.unknown(spot, message, value, values.iter().map(String::as_str));
    }
}

/// Reads what stands for a value that is in no list: null, keep, reject, or a value; in quotes it is always a value.
fn otherwise(spot: Option<&Spot<'_>>, mistakes: &mut Mistakes) -> Otherwise {
    let Some(spot) = spot else { return Otherwise::Keep };
    match (spot.raw_text(), spot.is_quoted()) {
        (Some("null"), false) => Otherwise::Null,
        (Some("keep"), false) => Otherwise::Keep,
        (Some("reject"), false) => Otherwise::Reject,
        (Some(text), _) if !text.trim().is_empty() => Otherwise::Value(text.to_owned()),
        _ => {
            spot.expected("null, keep, reject or a value", mistakes);
            Otherwise::Keep
        }
    }
}
