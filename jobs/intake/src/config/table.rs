//! One table of a feed.

use std::sync::Arc;

use carelake_core::config::reader::{Fields, Mistakes, Spot};
use carelake_records::{Format, Packed, Select, WantedTable, Way};

use super::known::{Known, Page};
use super::text::texts;
use super::value::Values;
use super::{columns, filter, keys};
use crate::common::{CommonTable, ENCOUNTERS, PERSONS};
use crate::feed::{FeedTable, Mode, Order};
use crate::mapping::TableMapping;

/// Reads one table of a feed, and what is wanted of a file for it.
pub(super) fn read(
    name: &str,
    spot: &Spot<'_>,
    (format, mode): (Option<&Format>, Mode),
    known: &Known<'_>,
    page: &mut Page,
    mistakes: &mut Mistakes,
) -> Option<(FeedTable, WantedTable)> {
    let Some(table) = known.table(name) else {
        let message = format!("there is no common table `{name}`; declare it under intake.tables");
        mistakes.unknown(spot, message, name, known.tables.iter().map(|table| table.name.as_str()));
        return None;
    };
    let fields = spot.keyed(&keys::TABLE, mistakes);
    let part = part(&fields, format, mistakes);
    let select = fields.get("record").and_then(|spot| select(&spot, format, page, mistakes));
    let each = fields.get("each").and_then(|spot| spot.text("a nested list, such as visits", mistakes));
    let null_tokens = page.null_tokens.clone();
    let mut values = Values { known, page, sources: Vec::new() };
    let columns_spot = fields.required("columns", "the columns of the table and where they come from", mistakes);
    let columns =
        columns_spot.as_ref().map(|spot| columns::read_all(spot, table, &mut values, mistakes)).unwrap_or_default();
    let filters =
        fields.get("filter").map(|spot| filter::read_all(&spot, table, &mut values, mistakes)).unwrap_or_default();
    let operation = fields.get("operation").and_then(|spot| filter::read_operation(&spot, &mut values, mistakes));
    if let Some(spot) = fields.get("operation").filter(|_| mode != Mode::Upsert) {
        mistakes.add(&spot, "needs `delivery: upsert`; other deliveries remove nothing");
    }
    let is_mapped = |name: &str| columns.iter().any(|column| column.column == name);
    let required = required(&fields, table, mistakes);
    if let Some(spot) = &columns_spot {
        for name in required.iter().filter(|name| !is_said(spot, name)) {
            mistakes.add(&spot.named(name), "missing; no row may lack it, so say where it comes from");
        }
    }
    let complete = complete(&fields, table, mistakes).into_iter().filter(|name| is_mapped(name)).collect();
    let order = fields.get("order").map(|spot| order(&spot, table, mistakes)).unwrap_or_default();
    let sources = values.sources;
    let mapping = TableMapping { columns, filters, required, complete, operation, null_tokens };
    let fed = FeedTable { table: Arc::clone(table), key: key(&fields, table, mistakes), order, mapping };
    Some((fed, WantedTable { part, select, each, sources }))
}

/// Tells whether a page says where a column comes from: by its own name, or by one that stands for a date and a time.
fn is_said(columns: &Spot<'_>, name: &str) -> bool {
    let both = name.strip_suffix("_date").or_else(|| name.strip_suffix("_datetime"));
    columns.keys().any(|key| key == name || Some(key) == both)
}

/// Reads the sheet or the member that the rows are of. `{delivery:FORMAT}` in it stands for the delivery date.
fn part(fields: &Fields<'_>, format: Option<&Format>, mistakes: &mut Mistakes) -> Option<String> {
    let is_workbook = format.is_some_and(|format| matches!(format.way, Way::Workbook(_)));
    let is_archive = format.is_some_and(|format| format.packed.contains(&Packed::Zip));
    let (sheet, member) = (fields.get("sheet"), fields.get("member"));
    for (spot, is_there, what) in [(&sheet, is_workbook, "`type: workbook`"), (&member, is_archive, "`packed: zip`")] {
        if let (Some(spot), false, true) = (spot, is_there, format.is_some()) {
            mistakes.add(spot, format!("needs a format of {what}"));
        }
    }
    let spot = member.or(sheet)?;
    let text = spot.text("a name, or a pattern with *", mistakes)?;
    Some(text.replace("{delivery:", "{"))
}

