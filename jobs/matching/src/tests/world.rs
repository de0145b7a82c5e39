//! A matcher, its reference and its records, of maps of columns.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use carelake_core::config::reader::{Mistakes, Node, Spot, Value as Tree, parse};
use jiff::civil::{Date, date};
use serde_json::{Map, Value, json};

use crate::config::Matcher;
use crate::decide::{Answer, Claim, Decider, Decision, Record, claimed_twice};
use crate::index::{About, Builder, Index, Key};
use crate::link::{Linked, join, links};
use crate::model::Model;
use crate::record::{Layout, Prepared, Preparer};

pub type Row = BTreeMap<String, String>;

/// The shared folder beside the clone, where there is one; a user's clone has none.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/matching").join(name);
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
    }
    path.exists().then_some(path)
}

pub fn as_of() -> Date {
    date(2026, 11, 1)
}

/// Reads YAML as JSON.
pub fn tree(text: &str) -> Value {
    fn value(node: &Node) -> Value {
        match &node.value {
            Tree::Nothing => Value::Null,
            Tree::Text { text, quoted: true } => json!(text),
            Tree::Text { text, .. } => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
            Tree::List(items) => items.iter().map(value).collect(),
            Tree::Map(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect::<Map<_, _>>().into()
            }
        }
    }
    value(&parse(text, &mut Mistakes::default()).unwrap())
}

/// Lays one map over another: maps one level deep, but fields whole.
pub fn laid_over(mut base: Value, over: &Value) -> Value {
    for (key, value) in over.as_object().into_iter().flatten() {
        match (base.get_mut(key), value) {
            (Some(Value::Object(own)), Value::Object(more)) => own.extend(more.clone()),
            _ => {
                base[key] = value.clone();
            }
        }
    }
    base
}

pub fn matcher(config: &Value) -> Matcher {
    let mut mistakes = Mistakes::default();
    let root = parse(&config.to_string(), &mut mistakes).unwrap();
    let matcher = Matcher::read("people", &Spot::root(&root), Path::new(""), &mut mistakes);
    let told: Vec<String> = mistakes.into_problems().iter().map(ToString::to_string).collect();
    assert_eq!(told, [] as [&str; 0]);
    matcher
}

pub fn row(value: &Value) -> Row {
    value.as_object().unwrap().iter().map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn cell<'r>(row: &'r Row, name: &str) -> &'r str {
    row.get(name).map_or("", String::as_str)
}

pub fn prepared(matcher: &Matcher, layout: &Layout, row: &Row) -> Prepared {
    let cells: Vec<Option<&str>> = layout.columns().iter().map(|name| row.get(name).map(String::as_str)).collect();
    Preparer::new(matcher, layout, as_of()).row(&cells)
}

/// The newest complete rows, each key once, in the order in which they come.
pub fn reference<'m>(matcher: &'m Matcher, layout: &'m Layout, rows: &[Row]) -> (Index<'m>, Vec<Row>, Vec<Vec<Key>>) {
    let key = |row: &Row| (cell(row, "data_source").to_owned(), cell(row, "patient_id").to_owned());
    let required: Vec<usize> = matcher.input.required.iter().map(|name| layout.slot(name).unwrap()).collect();
    let mut newest: BTreeMap<(String, String), (&Row, Prepared)> = BTreeMap::new();
    for row in rows {
        let ready = prepared(matcher, layout, row);
        let is_newer = newest.get(&key(row)).is_none_or(|(old, _)| cell(row, "observed") > cell(old, "observed"));
        if required.iter().all(|slot| ready.values[*slot].is_some()) && is_newer {
            newest.insert(key(row), (row, ready));
        }
    }
    let mut builder = Builder::new(matcher, layout);
    for row in rows {
        let Some((chosen, ready)) = newest.get(&key(row)).filter(|(chosen, _)| std::ptr::eq(*chosen, row)) else {
            continue;
        };
        let about = About {
            data_source: cell(chosen, "data_source"),
            partner: None,
            patient_id: cell(chosen, "patient_id"),
            observed: cell(chosen, "observed"),
            person: None,
        };
        builder.add(about, ready).unwrap();
    }
    let rows = newest.values().map(|(row, _)| (*row).clone()).collect();
    let keys = newest.values().map(|(_, ready)| ready.keys.clone()).collect();
    (builder.finish().unwrap(), rows, keys)
}

/// What a run answers: the answers, one-to-one among them, and the reference with its rows.
pub struct Ran<'m> {
    pub index: Index<'m>,
    pub rows: Vec<Row>,
    pub apart: Vec<Vec<u32>>,
    pub answers: Vec<Answer>,
}

/// Looks records up; decisions are by record and person, each a key.
pub fn run<'m>(
    (matcher, layout): (&'m Matcher, &'m Layout),
    model: &Model,
    (referred, records): (&[Row], &[Row]),
    decisions: &[Value],
) -> Ran<'m> {
    let (mut index, rows, keys) = reference(matcher, layout, referred);
    let found = links(&index, |place| keys[place as usize].clone(), |_| true);
    let Linked { persons, apart } = join(&index, &found);
    index.set_persons(persons);
    let prepared: Vec<Prepared> = records.iter().map(|row| prepared(matcher, layout, row)).collect();
    let decided: Vec<Vec<Decision>> = records
        .iter()
        .map(|row| {
            let mine = decisions.iter().filter(|it| {
                it["data_source"] == cell(row, "data_source") && it["patient_id"] == cell(row, "patient_id")
            });
            let decision = |it: &Value| {
                let (source, id) = it["person"].as_str().unwrap().split_once('/').unwrap();
                let person = index.persons().of(index.place(source, id).unwrap());
                Decision { person, is_accepted: it["action"] == "accept" }
            };
            mine.map(decision).collect()
        })
        .collect();
    let asked: Vec<Record<'_>> = records
        .iter()
        .zip(&prepared)
        .zip(&decided)
        .map(|((row, ready), decisions)| Record {
            data_source: cell(row, "data_source"),
            partner: None,
            patient_id: cell(row, "patient_id"),
            row: ready,
            decisions,
        })
        .collect();
    let mut answers = Decider::new(&index, model).answer(&asked);
    let exact: Vec<(usize, String)> = answers
        .iter()
        .enumerate()
        .filter_map(|(number, answer)| Some((number, index.person_id(answer.person?))))
        .collect();
    let claims: Vec<Claim<'_>> = exact
        .iter()
        .map(|(number, person)| Claim {
            data_source: cell(&records[*number], "data_source"),
            delivery: cell(&records[*number], "delivery"),
            patient_id: cell(&records[*number], "patient_id"),
            person,
            is_decided: answers[*number].reason == crate::decide::Reason::Decision,
            is_known_otherwise: answers[*number].is_known_otherwise,
        })
        .collect();
    let twice = claimed_twice(matcher.one_to_one, &claims);
    for ((number, _), _) in exact.iter().zip(&twice).filter(|(_, twice)| **twice) {
        answers[*number].claim_twice();
    }
    Ran { index, rows, apart, answers }
}

impl Ran<'_> {
    pub fn name(&self, place: u32) -> String {
        let (source, id) = self.index.key(place);
        format!("{source}/{id}")
    }

    /// Answers the cells that a record is given, as published.
    pub fn repairs(&self, answer: &Answer) -> Map<String, Value> {
        let cell = |given: &crate::decide::Given| {
            let name = self.index.layout.slots()[given.slot].name.clone();
            let value = json!(self.rows[given.from as usize][&name]);
            (name, value)
        };
        answer.repaired.given.iter().map(cell).collect()
    }
}
