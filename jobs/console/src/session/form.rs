//! Forms: what they hold, and whether this server's pages sent them.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, Request};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORM: &str = "application/x-www-form-urlencoded";

/// The fields of a form; of several of one name the last.
pub(crate) type Fields = BTreeMap<String, String>;

/// Reads a form; `None` for any other body.
pub(crate) fn fields(request: &Request<Bytes>) -> Option<Fields> {
    let kind = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let is_form = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM));
    is_form.then(|| form_urlencoded::parse(request.body()).into_owned().collect())
}

/// Reads the query of an address.
pub(crate) fn query(text: &str) -> Fields {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// Returns whether a page of this server sent the form, as far as the browser tells. Our pages tell nobody where somebody comes from, so
/// browsers send `Origin: null` with their forms, and what tells then is `Sec-Fetch-Site`.
pub(crate) fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = text(&FETCH_SITE);
    let host = text(&HOST).unwrap_or_default();
    let is_origin = text(&ORIGIN).is_none_or(|origin| match origin.split_once("://") {
        Some((scheme, from)) => matches!(scheme, "http" | "https") && from == host,
        None => origin == "null" && site == Some("same-origin"),
    });
    is_origin && site.is_none_or(|site| site == "same-origin")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), http::HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_form_is_own_where_its_browser_says_nothing_else() {
        let host = ("host", "127.0.0.1:8642");
        for (own, pairs) in [
            (true, vec![host]),
            (true, vec![host, ("origin", "http://127.0.0.1:8642"), ("sec-fetch-site", "same-origin")]),
            (false, vec![host, ("origin", "http://127.0.0.1:9999")]),
            (true, vec![host, ("origin", "null"), ("sec-fetch-site", "same-origin")]),
            (false, vec![host, ("origin", "null")]),
            (false, vec![host, ("origin", "null"), ("sec-fetch-site", "cross-site")]),
            (false, vec![host, ("origin", "https://evil.example")]),
            (false, vec![host, ("sec-fetch-site", "cross-site")]),
            (false, vec![host, ("sec-fetch-site", "same-site")]),
            (false, vec![host, ("sec-fetch-site", "none")]),
        ] {
            assert_eq!(is_own(&headers(&pairs)), own, "{pairs:?}");
        }
    }

    #[test]
    fn only_a_form_is_read_as_one() {
        let request = |kind: &str, body: &'static str| {
            Request::builder().header(CONTENT_TYPE, kind).body(Bytes::from_static(body.as_bytes())).unwrap()
        };
        let read = fields(&request("application/x-www-form-urlencoded; charset=utf-8", "a=1&b=x%20y&a=2")).unwrap();
        assert_eq!((read["a"].as_str(), read["b"].as_str()), ("2", "x y"));
        assert!(fields(&request("text/plain", "a=1")).is_none());
        assert!(fields(&Request::new(Bytes::new())).is_none());
    }
}
