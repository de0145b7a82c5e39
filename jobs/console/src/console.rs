//! What answers the requests of browsers.

mod acting;
mod answering;
mod signing;

use bytes::Bytes;
use carelake_http::Proxy;
use carelake_pipeline::page::{Action, Looker};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Call, Context, Guard, Http, Room, Route};
use http::header::{ACCEPT, SET_COOKIE};
use http::{HeaderValue, Method, Response, StatusCode};
use maud::{Markup, html};

use crate::config::Oidc;
use crate::draw::{Frame, Links, Shown, bare, document, page};
use crate::headers::{HTML, JSON, answer, seal, see};
use crate::oidc::BACK;
use crate::own::figures::Counts;
use crate::own::{self, Asked, Known};
use crate::session::form::{self, Fields};
use crate::session::rate::Rate;
use crate::session::roles::Role;
use crate::session::{Session, Sessions, no_cookie};

/// The largest form.
const MOST_BYTES: usize = 64 * 1024;
/// The member of a query that asks for the data of a page.
const AS: &str = "as";

/// Files that pages name; nothing else is kept by a browser.
const FILES: [(&str, &[u8], &str); 4] = [
    ("/console.css", include_bytes!("console.css"), "text/css; charset=utf-8"),
    ("/console.js", include_bytes!("console.js"), "text/javascript; charset=utf-8"),
    ("/answers.js", include_bytes!("answers.js"), "text/javascript; charset=utf-8"),
    ("/console.svg", include_bytes!("console.svg"), "image/svg+xml"),
];

/// Returns the files that pages name, each by its name.
pub(crate) fn files() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    FILES.iter().map(|(path, bytes, _)| (path.trim_start_matches('/'), *bytes))
}

/// How somebody signs in.
pub enum SignIn {
    /// On one machine: whoever has the word is its one user. The word is printed where nobody else reads, and is in the file of the owner's
    /// key as another.
    Local {
        /// The word of the address that signs in.
        word: String,
        /// Returns whether somebody has the key of the owner.
        is_key: Box<dyn Fn(&str) -> bool + Send + Sync>,
        /// The name of the user.
        user: String,
    },
    /// Wherever browsers are: by an issuer of OpenID Connect.
    Oidc {
        /// The issuer, where the configuration names none (`console.oidc`).
        given: Option<Oidc>,
        /// The way out to it.
        way_out: Option<Proxy>,
    },
}

/// The pages, for browsers.
pub struct Console {
    rooms: &'static [&'static Room],
    sign_in: SignIn,
    is_tls: bool,
    rate: Rate,
    counts: Option<Box<dyn Counts>>,
    known: Known,
}

const fn get(path: &'static str) -> Route {
    Route { method: Method::GET, path, guard: Guard::Open, max_body_bytes: 0 }
}

const fn post(path: &'static str) -> Route {
    Route { method: Method::POST, path, guard: Guard::Open, max_body_bytes: MOST_BYTES }
}

/// Who may see a page is told by its session, which the server knows nothing of.
const ROUTES: [Route; 36] = [
    get("/"),
    get("/console.css"),
    get("/console.js"),
    get("/answers.js"),
    get("/console.svg"),
    get("/sign-in"),
    post("/sign-in"),
    get("/sign-in/begin"),
    get("/sign-in/{word}"),
    get(BACK),
    post("/sign-out"),
    post("/confirm"),
    post("/act"),
    get("/done/{key}"),
    get("/runs"),
    get("/runs/{id}"),
    get("/runs/{definition}/{name}"),
    get("/datasets"),
    get("/datasets/{*name}"),
    get("/columns/{*name}"),
    get("/changes/{*name}"),
    get("/feeds"),
    get("/feeds/{name}"),
    get("/letters"),
    get("/alerts"),
    get("/audit"),
    get("/cost"),
    get("/find"),
    get("/rooms/{room}/{page}"),
    get("/rooms/{room}/{page}/{*item}"),
    post("/rooms/{room}/{page}"),
    post("/rooms/{room}/{page}/{*item}"),
    get("/reviews"),
    get("/reviews/{id}"),
    get("/loads"),
    get("/streams"),
];

