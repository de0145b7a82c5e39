//! What a source says about headers as a whole: required columns, unused ones, and one column for each header name.

use carelake_core::config::reader::{Fields, Mistakes};

use super::column::ColumnDraft;
use super::series::{check_header_name, series};

/// Checks that no header name is accepted for two columns.
pub(super) fn check_one_column_a_name(columns: &[ColumnDraft<'_>], mistakes: &mut Mistakes) {
    let mut owners = std::collections::HashMap::new();
    for column in columns {
        for (name, spot) in column.spec.names.iter().zip(&column.places) {
            let owner = *owners.entry(name.as_str()).or_insert(column.spec.name.as_str());
            if owner != column.spec.name {
                mistakes.add(spot, format!("header name `{name}` is already accepted for column `{owner}`"));
            }
        }
    }
}

/// Reads the columns that every file must have.
pub(super) fn read_required(fields: &Fields<'_>, columns: &[ColumnDraft<'_>], mistakes: &mut Mistakes) -> Vec<String> {
    let Some(spot) = fields.required("required", "the columns that every file must have", mistakes) else {
        return Vec::new();
    };
    let texts = spot.texts("column names", mistakes);
    if spot.is_list() && texts.is_empty() {
        mistakes.add(&spot, "must list at least one column; a file of any other kind would pass without one");
    }
    for (name, spot) in &texts {
        let declared = || columns.iter().map(|column| column.spec.name.as_str());
        if !declared().any(|other| other == name) {
            mistakes.unknown(spot, format!("`{name}` is not declared under columns"), name, declared());
        }
    }
    texts.into_iter().map(|(name, _)| name).collect()
}

/// Reads the header names that are known and not used.
pub(super) fn read_unused(fields: &Fields<'_>, columns: &[ColumnDraft<'_>], mistakes: &mut Mistakes) -> Vec<String> {
    let Some(spot) = fields.get("unused") else { return Vec::new() };
    let mut unused = Vec::new();
    for (text, spot) in spot.texts("header names", mistakes) {
        let names = if let Some(prefix) = text.strip_suffix('*') {
            // A prefix may end in `_`, which a whole name may not.
            check_header_name(&spot, prefix.strip_suffix('_').unwrap_or(prefix), mistakes);
            vec![text]
        } else {
            let names = series(&spot, &text, mistakes);
            if let Some(first) = names.first() {
                check_header_name(&spot, first, mistakes);
            }
            names
        };
        for name in names {
            match columns.iter().find(|column| column.spec.names.contains(&name)) {
                Some(column) => {
                    mistakes.add(&spot, format!("header name `{name}` is accepted for column `{}`", column.spec.name));
                }
                None => unused.push(name),
            }
        }
    }
    unused
}
