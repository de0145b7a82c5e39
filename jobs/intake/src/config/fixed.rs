//! Text in columns of fixed width.

use carelake_core::config::reader::{Fields, Mistakes, Spot};
use carelake_records::{Fixed, FixedField, Trailer};

use super::format::encoding;
use super::keys;
use super::known::Page;
use super::value::slice;

/// The source that means the type of a record.
const TYPE: &str = "type";

/// Reads the fields, of all records or of each type of them.
pub(super) fn read(format: &Fields<'_>, page: &mut Page, mistakes: &mut Mistakes) -> Fixed {
    let record_type = format.get("record_type").and_then(|spot| slice(&spot, mistakes));
    page.record_type = record_type.map(|_| TYPE.to_owned());
    let mut fixed =
        Fixed { encoding: encoding(format, mistakes), fields: Vec::new(), record_type, trailers: Vec::new() };
    match (format.get("fields"), format.get("records")) {
        (Some(fields), None) => fixed.fields = read_fields(None, &fields, mistakes),
        (None, Some(records)) => {
            if record_type.is_none() {
                format.required("record_type", "where the type of a record stands, such as 1-1", mistakes);
            }
            for (name, spot) in records.entries("types of records and their fields", mistakes) {
                fixed.fields.extend(read_fields(Some(name), &spot, mistakes));
            }
        }
        _ => mistakes.add(&format.owner, "needs `fields`, or `records` with the fields of each type, not both"),
    }
    if let Some(spot) = format.get("trailer") {
        fixed.trailers = read_trailer(&spot, format.get("records").as_ref(), mistakes);
    }
    fixed
}

/// Reads fields: each has a width and stands behind the one above it, or it says where it stands.
fn read_fields(record: Option<&str>, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<FixedField> {
    let mut fields = Vec::new();
    let mut start = 1;
    for (name, spot) in spot.entries("fields and their widths", mistakes) {
        let is_slice = spot.raw_text().is_some_and(|text| text.contains('-'));
        let place = if is_slice {
            slice(&spot, mistakes).map(|(first, last)| (first, last + 1 - first))
        } else {
            spot.number("a width, or characters such as 11-18:", 1..=1 << 20, mistakes).map(|width| (start, width))
        };
        let Some((first, width)) = place else { continue };
        start = first + width;
        fields.push(FixedField { record: record.map(str::to_owned), name: name.to_owned(), start: first, width });
    }
    fields
}

/// Reads which record counts the others, and where.
fn read_trailer(spot: &Spot<'_>, records: Option<&Spot<'_>>, mistakes: &mut Mistakes) -> Vec<Trailer> {
    let fields = spot.keyed(&keys::TRAILER, mistakes);
    let record = fields.text("record", "the type of the record that has the counts", mistakes);
    let Some(counts) = fields.required("counts", "where the count of each type stands", mistakes) else {
        return Vec::new();
    };
    let mut trailers = Vec::new();
    for (of, spot) in counts.entries("types of records and where they are counted", mistakes) {
        if records.is_none_or(|records| records.child(of).is_none()) {
            let names: Vec<&str> = records.map(|records| records.keys().collect()).unwrap_or_default();
            mistakes.unknown(&spot, format!("there are no records `{of}`"), of, names);
        }
        if let Some(at) = slice(&spot, mistakes) {
            trailers.push(Trailer { record: record.clone(), of: of.to_owned(), at });
        }
    }
    trailers
}
