//! JSON: where the records are, and what they hold.

use super::super::InferError;
use super::super::sample::{Column, Part, Sample, Seen, Set, Setting};
use super::json_text;
use super::text::Decoded;
use super::tree::{Paths, Tree, parts};

/// Levels below the top at which records are looked for.
const LEVELS: usize = 5;

/// Takes a sample of JSON.
pub(super) fn sample(decoded: &Decoded, most: usize) -> Result<Sample, InferError> {
    let values = json_text::read(&decoded.text, decoded.is_whole).ok_or(InferError::Broken { what: "JSON" })?;
    let mut sample = match values.as_slice() {
        [] => return Err(InferError::Broken { what: "JSON" }),
        [Tree::List(items)] => {
            let mut sample = Sample { format: settings("json", None), ..Sample::default() };
            sample.parts = parts(&items.iter().take(most).collect::<Vec<_>>(), Paths::Dots, 0);
            sample
        }
        [top] => of_object(top, most).unwrap_or_else(|| lines(&values, most)),
        _ => lines(&values, most),
    };
    if decoded.encoding != encoding_rs::UTF_8 {
        sample.doubts.push(format!("JSON is UTF-8; this looks like {}", decoded.name()));
    }
    Ok(sample)
}

fn settings(kind: &str, path: Option<&str>) -> Vec<Setting> {
    let mut settings = vec![Setting::word("type", kind)];
    settings.extend(path.filter(|path| !path.is_empty()).map(|path| Setting::text("records", path)));
    settings
}

fn lines(values: &[Tree], most: usize) -> Sample {
    let records: Vec<&Tree> = values.iter().take(most).collect();
    Sample { format: settings("ndjson", None), parts: parts(&records, Paths::Dots, 0), ..Sample::default() }
}

/// Tells what one object at the top is: a Bundle, columns and rows, or records at a path.
fn of_object(top: &Tree, most: usize) -> Option<Sample> {
    if top.get("resourceType").is_some_and(|kind| kind.text() == "Bundle") {
        return Some(bundle(top, most));
    }
    if let Some(sample) = columns(top, most) {
        return Some(sample);
    }
    let mut found: Vec<(String, &[Tree])> = Vec::new();
    find(top, "", 0, &mut found);
    let (path, items) = found.into_iter().max_by_key(|(path, items)| (items.len(), usize::MAX - path.len()))?;
    let mut sample = Sample { format: settings("json", Some(&path)), ..Sample::default() };
    sample.parts = parts(&items.iter().take(most).collect::<Vec<_>>(), Paths::Dots, 0);
    sample.declared = declared(top);
    Some(sample)
}

/// Finds lists of objects that are in no other list.
fn find<'a>(tree: &'a Tree, path: &str, level: usize, found: &mut Vec<(String, &'a [Tree])>) {
    let Tree::Map(entries) = tree else { return };
    for (key, value) in entries {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            Tree::List(items) if items.iter().any(|item| matches!(item, Tree::Map(_))) => found.push((path, items)),
            Tree::Map(_) if level < LEVELS => find(value, &path, level + 1, found),
            _ => {}
        }
    }
}

/// Finds a date at the top that may be that of the delivery.
fn declared(top: &Tree) -> Option<(String, String)> {
    let Tree::Map(entries) = top else { return None };
    entries.iter().find_map(|(key, value)| {
        let text = value.text();
        let is_day = text.len() >= 10 && text.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok());
        is_day.then(|| (key.clone(), "iso".to_owned()))
    })
}

/// Tells names of columns and arrays of values.
fn columns(top: &Tree, most: usize) -> Option<Sample> {
    let Tree::Map(entries) = top else { return None };
    let is_names = |tree: &Tree| {
        let items = tree.items();
        items.len() >= 2
            && items.iter().all(|item| {
                let name = if let Tree::Map(_) = item { item.get("name") } else { Some(item) };
                name.is_some_and(|name| !name.text().is_empty())
            })
    };
    let (rows_key, rows) = entries.iter().find(|(_, value)| matches!(value.items().first(), Some(Tree::List(_))))?;
    let width = rows.items().first()?.items().len();
    let (names_key, names) = entries.iter().find(|(_, value)| is_names(value) && value.items().len() == width)?;
    let name = |item: &Tree| {
        if let Tree::Map(_) = item { item.get("name").map(Tree::text) } else { Some(item.text()) }
            .unwrap_or_default()
            .to_owned()
    };
    let mut columns: Vec<Column> = names.items().iter().map(|item| Column::new(name(item), name(item))).collect();
    for row in rows.items().iter().take(most) {
        for (at, column) in columns.iter_mut().enumerate() {
            column.cells.push(match row.items().get(at) {
                Some(Tree::Leaf(seen)) => seen.clone(),
                _ => Seen::default(),
            });
        }
    }
    let mut format = settings("json_columns", None);
    format.push(Setting { key: "columns", value: Set::Text(names_key.clone()), comment: None });
    format.push(Setting { key: "rows", value: Set::Text(rows_key.clone()), comment: None });
    let rows = rows.items().len().min(most);
    let part = Part { columns, rows, ..Part::default() };
    Some(Sample { format, parts: vec![part], declared: declared(top), ..Sample::default() })
}

/// Takes the resources of a FHIR Bundle, a part each kind.
fn bundle(top: &Tree, most: usize) -> Sample {
    let mut kinds: Vec<(String, Vec<&Tree>)> = Vec::new();
    for entry in top.get("entry").map(Tree::items).unwrap_or_default() {
        let Some(resource) = entry.get("resource") else { continue };
        let kind = resource.get("resourceType").map(Tree::text).unwrap_or_default();
        match kinds.iter_mut().find(|(name, _)| name == kind) {
            Some((_, all)) if all.len() < most => all.push(resource),
            Some(_) => {}
            None => kinds.push((kind.to_owned(), vec![resource])),
        }
    }
    let mut sample = Sample { format: settings("fhir_bundle", None), ..Sample::default() };
    for (kind, records) in kinds {
        let first = sample.parts.len();
        let mut inner = parts(&records, Paths::Dots, first);
        for part in &mut inner {
            part.select = Some(("resourceType".to_owned(), kind.clone()));
        }
        if let Some(part) = inner.first_mut() {
            part.called = Some(kind);
            part.columns.retain(|column| column.source != "resourceType");
        }
        sample.parts.append(&mut inner);
    }
    sample
}
