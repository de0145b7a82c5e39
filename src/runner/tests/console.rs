//! The pages, asked as a browser asks for them: who is let in, what every answer says of itself, what is done once.

use std::io::{Read, Write};
use std::net::TcpStream;

use carelake_core::ledger::Audit;
use carelake_web::Server;
use clap::Parser;

use super::*;
use crate::serving::{Listening, Listens};

#[derive(Parser)]
pub(super) struct Typed {
    #[command(flatten)]
    pub listening: Listening,
}

/// An answer, as it came.
pub(super) struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.split_once(": ").filter(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1))
    }
}

/// A lake whose pages are served, and a browser that is signed in.
pub(super) struct Browser {
    pub place: Place,
    server: Server,
    pub sign_in: String,
    pub cookie: String,
}

impl Browser {
    fn new() -> Self {
        Self::with("")
    }

    /// Serves a lake whose configuration says more.
    pub(super) fn with(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline_config.yaml");
        let config = folder.path().join("pipeline_config.yaml");
        std::fs::write(&config, std::fs::read_to_string(shipped).unwrap() + more).unwrap();
        let local = runner_of(folder.path(), config, ROOMS);
        let listening = Typed::parse_from(["serve", "--listen", "127.0.0.1:0"]).listening;
        let Listens { server, address, sign_in } = listening.start(&local, Rooms(&[&ROOM])).unwrap().unwrap();
        let sign_in = sign_in.map(|it| it.strip_prefix(&address).unwrap().to_owned()).unwrap_or_default();
        let mut browser = Self { place: Place { folder, local }, server, sign_in, cookie: String::new() };
        if !browser.sign_in.is_empty() {
            browser.cookie = browser.signed_in();
        }
        browser
    }

    fn signed_in(&self) -> String {
        let answer = self.ask("GET", &self.sign_in, "", "", "");
        assert_eq!((answer.status, answer.header("location")), (303, Some("/runs")), "{}", answer.body);
        let set = answer.header("set-cookie").unwrap();
        for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
            assert!(set.contains(part), "{set}");
        }
        assert!(set.starts_with("__Host-carelake="), "{set}");
        set.split(';').next().unwrap().to_owned()
    }

    pub(super) fn ask(&self, method: &str, path: &str, cookie: &str, headers: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.server.address()).unwrap();
        let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{cookie}{headers}");
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub(super) fn see(&self, path: &str) -> Answer {
        self.ask("GET", path, &self.cookie, "", "")
    }

    /// Sends a form as a page of this server does.
    pub(super) fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send_with(path, fields, "Origin: null\r\nSec-Fetch-Site: same-origin\r\n")
    }

    fn send_with(&self, path: &str, fields: &[(&str, &str)], headers: &str) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = format!("{headers}Content-Type: application/x-www-form-urlencoded\r\n");
        self.ask("POST", path, &self.cookie, &headers, &body)
    }

    pub(super) fn audit(&self) -> Vec<String> {
        let lake = self.place.local.lake();
        let entries = Audit::new(self.place.local.ledger(), &lake.scope).read("console", 0, 100).unwrap();
        entries.iter().map(|entry| Value::Object(entry.event.what.clone()).to_string()).collect()
    }
}

/// Returns what a hidden field of a page holds.
pub(super) fn field(html: &str, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let (_, rest) = html.split_once(&begin).unwrap_or_else(|| panic!("no {name} in {html}"));
    let value = rest.split('"').next().unwrap();
    value.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"")
}

pub(super) const NUMBER: &str = "/rooms/toy/doubles/21";

#[test]
fn nobody_sees_a_page_who_did_not_sign_in() {
    let browser = Browser::new();
    for path in ["/", "/runs", "/datasets", "/audit", NUMBER, "/done/x"] {
        let answer = browser.ask("GET", path, "", "", "");
        let to = answer.header("location").unwrap_or_default();
        assert!(answer.status == 303 && (to == "/sign-in" || to.starts_with("/sign-in?to=%2F")), "{path}: {to}");
        assert_eq!(browser.ask("GET", path, "__Host-carelake=forged", "", "").status, 303, "{path}");
    }
    assert_eq!(browser.ask("GET", "/runs?as=json", "", "", "").status, 401);
    assert_eq!(browser.ask("POST", "/confirm", "", "", "").status, 401);
    assert_eq!(browser.ask("GET", "/sign-in/guessed", "", "", "").status, 403);
    assert!(browser.audit().iter().any(|what| what.contains("to sign in")), "{:?}", browser.audit());
}

