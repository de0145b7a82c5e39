//! The section `hl7` of the configuration: how messages are read, who patients are, who may send, what is watched.
//!
//! A configuration without the section is one in which nothing is set.

mod auth;
mod keys;
mod section;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use carelake_tabular::config::Config;
use jiff::SignedDuration;
use jiff::tz::TimeZone;

pub use auth::Auth;
pub use section::{SECTION, read};

use crate::read::Options;
use crate::tables::Version;

/// Everything that the section says, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Hl7 {
    /// Whether everything is as the original does it.
    pub is_original: bool,
    /// The version that holds where a message says none.
    pub default_version: Version,
    /// The character set of messages that say none, in place of guessing.
    pub default_charset: Option<String>,
    /// The zone of times without an offset.
    pub zone: TimeZone,
    /// What is said of single senders, by MSH-4.1 or MSH-3.1.
    pub senders: BTreeMap<String, Sender>,
    /// Names of authorities that stand for one, by the name that is sent.
    pub authorities: BTreeMap<String, String>,
    /// Types of identifiers that are kept and identify nobody.
    pub identify_except: Vec<String>,
    /// How long a control id is the only one of its sender.
    pub control_id_kept: SignedDuration,
    /// Whether a message must have one.
    pub requires_control_id: bool,
    /// What MSH-11 may be; anything where there is none.
    pub processing_ids: Vec<String>,
    /// The largest message over HTTP, in bytes.
    pub max_http_bytes: usize,
    /// The largest message elsewhere, in bytes.
    pub max_bytes: usize,
    /// How long after it was received a message that did not get through is made up for.
    pub sweep_after: SignedDuration,
    /// Who may send and ask over HTTP.
    pub auth: Option<Auth>,
    /// Whether anybody may sign up in the user pool that a deployment makes.
    pub signs_up: bool,
    /// The stream of AWS that messages come by.
    pub stream: Option<OnAws>,
    /// Networks that may connect by MLLP; every one where there is none.
    pub mllp_allow: Vec<Network>,
    /// How long a facility may be silent.
    pub silence: BTreeMap<String, SignedDuration>,
}

/// A Kinesis stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnAws {
    /// One that is there, by its ARN.
    There(String),
    /// One that the deployment makes.
    Made,
}

/// What is said of one sender.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sender {
    /// The zone of its times without an offset.
    pub zone: Option<TimeZone>,
    /// The character set of its messages that say none.
    pub charset: Option<String>,
}

/// A network, as an address and how many of its bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: std::net::IpAddr,
    bits: u32,
}

impl Network {
    /// Reads `192.0.2.0/24`, or an address alone.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: std::net::IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        (bits <= most).then_some(Self { address, bits })
    }

    /// Returns whether an address is of it.
    #[must_use]
    pub fn has(&self, address: std::net::IpAddr) -> bool {
        use std::net::IpAddr::{V4, V6};
        let (one, other, all) = match (self.address, address.to_canonical()) {
            (V4(one), V4(other)) => (u128::from(one.to_bits()), u128::from(other.to_bits()), 32),
            (V6(one), V6(other)) => (one.to_bits(), other.to_bits(), 128),
            _ => return false,
        };
        let rest = all - self.bits;
        one.checked_shr(rest) == other.checked_shr(rest)
    }
}

impl Hl7 {
    /// Returns the section of a configuration; what holds where nothing is set if it has none.
    #[must_use]
    pub fn of_config(config: &Config) -> Self {
        let folder = config.file.parent().unwrap_or(Path::new(""));
        config.section(SECTION.name, |spot, mistakes| read(spot, folder, mistakes)).unwrap_or_default()
    }

    /// Returns how messages are read.
    #[must_use]
    pub fn options(&self) -> Options {
        Options { is_original: self.is_original, default_version: self.default_version }
    }

    /// Returns what is said of a sender: of its facility, else of its application.
    #[must_use]
    pub fn sender(&self, application: &str, facility: &str) -> Option<&Sender> {
        self.senders.get(facility).or_else(|| self.senders.get(application))
    }

    /// Returns the zone of a sender's times, unless a message says one.
    #[must_use]
    pub fn zone_of(&self, application: &str, facility: &str) -> Option<&TimeZone> {
        self.sender(application, facility).and_then(|sender| sender.zone.as_ref())
    }
}

impl Default for Hl7 {
    fn default() -> Self {
        let mut mistakes = carelake_core::config::reader::Mistakes::default();
        read(&carelake_core::config::reader::Spot::empty(), Path::new(""), &mut mistakes)
    }
}
