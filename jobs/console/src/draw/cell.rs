//! Cells, facts and tables.

use carelake_pipeline::page::{Cell, Fact, Table, Tone};
use maud::{Markup, html};

use super::Links;
use super::links::path;
use super::number::{is_number, length, moment, share, size, thousands};

/// Rows that a table shows of itself; a longer one is told to be long by who makes it.
const FOLDED: usize = 50;

pub(crate) fn cell(links: &Links, cell: &Cell) -> Markup {
    match cell {
        Cell::Text(text) => html! { (text) },
        Cell::Code(text) => html! { code { (text) } },
        Cell::Count(count) => html! { (thousands(*count)) },
        Cell::Share(of) => html! { (share(*of)) },
        Cell::Bytes(bytes) => html! { (size(*bytes)) },
        Cell::Seconds(seconds) => html! { (length(*seconds)) },
        Cell::Moment(at) => moment(*at),
        Cell::Link { text, to } => html! { a href=(links.to(&path(to))) { (text) } },
        Cell::None => html! { span.none { "–" } },
    }
}

/// Returns the class of a tone, and the sign that says it without colour.
pub(crate) const fn tone(tone: Tone) -> (&'static str, &'static str) {
    match tone {
        Tone::Plain => ("plain", ""),
        Tone::Good => ("good", "✓"),
        Tone::Warning => ("warning", "!"),
        Tone::Bad => ("bad", "✗"),
    }
}

pub(crate) fn facts(links: &Links, facts: &[Fact]) -> Markup {
    html! {
        @if !facts.is_empty() {
            dl.facts {
                @for fact in facts {
                    @let (class, sign) = tone(fact.tone);
                    div class=(class) {
                        dt { (fact.label) }
                        dd { @if !sign.is_empty() { span.sign aria-hidden="true" { (sign) } " " } (cell(links, &fact.cell)) }
                    }
                }
            }
        }
    }
}

/// Draws a table; `own` is the path of its page, for what comes after.
pub(crate) fn table(links: &Links, table: &Table, own: &str) -> Markup {
    let is_right: Vec<bool> = (0..table.columns.len())
        .map(|at| {
            let mut cells = table.rows.iter().filter_map(|row| row.cells.get(at)).filter(|it| **it != Cell::None);
            cells.next().is_some_and(is_number)
        })
        .collect();
    let is_toned = table.rows.iter().any(|row| row.tone != Tone::Plain);
    let right = |at: usize| is_right.get(at).copied().unwrap_or_default().then_some("number");
    let rows = html! {
        div.scroll tabindex="0" role="region" aria-label=(table.title) {
            table {
                caption.hidden { (table.title) }
                thead { tr {
                    @if is_toned { th scope="col" { span.hidden { "state" } } }
                    @for (at, column) in table.columns.iter().enumerate() { th scope="col" class=[right(at)] { (column) } }
                } }
                tbody { @for row in &table.rows {
                    @let (class, sign) = tone(row.tone);
                    tr class=(class) {
                        @if is_toned { td.sign { @if !sign.is_empty() { span role="img" aria-label=(class) { (sign) } } } }
                        @for (at, it) in row.cells.iter().enumerate() { td class=[right(at)] { (cell(links, it)) } }
                    }
                } }
            }
        }
    };
    html! {
        section {
            h2 { (sentence(&table.title)) @if table.rows.len() > 1 { span.count { (thousands(table.rows.len() as u64)) } } }
            @if table.rows.is_empty() { p.empty { (table.empty) } }
            @else if table.rows.len() > FOLDED && !links.is_served() { details { summary { "show all" } (rows) } }
            @else { (rows) }
            @if let (Some(next), true) = (&table.next, links.is_served()) {
                @let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(next).finish();
                p { a.next href=(format!("{own}?{query}")) { "more" span.hidden { " of " (table.title) } } }
            }
        }
    }
}

/// Returns a title as a heading begins.
pub(crate) fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
