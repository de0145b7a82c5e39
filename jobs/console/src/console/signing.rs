//! How somebody signs in.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use bytes::Bytes;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Call, Context};
use http::header::SET_COOKIE;
use http::{Method, Response, StatusCode};
use maud::html;
use serde_json::json;

use super::{Console, SignIn, told};
use crate::headers::see;
use crate::session::{Sessions, form};
use crate::{act, config};

impl Console {
    /// Answers what is asked to sign in.
    pub(super) fn sign_in(
        &self,
        context: &Context<'_>,
        call: &Call,
        sessions: &Sessions<'_>,
    ) -> Result<Response<Bytes>, Failure> {
        let SignIn::Local { word, is_key, user } = &self.sign_in;
        let is_in = match call.part("word") {
            Some(given) => !word.is_empty() && verify_slices_are_equal(word.as_bytes(), given.as_bytes()).is_ok(),
            None if call.request.method() == Method::POST => {
                let fields = form::fields(&call.request).unwrap_or_default();
                form::is_own(call.request.headers()) && fields.get("key").is_some_and(|key| is_key(key.trim()))
            }
            None => return Ok(asked("")),
        };
        if !is_in {
            act::note(context, &call.id, "unknown", json!({"refused": "to sign in"}))?;
            return Ok(asked("That is not the key."));
        }
        let roles = config::roles(context.services.config).of(user);
        if roles.is_empty() {
            act::note(context, &call.id, user, json!({"refused": "to sign in", "wants": "a role"}))?;
            let body = html! { p { code { "console.roles" } " of the configuration names no role of " code { (user) } ". Add the name to one, and start " code { "carelake serve" } " again." } };
            return Ok(told(StatusCode::FORBIDDEN, "Not allowed", &body));
        }
        act::note(context, &call.id, user, json!({"signed_in": roles}))?;
        let mut response = see("/runs");
        response.headers_mut().insert(SET_COOKIE, sessions.begin(user, roles)?);
        Ok(response)
    }
}

/// Asks for the key.
fn asked(wrong: &str) -> Response<Bytes> {
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