#[test]
fn every_answer_says_what_a_browser_may_do_with_it() {
    let browser = Browser::new();
    for path in
        ["/runs", "/datasets", "/sign-in", "/letters", "/nothing/here", "/datasets/none", NUMBER, "/runs?as=json"]
    {
        let answer = browser.see(path);
        // What no route is for never gets to the pages.
        if path != "/nothing/here" {
            let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{path}: {}", answer.head));
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        }
    }
    let style = browser.ask("GET", "/console.css", "", "", "");
    assert!(style.status == 200 && style.header("cache-control").unwrap().contains("max-age"), "{}", style.head);
    assert_eq!(browser.see("/datasets/none").status, 404);
}

#[test]
fn a_page_and_its_data_say_the_same() {
    let browser = Browser::new();
    let page = browser.see(NUMBER);
    let told: carelake_pipeline::page::Page =
        serde_json::from_str(&browser.see(&format!("{NUMBER}?as=json")).body).unwrap();
    assert_eq!(told.title, "Number 21");
    assert!(page.body.contains("<h1>Number 21</h1>") && page.body.contains("50.0"), "{}", page.body);
    assert!(page.body.contains(&told.actions[0].effect), "{}", page.body);
}

#[test]
fn what_is_done_is_asked_once_done_once_and_written_down() {
    let browser = Browser::new();
    let page = browser.see(NUMBER).body;
    let token = field(&page, "token");
    let names = ["page", "does", "label", "effect"];
    let shown: Vec<(&str, String)> = names.iter().map(|name| (*name, field(&page, name))).collect();
    let fields = |more: &[(&'static str, &str)]| -> Vec<(String, String)> {
        let own = shown.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        own.chain(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect()
    };
    let send = |path: &str, fields: &[(String, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.send(path, &fields)
    };
    let asked = send("/confirm", &fields(&[("token", &token)]));
    assert!(asked.status == 200 && asked.body.contains("Doubles 21."), "{}", asked.body);
    let key = field(&asked.body, "key");
    let done = fields(&[("token", &token), ("key", &key)]);
    for _ in 0..3 {
        let answer = send("/act", &done);
        assert_eq!((answer.status, answer.header("location")), (303, Some(format!("/done/{key}").as_str())));
    }
    assert!(browser.see(&format!("/done/{key}")).body.contains("Done: double"));
    let did = browser.audit().iter().filter(|what| what.contains("\"did\":\"double\"")).count();
    assert_eq!(did, 1, "{:?}", browser.audit());
    for bad in ["", "../x", &"k".repeat(100)] {
        assert_eq!(send("/act", &fields(&[("token", &token), ("key", bad)])).status, 400, "{bad}");
    }
}

#[test]
fn a_form_of_another_page_or_session_does_nothing() {
    let browser = Browser::new();
    let page = browser.see(NUMBER).body;
    let token = field(&page, "token");
    let with = |token: &str| {
        let value = |name: &str| field(&page, name);
        [("token", token.to_owned()), ("page", value("page")), ("does", value("does")), ("key", "k1".to_owned())]
    };
    let send = |token: &str, headers: &str| {
        let fields = with(token);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.send_with("/act", &fields, headers).status
    };
    let other = field(&browser.ask("GET", NUMBER, &browser.signed_in(), "", "").body, "token");
    assert_ne!(token, other);
    for bad in ["", "x", other.as_str()] {
        assert_eq!(send(bad, ""), 403, "{bad}");
    }
    for headers in ["Origin: https://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
        assert_eq!(send(&token, headers), 403, "{headers}");
    }
    assert!(!browser.audit().iter().any(|what| what.contains("\"did\":\"double\",\"effect\"")));
    assert_eq!(send(&token, "Origin: http://localhost\r\n"), 303);
}

#[test]
fn what_has_changed_since_the_page_was_made_is_refused_with_the_difference() {
    let browser = Browser::new();
    let page = browser.see(NUMBER).body;
    let (token, page_of) = (field(&page, "token"), field(&page, "page"));
    let mut fields = vec![("token", token.as_str()), ("page", page_of.as_str()), ("does", "0123456789abcdef01234567")];
    fields.extend([("label", "double"), ("effect", "doubles <20>"), ("key", "k2")]);
    let refused = browser.send("/act", &fields);
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("doubles &lt;20&gt;") && refused.body.contains("doubles 21"), "{}", refused.body);
    for nowhere in
        ["/rooms/toy/doubles/none", "//rooms/toy/doubles/21", "/\\rooms/toy/doubles/21", "https://evil.example/"]
    {
        fields[1].1 = nowhere;
        assert_eq!(browser.send("/act", &fields).status, 404, "{nowhere}");
    }
}

#[test]
fn signing_out_ends_every_session_and_too_much_a_second_is_refused() {
    let browser = Browser::new();
    let token = field(&browser.see(NUMBER).body, "token");
    let statuses: Vec<u16> =
        (0..60).map(|_| browser.send("/confirm", &[("token", &token), ("page", "/runs")]).status).collect();
    assert!(statuses.contains(&429), "{statuses:?}");
    let elsewhere = browser.signed_in();
    let out = browser.send("/sign-out", &[("token", &token)]);
    assert!(out.status == 303 && out.header("set-cookie").unwrap().contains("Max-Age=0"), "{}", out.head);
    for cookie in [browser.cookie.as_str(), elsewhere.as_str()] {
        assert_eq!(browser.ask("GET", "/runs", cookie, "", "").status, 303);
    }
}

#[test]
fn a_role_allows_what_it_says_and_no_more() {
    let user = crate::host::user();
    // (role, what the audit answers, what asking for an action answers)
    for (role, audit, action) in
        [("viewer", 403, 403), ("operator", 403, 200), ("reviewer", 403, 403), ("lead", 200, 403)]
    {
        let browser = Browser::with(&format!("\nconsole:\n  roles:\n    {role}: [{user}]\n"));
        let page = browser.see(NUMBER);
        let token = field(&page.body, "token");
        assert_eq!((page.status, browser.see("/audit").status), (200, audit), "{role}");
        let is_offered = page.body.contains("action=\"/confirm\"");
        assert_eq!(is_offered, action == 200, "{role}");
        let told: carelake_pipeline::page::Page =
            serde_json::from_str(&browser.see(&format!("{NUMBER}?as=json")).body).unwrap();
        let full = Browser::new().see(NUMBER).body;
        let (does, label) = (field(&full, "does"), told.actions[0].label.clone());
        let asked =
            browser.send("/confirm", &[("token", &token), ("page", NUMBER), ("does", &does), ("label", &label)]);
        assert_eq!(asked.status, action, "{role}");
    }
}

#[test]
fn who_has_no_role_is_told_how_to_get_one() {
    let browser =
        std::panic::catch_unwind(|| Browser::with("\nconsole:\n  roles:\n    viewer: [nobody-of-that-name]\n"));
    assert!(browser.is_err(), "signing in is refused");
}

#[test]
fn figures_and_health_say_what_there_is() {
    let browser = Browser::new();
    assert_eq!(browser.ask("GET", "/metrics", "", "", "").status, 401);
    let key = std::fs::read_to_string(browser.place.folder.path().join("output/_carelake/serve.key")).unwrap();
    let figures = browser.ask("GET", "/metrics", "", &format!("Authorization: Bearer {key}\r\n"), "");
    assert!(figures.status == 200 && figures.body.contains("carelake_letters_waiting 0"), "{}", figures.body);
    assert_eq!(browser.ask("GET", "/healthz", "", "", "").status, 200);
}
