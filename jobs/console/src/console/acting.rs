//! From a button to what was done: asked once, done once, told.

use bytes::Bytes;
use carelake_pipeline::page::{Action, Does};
use carelake_pipeline::pipeline::Failure;
use http::{Response, StatusCode};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::Request;
use crate::act::{Act, Acts, Done, State, carry_out, name, note};
use crate::headers::see;
use crate::session::form::{self, Fields};
use crate::session::random_word;
use crate::session::roles::Role;

/// The longest key of a form: what is random has fewer letters.
const KEY_CHARS: usize = 64;

/// What a form names.
struct Named<'f> {
    page: &'f str,
    action: &'f str,
    label: &'f str,
    effect: &'f str,
}

impl<'f> Named<'f> {
    fn of(fields: &'f Fields) -> Self {
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        Self { page: field("page"), action: field("does"), label: field("label"), effect: field("effect") }
    }
}

/// What became of what somebody wanted done.
enum Acted {
    /// The page does not offer it any more: what somebody is told.
    Refused(Response<Bytes>),
    /// It was started, and goes on.
    Started,
    /// It has ended, well or not, or was done before.
    Done,
}

impl Request<'_> {
    /// Shows what an action will do, and asks.
    pub(super) fn confirm(&self, fields: &Fields) -> Result<Response<Bytes>, Failure> {
        let named = Named::of(fields);
        let action = match self.offered(&named)? {
            Ok(action) => action,
            Err(refused) => return Ok(refused),
        };
        let body = html! {
            div.ask {
                p { strong { (crate::draw::sentence(&action.effect)) "." } }
                p { "The command that does the same: " code { (action.command) } }
                form method="post" action="/act" {
                    input type="hidden" name="token" value=(self.session.token);
                    input type="hidden" name="page" value=(named.page);
                    input type="hidden" name="does" value=(named.action);
                    input type="hidden" name="label" value=(action.label);
                    input type="hidden" name="effect" value=(action.effect);
                    input type="hidden" name="key" value=(random_word());
                    button.sure type="submit" autofocus { (action.label) }
                    a href=(named.page) { "No, go back" }
                }
            }
        };
        Ok(self.framed(StatusCode::OK, &format!("{}?", action.label), &body))
    }

    /// Does it, unless it was done under this key.
    pub(super) fn act(&self, fields: &Fields) -> Result<Response<Bytes>, Failure> {
        let named = Named::of(fields);
        let key = fields.get("key").map(String::as_str).unwrap_or_default();
        let is_key = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if key.is_empty() || key.len() > KEY_CHARS || !key.chars().all(is_key) {
            let body = html! { p { "Nothing was done: the form has no key. Open the page again and send it anew." } };
            return Ok(self.framed(StatusCode::BAD_REQUEST, "Not done", &body));
        }
        let now = (self.context.services.now)();
        let acts = Acts::new(self.context.services.ledger, self.context.scope, now);
        let result = format!("/done/{key}");
        if acts.find(key)?.is_some() {
            return Ok(see(&result));
        }
        if let Err(refused) = self.offered(&named)? {
            return Ok(refused);
        }
        if !acts.hold(named.action, &self.session.user)? {
            return self.conflict(&named, &busy(&named));
        }
        let done = self.act_alone(&acts, key, &named);
        let now = Acts::new(self.context.services.ledger, self.context.scope, (self.context.services.now)());
        now.release(named.action, &self.session.user, matches!(done, Ok(Acted::Started)))?;
        Ok(match done? {
            Acted::Refused(refused) => refused,
            Acted::Started | Acted::Done => see(&result),
        })
    }

    /// Does it, while nobody else does the same.
    fn act_alone(&self, acts: &Acts<'_>, key: &str, named: &Named<'_>) -> Result<Acted, Failure> {
        let action = match self.offered(named)? {
            Ok(action) => action,
            Err(refused) => return Ok(Acted::Refused(refused)),
        };
        let (by, now) = (self.session.user.clone(), (self.context.services.now)());
        let (label, effect) = (action.label.clone(), action.effect.clone());
        let mut act = Act { label, effect, page: named.page.to_owned(), by, at: now, state: State::Begun };
        if !acts.begin(key, &act)? {
            return Ok(Acted::Done);
        }
        // What is begun is in the audit before it is done: who is killed in between leaves no gap.
        note(self.context, key, &act.by, json!({"did": act.label, "effect": act.effect, "command": action.command}))?;
        act.state = match carry_out(self.context, self.console.rooms, &action.does, &act.by, key) {
            Ok(Done::Started { definition, name, id }) => {
                let see = Some(format!("/runs/{definition}/{name}"));
                State::Done { says: format!("{definition} was started"), see, execution: Some(id) }
            }
            Ok(Done::Well(answer)) => State::Done { says: says(&answer), see: None, execution: None },
            Err(failure) => State::Failed { error: failure.kind.name.to_owned(), reason: failure.reason },
        };
        let became = match &act.state {
            State::Failed { error, .. } => json!({"of": key, "failed": error}),
            _ => json!({"of": key, "ended": "well"}),
        };
        acts.end(key, &act)?;
        note(self.context, &format!("{key}/end"), &act.by, became)?;
        let is_started = matches!(action.does, Does::Start { .. }) && matches!(act.state, State::Done { .. });
        Ok(if is_started { Acted::Started } else { Acted::Done })
    }

    /// Shows what became of something that was done.
    pub(super) fn done(&self) -> Result<Response<Bytes>, Failure> {
        let key = self.call.part("key").unwrap_or_default();
        let now = (self.context.services.now)();
        let Some(act) = Acts::new(self.context.services.ledger, self.context.scope, now).find(key)? else {
            return Ok(self.nothing());
        };
        let back = if act.page.starts_with('/') && !act.page.starts_with("//") { act.page.as_str() } else { "/runs" };
        let (title, told) = match &act.state {
            State::Begun => (
                "Begun",
                html! { p { "This was begun and has not ended. If what serves was stopped meanwhile, the page tells how things stand; what is offered there can be done again." } },
            ),
            State::Done { says, see, .. } => (
                "Done",
                html! { @if !says.is_empty() { p { (crate::draw::sentence(says)) "." } } @if let Some(see) = see { p { a href=(see) { "See how it goes" } } } },
            ),
            State::Failed { error, reason } => {
                ("Not done", html! { p role="alert" { strong { (error) } ": " (reason) } })
            }
        };
        let body = html! {
            (told)
            p { (act.label) ": " (act.effect) }
            p { "By " (act.by) ", " (crate::draw::number::moment(act.at)) ". " a href=(back) { "Back to where it was done" } }
        };
        Ok(self.framed(StatusCode::OK, &format!("{title}: {}", act.label), &body))
    }

    /// Returns the action that a form names, if its page still offers it as it was; else what somebody is told.
    fn offered(&self, named: &Named<'_>) -> Result<Result<Action, Response<Bytes>>, Failure> {
        // What a browser takes for another host is no page of this server.
        if !named.page.starts_with('/') || named.page.starts_with("//") || named.page.contains('\\') {
            return Ok(Err(self.nothing()));
        }
        let (path, query) = named.page.split_once('?').unwrap_or((named.page, ""));
        let Some(shown) = self.shown(path, &form::query(query))? else { return Ok(Err(self.nothing())) };
        if let Some(refused) = self.refused(path, &shown)? {
            return Ok(Err(refused));
        }
        if !shown.shows_persons && !self.session.has(Role::Operator) {
            return self.forbidden(Role::Operator, "do this").map(Err);
        }
        let mut actions = shown.page.actions;
        if let Some(at) = actions.iter().position(|action| name(action) == named.action) {
            return Ok(Ok(actions.swap_remove(at)));
        }
        let now = actions.iter().find(|action| action.label == named.label);
        self.conflict(named, &difference(named, now)).map(Err)
    }

    /// Notes that something was not done since it is another's, or has changed, and tells it.
    fn conflict(&self, named: &Named<'_>, told: &Markup) -> Result<Response<Bytes>, Failure> {
        let refused = json!({"refused": "what has changed", "did": named.label});
        note(self.context, &self.call.id, &self.session.user, refused)?;
        Ok(self.framed(StatusCode::CONFLICT, "Not done: it has changed", told))
    }
}

/// Says that somebody else does it.
fn busy(named: &Named<'_>) -> Markup {
    html! {
        p role="alert" { "Somebody else does this in this moment: " (named.effect) "." }
        p { "If that was stopped on its way, it can be done again a quarter of an hour later. "
            a href=(named.page) { "Look at the page as it is now" } }
    }
}

/// Says what an action was to do, and what it would do now.
fn difference(named: &Named<'_>, now: Option<&Action>) -> Markup {
    html! {
        p { "Since the page was made, something else has changed what this would do." }
        dl.facts {
            div { dt { "It was to do" } dd { (named.effect) } }
            div { dt { "It would do now" } dd { @if let Some(now) = now { (now.effect) } @else { "nothing: the page does not offer it any more" } } }
        }
        p { a href=(named.page) { "Look at the page as it is now" } }
    }
}

/// Says what a function answered, where that is a sentence.
fn says(answer: &Value) -> String {
    answer.get("says").and_then(Value::as_str).unwrap_or_default().to_owned()
}
