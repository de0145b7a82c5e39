//! The routes that are no room's: whether the server lives, and the pages of all rooms as data.

use bytes::Bytes;
use carelake_pipeline::page::View;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Call, Context, Guard, Http, Pages, Route};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::runner::Rooms;

/// The name of what answers these.
pub(super) const NAME: &str = "serve";

/// A key that nothing lies under: to ask for it is to reach the store.
const NOTHING: &str = "_carelake/nothing";
/// The text format of Prometheus.
const METRICS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Answers the routes that are no room's.
pub(crate) struct Own {
    pub rooms: Rooms,
    /// Whether browsers are shown pages, which begin at the top.
    pub has_pages: bool,
}

const fn route(path: &'static str, guard: Guard) -> Route {
    Route { method: Method::GET, path, guard, max_body_bytes: 0 }
}

/// What a page shows is for who may read the lake, and a port of this machine is open to all its users.
static ROUTES: [Route; 6] = [
    route("/healthz", Guard::Open),
    route("/metrics", Guard::Owner),
    route("/api/pages", Guard::Owner),
    route("/api/pages/{room}/{page}", Guard::Owner),
    route("/api/pages/{room}/{page}/{*item}", Guard::Owner),
    // Where there are pages, these answer it.
    route("/", Guard::Open),
];

impl Http for Own {
    fn routes(&self) -> &'static [Route] {
        let (_, others) = ROUTES.split_last().unwrap_or((&ROUTES[0], &[]));
        if self.has_pages { others } else { &ROUTES }
    }

    fn answer(&self, context: &Context<'_>, call: &Call) -> Response<Bytes> {
        let version = env!("CARGO_PKG_VERSION");
        match call.route {
            "/" => answer(StatusCode::OK, &json!({"name": "carelake", "version": version})),
            "/healthz" => health(context, version),
            "/metrics" => match super::metrics::text(context, self.rooms) {
                Ok(text) => typed(StatusCode::OK, METRICS, text),
                Err(failure) => unavailable(context, call, &failure),
            },
            "/api/pages" => answer(StatusCode::OK, &json!({"pages": self.list()})),
            _ => self.page(context, call),
        }
    }
}

impl Own {
    /// Returns the pages of all rooms; those of items are found from them.
    fn list(&self) -> Vec<Value> {
        let of = |room: &'static str, pages: &'static dyn Pages| {
            let (page, title) = (pages.name(), pages.title());
            let path = format!("/api/pages/{room}/{page}");
            json!({"room": room, "page": page, "title": title, "shows_persons": pages.shows_persons(), "path": path})
        };
        self.rooms.0.iter().flat_map(|room| room.pages.iter().map(|pages| of(room.name, *pages))).collect()
    }

    fn page(&self, context: &Context<'_>, call: &Call) -> Response<Bytes> {
        let (room, page) = (call.part("room"), call.part("page"));
        let room = self.rooms.0.iter().find(|it| Some(it.name) == room);
        let pages = room.and_then(|room| room.pages.iter().find(|it| Some(it.name()) == page));
        let nowhere = || answer(StatusCode::NOT_FOUND, &json!({"error": "Not Found"}));
        let Some(pages) = pages else { return nowhere() };
        let query = form_urlencoded::parse(call.request.uri().query().unwrap_or_default().as_bytes());
        let view = View { item: call.part("item").map(str::to_owned), query: query.into_owned().collect(), by: None };
        match pages.show(context, &view) {
            Ok(Some(page)) => answer(StatusCode::OK, &json!(page)),
            Ok(None) => nowhere(),
            Err(failure) => unavailable(context, call, &failure),
        }
    }
}

/// Tells whether the store and the ledger can be reached.
fn health(context: &Context<'_>, version: &str) -> Response<Bytes> {
    let services = context.services;
    let store = services.output.read_versioned(NOTHING).map_err(|error| error.kind());
    match store.and_then(|_| services.ledger.runs(1).map_err(|error| error.kind())) {
        Ok(_) => answer(StatusCode::OK, &json!({"status": "ok", "version": version})),
        Err(kind) => {
            let told = json!({"status": "unavailable", "error": kind.name, "version": version});
            answer(StatusCode::SERVICE_UNAVAILABLE, &told)
        }
    }
}

fn unavailable(context: &Context<'_>, call: &Call, failure: &Failure) -> Response<Bytes> {
    context.log.warning(&format_args!("request {}, {}: {failure}", call.id, call.route));
    answer(StatusCode::SERVICE_UNAVAILABLE, &json!({"error": failure.kind.name}))
}

fn answer(status: StatusCode, value: &Value) -> Response<Bytes> {
    typed(status, HeaderValue::from_static("application/json"), value.to_string())
}

fn typed(status: StatusCode, kind: HeaderValue, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
