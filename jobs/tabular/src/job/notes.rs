//! What an operator should know of the values of a source and need not act on: what was mended, dropped or left as it is.

use crate::config::ColumnKind;
use crate::source::{Cells, Source, Survey};

/// The smallest share of a column's values that is worth a word.
const WORTH_A_WORD: f64 = 0.001;
/// The share of a column's values from which on the file, and not its values, is written so.
const WHOLE_FILE: f64 = 0.5;

/// Says what was met in the columns that are used. No value is told, only counts and patterns.
#[must_use]
pub fn of_values(source: &Source, survey: &Survey, is_used: impl Fn(&str) -> bool) -> Vec<String> {
    let spec = source.spec();
    let used = || spec.columns.iter().zip(&survey.columns).filter(|(column, _)| is_used(&column.name));
    let text = || used().filter(|(column, _)| column.kind == ColumnKind::Text);
    let share = |cells: u64, all: &Cells| cells as f64 / survey.rows.saturating_sub(all.null()).max(1) as f64;
    let names = |is_so: &dyn Fn(&Cells) -> bool| -> String {
        let names: Vec<&str> =
            text().filter(|(_, cells)| is_so(cells)).map(|(column, _)| column.name.as_str()).collect();
        names.join(", ")
    };
    let mut notes = Vec::new();
    let dropped: Vec<String> = used()
        .filter(|(_, cells)| cells.invalid() > 0)
        .map(|(column, cells)| {
            let pattern = cells.pattern.as_deref().map(|pattern| format!(", such as {pattern}")).unwrap_or_default();
            format!("{}_invalid {}{pattern}", column.name, cells.invalid())
        })
        .collect();
    if !dropped.is_empty() {
        notes.push(format!("values made null: {}", dropped.join("; ")));
    }
    let typed = || used().filter(|(column, _)| column.kind != ColumnKind::Text);
    let is_mended =
        |counter: &str| typed().any(|(column, _)| counter.strip_prefix(&column.name).is_some_and(is_mending));
    let mended: Vec<String> = survey
        .counted(spec)
        .into_iter()
        .filter(|(counter, _)| is_mended(counter))
        .map(|(counter, cells)| format!("{counter} {cells}"))
        .collect();
    if !mended.is_empty() {
        notes.push(format!("values mended: {}", mended.join("; ")));
    }
    for (column, cells) in
        text().filter(|(_, cells)| share(cells.null_words(), cells) >= WORTH_A_WORD && cells.null_words() > 0)
    {
        notes.push(format!(
            "column {} has words for nothing (NULL, NaN, \\N, None, N/A) in {} rows; `null_tokens` of the source makes them null",
            column.name,
            cells.null_words()
        ));
    }
    let twice = names(&|cells| share(cells.quoted_twice(), cells) > WHOLE_FILE);
    if !twice.is_empty() {
        notes.push(format!(
            "nearly all values of {twice} begin and end with a quotation mark: the file was quoted twice"
        ));
    }
    let formulas = names(&|cells| share(cells.formulas(), cells) > WORTH_A_WORD);
    if !formulas.is_empty() {
        notes.push(format!("values of {formulas} are written as formulas, =\"...\", and are published so"));
    }
    if survey.windows > 0 {
        notes.push(format!(
            "bytes 0x80-0x9f in {} rows: the file looks like windows-1252; then set `encoding: windows-1252` of the source",
            survey.windows
        ));
    }
    if survey.encoding_unused > 0 {
        notes.push(format!(
            "{} rows with an undecodable byte in columns that are not used are kept (encoding_unused)",
            survey.encoding_unused
        ));
    }
    notes.into_iter().map(|note| format!("source {}: {note}", spec.name)).collect()
}

fn is_mending(rest: &str) -> bool {
    rest.ends_with("_mended") || rest == "_double_quoted" || rest == "_null_word"
}
