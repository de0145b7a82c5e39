//! A handler that does what tests ask for.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use bytes::Bytes;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Call, Context, Guard, Http, Issuer, Route};
use http::{Method, Response};
use serde_json::json;

/// The largest body that `/echo` takes.
pub const ECHO_BYTES: usize = 1000;
/// The size of what `/large` answers: more than a socket holds for somebody who does not read.
pub const LARGE_BYTES: usize = 32 << 20;
/// What a panic says.
pub const SECRET: &str = "Jane Doe 1961-05-04";

/// What a handler of `/slow` is at, by its name.
pub static BEGUN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
/// What was told that nobody waits any more, by its name.
pub static GIVEN_UP: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

pub struct Toy {
    pub issuer: Issuer,
}

const fn route(method: Method, path: &'static str, guard: Guard) -> Route {
    Route { method, path, guard, max_body_bytes: ECHO_BYTES }
}

static ROUTES: [Route; 9] = [
    route(Method::GET, "/open", Guard::Open),
    route(Method::POST, "/echo", Guard::Open),
    route(Method::GET, "/panic", Guard::Open),
    route(Method::GET, "/slow/{name}/{millis}", Guard::Open),
    route(Method::GET, "/large", Guard::Open),
    route(Method::GET, "/framed", Guard::Open),
    route(Method::GET, "/owner", Guard::Owner),
    route(Method::GET, "/token", Guard::Token),
    route(Method::GET, "/scope", Guard::Scope("toy/read")),
];

impl Http for Toy {
    fn routes(&self) -> &'static [Route] {
        &ROUTES
    }

    fn issuer(&self, _context: &Context<'_>) -> Result<Option<Issuer>, Failure> {
        Ok(Some(self.issuer.clone()))
    }

    fn answer(&self, context: &Context<'_>, call: &Call) -> Response<Bytes> {
        match call.route {
            "/echo" => Response::new(call.request.body().clone()),
            "/panic" => panic!("{SECRET}"),
            "/slow/{name}/{millis}" => slow(context, call),
            "/large" => Response::new(Bytes::from(vec![b'x'; LARGE_BYTES])),
            "/framed" => {
                let response = Response::builder().header("Content-Length", "3").header("Transfer-Encoding", "chunked");
                response.header("Cache-Control", "max-age=60").body(Bytes::from_static(b"framed")).unwrap()
            }
            _ => {
                let caller = call.caller.as_ref().map(|caller| (&caller.subject, &caller.scopes));
                Response::new(Bytes::from(json!({"route": call.route, "caller": caller}).to_string()))
            }
        }
    }
}

fn slow(context: &Context<'_>, call: &Call) -> Response<Bytes> {
    let time = Duration::from_millis(call.part("millis").unwrap().parse().unwrap());
    let began = Instant::now();
    BEGUN.lock().unwrap().insert(call.part("name").unwrap().to_owned());
    while began.elapsed() < time {
        if (context.services.is_cancelled)() {
            GIVEN_UP.lock().unwrap().insert(call.part("name").unwrap().to_owned());
            break;
        }
        sleep(Duration::from_millis(5));
    }
    Response::new(Bytes::from_static(b"slow"))
}

/// Waits until the handler of this name has begun.
pub fn has_begun(name: &str) {
    wait(&BEGUN, name);
}

/// Waits until the handler of this name was told that nobody waits.
pub fn was_given_up(name: &str) {
    wait(&GIVEN_UP, name);
}

fn wait(names: &Mutex<BTreeSet<String>>, name: &str) {
    let began = Instant::now();
    while !names.lock().unwrap().contains(name) {
        assert!(began.elapsed() < Duration::from_secs(30), "{name} is not there");
        sleep(Duration::from_millis(5));
    }
}
