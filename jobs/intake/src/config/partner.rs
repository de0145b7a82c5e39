//! Partners: what holds for all feeds of one.

use std::collections::BTreeMap;
use std::net::IpAddr;

use carelake_core::config::read_account;
use carelake_core::config::reader::{Mistakes, Spot};

use super::defaults::Defaults;
use super::keys;

/// One partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// How many of its deliveries are worked on at once.
    pub max_concurrency: usize,
    /// Where its uploads may come from; anywhere if empty.
    pub networks: Vec<String>,
    /// The AWS account from which it uploads files itself.
    pub account: Option<String>,
}

/// Reads what is said about partners.
pub(super) fn read_all(
    spot: Option<&Spot<'_>>,
    defaults: &Defaults,
    mistakes: &mut Mistakes,
) -> BTreeMap<String, Partner> {
    let mut partners = BTreeMap::new();
    let Some(spot) = spot else { return partners };
    for (name, spot) in spot.entries("partners by name", mistakes) {
        check_name(&spot, name, mistakes);
        let fields = spot.keyed(&keys::PARTNER, mistakes);
        let partner = Partner {
            max_concurrency: fields.whole_or("max_concurrency", "a whole number", defaults.max_concurrency, mistakes),
            networks: fields.get("networks").map(|spot| read_networks(&spot, mistakes)).unwrap_or_default(),
            account: fields.get("account").and_then(|spot| read_account(&spot, mistakes)),
        };
        partners.insert(name.to_owned(), partner);
    }
    partners
}

/// Checks the name of a partner: it is a folder, and a part of keys.
pub(super) fn check_name(spot: &Spot<'_>, name: &str, mistakes: &mut Mistakes) {
    let is_fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    if name.is_empty() || name.len() > 48 || !name.bytes().all(is_fit) || name.starts_with('-') {
        mistakes.add(spot, format!("`{name}` must be 1 to 48 lower-case letters, digits, `_` and `-`"));
    }
}

/// Reads networks, such as `192.0.2.0/24`.
pub(super) fn read_networks(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    let mut networks = Vec::new();
    for (text, spot) in spot.texts("networks such as 192.0.2.0/24", mistakes) {
        match network(&text) {
            Ok(()) => networks.push(text),
            Err(message) => mistakes.add(&spot, format!("{message}, not `{text}`")),
        }
    }
    networks
}

fn network(text: &str) -> Result<(), &'static str> {
    const WHAT: &str = "must be an address and how many of its bits count, such as 192.0.2.0/24";
    let (address, bits) = text.split_once('/').ok_or(WHAT)?;
    let address: IpAddr = address.parse().map_err(|_| WHAT)?;
    let bits: u32 = bits.parse().map_err(|_| WHAT)?;
    let (number, width) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    if bits > width {
        return Err(WHAT);
    }
    let beyond = width - bits;
    let is_rest_zero = beyond == 0 || number & (u128::MAX >> (128 - beyond)) == 0;
    if is_rest_zero { Ok(()) } else { Err("must be the first address of the network") }
}
