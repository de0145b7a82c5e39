//! A page as a document: what is around it, what is on it, and what can be done from it.

use carelake_pipeline::page::{Action, Page};
use maud::{DOCTYPE, Markup, html};

use super::Links;
use super::cell::{facts, table};
use super::chart::chart;
use super::comparison::{Sending, comparison, last};
use super::filters::filters;
use crate::session::Session;

/// What stands around every page.
pub(crate) struct Frame<'f> {
    /// How pages name each other.
    pub links: &'f Links,
    /// The environment, to know where one is.
    pub environment: &'f str,
    /// Where one can go.
    pub nav: &'f [NavItem],
    /// Who reads, and may do something; `None` in files.
    pub session: Option<&'f Session>,
    /// The path of the page, without its query.
    pub path: &'f str,
    /// Its query, as typed; empty for none.
    pub query: &'f str,
    /// What somebody is told whose answer does not count.
    pub refused: Option<&'f Refused<'f>>,
}

/// An answer that does not count.
pub(crate) struct Refused<'r> {
    /// Why, in a sentence.
    pub says: &'r str,
    /// What was written beside it.
    pub comment: &'r str,
}

/// A place to go.
pub(crate) struct NavItem {
    pub title: String,
    pub path: String,
}

/// What is shown: the data, and what only the console draws.
pub(crate) struct Shown {
    pub page: Page,
    /// A drawing, and how many tables stand before it.
    pub drawing: Option<(usize, Markup)>,
    /// A form that says what is wanted; not in files.
    pub controls: Option<Markup>,
    /// Whether it changes by itself while somebody looks.
    pub is_live: bool,
    /// Whether it has values of persons.
    pub shows_persons: bool,
    /// What can be done, and by a command only where these pages are.
    pub typed: Vec<Action>,
}

impl From<Page> for Shown {
    fn from(page: Page) -> Self {
        Self { page, drawing: None, controls: None, is_live: false, shows_persons: false, typed: Vec::new() }
    }
}

/// Draws a page.
pub(crate) fn page(frame: &Frame<'_>, shown: &Shown, may_act: bool) -> String {
    // Who is shown persons may do what is offered beside them.
    let may_act = may_act || shown.shows_persons;
    let links = frame.links;
    let Shown { page, drawing, controls, is_live, .. } = shown;
    let own = format!("{}{}{}", frame.path, if frame.query.is_empty() { "" } else { "?" }, frame.query);
    let json = format!("{}?{}{}as=json", frame.path, frame.query, if frame.query.is_empty() { "" } else { "&" });
    let sending = frame.session.filter(|_| links.is_served()).map(|session| Sending {
        to: &own,
        token: &session.token,
        comment: frame.refused.map(|refused| refused.comment).unwrap_or_default(),
    });
    let body = html! {
        @if let Some(refused) = frame.refused { (told(refused, page.comparison.is_some())) }
        @if let Some(it) = &page.last { (last(it, sending.as_ref())) }
        (facts(links, &page.facts))
        @if links.is_served() { (filters(&page.filters, frame.path)) }
        @if let Some(it) = &page.comparison { (comparison(links, it, sending.as_ref())) }
        @if let (Some(controls), true) = (controls, links.is_served()) { (controls) }
        @for it in &page.charts { (chart(it)) }
        @for (at, it) in page.tables.iter().enumerate() {
            @if let Some((before, drawing)) = drawing && *before == at { (drawing) }
            @if page.comparison.is_some() { details.behind { summary { (super::sentence(&it.title)) span.none { " " (it.rows.len()) } } (table(links, it, frame.path)) } }
            @else { (table(links, it, frame.path)) }
        }
        @if let (Some(session), true, false) = (frame.session, may_act, page.actions.is_empty()) {
            section.actions { h2 { "What can be done" }
                @for action in &page.actions { (offered(action, &own, &session.token)) }
            }
        }
        @if let (true, false) = (may_act, shown.typed.is_empty()) {
            section.actions { h2 { "What a command does" }
                @for action in &shown.typed { p.action { span.effect { (action.label) ": " (action.effect) } code { (action.command) } } }
            }
        }
        @if links.is_served() { p.foot { a href=(json) { "as JSON" } } }
    };
    document(frame, &page.title, &body, *is_live)
}

/// Says that an answer does not count, and keeps what was written where no form is left to hold it.
fn told(refused: &Refused<'_>, has_form: bool) -> Markup {
    html! {
        div.refused role="alert" { p { (refused.says) }
            @if !has_form && !refused.comment.is_empty() { label { "What you wrote" textarea readonly rows="2" { (refused.comment) } } }
        }
    }
}

/// Draws what can be done: what it does, the command that does the same, and a button that asks once more.
fn offered(action: &Action, own: &str, token: &str) -> Markup {
    html! {
        form.action method="post" action="/confirm" {
            input type="hidden" name="token" value=(token);
            input type="hidden" name="page" value=(own);
            input type="hidden" name="does" value=(crate::act::name(action));
            input type="hidden" name="label" value=(action.label);
            input type="hidden" name="effect" value=(action.effect);
            button type="submit" { (action.label) "…" }
            span.effect { (action.effect) }
            code { (action.command) }
        }
    }
}

/// Draws a document of anything within the frame.
pub(crate) fn document(frame: &Frame<'_>, title: &str, body: &Markup, is_live: bool) -> String {
    let links = frame.links;
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · carelake" }
                link rel="icon" href=(links.asset("console.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(links.asset("console.css"));
                @if links.is_served() { script src="/console.js" defer {} script src="/answers.js" defer {} }
            }
            body data-live=[is_live.then_some("yes")] {
                a.skip href="#main" { "Skip to what is shown" }
                header {
                    a.brand href=(links.to("/runs")) { "carelake" }
                    span.environment { (frame.environment) }
                    @if !frame.nav.is_empty() { nav aria-label="Pages" { ul { @for item in frame.nav {
                        @let is_here = frame.path == item.path || frame.path.starts_with(&format!("{}/", item.path));
                        li { a href=(links.to(&item.path)) aria-current=[is_here.then_some("page")] { (item.title) } }
                    } } } }
                    @if links.is_served() && frame.session.is_some() { form.find role="search" method="get" action="/find" {
                        label.hidden for="word" { "Find by word" }
                        input #word type="search" name="word" placeholder="find" autocomplete="off";
                    } }
                    @if let Some(session) = frame.session { form.out method="post" action="/sign-out" {
                        input type="hidden" name="token" value=(session.token);
                        span.user { (session.user) }
                        button type="submit" { "Sign out" }
                    } }
                }
                main #main tabindex="-1" { h1 { (title) } (body) }
                p.live.hidden role="status" aria-live="polite" {}
            }
        }
    };
    markup.into_string()
}

/// Draws a document for somebody who is not signed in.
pub(crate) fn bare(title: &str, body: &Markup) -> String {
    let frame =
        Frame { links: &Links::Served, environment: "", nav: &[], session: None, path: "", query: "", refused: None };
    document(&frame, title, body, false)
}
