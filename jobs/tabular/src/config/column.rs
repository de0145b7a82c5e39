//! One column of a source: its name, its type, the header names it is found under, and what becomes of a bad value.
//!
//! In the file a column is a list of header names (text), or a map when its type or its handling of bad values differs.

use carelake_core::config::check_own_name;
use carelake_core::config::reader::{Fields, Form, Key, Mistakes, Spot};

use super::ColumnKind;
use super::kind::{KIND_NAMES, KINDS};
use super::series::{check_header_name, series};

/// The keys of a column that is a map.
pub(super) const COLUMN: [Key; 5] = [
    Key::new("type", Form::Word(&KIND_NAMES), "How its values are judged").required(),
    Key::new("names", Form::List(&Form::Text), "Header names; the first one that the file has is the column")
        .required(),
    Key::new("range", Form::Range(0, i64::MAX), "The smallest and largest valid value of an integer"),
    Key::new("invalid", Form::Word(&["reject", "null"]), "What becomes of a value that the type refuses"),
    Key::new("blank", Form::Word(&["reject", "null", "false"]), "What becomes of a blank value"),
];
const HEADER_NAMES: &str = "accepted header names";

/// One column of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Our name, as used in code, configuration and output.
    pub name: String,
    /// How its values are judged.
    pub kind: ColumnKind,
    /// The accepted header names, normalised; the first one that a file has is the column.
    pub names: Vec<String>,
    /// What becomes of a value that the type refuses.
    pub on_invalid: OnInvalid,
    /// What becomes of a blank value.
    pub on_blank: OnBlank,
}

/// What becomes of a value that the column's type refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnInvalid {
    /// The row is rejected.
    Reject,
    /// The value becomes null and is counted.
    Null,
}

/// What becomes of a blank value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnBlank {
    /// The row is rejected.
    Reject,
    /// The value is null.
    Null,
    /// The value is false; flags only.
    False,
}

/// A column as far as it could be read.
#[derive(Debug)]
pub(super) struct ColumnDraft<'a> {
    /// The column; of type text when the type could not be read.
    pub spec: ColumnSpec,
    /// The type, if it could be read: nothing more is said about a column whose type is a mistake.
    pub kind: Option<ColumnKind>,
    /// Where it stands.
    pub spot: Spot<'a>,
    /// Where each of the accepted header names stands.
    pub places: Vec<Spot<'a>>,
}

/// Reads the columns under one key: one, or as many as a numbered series such as `type_{1..50}` stands for.
pub(super) fn read<'a>(name: &str, spot: &Spot<'a>, mistakes: &mut Mistakes) -> Vec<ColumnDraft<'a>> {
    let own_names = series(spot, name, mistakes);
    if let Some(first) = own_names.first() {
        check_own_name(spot, first, mistakes);
    }
    if spot.is_list() {
        let found = read_names(spot, own_names.len(), mistakes);
        return draft(spot, &own_names, &found, (Some(ColumnKind::Text), OnInvalid::Null, OnBlank::Null));
    }
    let fields = spot.keyed(&COLUMN, mistakes);
    let kind = fields.required("type", "one of the types, or a list of header names for text", mistakes);
    let kind = kind.and_then(|spot| spot.choice(KINDS, mistakes));
    let kind = read_range(&fields, kind, mistakes);
    let found = fields.required("names", "a list of accepted header names", mistakes);
    let found = found.map(|spot| read_names(&spot, own_names.len(), mistakes)).unwrap_or_default();
    let (on_invalid, on_blank) = read_handling(&fields, kind, mistakes);
    draft(spot, &own_names, &found, (kind, on_invalid, on_blank))
}

