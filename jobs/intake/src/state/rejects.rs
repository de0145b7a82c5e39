//! Refused rows, kept for a person to look at and for `replay`, in a place of their own.
//!
//! The raw row may be protected health information. It is written nowhere else.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use carelake_core::names::Publication;
use carelake_core::store::Store;
use carelake_records::Place;

use super::accepted::Accepted;
use super::choice::KEY_CONFLICT;
use super::held::Held;
use super::part::{Part, encode};
use crate::error::IntakeError;
use crate::judged::Rejected;

/// A refused row as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptReject {
    /// The file that it was read from.
    pub source_file: String,
    /// The member or sheet, where there are several.
    pub member: Option<String>,
    /// Where it begins, in the partner's own words.
    pub place: String,
    /// The rule that it broke.
    pub rule: String,
    /// The column that broke it, if one did.
    pub column: Option<String>,
    /// The record as it stands in the file; empty where only its key was refused.
    pub raw: Vec<u8>,
}

/// Where refused rows of deliveries are that were not accepted because of them.
const REFUSED: &str = "_refused/";
const COLUMNS: [&str; 6] = ["source_file", "member", "place", "rule", "column", "raw"];

/// Writes the refused rows of a delivery; answers their path from the folder of the publication, `None` where there are none.
///
/// # Shape
/// `source_file` text, `member` text or null, `place` text, `rule` text, `column` text or null, `raw` binary.
pub(super) fn keep(
    store: &dyn Store,
    publication: &Publication,
    delivery: &Accepted,
    what: &str,
    rejects: &[KeptReject],
) -> Result<Option<String>, IntakeError> {
    keep_in(store, publication, "", delivery, what, rejects)
}

fn keep_in(
    store: &dyn Store,
    publication: &Publication,
    above: &str,
    delivery: &Accepted,
    what: &str,
    rejects: &[KeptReject],
) -> Result<Option<String>, IntakeError> {
    if rejects.is_empty() {
        return Ok(None);
    }
    let text = |name: &str, is_nullable| Field::new(name, DataType::Utf8, is_nullable);
    let [file, member, place, rule, column, raw] = COLUMNS;
    let raw = Field::new(raw, DataType::Binary, false);
    let fields =
        vec![text(file, false), text(member, true), text(place, false), text(rule, false), text(column, true), raw];
    let (mut files, mut members, mut places) = (StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
    let (mut rules, mut columns, mut raws) = (StringBuilder::new(), StringBuilder::new(), BinaryBuilder::new());
    for reject in rejects {
        files.append_value(&reject.source_file);
        members.append_option(reject.member.as_deref());
        places.append_value(&reject.place);
        rules.append_value(&reject.rule);
        columns.append_option(reject.column.as_deref());
        raws.append_value(&reject.raw);
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(
        Arc::clone(&schema),
        vec![
            Arc::new(files.finish()),
            Arc::new(members.finish()),
            Arc::new(places.finish()),
            Arc::new(rules.finish()),
            Arc::new(columns.finish()),
            Arc::new(raws.finish()),
        ],
    )?;
    let (name, bytes) = encode(what, &schema, &[batch])?;
    let path = format!("{above}{}/{name}.parquet", folder(delivery));
    store.create(&format!("{publication}/{path}"), &bytes)?;
    Ok(Some(path))
}

/// Returns the folder of the refused rows of a delivery: another content of one id has another.
fn folder(delivery: &Accepted) -> String {
    let hash: String = delivery.sha256.chars().filter(char::is_ascii_hexdigit).take(16).collect();
    format!("{}-{hash}", plain(&delivery.id))
}

fn plain(id: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    id.chars().map(|c| if is_plain(c) { c } else { '-' }).collect()
}

/// Reads refused rows back, in file order.
fn read_back(store: &dyn Store, publication: &Publication, path: &str) -> Result<Vec<KeptReject>, IntakeError> {
    let key = format!("{publication}/{path}");
    let mut found = Vec::new();
    for batch in Part::at(key.clone()).read(store, &[])? {
        let batch = batch?;
        let foreign = || IntakeError::Foreign { key: key.clone() };
        let text = |name: &str| {
            batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>()).ok_or_else(foreign)
        };
        let [file, member, place, rule, column, raw] = COLUMNS;
        let (files, members, places) = (text(file)?, text(member)?, text(place)?);
        let (rules, columns) = (text(rule)?, text(column)?);
        let raws = batch.column_by_name(raw).and_then(|column| column.as_binary_opt::<i32>()).ok_or_else(foreign)?;
        for at in 0..batch.num_rows() {
            found.push(KeptReject {
                source_file: files.value(at).to_owned(),
                member: members.is_valid(at).then(|| members.value(at).to_owned()),
                place: places.value(at).to_owned(),
                rule: rules.value(at).to_owned(),
                column: columns.is_valid(at).then(|| columns.value(at).to_owned()),
                raw: raws.value(at).to_vec(),
            });
        }
    }
    Ok(found)
}

/// Keeps the refused rows of a delivery that was not accepted because of them, until another content of its id is.
pub(super) fn keep_refused(
    store: &dyn Store,
    publication: &Publication,
    delivery: &Accepted,
    held: &Held,
) -> Result<(), IntakeError> {
    let rejects = rejects_of(store, publication, held)?;
    keep_in(store, publication, REFUSED, delivery, "judged", &rejects)?;
    Ok(())
}

/// Removes the refused rows of deliveries that are not in any more.
pub(super) fn sweep(
    store: &dyn Store,
    publication: &Publication,
    named: &[&String],
    accepted: &[&Accepted],
) -> Result<(), IntakeError> {
    let prefix = format!("{publication}/");
    for object in store.list(&prefix)? {
        let path = object.key.strip_prefix(&prefix).unwrap_or_default();
        let is_needed = match path.strip_prefix(REFUSED) {
            Some(path) => !accepted.iter().any(|delivery| path.starts_with(&format!("{}-", plain(&delivery.id)))),
            None => named.iter().any(|name| *name == path),
        };
        if !is_needed {
            store.delete(&object.key)?;
        }
    }
    Ok(())
}

/// Where a refused row stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedPlace {
    /// The member or sheet, where there are several.
    pub member: Option<String>,
    /// The place in it.
    pub place: Place,
}

