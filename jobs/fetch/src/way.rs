//! The way out of this process: the proxy of its environment, which the program alone reads.

use std::sync::OnceLock;

use carelake_http::Proxy;

static PROXY: OnceLock<Proxy> = OnceLock::new();

/// Has sites asked by a proxy from now on, where the configuration names none. Only the first call counts.
pub fn by_proxy(proxy: Proxy) {
    let _ = PROXY.set(proxy);
}

/// Returns the proxy.
#[must_use]
pub fn proxy() -> Option<Proxy> {
    PROXY.get().cloned()
}
