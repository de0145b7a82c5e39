//! A record beside those that it may be the same as, and the form of what may be answered.

use carelake_pipeline::page::{Answer, Beside, Comparison, Held, Last, Other};
use maud::{Markup, html};

use super::Links;
use super::bits::{bar, signed, waterfall};
use super::cell::{cell, tone};
use super::links::path;
use super::marks::marked;

/// What a form of a page sends with an answer.
pub(crate) struct Sending<'s> {
    /// The address that it is sent to: that of the page.
    pub to: &'s str,
    /// What every form of the session carries.
    pub token: &'s str,
    /// What somebody wrote before, when their answer did not count.
    pub comment: &'s str,
}

/// Draws what was done last, with what takes it back.
pub(crate) fn last(last: &Last, sending: Option<&Sending<'_>>) -> Markup {
    html! {
        div.last role="status" {
            span { (last.says) }
            @if let (Some(undo), Some(sending)) = (&last.undo, sending) {
                form method="post" action=(sending.to) data-answers="" {
                    input type="hidden" name="token" value=(sending.token);
                    (button(undo, None))
                }
            }
        }
    }
}

fn button(answer: &Answer, class: Option<&str>) -> Markup {
    html! {
        button class=[class] type="submit" name="answer" value=(answer.value) data-name=(answer.name) data-key=(answer.key) data-about=[answer.about] {
            (answer.label)
            @if let Some(about) = answer.about { span.hidden { " candidate " (about + 1) } }
        }
    }
}

/// Draws a comparison. Without a form it is read only.
pub(crate) fn comparison(links: &Links, comparison: &Comparison, sending: Option<&Sending<'_>>) -> Markup {
    let body =
        html! { (table(links, comparison, sending.is_some())) @if sending.is_some() { (whole(comparison, sending)) } };
    html! {
        section.comparison data-chosen="0" {
            h2 { (comparison.question) }
            p.refused.hidden role="alert" {}
            @match sending {
                None => (body),
                Some(sending) => {
                    form method="post" action=(sending.to) data-answers="" {
                        input type="hidden" name="token" value=(sending.token);
                        @for (name, value) in &comparison.carries { input type="hidden" name=(name) value=(value); }
                        (body)
                    }
                }
            }
            nav.ways aria-label="Questions" {
                @for way in &comparison.ways { a href=(links.to(&path(&way.to))) data-name=(way.name) data-key=(way.key) { (way.label) } }
                button.keys type="button" hidden { "Keys" }
            }
            @for at in 0..comparison.others.len() { (waterfall(comparison, at)) }
        }
    }
}

fn table(links: &Links, comparison: &Comparison, has_form: bool) -> Markup {
    let about = |at: usize| comparison.answers.iter().filter(move |answer| answer.about == Some(at));
    html! {
        div.scroll.sides tabindex="0" role="region" aria-label=(comparison.question) {
            table {
                caption.hidden { (comparison.question) }
                thead { tr {
                    th scope="col" { span.hidden { "value" } }
                    th scope="col" { span.side { "Record" } code { (comparison.record) } }
                    @for (at, other) in comparison.others.iter().enumerate() { th scope="col" data-other=(at) { (head(links, at, other)) } }
                } }
                tbody { @for line in &comparison.lines { tr {
                    th scope="row" { (line.label.replace('_', " ")) }
                    td { (held(&line.own, line.others.first().map(|beside| &beside.held).filter(|_| line.others.len() == 1))) }
                    @for (at, beside) in line.others.iter().enumerate() { td data-other=(at) { (cell_of(&line.own, beside)) } }
                } } }
                @if has_form && (0..comparison.others.len()).any(|at| about(at).next().is_some()) { tfoot { tr {
                    th scope="row" { "answer" }
                    td {}
                    @for at in 0..comparison.others.len() { td data-other=(at) { div.answers {
                        @for answer in about(at) { (button(answer, (answer.name == "accept").then_some("sure"))) }
                    } } }
                } } }
            }
        }
    }
}

fn head(links: &Links, at: usize, other: &Other) -> Markup {
    html! {
        span.side { "Candidate " (at + 1) } code { (other.title) }
        @for fact in &other.facts { span.fact { (fact.label) " " (cell(links, &fact.cell)) } }
        @if let Some(bits) = other.bits { span.fact { strong { (signed(bits)) } " bits" } }
    }
}

fn held(held: &Held, beside: Option<&Held>) -> Markup {
    match held {
        Held::Missing => html! { span.missing { "missing" } },
        Held::Placeholder(text) => html! { span.missing { (marked(text, None)) } " " span.tag { "placeholder" } },
        Held::Value(text) => html! { (marked(text, beside.and_then(Held::value))) },
    }
}

/// Draws a value beside that of the record: a sign and marks where they differ, the level, its bits.
fn cell_of(own: &Held, beside: &Beside) -> Markup {
    html! {
        div.value {
            @if let Some(likeness) = beside.likeness {
                @let (class, _) = tone(likeness.tone());
                span class=(format!("likeness {class}")) role="img" aria-label=(format!("{likeness:?}").to_lowercase()) { (likeness.sign()) }
            }
            span { (held(&beside.held, Some(own).filter(|own| own.value().is_some()))) }
        }
        @if let Some(level) = &beside.level {
            div.level { span { (level.name) } (bar(level.bits)) span.number { (signed(level.bits)) } }
        }
    }
}

/// Draws the answers that are about the whole, and where something is written.
fn whole(comparison: &Comparison, sending: Option<&Sending<'_>>) -> Markup {
    let written = sending.map(|sending| sending.comment).unwrap_or_default();
    html! {
        div.whole {
            label for="comment" { "Comment " span.none { "(kept with the decision, for those who may see persons)" } }
            textarea #comment name="comment" rows="2" maxlength="4000" { (written) }
            div.answers { @for answer in comparison.answers.iter().filter(|answer| answer.about.is_none()) { (button(answer, None)) } }
        }
    }
}