/// Reads where the refused rows of a file stand.
pub(super) fn places(
    store: &dyn Store,
    publication: &Publication,
    path: &str,
) -> Result<Vec<RejectedPlace>, IntakeError> {
    let place = |reject: KeptReject| {
        let (number, item) = reject.place.split_once('.').unwrap_or((&reject.place, "0"));
        let place = Place { number: number.parse().ok()?, item: item.parse().ok()? };
        Some(RejectedPlace { member: reject.member, place })
    };
    let found: Option<Vec<_>> = read_back(store, publication, path)?.into_iter().map(place).collect();
    found.ok_or_else(|| IntakeError::Foreign { key: format!("{publication}/{path}") })
}

/// Says of rows that judging refused what is kept of them.
pub(super) fn judged(delivery: &Accepted, rejects: &[Rejected]) -> Vec<KeptReject> {
    let kept = |reject: &Rejected| KeptReject {
        source_file: delivery.name.clone(),
        member: reject.part.as_deref().map(str::to_owned),
        place: reject.place.to_string(),
        rule: reject.rule.to_string(),
        column: reject.column.clone(),
        raw: reject.raw.clone(),
    };
    rejects.iter().map(kept).collect()
}

/// Says of rows whose key was published before what is kept of them.
pub(super) fn conflicting(delivery: &Accepted, places: &[Place]) -> Vec<KeptReject> {
    let kept = |place: &Place| KeptReject {
        source_file: delivery.name.clone(),
        member: None,
        place: place.to_string(),
        rule: KEY_CONFLICT.to_owned(),
        column: None,
        raw: Vec::new(),
    };
    places.iter().map(kept).collect()
}

/// Returns the refused rows of a delivery that is in.
///
/// # Errors
/// [`IntakeError`] when they cannot be read.
pub fn rejects_of(store: &dyn Store, publication: &Publication, held: &Held) -> Result<Vec<KeptReject>, IntakeError> {
    let files = held.rejects.iter().map(|path| read_back(store, publication, path));
    Ok(files.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// Returns the refused rows of a delivery that was not accepted because of them.
///
/// # Errors
/// [`IntakeError`] when they cannot be read.
pub fn refused_rejects(
    store: &dyn Store,
    publication: &Publication,
    delivery: &Accepted,
) -> Result<Vec<KeptReject>, IntakeError> {
    let found = store.list(&format!("{publication}/{REFUSED}{}/", folder(delivery)))?;
    let above = format!("{publication}/");
    let paths = found.iter().filter_map(|object| object.key.strip_prefix(&above));
    let files = paths.map(|path| read_back(store, publication, path));
    Ok(files.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}
