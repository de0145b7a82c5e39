//! How somebody signs in.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use bytes::Bytes;
use carelake_http::Proxy;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Call, Context};
use http::header::SET_COOKIE;
use http::{Method, Response, StatusCode};
use maud::html;
use serde_json::{Value, json};

use super::{Console, SignIn, told};
use crate::config::Oidc;
use crate::headers::see;
use crate::oidc::{self, Attempt, NotIn};
use crate::session::roles::Rights;
use crate::session::{Sessions, form};
use crate::{act, config};

/// The member of a query that says where somebody wanted to.
const TO: &str = "to";

/// Returns the page that asks who somebody is, to go on with what they wanted.
pub(super) fn first(wanted: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair(TO, wanted).finish();
    if matches!(wanted, "/" | "/runs") { "/sign-in".to_owned() } else { format!("/sign-in?{query}") }
}

/// A request of somebody who signs in.
struct Signing<'s> {
    context: &'s Context<'s>,
    call: &'s Call,
    sessions: &'s Sessions<'s>,
}

impl Console {
    /// Answers what is asked to sign in.
    pub(super) fn sign_in(
        &self,
        context: &Context<'_>,
        call: &Call,
        sessions: &Sessions<'_>,
    ) -> Result<Response<Bytes>, Failure> {
        let signing = Signing { context, call, sessions };
        match &self.sign_in {
            SignIn::Local { word, is_key, user } => signing.by_word(word, is_key, user),
            SignIn::Oidc { given, way_out } => {
                let oidc = config::oidc(context.services.config).or_else(|| given.clone());
                signing.by_issuer(oidc.as_ref(), way_out.as_ref())
            }
        }
    }
}

impl Signing<'_> {
    /// Lets in who has the word that was printed, or the key of the owner.
    fn by_word(&self, word: &str, is_key: &dyn Fn(&str) -> bool, user: &str) -> Result<Response<Bytes>, Failure> {
        let call = self.call;
        let is_in = match call.part("word") {
            Some(given) => !word.is_empty() && verify_slices_are_equal(word.as_bytes(), given.as_bytes()).is_ok(),
            None if call.request.method() == Method::POST => {
                let fields = form::fields(&call.request).unwrap_or_default();
                form::is_own(call.request.headers()) && fields.get("key").is_some_and(|key| is_key(key.trim()))
            }
            None => return Ok(asked_for_key("")),
        };
        if !is_in {
            self.note("unknown", json!({"refused": "to sign in"}))?;
            return Ok(asked_for_key("That is not the key."));
        }
        let roles = config::of(self.context.services.config).roles.of(user);
        self.enter(user, roles.into(), ("/runs", json!({})))
    }

    /// Sends somebody to the issuer, or lets in who comes back from it.
    fn by_issuer(&self, oidc: Option<&Oidc>, way_out: Option<&Proxy>) -> Result<Response<Bytes>, Failure> {
        let Some(oidc) = oidc else {
            let body = html! { p { code { "console.oidc" } " of the configuration names nobody who says who somebody is. Add " code { "issuer" } ", " code { "client_id" } " and " code { "address" } "." } };
            return Ok(told(StatusCode::SERVICE_UNAVAILABLE, "Nobody can sign in", &body));
        };
        let query = form::query(self.call.request.uri().query().unwrap_or_default());
        match self.call.route {
            "/sign-in/begin" => {
                let attempt = Attempt::begin(query.get(TO).map(String::as_str).unwrap_or_default());
                let mut response = see(&oidc::asks_at(oidc, way_out, &attempt)?);
                response.headers_mut().insert(SET_COOKIE, attempt.cookie());
                Ok(response)
            }
            oidc::BACK => {
                let headers = self.call.request.headers();
                let mut response = match oidc::came_back(oidc, way_out, self.context, (headers, &query)) {
                    Ok((person, wanted)) => {
                        let roles = config::of(self.context.services.config).roles.of_groups(&person.groups);
                        self.enter(
                            &person.name,
                            Rights { roles, feeds: person.feeds },
                            (&wanted, json!({"subject": person.subject, "issuer": oidc.issuer})),
                        )?
                    }
                    Err(NotIn::Failed(failure)) => return Err(failure),
                    Err(NotIn::Refused(why)) => {
                        self.note("unknown", json!({"refused": "to sign in", "because": why}))?;
                        let body = html! {
                            p { "Nobody was signed in. It may have taken more than ten minutes, or been begun in another window." }
                            p { a href="/sign-in/begin" { "Sign in" } " once more." }
                        };
                        told(StatusCode::FORBIDDEN, "Not signed in", &body)
                    }
                };
                response.headers_mut().append(SET_COOKIE, Attempt::no_cookie());
                Ok(response)
            }
            "/sign-in" if self.call.request.method() == Method::GET => {
                let wanted = query.get(TO).map(String::as_str).unwrap_or_default();
                let link = form_urlencoded::Serializer::new(String::new()).append_pair(TO, wanted).finish();
                let link =
                    if wanted.is_empty() { "/sign-in/begin".to_owned() } else { format!("/sign-in/begin?{link}") };
                let host = oidc.issuer.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
                let body = html! {
                    p { a.sure href=(link) { "Sign in" } }
                    p { "You are asked who you are by " code { (host) } "." }
                };
                Ok(told(StatusCode::OK, "Sign in", &body))
            }
            _ => Ok(see("/sign-in")),
        }
    }

    /// Begins a session of somebody who is known, and goes on with what they wanted.
    fn enter(&self, user: &str, rights: Rights, (wanted, more): (&str, Value)) -> Result<Response<Bytes>, Failure> {
        let with = |mut noted: Value| {
            if let (Some(noted), Some(more)) = (noted.as_object_mut(), more.as_object()) {
                noted.extend(more.clone());
            }
            noted
        };
        if rights.roles.is_empty() {
            self.note(user, with(json!({"refused": "to sign in", "wants": "a role"})))?;
            let body = html! { p { code { (user) } " has no role here. Whoever looks after this lake gives one: by " code { "console.roles" } " of the configuration, or by a group of that name." } };
            return Ok(told(StatusCode::FORBIDDEN, "Not allowed", &body));
        }
        self.note(user, with(json!({"signed_in": rights.roles})))?;
        let mut response = see(wanted);
        response.headers_mut().insert(SET_COOKIE, self.sessions.begin(user, rights)?);
        Ok(response)
    }

    fn note(&self, actor: &str, what: Value) -> Result<(), Failure> {
        act::note(self.context, &self.call.id, actor, what)
    }
}

/// Asks for the key.
fn asked_for_key(wrong: &str) -> Response<Bytes> {
    let body = html! {
        p { "Open the address that " code { "carelake serve" } " printed when it began, or give the key that is in " code { "_carelake/serve.key" } " of the output." }
        @if !wrong.is_empty() { p role="alert" { strong { (wrong) } } }
        form.filters method="post" action="/sign-in" {
            label { "Key" input type="password" name="key" autocomplete="off" required; }
            button type="submit" { "Sign in" }
        }
    };
    told(if wrong.is_empty() { StatusCode::OK } else { StatusCode::FORBIDDEN }, "Sign in", &body)
}
