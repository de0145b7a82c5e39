//! HL7 v2: which fields are filled in the messages.

use std::collections::BTreeMap;

use super::super::InferError;
use super::super::sample::{Column, Part, Sample, Seen, Setting};
use super::text::Decoded;

/// The fields that tables are fed from: path, and whether it stands in several segments.
const FIELDS: [(&str, usize, usize); 32] = [
    ("MSH", 9, 2),
    ("EVN", 1, 0),
    ("EVN", 2, 0),
    ("PID", 3, 1),
    ("PID", 5, 1),
    ("PID", 5, 2),
    ("PID", 5, 3),
    ("PID", 5, 4),
    ("PID", 7, 0),
    ("PID", 8, 0),
    ("PID", 10, 0),
    ("PID", 11, 1),
    ("PID", 11, 2),
    ("PID", 11, 3),
    ("PID", 11, 4),
    ("PID", 11, 5),
    ("PID", 13, 0),
    ("PID", 15, 0),
    ("PID", 19, 0),
    ("PID", 22, 0),
    ("PID", 29, 0),
    ("PV1", 2, 0),
    ("PV1", 4, 0),
    ("PV1", 7, 1),
    ("PV1", 14, 0),
    ("PV1", 19, 1),
    ("PV1", 36, 0),
    ("PV1", 44, 0),
    ("PV1", 45, 0),
    ("DG1", 3, 1),
    ("IN1", 4, 0),
    ("PV1", 7, 2),
];

/// What stands between the parts of a message, as its MSH says it.
#[derive(Debug, Clone, Copy)]
struct Separators {
    field: char,
    component: char,
    repetition: char,
}

/// Takes a sample of HL7 v2 messages.
pub(super) fn sample(decoded: &Decoded, most: usize) -> Result<Sample, InferError> {
    let mut columns: BTreeMap<usize, Vec<Seen>> = BTreeMap::new();
    let mut separators = None;
    let mut messages = 0;
    let mut has_visits = false;
    for line in decoded.text.split(['\r', '\n']).filter(|line| !line.is_empty()) {
        let name: String = line.chars().take(3).collect();
        if matches!(name.as_str(), "MSH" | "FHS" | "BHS") {
            separators = said(line);
        }
        if name == "MSH" {
            if messages >= most {
                break;
            }
            messages += 1;
            for cells in columns.values_mut() {
                cells.resize(messages - 1, Seen::default());
            }
        }
        has_visits |= name == "PV1";
        let Some(separators) = separators.filter(|_| messages > 0) else { continue };
        for (at, (segment, field, component)) in FIELDS.iter().enumerate() {
            if *segment == name {
                let text = part(line, separators, *field, *component);
                take(columns.entry(at).or_default(), messages, text, name == "DG1");
            }
        }
    }
    if messages == 0 {
        return Err(InferError::NoRows);
    }
    let mut format = vec![Setting::word("type", "hl7")];
    format.push(Setting::word("encoding", decoded.name()).noted(decoded.doubt.clone()));
    let columns = columns.into_iter().filter_map(|(at, mut cells)| {
        cells.resize(messages, Seen::default());
        let (segment, field, component) = FIELDS.get(at)?;
        let repeat = if *segment == "DG1" { "DG1[*]" } else { segment };
        let path = if *component == 0 { format!("{repeat}-{field}") } else { format!("{repeat}-{field}.{component}") };
        let is_filled = cells.iter().any(|cell| *cell != Seen::default());
        is_filled.then(|| Column { is_list: *segment == "DG1", cells, ..Column::new(path.as_str(), path.as_str()) })
    });
    let persons =
        Part { columns: columns.collect(), rows: messages, called: Some("PID".to_owned()), ..Part::default() };
    let mut sample = Sample { format, declared: declared(&decoded.text), ..Sample::default() };
    if has_visits {
        let visits = Part { each: Some("PV1".to_owned()), called: Some("PV1".to_owned()), ..persons.clone() };
        sample.parts = vec![persons, visits];
    } else {
        sample.parts = vec![persons];
    }
    Ok(sample)
}

fn said(line: &str) -> Option<Separators> {
    let mut letters = line.chars().skip(3);
    Some(Separators { field: letters.next()?, component: letters.next()?, repetition: letters.next()? })
}

/// Returns a field, or one of its components, of its first repetition.
fn part(line: &str, separators: Separators, field: usize, component: usize) -> String {
    let field = if line.starts_with("MSH") { field - 1 } else { field };
    let text = line.split(separators.field).nth(field).unwrap_or_default();
    let text = text.split(separators.repetition).next().unwrap_or_default();
    match component {
        0 => text.split(separators.component).next().unwrap_or_default(),
        component => text.split(separators.component).nth(component - 1).unwrap_or_default(),
    }
    .to_owned()
}

fn take(cells: &mut Vec<Seen>, messages: usize, text: String, is_list: bool) {
    cells.resize(messages.max(cells.len()), Seen::default());
    let Some(cell) = cells.get_mut(messages - 1) else { return };
    if is_list {
        let mut items = std::mem::take(&mut cell.items);
        items.extend((!text.is_empty()).then_some(text));
        *cell = Seen::list(items);
    } else if *cell == Seen::default() {
        *cell = Seen::text(&text);
    }
}

/// Returns where the header of a batch says its date.
fn declared(text: &str) -> Option<(String, String)> {
    let line = text.split(['\r', '\n']).next()?;
    let separators = line.starts_with("FHS").then(|| said(line)).flatten()?;
    let date = line.split(separators.field).nth(6)?;
    date.starts_with(|digit: char| digit.is_ascii_digit()).then(|| ("FHS-7".to_owned(), "hl7".to_owned()))
}
