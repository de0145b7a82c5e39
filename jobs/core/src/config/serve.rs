//! Where `carelake serve` listens.

use std::net::SocketAddr;

use serde::Serialize;

use super::reader::{Form, Key, Mistakes, Preset, Spot};

/// Only who is on this machine may ask, unless somebody says otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8642);
const AN_ADDRESS: &str = "an address and a port, such as 127.0.0.1:8642";

/// The keys of the section.
pub const SERVE: [Key; 1] =
    [Key::new("listen", Form::Like("^.+:[0-9]+$"), "The address and port of pages and other HTTP")
        .or(Preset::Text("127.0.0.1:8642"))];

/// Where `carelake serve` listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Serve {
    /// The address and port of pages and other HTTP.
    pub listen: SocketAddr,
}

impl Default for Serve {
    fn default() -> Self {
        Self { listen: LISTEN }
    }
}

/// Reads where to listen.
pub fn read_serve(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Serve {
    let fields = spot.keyed(&SERVE, mistakes);
    let listen = fields.get("listen").and_then(|spot| {
        let listen = spot.text(AN_ADDRESS, mistakes)?.parse().ok();
        if listen.is_none() {
            spot.expected(AN_ADDRESS, mistakes);
        }
        listen
    });
    listen.map_or_else(Serve::default, |listen| Serve { listen })
}
