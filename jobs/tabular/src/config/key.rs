//! Reads what identifies a row and which of several rows wins, and checks both against the source's columns.

use carelake_core::config::reader::{Fields, Mistakes, Spot};

use super::source_reader::SourceDraft;
use super::{ColumnKind, Direction, OrderBy, PublicationSpec};

/// The place of a row in its file, as a column to order by.
const LINE: &str = "line";
/// The column that every source with an `enrollment_id` has besides: the date in it.
const ENROLLMENT_DATE: &str = "enrollment_date";
const AN_ORDER: &str = "a column and asc or desc, such as \"line desc\"";

/// Reads the key and the order of a publication. The source is the one that makes its rows, if it is declared.
pub(super) fn read_publication(
    feed: Option<&str>,
    fields: &Fields<'_>,
    source: Option<&SourceDraft<'_>>,
    mistakes: &mut Mistakes,
) -> PublicationSpec {
    let key = fields.required("key", "the columns that identify a row", mistakes);
    let key = key.map(|spot| read_key(&spot, source, mistakes)).unwrap_or_default();
    let order = fields.required("order", "which of several rows with the same key wins, such as [line asc]", mistakes);
    let order = order.map(|spot| read_order(&spot, source, mistakes)).unwrap_or_default();
    PublicationSpec { feed: feed.map(str::to_owned), key, order }
}

fn read_key(spot: &Spot<'_>, source: Option<&SourceDraft<'_>>, mistakes: &mut Mistakes) -> Vec<String> {
    let texts = spot.texts("column names", mistakes);
    if spot.is_list() && texts.is_empty() {
        mistakes.add(spot, "must list at least one column");
    }
    for (name, spot) in &texts {
        let Some(source) = source else { continue };
        match source.column(name).map(|column| column.kind) {
            None => unknown_column(spot, name, source, &[], mistakes),
            Some(Some(kind)) if !kind.is_identifier() => {
                let (kind, accepted) = (kind.name(), ColumnKind::keys());
                let message =
                    format!("`{name}` is of type {kind}, which cannot be part of a key; accepted: {accepted}");
                mistakes.add(spot, message);
            }
            Some(_) => {}
        }
    }
    let kinds = texts.iter().filter_map(|(name, _)| source?.column(name)?.kind);
    let bits: u32 = kinds.filter_map(ColumnKind::key_bits).sum();
    if bits > u128::BITS {
        mistakes
            .add(spot, format!("is too long: its columns take {bits} bits together, and {} are at hand", u128::BITS));
    }
    texts.into_iter().map(|(name, _)| name).collect()
}

fn read_order(spot: &Spot<'_>, source: Option<&SourceDraft<'_>>, mistakes: &mut Mistakes) -> Vec<OrderBy> {
    let mut order: Vec<OrderBy> = Vec::new();
    for (text, spot) in spot.texts(AN_ORDER, mistakes) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (column, direction) = match words.as_slice() {
            [column, "asc"] => (*column, Direction::Asc),
            [column, "desc"] => (*column, Direction::Desc),
            _ => {
                spot.expected(AN_ORDER, mistakes);
                continue;
            }
        };
        if let Some(source) = source {
            check_order_column(&spot, column, source, mistakes);
        }
        if order.iter().any(|earlier| earlier.column == column) {
            mistakes.add(&spot, format!("`{column}` is already in the order"));
        }
        order.push(OrderBy { column: column.to_owned(), direction });
    }
    order
}

fn check_order_column(spot: &Spot<'_>, column: &str, source: &SourceDraft<'_>, mistakes: &mut Mistakes) {
    let dated =
        source.column("enrollment_id").is_some_and(|id| matches!(id.kind, None | Some(ColumnKind::EnrollmentId)));
    let pseudo: &[&str] = if dated { &[LINE, ENROLLMENT_DATE] } else { &[LINE] };
    if column == ENROLLMENT_DATE && !dated && source.column(column).is_some() {
        mistakes.add(
            spot,
            "`enrollment_date` is the date in enrollment_id, which the source has not; name the column otherwise",
        );
    } else if !pseudo.contains(&column) && source.column(column).is_none() {
        unknown_column(spot, column, source, pseudo, mistakes);
    }
}

fn unknown_column(spot: &Spot<'_>, name: &str, source: &SourceDraft<'_>, pseudo: &[&str], mistakes: &mut Mistakes) {
    let columns = source.spec.columns.iter().map(|column| column.name.as_str()).chain(pseudo.iter().copied());
    mistakes.unknown(spot, format!("source `{}` has no column `{name}`", source.spec.name), name, columns);
}