impl Console {
    /// What it answers.
    pub(crate) const ROUTES: &'static [Route] = &ROUTES;

    /// Makes the pages of these rooms; `is_tls` where browsers reach them by TLS only.
    #[must_use]
    pub fn new(rooms: &'static [&'static Room], sign_in: SignIn, is_tls: bool) -> Self {
        Self { rooms, sign_in, is_tls, rate: Rate::default(), counts: None, known: Known::default() }
    }

    /// Has rows counted by somebody who can read them.
    #[must_use]
    pub fn counting(self, counts: Box<dyn Counts>) -> Self {
        Self { counts: Some(counts), ..self }
    }

    /// Returns a word for the address that signs in; empty where this machine has no random numbers, and then nobody is let in by it.
    #[must_use]
    pub fn word() -> String {
        crate::session::random_word()
    }
}

impl Http for Console {
    fn routes(&self) -> &'static [Route] {
        Self::ROUTES
    }

    fn answer(&self, context: &Context<'_>, call: &Call) -> Response<Bytes> {
        if let Some((_, bytes, kind)) = FILES.iter().find(|(path, _, _)| *path == call.route) {
            return seal(
                answer(StatusCode::OK, HeaderValue::from_static(kind), Bytes::from_static(bytes)),
                true,
                self.is_tls,
            );
        }
        let answered = self.ask(context, call).unwrap_or_else(|failure| {
            context.log.warning(&format_args!("request {}, {}: {failure}", call.id, call.route));
            broken(&failure)
        });
        seal(answered, false, self.is_tls)
    }
}

/// A request of somebody who signed in.
struct Request<'r> {
    console: &'r Console,
    context: &'r Context<'r>,
    call: &'r Call,
    session: Session,
}

impl Console {
    fn ask(&self, context: &Context<'_>, call: &Call) -> Result<Response<Bytes>, Failure> {
        let now = (context.services.now)();
        let sessions = Sessions::new(context.services.ledger, context.scope, now);
        let session = sessions.find(call.request.headers())?;
        if call.route.starts_with("/sign-in") || call.route == BACK {
            return self.sign_in(context, call, &sessions);
        }
        let is_post = call.request.method() == Method::POST;
        let Some(session) = session else {
            let is_page =
                call.request.headers().get(ACCEPT).is_none_or(|it| it.to_str().is_ok_and(|it| it.contains("html")));
            let wants_data = form::query(call.request.uri().query().unwrap_or_default()).contains_key(AS);
            return Ok(match (is_post, is_page && !wants_data) {
                (false, true) => see(&signing::first(call.request.uri().path())),
                (true, _) => told(
                    StatusCode::UNAUTHORIZED,
                    "Signed out",
                    &html! {
                        p { "Nothing was done: the session is over. " a href="/sign-in" { "Sign in" } ", then go back twice: what the form held is still there." }
                    },
                ),
                _ => data(StatusCode::UNAUTHORIZED, &serde_json::json!({"error": "sign in first"})),
            });
        };
        let request = Request { console: self, context, call, session };
        if is_post { request.post(&sessions) } else { request.get() }
    }
}

