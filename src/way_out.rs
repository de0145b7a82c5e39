//! The way to systems that are not ours, as the environment of the process says it: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.

use carelake_http::Proxy;

/// Returns the proxy, if there is one. What is written in small letters counts, too.
pub(crate) fn proxy() -> Option<Proxy> {
    let variable = |name: &str| {
        let set = [name.to_owned(), name.to_lowercase()].into_iter().find_map(|name| std::env::var(name).ok());
        set.filter(|value| !value.trim().is_empty())
    };
    let url = variable("HTTPS_PROXY").or_else(|| variable("HTTP_PROXY"))?;
    Some(Proxy { url, except: variable("NO_PROXY").unwrap_or_default() })
}
