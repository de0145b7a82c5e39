//! How the files of a feed are written.

use carelake_core::config::reader::{Fields, Key, Mistakes, Spot};
use carelake_records::{Delimited, Footer, Format, Json, Packed, Way, Workbook, Xml};
use encoding_rs::{Encoding, UTF_8};

use super::known::Page;
use super::text::any_text;
use super::{fixed, keys};

/// The formats there are.
const TYPES: [&str; 10] =
    ["csv", "fixed_width", "workbook", "json", "ndjson", "json_columns", "fhir_bundle", "xml", "hl7", "parquet"];
const PACKED: [(&str, Packed); 4] =
    [("gzip", Packed::Gzip), ("zip", Packed::Zip), ("zstd", Packed::Zstd), ("bzip2", Packed::Bzip2)];
const QUOTES: [(&str, Option<u8>); 3] = [("\"", Some(b'"')), ("'", Some(b'\'')), ("none", None)];

/// Reads how files are written, and notes what tells types of records apart.
pub(super) fn read(spot: &Spot<'_>, page: &mut Page, mistakes: &mut Mistakes) -> Option<Format> {
    let Some(kind) = spot.child("type") else {
        if spot.is_map() {
            mistakes.add(&spot.named("type"), format!("missing; give one of {}", TYPES.join(", ")));
        } else {
            spot.expected("a map of type and what differs from it", mistakes);
        }
        return None;
    };
    let choices: Vec<(&str, &str)> = TYPES.iter().map(|name| (*name, *name)).collect();
    let kind = kind.choice(&choices, mistakes)?;
    let own: &[Key] = match kind {
        "csv" => &keys::CSV,
        "fixed_width" => &keys::FIXED_WIDTH,
        "workbook" => &keys::WORKBOOK,
        "json" | "xml" => &keys::TREE,
        "json_columns" => &keys::JSON_COLUMNS,
        "ndjson" => &keys::TYPED,
        "parquet" => &keys::PARQUET,
        "hl7" => &keys::HL7,
        _ => &keys::FHIR_BUNDLE,
    };
    let fields = spot.keyed(own, mistakes);
    page.record_type =
        fields.get("record_type").and_then(|spot| spot.text("the source that has the type of a record", mistakes));
    let way = match kind {
        "csv" => Way::Delimited(delimited(&fields, mistakes)),
        "fixed_width" => Way::Fixed(fixed::read(&fields, page, mistakes)),
        "workbook" => Way::Workbook(workbook(&fields, mistakes)),
        "json" => Way::Json(Json::Array { path: path(&fields, "records", mistakes).unwrap_or_default() }),
        "ndjson" => Way::Json(Json::Lines),
        "json_columns" => Way::Json(Json::Columns {
            columns: fields.text("columns", "the path of the names of the columns", mistakes),
            rows: fields.text("rows", "the path of the arrays of values", mistakes),
        }),
        "fhir_bundle" => {
            page.record_type = Some("resourceType".to_owned());
            Way::Json(Json::Bundle)
        }
        "xml" => Way::Xml(Xml {
            record: fields.text("records", "the path of a record below the root, such as Patients/Patient", mistakes),
        }),
        "hl7" => Way::Hl7 { encoding: encoding(&fields, mistakes) },
        _ => Way::Parquet,
    };
    Some(Format { packed: packed(&fields, mistakes), way })
}

fn path(fields: &Fields<'_>, key: &str, mistakes: &mut Mistakes) -> Option<String> {
    fields.get(key).and_then(|spot| spot.text("a path such as data.patients", mistakes))
}

/// Reads what files are packed in, outermost first.
fn packed(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Vec<Packed> {
    let Some(spot) = fields.get("packed") else { return Vec::new() };
    let spots = if spot.is_list() { spot.list("packings", mistakes) } else { vec![spot.clone()] };
    if spots.len() > 2 {
        mistakes.add(&spot, "a file is packed twice at most");
    }
    spots.iter().filter_map(|spot| spot.choice(&PACKED, mistakes)).collect()
}

/// Reads the encoding: UTF-8 unless it is said.
pub(super) fn encoding(fields: &Fields<'_>, mistakes: &mut Mistakes) -> &'static Encoding {
    let Some(spot) = fields.get("encoding") else { return UTF_8 };
    let text = spot.text("an encoding such as windows-1252", mistakes).unwrap_or_default();
    let found = Encoding::for_label(text.as_bytes());
    if found.is_none() && !text.is_empty() {
        let common = ["utf-8", "windows-1252", "iso-8859-1", "iso-8859-15", "macintosh", "utf-16le", "utf-16be"];
        mistakes.unknown(&spot, format!("`{text}` is no encoding of the WHATWG standard"), &text, common);
    }
    found.unwrap_or(UTF_8)
}

fn delimited(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Delimited {
    let delimiter = fields.get("delimiter").and_then(|spot| any_text(&spot, "one or more characters", mistakes));
    let quote = fields.choice_or("quote", &QUOTES, Some(b'"'), mistakes);
    Delimited {
        delimiter: delimiter.unwrap_or_else(|| ",".to_owned()),
        quote,
        has_escapes: fields.choice_or("escape", &[("backslash", true), ("none", false)], false, mistakes),
        encoding: encoding(fields, mistakes),
        title_lines: title_lines(fields, mistakes),
        has_header: has_header(fields, mistakes),
        footer: fields.get("footer").map(|spot| footer(&spot, mistakes)),
    }
}

fn workbook(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Workbook {
    Workbook { title_lines: title_lines(fields, mistakes), has_header: has_header(fields, mistakes) }
}

fn title_lines(fields: &Fields<'_>, mistakes: &mut Mistakes) -> usize {
    fields.number_or("title_lines", "a whole number", 0..=1000, 0, mistakes)
}

fn has_header(fields: &Fields<'_>, mistakes: &mut Mistakes) -> bool {
    fields.get("header").and_then(|spot| spot.boolean(mistakes)).unwrap_or(true)
}

fn footer(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Footer {
    let fields = spot.keyed(&keys::FOOTER, mistakes);
    let starts_with = fields.required("starts_with", "what the last line begins with", mistakes);
    Footer {
        starts_with: starts_with
            .and_then(|spot| any_text(&spot, "what the last line begins with", mistakes))
            .unwrap_or_default(),
        counts_rows: fields.choice_or("count", &[("rows", true), ("none", false)], false, mistakes),
    }
}
