//! Sign-in by an issuer of OpenID Connect: the whole way there and back, and every way that is none.

use super::console::{Answer, Browser, NUMBER, field};
use super::issuer::Issuer;
use super::*;

const ADDRESS: &str = "https://lake.example";

fn served(issuer: &Issuer, more: &str) -> Browser {
    let at = &issuer.address;
    Browser::with(&format!(
        "\nconsole:\n  oidc: {{issuer: \"{at}\", client_id: pages, address: \"{ADDRESS}\"}}\n{more}"
    ))
}

/// Begins to sign in; returns where the browser is sent and what it holds.
fn begun(browser: &Browser, to: &str) -> (String, String) {
    let answer = browser.ask("GET", &format!("/sign-in/begin{to}"), "", "", "");
    assert_eq!(answer.status, 303, "{}", answer.body);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-carelake-signing=") && cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    (answer.header("location").unwrap().to_owned(), cookie.split(';').next().unwrap().to_owned())
}

/// Comes back from the issuer.
fn back(browser: &Browser, address: &str, cookie: &str) -> Answer {
    browser.ask("GET", address.strip_prefix(ADDRESS).unwrap(), cookie, "", "")
}

fn session(answer: &Answer) -> String {
    let set = |line: &str| {
        line.strip_prefix("set-cookie: ").filter(|it| it.starts_with("__Host-carelake=")).map(str::to_owned)
    };
    let cookie = answer.head.lines().find_map(set).unwrap_or_else(|| panic!("{}{}", answer.head, answer.body));
    cookie.split(';').next().unwrap().to_owned()
}

#[test]
fn whom_the_issuer_knows_goes_on_where_they_wanted_to_with_the_roles_of_their_groups() {
    let issuer = Issuer::start(json!({"email": "ann@lake.example", "groups": ["operator"]}));
    let mut browser = served(&issuer, "");
    assert!(browser.sign_in.is_empty(), "no address lets anybody in");
    let first = browser.ask("GET", NUMBER, "", "", "");
    let asks = first.header("location").unwrap().to_owned();
    assert_eq!(asks, "/sign-in?to=%2Frooms%2Ftoy%2Fdoubles%2F21");
    let page = browser.ask("GET", &asks, "", "", "");
    assert!(
        page.body.contains("/sign-in/begin?to=%2Frooms%2Ftoy%2Fdoubles%2F21") && page.body.contains("127.0.0.1"),
        "{}",
        page.body
    );
    let (asked, holds) = begun(&browser, asks.strip_prefix("/sign-in").unwrap());
    let came = back(&browser, &issuer.signs_in(&asked), &holds);
    assert_eq!((came.status, came.header("location")), (303, Some(NUMBER)), "{}", came.body);
    browser.cookie = session(&came);
    let shown = browser.see(NUMBER);
    assert!(shown.status == 200 && shown.body.contains("ann@lake.example"), "{}", shown.body);
    assert_eq!(browser.see("/audit").status, 403, "an operator is no lead");
    let asked = browser.send(
        "/confirm",
        &[("token", &field(&shown.body, "token")), ("page", NUMBER), ("does", &field(&shown.body, "does"))],
    );
    assert_eq!(asked.status, 200, "{}", asked.body);
    let audit = browser.audit().join("\n");
    assert!(audit.contains(r#""signed_in":["viewer","operator"]"#) && audit.contains(r#""subject":"s-1""#), "{audit}");
    assert_eq!(shown.header("strict-transport-security"), None, "this address itself has no TLS");
}

#[test]
fn what_did_not_begin_here_or_comes_twice_lets_nobody_in() {
    let issuer = Issuer::start(json!({"groups": ["viewer"]}));
    let browser = served(&issuer, "");
    let (asked, holds) = begun(&browser, "");
    let address = issuer.signs_in(&asked);
    let (_, other) = begun(&browser, "");
    for (what, cookie) in [
        ("no browser that began", ""),
        ("another beginning", other.as_str()),
        ("a forged one", "__Host-carelake-signing=x.y"),
    ] {
        assert_eq!(back(&browser, &address, cookie).status, 403, "{what}");
    }
    for bad in ["/signed-in", "/signed-in?state=x&code=y", "/signed-in?error=access_denied"] {
        assert_eq!(browser.ask("GET", bad, &holds, "", "").status, 403, "{bad}");
    }
    let came = back(&browser, &address, &holds);
    assert_eq!((came.status, came.header("location")), (303, Some("/runs")), "{}", came.body);
    let again = back(&browser, &address, &holds);
    assert_eq!(again.status, 403, "a code is good once");
    assert!(
        again.head.contains("__Host-carelake-signing=;") && !again.head.contains("__Host-carelake="),
        "{}",
        again.head
    );
    for path in ["/sign-in/guessed", "/sign-in/x"] {
        let answer = browser.ask("GET", path, "", "", "");
        assert!(answer.status == 303 && answer.header("set-cookie").is_none(), "{path}: no word lets anybody in");
    }
    let code = address.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let audit = browser.audit().join("\n");
    assert!(audit.contains("the issuer does not know the code") && !audit.contains(code), "{audit}");
}

#[test]
fn a_token_of_another_beginning_and_who_has_no_role_are_refused() {
    let issuer = Issuer::start(json!({"nonce": "of somebody else", "groups": ["lead"]}));
    let browser = served(&issuer, "  roles: {viewer: [readers]}\n");
    let comes = || {
        let (asked, holds) = begun(&browser, "?to=//evil.example");
        back(&browser, &issuer.signs_in(&asked), &holds)
    };
    assert_eq!(comes().status, 403);
    issuer.says(json!({"email": "eve@lake.example", "groups": ["lead"]}));
    let refused = comes();
    assert!(refused.status == 403 && refused.body.contains("has no role here"), "{}", refused.body);
    issuer.says(json!({"email": "ann@lake.example", "groups": ["readers"]}));
    let came = comes();
    assert_eq!((came.status, came.header("location")), (303, Some("/runs")));
    let audit = browser.audit().join("\n");
    assert!(audit.contains("the token is of another beginning") && !audit.contains("eve"), "{audit}");
}

#[test]
fn an_issuer_that_is_gone_is_told_of_and_lets_nobody_in() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let browser = Browser::with(&format!(
        "\nconsole:\n  oidc: {{issuer: \"http://{gone}\", client_id: pages, address: \"{ADDRESS}\"}}\n"
    ));
    let answer = browser.ask("GET", "/sign-in/begin", "", "", "");
    assert!(answer.status == 503 && answer.body.contains("Unavailable"), "{}", answer.body);
    assert_eq!(browser.ask("GET", "/sign-in", "", "", "").status, 200);
}