/// Reads the types of the records that are rows of the table.
fn select(spot: &Spot<'_>, format: Option<&Format>, page: &Page, mistakes: &mut Mistakes) -> Option<Select> {
    let read = texts(spot, "the type of a record, or a list of them", mistakes);
    let Some(source) = page.record_type.clone() else {
        if format.is_some() {
            mistakes.add(spot, "needs `record_type` in the format, which tells where the type of a record stands");
        }
        return None;
    };
    if let Some(Way::Fixed(fixed)) = format.map(|format| &format.way) {
        let types: Vec<&str> = fixed.fields.iter().filter_map(|field| field.record.as_deref()).collect();
        for (text, spot) in read.iter().filter(|(text, _)| !types.contains(&text.as_str())) {
            mistakes.unknown(spot, format!("the format has no records `{text}`"), text, types.iter().copied());
        }
    }
    Some(Select { source, values: read.into_iter().map(|(text, _)| text).collect() })
}

/// Reads names of columns of the table, in its order.
fn named(spot: &Spot<'_>, table: &CommonTable, mistakes: &mut Mistakes) -> Vec<String> {
    let given = spot.texts("columns of the table", mistakes);
    for (name, spot) in &given {
        known_column(name, spot, table, mistakes);
    }
    let names = table.columns.iter().map(|column| &column.name);
    names.filter(|name| given.iter().any(|(given, _)| given == *name)).cloned().collect()
}

fn known_column(name: &str, spot: &Spot<'_>, table: &CommonTable, mistakes: &mut Mistakes) {
    if table.column(name).is_none() {
        let message = format!("{} has no column `{name}`", table.name);
        mistakes.unknown(spot, message, name, table.columns.iter().map(|column| column.name.as_str()));
    }
}

/// Returns the columns that no row may lack: those of the table, and those that the page names.
fn required(fields: &Fields<'_>, table: &CommonTable, mistakes: &mut Mistakes) -> Vec<String> {
    let more = fields.get("required").map(|spot| named(&spot, table, mistakes)).unwrap_or_default();
    let names = table.columns.iter().map(|column| &column.name);
    names.filter(|name| more.contains(name) || table.required.contains(name)).cloned().collect()
}

fn complete(fields: &Fields<'_>, table: &CommonTable, mistakes: &mut Mistakes) -> Vec<String> {
    if let Some(spot) = fields.get("complete") {
        return named(&spot, table, mistakes);
    }
    let names: &[&str] = match table.name.as_str() {
        PERSONS => &["last_name", "first_name", "birth_date", "sex"],
        ENCOUNTERS => &["encounter_class", "encounter_start_date"],
        _ => &[],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Reads which columns tell rows apart. They are the table's own, for the rows of all feeds must be told apart by them.
fn key(fields: &Fields<'_>, table: &CommonTable, mistakes: &mut Mistakes) -> Vec<String> {
    let own: Vec<String> = table.key.iter().skip(1).cloned().collect();
    if let Some(spot) = fields.get("key") {
        let given: Vec<String> =
            spot.texts("columns of the table", mistakes).into_iter().map(|(name, _)| name).collect();
        let mut same = [given, own.clone()];
        same.iter_mut().for_each(|names| names.sort());
        if same[0] != same[1] {
            mistakes
                .add(&spot, format!("must be [{}], which rows of {} are told apart by", own.join(", "), table.name));
        }
    }
    own
}

/// Reads which of several rows of a key wins.
fn order(spot: &Spot<'_>, table: &CommonTable, mistakes: &mut Mistakes) -> Vec<Order> {
    let mut order = Vec::new();
    for (text, spot) in texts(spot, "columns such as `updated_at desc`", mistakes) {
        let (column, direction) = text.split_once(' ').unwrap_or((text.as_str(), "asc"));
        if column != "line" {
            known_column(column, &spot, table, mistakes);
        }
        match direction.trim() {
            "asc" | "desc" => {
                order.push(Order { column: column.to_owned(), is_descending: direction.trim() == "desc" })
            }
            other => {
                mistakes.unknown(&spot, format!("must end with asc or desc, not `{other}`"), other, ["asc", "desc"])
            }
        }
    }
    order
}
