//! Where a server is, and whether the way there is encrypted.

use std::path::{Path, PathBuf};

use carelake_core::config::reader::{Fields, Form, Key, Mistakes, Spot};
use carelake_database::{Address, Engine, Tls};

const AN_ADDRESS: &str = "HOST:PORT, HOST, or the path of a socket";
/// The share of a table's capacity that a scan takes where nothing is said, as its key says.
const CAPACITY: f64 = 0.25;
const POSTGRES_PORT: u16 = 5432;
const MYSQL_PORT: u16 = 3306;

/// How connections are encrypted. Without `mode` they are, unless they stay on this machine.
pub(super) const TLS: [Key; 2] = [
    Key::new(
        "mode",
        Form::Word(&["verify-full", "disable"]),
        "verify-full: encrypted, and the certificate is of the host; disable: only where the address is of this machine",
    ),
    Key::new("ca", Form::Text, "A file of certificates in PEM that are trusted instead of those of the machine"),
];

/// Reads where a source is: of DynamoDB a region, of all others an address.
pub(super) fn of(fields: &Fields<'_>, engine: Option<Engine>, mistakes: &mut Mistakes) -> Option<Address> {
    let is_dynamodb = engine == Some(Engine::Dynamodb);
    for (key, is_right) in
        [("address", !is_dynamodb), ("tls", !is_dynamodb), ("region", is_dynamodb), ("capacity", is_dynamodb)]
    {
        if let (false, Some(spot), Some(_)) = (is_right, fields.get(key), engine) {
            let of = if is_dynamodb {
                "DynamoDB has no such thing: it is reached by `region`"
            } else {
                "is for `engine: dynamodb`"
            };
            mistakes.add(&spot, of);
        }
    }
    if is_dynamodb {
        let name = fields.get("region").and_then(|spot| spot.text("a region, such as eu-central-1", mistakes));
        let share =
            fields.get("capacity").and_then(|spot| spot.number("a share", 0.01..=1.0, mistakes)).unwrap_or(CAPACITY);
        return Some(Address::Region { name, percent: (share * 100.0).round().clamp(1.0, 100.0) as u8 });
    }
    let address = fields.required("address", "HOST:PORT, or the path of a socket", mistakes);
    address.and_then(|spot| read(&spot, engine.unwrap_or(Engine::Postgres), mistakes))
}

/// Reads an address. A login in it is refused and not repeated.
pub(super) fn read(spot: &Spot<'_>, engine: Engine, mistakes: &mut Mistakes) -> Option<Address> {
    let text = spot.raw_text().filter(|text| !text.trim().is_empty() && *text != "null");
    let Some(text) = text else {
        mistakes.add(spot, format!("must be {AN_ADDRESS}"));
        return None;
    };
    if text.starts_with('/') {
        return Some(Address::Socket(PathBuf::from(text)));
    }
    if text.contains('@') || text.contains("://") {
        mistakes.add(spot, "must be HOST:PORT alone; a login belongs into `secret`, never into this file");
        return None;
    }
    let preset = if engine == Engine::Postgres { POSTGRES_PORT } else { MYSQL_PORT };
    let (host, port) = split(text, preset).unwrap_or(("", None));
    let is_host = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:".contains(c));
    match port.filter(|port| *port > 0 && is_host) {
        Some(port) => Some(Address::Host { host: host.to_owned(), port }),
        None => {
            spot.expected(AN_ADDRESS, mistakes);
            None
        }
    }
}

/// Takes host and port apart; a number of IPv6 stands in brackets.
fn split(text: &str, preset: u16) -> Option<(&str, Option<u16>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        return Some((host, after.strip_prefix(':').map_or(Some(preset), |port| port.parse().ok())));
    }
    Some(match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()),
        None => (text, Some(preset)),
    })
}

/// Reads how connections with an address are encrypted.
pub(super) fn read_tls(fields: &Fields<'_>, address: &Address, folder: &Path, mistakes: &mut Mistakes) -> Tls {
    let is_here = match address {
        Address::Socket(_) | Address::Region { .. } => true,
        Address::Host { host, .. } => matches!(host.as_str(), "127.0.0.1" | "::1" | "localhost"),
    };
    let (mode, ca) = (fields.get("mode"), fields.get("ca"));
    let wants_none = mode.as_ref().and_then(|spot| spot.choice(&[("verify-full", false), ("disable", true)], mistakes));
    let file = ca.as_ref().and_then(|spot| spot.text("a file of certificates", mistakes)).map(|file| folder.join(file));
    match (wants_none, &mode) {
        (Some(true), Some(spot)) if !is_here => {
            mistakes.add(spot, "may be `disable` only where the address is a socket, 127.0.0.1, [::1] or localhost");
        }
        (Some(true), _) if file.is_some() => {
            if let Some(spot) = &ca {
                mistakes.add(spot, "certificates are of no use where `mode` is `disable`");
            }
        }
        _ => {}
    }
    let is_disabled = wants_none.unwrap_or(is_here && file.is_none());
    if is_disabled { Tls::Disable } else { Tls::VerifyFull { ca: file } }
}
