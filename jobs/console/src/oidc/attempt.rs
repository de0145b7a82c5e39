//! What a browser holds while the issuer asks who somebody is.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::session::{cookie, random_word};

/// The name of the cookie.
const COOKIE_NAME: &str = "__Host-carelake-signing";
/// How long it may take to say who one is, in seconds.
const PATIENCE_SECS: u32 = 600;
/// The longest path that is gone on with.
const PATH_BYTES: usize = 500;

/// A beginning: a word that nobody can guess, and the path that was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    word: String,
    wanted: String,
}

impl Attempt {
    /// Begins, to go on with a path of these pages.
    pub(crate) fn begin(wanted: &str) -> Self {
        Self { word: random_word(), wanted: own_path(wanted).to_owned() }
    }

    /// Reads what a browser holds; `None` where it began nothing.
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let held = cookie(headers, COOKIE_NAME)?;
        let (word, wanted) = held.split_once('.')?;
        let wanted = percent_decode_str(wanted).decode_utf8().ok()?;
        (!word.is_empty()).then(|| Self { word: word.to_owned(), wanted: own_path(&wanted).to_owned() })
    }

    /// Returns the cookie that a browser is to hold.
    pub(crate) fn cookie(&self) -> HeaderValue {
        let wanted = utf8_percent_encode(&self.wanted, NON_ALPHANUMERIC);
        let word = &self.word;
        let text =
            format!("{COOKIE_NAME}={word}.{wanted}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={PATIENCE_SECS}");
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }

    /// Returns the cookie that ends what a browser holds.
    pub(crate) const fn no_cookie() -> HeaderValue {
        HeaderValue::from_static("__Host-carelake-signing=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
    }

    /// Returns the path that was wanted.
    pub(crate) fn wanted(&self) -> &str {
        &self.wanted
    }

    pub(crate) fn state(&self) -> String {
        self.derived("state")
    }

    pub(crate) fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// Returns what the code is redeemed with.
    pub(crate) fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// Returns what the issuer is told of it beforehand.
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier()))
    }

    /// Returns whether a state is of this beginning.
    pub(crate) fn is_of(&self, state: &str) -> bool {
        are_equal(&self.state(), state)
    }

    /// Returns whether a nonce is of this beginning.
    pub(crate) fn asked(&self, nonce: &str) -> bool {
        are_equal(&self.nonce(), nonce)
    }

    fn derived(&self, what: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("carelake sign-in {what} {}", self.word)))
    }
}

fn are_equal(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

/// Returns a path of these pages, and the first page for whatever would lead elsewhere.
fn own_path(path: &str) -> &str {
    let is_path = path.starts_with('/') && !path.starts_with("//");
    let is_plain = path.len() <= PATH_BYTES && !path.contains('\\') && !path.chars().any(char::is_control);
    if is_path && is_plain { path } else { "/runs" }
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;

    use super::*;

    fn browser(cookie: &HeaderValue) -> HeaderMap {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(pair).unwrap())])
    }

    #[test]
    fn a_browser_holds_the_word_and_the_issuer_is_told_hashes_of_it_that_differ() {
        let attempt = Attempt::begin("/runs/2026-11-02.1?as=json");
        let read = Attempt::read(&browser(&attempt.cookie())).unwrap();
        assert_eq!((&read, read.wanted()), (&attempt, "/runs/2026-11-02.1?as=json"));
        let told = [attempt.state(), attempt.nonce(), attempt.verifier(), attempt.challenge(), attempt.word.clone()];
        assert!((0..5).all(|n| told[n].len() == 43 && !told[n + 1..].contains(&told[n])), "{told:?}");
        assert!(read.is_of(&attempt.state()) && !read.is_of(&Attempt::begin("/").state()) && !read.is_of(""));
        assert_eq!(Attempt::read(&HeaderMap::new()), None);
        assert_eq!(Attempt::read(&browser(&Attempt::no_cookie())), None);
    }

    #[test]
    fn nobody_is_led_elsewhere() {
        for bad in ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", "", "runs"] {
            assert_eq!(Attempt::begin(bad).wanted(), "/runs", "{bad:?}");
        }
        let long = format!("/{}", "a".repeat(600));
        assert_eq!(Attempt::begin(&long).wanted(), "/runs");
    }
}
