//! How many fields the records of a file without a header have.

use std::collections::HashMap;

use super::columns::TableColumns;
use super::fields::Fields;
use super::footer::FooterWatch;
use crate::format::Delimited;
use crate::malformed::ReadError;
use crate::text::{Text, is_blank};

/// Bytes at the beginning that are looked at.
const SURVEY_BYTES: usize = 64 << 10;

/// Looks how many fields most of the first records have that each table takes: nothing else tells.
pub(super) fn survey(text: &mut Text<'_>, format: &Delimited, tables: &mut [TableColumns]) -> Result<(), ReadError> {
    text.fill(SURVEY_BYTES)?;
    let rest = text.rest();
    let first = rest.get(..SURVEY_BYTES).unwrap_or(rest);
    let is_whole = text.is_end() && first.len() == rest.len();
    let footer = FooterWatch::new(format.footer.as_ref());
    let mut counts = vec![HashMap::<usize, usize>::new(); tables.len()];
    let mut fields = Fields::new(first, format, SURVEY_BYTES);
    while let Ok(Some(extent)) = fields.next_record() {
        let bytes = first.get(extent.start..extent.end).unwrap_or_default();
        let is_cut = !is_whole && extent.next == first.len();
        if is_cut || is_blank(bytes) || footer.may_be(bytes) {
            continue;
        }
        for (table, counts) in tables.iter().zip(&mut counts) {
            if table.takes(bytes, &fields) {
                *counts.entry(fields.count()).or_default() += 1;
            }
        }
    }
    for (table, counts) in tables.iter_mut().zip(counts) {
        // Of two that are met as often, the greater one.
        table.width = counts.into_iter().max_by_key(|(width, count)| (*count, *width)).map(|(width, _)| width);
    }
    Ok(())
}