/// Makes one column for each of our names, the n-th with the n-th of every series of header names.
fn draft<'a>(
    spot: &Spot<'a>,
    own_names: &[String],
    found: &[(Vec<String>, Spot<'a>)],
    (kind, on_invalid, on_blank): (Option<ColumnKind>, OnInvalid, OnBlank),
) -> Vec<ColumnDraft<'a>> {
    let column = |(place, name): (usize, &String)| {
        let (names, places) =
            found.iter().filter_map(|(names, spot)| Some((names.get(place)?.clone(), spot.clone()))).unzip();
        let spec =
            ColumnSpec { name: name.clone(), kind: kind.unwrap_or(ColumnKind::Text), names, on_invalid, on_blank };
        ColumnDraft { spec, kind, spot: spot.clone(), places }
    };
    own_names.iter().enumerate().map(column).collect()
}

/// Reads accepted header names; each stands for as many as the column's own name does.
fn read_names<'a>(spot: &Spot<'a>, columns: usize, mistakes: &mut Mistakes) -> Vec<(Vec<String>, Spot<'a>)> {
    let texts = spot.texts(HEADER_NAMES, mistakes);
    if spot.is_list() && texts.is_empty() {
        mistakes.add(spot, "must list at least one header name");
    }
    let mut found = Vec::with_capacity(texts.len());
    for (text, spot) in texts {
        let names = series(&spot, &text, mistakes);
        if let Some(first) = names.first() {
            check_header_name(&spot, first, mistakes);
            if names.len() == columns {
                found.push((names, spot));
            } else if columns > 0 {
                mistakes.add(&spot, format!("`{text}` stands for {} names and the column for {columns}", names.len()));
            }
        }
    }
    found
}

/// Reads the range of an integer; other types have none.
fn read_range(fields: &Fields<'_>, kind: Option<ColumnKind>, mistakes: &mut Mistakes) -> Option<ColumnKind> {
    let range = match (kind, fields.get("range")) {
        (Some(ColumnKind::Integer { .. }), None) => {
            fields.required("range", "the smallest and largest valid value, such as [0, 32767]", mistakes);
            return kind;
        }
        (Some(ColumnKind::Integer { .. }), Some(range)) => range,
        (Some(kind), Some(range)) => {
            mistakes.add(&range, format!("a column of type {} has no range; only an integer has", kind.name()));
            return Some(kind);
        }
        (kind, _) => return kind,
    };
    let bounds = range.list("two whole numbers", mistakes);
    let bounds: Vec<_> = bounds.iter().map(|spot| spot.number("a whole number", 0..=i64::MAX, mistakes)).collect();
    match bounds.as_slice() {
        [Some(min), Some(max)] if min <= max => return Some(ColumnKind::Integer { min: *min, max: *max }),
        [None, _] | [_, None] => {}
        _ if !range.is_list() => {}
        _ => mistakes.add(&range, "must be two whole numbers, the smaller first, such as [0, 32767]"),
    }
    kind
}

/// Reads what becomes of bad values. A column that rejects invalid values rejects blank ones too, unless it says otherwise.
fn read_handling(fields: &Fields<'_>, kind: Option<ColumnKind>, mistakes: &mut Mistakes) -> (OnInvalid, OnBlank) {
    let choices = [("reject", OnInvalid::Reject), ("null", OnInvalid::Null)];
    let default = kind.map_or(OnInvalid::Null, ColumnKind::default_on_invalid);
    let on_invalid = fields.choice_or("invalid", &choices, default, mistakes);
    let default = if on_invalid == OnInvalid::Reject { OnBlank::Reject } else { OnBlank::Null };
    let choices = [("reject", OnBlank::Reject), ("null", OnBlank::Null), ("false", OnBlank::False)];
    let on_blank = fields.choice_or("blank", &choices, default, mistakes);
    if let (OnBlank::False, Some(kind), Some(spot)) = (on_blank, kind, fields.get("blank"))
        && kind != ColumnKind::Flag
    {
        mistakes.add(&spot, format!("a column of type {} cannot be false; only a flag can", kind.name()));
    }
    (on_invalid, on_blank)
}
