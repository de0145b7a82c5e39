//! What a list may be cut down to.

use carelake_pipeline::page::Filter;
use maud::{Markup, html};

/// Draws the form that says what is wanted.
pub(crate) fn filters(filters: &[Filter], path: &str) -> Markup {
    html! {
        @if !filters.is_empty() {
            form.filters method="get" action=(path) {
                @for filter in filters {
                    label { (filter.label)
                        select name=(filter.name) {
                            @for choice in &filter.choices {
                                option value=(choice) selected[*choice == filter.chosen] { @if choice.is_empty() { "any" } @else { (choice) } }
                            }
                        }
                    }
                }
                button type="submit" { "Show" }
            }
        }
    }
}
