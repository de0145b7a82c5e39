//! A value: where it comes from, and its steps in the order in which they are written.

use carelake_core::config::reader::{Mistakes, Spot};
use carelake_records::Source;

use super::known::{Known, Page};
use super::text::any_text;
use super::{keys, steps};
use crate::common::Rule;
use crate::mapping::{From, Step, Value};

/// The keys of which a value has one: where it comes from.
pub(super) const SOURCES: [&str; 9] = keys::names(&keys::SOURCES);
const WHAT: &str = "the name of a source, a list of them, or a map of one of from, position, slice, constant, capture, parent, all, concat, list and of steps";

/// Reads the values of one table.
pub(super) struct Values<'a, 'k> {
    /// What there is to refer to.
    pub known: &'a Known<'k>,
    /// The page that the table is on.
    pub page: &'a mut Page,
    /// What is wanted of the file, each once.
    pub sources: Vec<Source>,
}

impl Values<'_, '_> {
    /// Reads a value; `others` are the keys of the map that are not of the value, `rule` is that of the column it is for.
    pub fn read(
        &mut self,
        spot: &Spot<'_>,
        others: &[&str],
        rule: Option<&Rule>,
        mistakes: &mut Mistakes,
    ) -> Option<Value> {
        if spot.is_list() {
            return Some(Value { from: From::First(self.several(spot, mistakes)), steps: Vec::new() });
        }
        if !spot.is_map() {
            let path = spot.text(WHAT, mistakes)?;
            return Some(Value { from: self.cell(path, 0, false), steps: Vec::new() });
        }
        let keys = [&SOURCES, steps::STEPS.as_slice(), &["with", "up", "steps"], others].concat();
        let fields = spot.fields(&keys, mistakes);
        let given: Vec<&str> = spot.keys().filter(|key| SOURCES.contains(key)).collect();
        let (first, source) = match given.as_slice() {
            [one] => (*one, fields.get(one)?),
            [] => {
                mistakes.add(spot, format!("says not where the value comes from; give one of {}", SOURCES.join(", ")));
                return None;
            }
            [one, other, ..] => {
                mistakes.add(spot, format!("has `{one}` and `{other}`; a value comes from one of them"));
                return None;
            }
        };
        let mut value = self.source(first, &source, spot, mistakes)?;
        for (key, owner) in [("with", "concat"), ("up", "parent")] {
            if let Some(stray) = fields.get(key).filter(|_| first != owner) {
                mistakes.add(&stray, format!("goes with `{owner}` only"));
            }
        }
        for (key, step) in spot.entries("a source and steps", &mut Mistakes::default()) {
            if key == "steps" {
                value.steps.extend(self.listed(&step, rule, mistakes));
            } else {
                value.steps.extend(steps::read(key, &step, rule, (self.known, self.page), mistakes));
            }
        }
        Some(value)
    }

    /// Reads steps that are written as a list, because one is needed twice.
    fn listed(&mut self, spot: &Spot<'_>, rule: Option<&Rule>, mistakes: &mut Mistakes) -> Vec<Step> {
        let mut read = Vec::new();
        for spot in spot.list("steps", mistakes) {
            spot.fields(&steps::STEPS, mistakes);
            for (key, step) in spot.entries("a step", &mut Mistakes::default()) {
                read.extend(steps::read(key, &step, rule, (self.known, self.page), mistakes));
            }
        }
        read
    }

    fn source(&mut self, key: &str, spot: &Spot<'_>, owner: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Value> {
        let from = match key {
            "from" => return self.read(spot, &[], None, mistakes),
            "constant" => From::Constant(any_text(spot, "the value", mistakes)?),
            "position" => {
                let place: u32 = spot.number("the number of a column,", 1..=16_384, mistakes)?;
                self.cell(format!("#{place}"), 0, false)
            }
            "slice" => {
                let (first, last) = slice(spot, mistakes)?;
                self.cell(format!("{first}-{last}"), 0, false)
            }
            "capture" => {
                let name = spot.text("the name of a capture of the path", mistakes)?;
                if !self.page.captures.contains(&name) {
                    let message = format!("the path has no {{{name}}}");
                    mistakes.unknown(spot, message, &name, self.page.captures.iter().map(String::as_str));
                }
                From::Capture(name)
            }
            "parent" => {
                let up = owner.child("up").and_then(|spot| spot.number("a whole number", 1..=8, mistakes)).unwrap_or(1);
                self.cell(spot.text("a source of the record around the item", mistakes)?, up, false)
            }
            "all" => self.cell(spot.text("a source that is there several times", mistakes)?, 0, true),
            "concat" => {
                let with = owner.child("with").and_then(|spot| any_text(&spot, "what stands between", mistakes));
                From::Joined(self.several(spot, mistakes), with.unwrap_or_else(|| " ".to_owned()))
            }
            _ => From::List(self.several(spot, mistakes)),
        };
        Some(Value { from, steps: Vec::new() })
    }

    fn several(&mut self, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<Value> {
        let items = spot.list("sources", mistakes);
        if items.is_empty() && spot.is_list() {
            mistakes.add(spot, "is empty; give at least one source");
        }
        items.iter().filter_map(|item| self.read(item, &[], None, mistakes)).collect()
    }

    /// Returns the cell of a source, which is wanted from here on.
    fn cell(&mut self, path: String, up: u8, is_list: bool) -> From {
        let source = Source { path, up, is_list };
        let known = self.sources.iter().position(|known| *known == source);
        From::Cell(known.unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        }))
    }
}

/// Reads where characters stand: from 1, both included.
pub(super) fn slice(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<(usize, usize)> {
    let text = spot.raw_text().unwrap_or_default();
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let read = (first.trim().parse::<usize>(), last.trim().parse::<usize>());
    match read {
        (Ok(first), Ok(last)) if first >= 1 && first <= last && last <= 1 << 20 => Some((first, last)),
        _ => {
            spot.expected("characters from 1, both included, such as 11-18", mistakes);
            None
        }
    }
}

/// Tells whether a value is a list.
pub(super) fn is_list(value: &Value, sources: &[Source]) -> bool {
    let from = match &value.from {
        From::Cell(place) => sources.get(*place).is_some_and(|source| source.is_list || source.path.contains("[*]")),
        From::List(_) => true,
        From::First(values) => values.iter().any(|value| is_list(value, sources)),
        From::Capture(_) | From::Constant(_) | From::Joined(..) => false,
    };
    from || value.steps.iter().any(|step| matches!(step, Step::SplitList(_)))
}
