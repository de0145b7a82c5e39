//! The pages as a room, which is how they are deployed: one function that answers browsers.

use std::sync::OnceLock;

use bytes::Bytes;
use carelake_core::ErrorKinds;
use carelake_pipeline::{Call, Context, Form, Function, Handler, Http, Need, Part, Place, Room, Route, Size};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::config::Oidc;
use crate::console::{Console, SignIn};
use crate::headers::{JSON, answer};

/// What pages are called among functions.
pub const NAME: &str = "console";

/// The room. What it shows is set by [`show`].
pub const ROOM: Room = Room {
    name: "console",
    functions: &[Function {
        name: NAME,
        description: "Shows runs, publications and what rooms show of themselves, to whom an issuer knows",
        handler: Handler::Http(&DEPLOYED),
        payload: Form::of::<Value>(),
        answer: Form::of::<Value>(),
        needs: &[
            Need::read(Place::Output, Part::Facts),
            Need::read(Place::Ledger, Part::All),
            Need::read(Place::Ledger, Part::Age),
            // Sessions, and what was done under which key.
            Need::write(Place::Ledger, Part::Own),
            Need::write(Place::Ledger, Part::Audit),
            Need::write(Place::Ledger, Part::Notices),
            Need::write(Place::Executions, Part::All),
            Need::read(Place::Executions, Part::All),
            Need::read(Place::Secrets, Part::Own),
        ],
        size: Size::Fixed { memory_mib: 1_024, scratch_mib: 512 },
        timeout_secs: 29,
        network: false,
    }],
    definitions: &[],
    errors: &[],
    listens: &[],
    pages: &[],
};

static DEPLOYED: Deployed = Deployed(OnceLock::new());

/// The pages of a process that serves nothing else.
struct Deployed(OnceLock<(Console, ErrorKinds)>);

/// Has the function of the room show these rooms. Whoever comes signs in at the issuer of the configuration, or at the given one.
pub fn show(rooms: &'static [&'static Room], given: Option<Oidc>) {
    let errors = rooms.iter().map(|room| room.errors);
    // A process has one console, and it stays.
    let kinds: &'static [_] = Box::leak(std::iter::once(carelake_core::error::ERRORS).chain(errors).collect());
    let console = Console::new(rooms, SignIn::Oidc { given, way_out: None }, true);
    // Of several settings the first counts.
    drop(DEPLOYED.0.set((console, ErrorKinds(kinds))));
}

impl Http for Deployed {
    fn routes(&self) -> &'static [Route] {
        Console::ROUTES
    }

    fn answer(&self, context: &Context<'_>, call: &Call) -> Response<Bytes> {
        match self.0.get() {
            Some((console, kinds)) => console.answer(&Context { kinds: *kinds, ..*context }, call),
            None => answer(StatusCode::SERVICE_UNAVAILABLE, JSON, json!({"error": "no pages"}).to_string()),
        }
    }
}
