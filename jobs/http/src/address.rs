//! Addresses: which may be asked, how one leads to another, and how they are shown.

use std::fmt;

use http::Uri;

use crate::settings::Settings;

/// How often one request may be led on.
pub(crate) const MOST_REDIRECTS: usize = 5;

/// Where something is, for people: scheme, host and path, because a query may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    /// Returns what may be shown of an address.
    ///
    /// ```
    /// use carelake_http::Place;
    /// assert_eq!(Place::of("https://a.example/b.csv?token=1#c").to_string(), "https://a.example/b.csv");
    /// assert_eq!(Place::of("https://me:secret@a.example/b.csv").to_string(), "https://a.example/b.csv");
    /// ```
    #[must_use]
    pub fn of(url: &str) -> Self {
        let shown = url.split(['?', '#']).next().unwrap_or_default();
        let Some((scheme, rest)) = shown.split_once("://") else { return Self(shown.to_owned()) };
        let (authority, path) = rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
        let host = authority.rsplit('@').next().unwrap_or_default();
        Self(path.map_or_else(|| format!("{scheme}://{host}"), |path| format!("{scheme}://{host}/{path}")))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads an address that may be asked, or says why it may not.
pub(crate) fn allowed(url: &str, settings: &Settings) -> Result<Uri, &'static str> {
    let address: Uri = url.parse().map_err(|_| "it is no address")?;
    let (Some(scheme), Some(authority)) = (address.scheme_str(), address.authority()) else {
        return Err("it is no address");
    };
    if authority.as_str().contains('@') {
        return Err("it has a user in it; name a credential instead");
    }
    let is_listed = |hosts: &[String]| hosts.iter().any(|listed| is_host(authority.host(), listed));
    match scheme {
        "https" if is_listed(&settings.hosts) => Ok(address),
        "https" => Err("its host is not among those that may be asked"),
        "http" if is_listed(&settings.allow_plain_http) => Ok(address),
        _ => Err("it is not https://"),
    }
}

/// Returns whether a host is the one that is listed, or below it where the list says `*.`.
fn is_host(host: &str, listed: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let listed = listed.to_ascii_lowercase();
    match listed.strip_prefix('*') {
        Some(below) => host.len() > below.len() && below.starts_with('.') && host.ends_with(below),
        None => host == listed,
    }
}

/// Returns whether both addresses are answered by the same server: scheme, host and port.
pub(crate) fn is_same_server(one: &Uri, other: &Uri) -> bool {
    let server = |address: &Uri| {
        let port = address.port_u16().or(if address.scheme_str() == Some("https") { Some(443) } else { Some(80) });
        (address.scheme_str().map(str::to_owned), address.host().map(str::to_ascii_lowercase), port)
    };
    server(one) == server(other)
}

/// Returns where a reference leads that stands on a page or in a `Location`, if it is one to another page.
///
/// ```
/// use carelake_http::join;
/// let base = "https://a.example/b/c.html?d";
/// assert_eq!(join(base, "./e.zip").as_deref(), Some("https://a.example/b/e.zip"));
/// assert_eq!(join(base, "../e.zip?f#g").as_deref(), Some("https://a.example/e.zip?f"));
/// assert_eq!(join(base, "/e").as_deref(), Some("https://a.example/e"));
/// assert_eq!(join(base, "//h.example/e").as_deref(), Some("https://h.example/e"));
/// assert_eq!(join(base, "https://h.example/e").as_deref(), Some("https://h.example/e"));
/// assert_eq!(join(base, "mailto:a@b.example"), None);
/// ```
#[must_use]
pub fn join(base: &str, reference: &str) -> Option<String> {
    let reference = reference.split('#').next().unwrap_or_default();
    let address: Uri = base.parse().ok()?;
    let (scheme, authority) = (address.scheme_str()?, address.authority()?);
    let head = reference.split(['/', '?']).next().unwrap_or_default();
    if head.contains(':') {
        let rest = reference.strip_prefix(head)?;
        return rest.starts_with("//").then(|| reference.to_owned());
    }
    if let Some(elsewhere) = reference.strip_prefix("//") {
        return Some(format!("{scheme}://{elsewhere}"));
    }
    let (path, query) = match reference.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (reference, None),
    };
    let folder = address.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    let whole = match path {
        "" => address.path().to_owned(),
        path if path.starts_with('/') => path.to_owned(),
        path => format!("{folder}/{path}"),
    };
    let path = without_dots(&whole);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{scheme}://{authority}{path}{query}"))
}

/// Resolves `.` and `..` in a path.
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let mut steps = path.split('/').skip(1).peekable();
    while let Some(step) = steps.next() {
        let is_last = steps.peek().is_none();
        match step {
            "." => {}
            ".." => drop(parts.pop()),
            step => parts.push(step),
        }
        if is_last && matches!(step, "." | "..") {
            parts.push("");
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_hosts_are_asked_and_plainly_only_those_that_are_listed_for_it() {
        let settings = Settings {
            hosts: vec!["data.example".to_owned(), "*.cdn.example".to_owned()],
            allow_plain_http: vec!["127.0.0.1".to_owned()],
            ..Settings::default()
        };
        for good in
            ["https://data.example/a", "https://DATA.example:8443/", "https://a.b.cdn.example/", "http://127.0.0.1:9/"]
        {
            assert!(allowed(good, &settings).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("https://cdn.example/", "its host"),
            ("https://evilcdn.example/", "its host"),
            ("https://.cdn.example/", "its host"),
            ("https://data.example.evil.example/", "its host"),
            ("https://127.0.0.1/", "its host"),
            ("http://data.example/", "it is not https"),
            ("ftp://data.example/", "it is not https"),
            ("file:///etc/passwd", "it is no address"),
            ("/a", "it is no address"),
            ("https://data.example@evil.example/", "it has a user"),
        ] {
            assert!(allowed(bad, &settings).unwrap_err().starts_with(why), "{bad}");
        }
    }

    #[test]
    fn a_server_is_scheme_host_and_port() {
        let is_same = |one: &str, other: &str| is_same_server(&one.parse().unwrap(), &other.parse().unwrap());
        assert!(is_same("https://a.example/b", "https://A.example:443/c?d"));
        assert!(!is_same("https://a.example/", "https://b.a.example/"));
        assert!(!is_same("https://a.example/", "https://a.example:8443/"));
        assert!(!is_same("http://a.example/", "https://a.example/"));
    }

    #[test]
    fn dots_never_lead_above_the_root() {
        assert_eq!(join("https://a.example/b", "../../../etc/./x/..").as_deref(), Some("https://a.example/etc/"));
        assert_eq!(join("https://a.example", "b").as_deref(), Some("https://a.example/b"));
        assert_eq!(join("https://a.example/b?c", "?d").as_deref(), Some("https://a.example/b?d"));
    }
}