impl Request<'_> {
    fn get(&self) -> Result<Response<Bytes>, Failure> {
        match self.call.route {
            "/" => return Ok(see("/runs")),
            "/done/{key}" => return self.done(),
            "/feeds/{name}" | "/loads" | "/streams" | "/reviews" | "/reviews/{id}" => return Ok(self.moved()),
            _ => {}
        }
        let uri = self.call.request.uri();
        let mut query = form::query(uri.query().unwrap_or_default());
        let as_data = query.remove(AS).is_some_and(|kind| kind == "json");
        let Some(shown) = self.shown(uri.path(), &query)? else { return Ok(self.nothing()) };
        if let Some(refused) = self.refused(uri.path(), &shown)? {
            return Ok(refused);
        }
        self.note_persons(uri.path(), &shown)?;
        if as_data {
            return Ok(data(StatusCode::OK, &serde_json::json!(shown.page)));
        }
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&query).finish();
        let nav = self.nav();
        let frame = Frame { query: &text, ..self.frame(uri.path(), &nav) };
        let may_act = self.session.has(Role::Operator);
        Ok(answer(StatusCode::OK, HTML, page(&frame, &shown, may_act)))
    }

    /// Makes the page at a path.
    fn shown(&self, path: &str, query: &Fields) -> Result<Option<Shown>, Failure> {
        let shown = own::show(&self.asked(query), path)?;
        Ok(shown.map(|mut shown| {
            let is_done = |action: &Action| crate::act::is_done_here(self.context, &action.does);
            (shown.page.actions, shown.typed) = shown.page.actions.into_iter().partition(is_done);
            shown
        }))
    }

    fn asked<'a>(&'a self, query: &'a Fields) -> Asked<'a> {
        let Console { rooms, counts, known, .. } = self.console;
        let is_lead = self.session.has(Role::Lead);
        // Who leads reviewers settles what any of them disagree about.
        let feeds = self.session.feeds.clone().filter(|_| !is_lead);
        let by = Looker { name: self.session.user.clone(), is_lead, feeds };
        Asked { context: self.context, rooms, query, counts: counts.as_deref(), known, by: Some(by) }
    }

    /// Returns whether somebody may see persons: who leads reviewers is one.
    fn sees_persons(&self) -> bool {
        self.session.has(Role::Reviewer) || self.session.has(Role::Lead)
    }

    /// Writes down that somebody is shown a person: who, which page, when.
    fn note_persons(&self, path: &str, shown: &Shown) -> Result<(), Failure> {
        if shown.page.comparison.is_none() {
            return Ok(());
        }
        crate::act::note(self.context, &self.call.id, &self.session.user, serde_json::json!({"shown": path}))
    }

    /// Returns what somebody is told who may not see a page.
    fn refused(&self, path: &str, shown: &Shown) -> Result<Option<Response<Bytes>>, Failure> {
        let role = if shown.shows_persons { Role::Reviewer } else { own::role(path) };
        if self.session.has(role) || shown.shows_persons && self.sees_persons() {
            return Ok(None);
        }
        self.forbidden(role, "see this page").map(Some)
    }

    /// Refuses something for want of a role, and writes that down.
    fn forbidden(&self, role: Role, what: &str) -> Result<Response<Bytes>, Failure> {
        let noted = serde_json::json!({"refused": what, "wants": role.name(), "route": self.call.route});
        crate::act::note(self.context, &self.call.id, &self.session.user, noted)?;
        let body = html! { p { "To " (what) " one needs the role " code { (role.name()) } "; " code { "console.roles" } " of the configuration gives it." } };
        Ok(self.framed(StatusCode::FORBIDDEN, "Not allowed", &body))
    }

    fn nothing(&self) -> Response<Bytes> {
        let body = html! { p { "Nothing is at this address. What was here may have been removed by " code { "carelake gc" } "; " a href="/runs" { "runs" } " and " a href="/datasets" { "datasets" } " list what there is." } };
        self.framed(StatusCode::NOT_FOUND, "Nothing here", &body)
    }

    /// Sends whoever asks for a room's page by a short address to where it is.
    fn moved(&self) -> Response<Bytes> {
        let page = |name: &str| {
            let of = |room: &&&carelake_pipeline::Room| room.pages.iter().any(|pages| pages.name() == name);
            self.console.rooms.iter().find(of).map(|room| format!("/rooms/{}/{name}", room.name))
        };
        let item = |name: &str, part: &str| {
            let item = crate::draw::links::part(self.call.part(part).unwrap_or_default());
            page(name).map(|path| format!("{path}/{item}"))
        };
        let to = match self.call.route {
            "/feeds/{name}" => item("feeds", "name"),
            "/reviews/{id}" => item("reviews", "id"),
            "/reviews" => page("reviews"),
            "/loads" => page("sources"),
            "/streams" => page("streams"),
            _ => None,
        };
        to.map_or_else(|| see("/runs"), |path| see(&path))
    }

    fn nav(&self) -> Vec<crate::draw::NavItem> {
        own::nav(self.console.rooms)
    }

    fn frame<'f>(&'f self, path: &'f str, nav: &'f [crate::draw::NavItem]) -> Frame<'f> {
        let environment = self.context.environment;
        Frame { links: &Links::Served, environment, nav, session: Some(&self.session), path, query: "", refused: None }
    }

    /// Draws something that is no page of facts.
    fn framed(&self, status: StatusCode, title: &str, body: &Markup) -> Response<Bytes> {
        let nav = self.nav();
        answer(status, HTML, document(&self.frame("", &nav), title, body, false))
    }

    /// Answers a form.
    fn post(&self, sessions: &Sessions<'_>) -> Result<Response<Bytes>, Failure> {
        let headers = self.call.request.headers();
        let fields = form::fields(&self.call.request).unwrap_or_default();
        let token = fields.get("token").map(String::as_str).unwrap_or_default();
        if !form::is_own(headers) || !self.session.gave(token) {
            let noted = serde_json::json!({"refused": "a form of another page", "route": self.call.route});
            crate::act::note(self.context, &self.call.id, &self.session.user, noted)?;
            let body = html! { p { "Nothing was done: the form was not of a page that this session was shown. Open the page again and send it anew." } };
            return Ok(self.framed(StatusCode::FORBIDDEN, "Not done", &body));
        }
        if self.call.route == "/sign-out" {
            sessions.end_all(&self.session.user)?;
            crate::act::note(
                self.context,
                &self.call.id,
                &self.session.user,
                serde_json::json!({"signed_out": "everywhere"}),
            )?;
            let mut response = see("/sign-in");
            response.headers_mut().insert(SET_COOKIE, no_cookie());
            return Ok(response);
        }
        let is_answer = self.call.route.starts_with("/rooms/");
        // What is done from a page with persons is for who sees them; the page of an action is asked for that.
        if !is_answer && !self.session.has(Role::Operator) && !self.sees_persons() {
            return self.forbidden(Role::Operator, "do this");
        }
        if !self.console.rate.may(&self.session.id, (self.context.services.now)()) {
            let body = html! { p { "Nothing was done: this is more than a session may do in a second. Wait a moment, and send it again." } };
            return Ok(self.framed(StatusCode::TOO_MANY_REQUESTS, "Not done", &body));
        }
        match self.call.route {
            "/confirm" => self.confirm(&fields),
            "/act" => self.act(&fields),
            _ => self.said(fields),
        }
    }
}

/// Tells something to somebody who is not signed in.
fn told(status: StatusCode, title: &str, body: &Markup) -> Response<Bytes> {
    answer(status, HTML, bare(title, body))
}

fn data(status: StatusCode, value: &serde_json::Value) -> Response<Bytes> {
    answer(status, JSON, value.to_string())
}

/// Tells of what cannot be told now: the name of the error, and where more is said.
fn broken(failure: &Failure) -> Response<Bytes> {
    let body = html! {
        p { "This page cannot be made now: " code { (failure.kind.name) } ". " (sentence(failure.kind.advice)) }
        p { "What serves says more where it runs." }
    };
    told(StatusCode::SERVICE_UNAVAILABLE, "Not available", &body)
}

fn sentence(advice: &str) -> String {
    format!("{}.", crate::draw::sentence(advice))
}
