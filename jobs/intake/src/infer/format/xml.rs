//! XML: which element is the record, and what it holds.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::InferError;
use super::super::sample::{Sample, Seen, Setting};
use super::text::Decoded;
use super::tree::{Paths, Tree, parts};

/// Nesting at which reading stops.
const DEPTH: usize = 64;

/// An element.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

/// Takes a sample of XML.
pub(super) fn sample(decoded: &Decoded, most: usize) -> Result<Sample, InferError> {
    let root = read(&decoded.text).ok_or(InferError::Broken { what: "XML" })?;
    let mut path = Vec::new();
    let records = records(&root, &mut path).ok_or(InferError::NoRows)?;
    let trees: Vec<Tree> = records.iter().take(most).map(|record| tree(record)).collect();
    let format = vec![Setting::word("type", "xml"), Setting::text("records", path.join("/"))];
    let parts = parts(&trees.iter().collect::<Vec<_>>(), Paths::Slashes, 0);
    Ok(Sample { format, parts, declared: declared(&root), ..Sample::default() })
}

/// Returns the character that a reference stands for.
fn character(reference: &str) -> char {
    match reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => ' ',
    }
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

/// Reads elements as far as the text goes.
fn read(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) if open.len() <= DEPTH => open.push(element(&start)),
            Ok(Event::Empty(start)) => {
                if let Some(last) = open.last_mut() {
                    last.children.push(element(&start));
                }
            }
            Ok(Event::End(_)) => {
                let closed = open.pop()?;
                open.last_mut()?.children.push(closed);
            }
            Ok(Event::Text(text)) => {
                if let Some(last) = open.last_mut() {
                    last.text.push_str(text.trim_end_matches(['\r', '\n']));
                }
            }
            Ok(Event::CData(text)) => {
                if let Some(last) = open.last_mut() {
                    last.text.push_str(&text);
                }
            }
            Ok(Event::GeneralRef(reference)) => {
                if let Some(last) = open.last_mut() {
                    last.text.push(character(&reference));
                }
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    // What is still open was cut off; it has what was read, but for the innermost record.
    while open.len() > 1 {
        let closed = open.pop()?;
        open.last_mut()?.children.push(closed);
    }
    open.pop()?.children.into_iter().next()
}

fn element(start: &BytesStart<'_>) -> Element {
    let attributes = start
        .attributes()
        .with_checks(false)
        .filter_map(Result::ok)
        .filter(|attribute| !attribute.key.as_ref().starts_with("xmlns"))
        .map(|attribute| (local(attribute.key.as_ref()), attribute.value.into_owned()))
        .collect();
    Element { name: local(start.name().as_ref()), attributes, ..Element::default() }
}

/// Finds the elements that are records: going down, the first that stand many times; returns them and fills in their path.
fn records<'a>(root: &'a Element, path: &mut Vec<String>) -> Option<Vec<&'a Element>> {
    let mut level = root;
    for _ in 0..DEPTH {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for child in &level.children {
            *counts.entry(&child.name).or_default() += 1;
        }
        let (name, count) = counts.iter().max_by_key(|(_, count)| **count)?;
        if *count >= 2 {
            path.push((*name).to_owned());
            return Some(level.children.iter().filter(|child| child.name == *name).collect());
        }
        // Of several that stand once, the records are in the one that has most in it.
        let deepest = level.children.iter().max_by_key(|child| child.children.len())?;
        path.push(deepest.name.clone());
        if deepest.children.is_empty() {
            path.pop();
            path.pop();
            return Some(vec![level]);
        }
        level = deepest;
    }
    None
}

fn tree(element: &Element) -> Tree {
    let mut entries: Vec<(String, Tree)> =
        element.attributes.iter().map(|(name, value)| (format!("@{name}"), Tree::Leaf(Seen::text(value)))).collect();
    let text = Seen::text(&element.text);
    if element.children.is_empty() && entries.is_empty() {
        return Tree::Leaf(text);
    }
    if !text.text.is_empty() {
        entries.push((String::new(), Tree::Leaf(text)));
    }
    for child in &element.children {
        let value = tree(child);
        match entries.iter_mut().find(|(name, _)| *name == child.name) {
            None => entries.push((child.name.clone(), value)),
            Some((_, Tree::List(items))) => items.push(value),
            Some((_, first)) => {
                let before = std::mem::replace(first, Tree::List(Vec::new()));
                *first = Tree::List(vec![before, value]);
            }
        }
    }
    Tree::Map(entries)
}

/// Finds a date on the root or right below it that may be that of the delivery.
fn declared(root: &Element) -> Option<(String, String)> {
    let attributes = root.attributes.iter().map(|(name, value)| (format!("@{name}"), value));
    let children = root.children.iter().filter(|child| child.children.is_empty());
    attributes.chain(children.map(|child| (child.name.clone(), &child.text))).find_map(|(path, text)| {
        let day = text.get(..10)?;
        day.parse::<jiff::civil::Date>().is_ok().then(|| (path, "iso".to_owned()))
    })
}
