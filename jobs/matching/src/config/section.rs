//! Reads the section as a whole.

use std::path::Path;

use carelake_core::ErrorKind;
use carelake_core::config::reader::{Form, Mistakes, Spot, schema_of};
use carelake_core::config::{Secret, Section, read_secret};
use carelake_core::nearest;
use carelake_database::Tls;
use carelake_pipeline::pipeline::Failure;
use carelake_tabular::config::Config;

use super::keys::{DATABASE, MATCHING, TLS};
use super::matcher::Matcher;
use super::pattern::overlap;

/// The section of the configuration that this room reads.
pub const SECTION: Section = Section {
    name: "matching",
    check: |spot, folder, mistakes| {
        read(spot, folder, mistakes);
    },
    schema: || schema_of(&Form::Keys(&MATCHING)),
};

/// Everything that the section says, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Matching {
    /// Where references are kept; none: in files.
    pub database: Option<Database>,
    /// The matchers, in file order.
    pub matchers: Vec<Matcher>,
}

/// A database of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Its name.
    pub name: String,
    /// Where user and password are kept.
    pub login: Option<Secret>,
    /// How connections are encrypted.
    pub tls: Tls,
}

/// Reads the section; `folder` is that of the configuration, for files that it names.
///
/// All that is wrong is told at once. What is answered can be trusted if nothing is.
pub fn read(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Matching {
    let fields = spot.keyed(&MATCHING, mistakes);
    let database = fields.get("database").map(|spot| read_database(&spot, folder, mistakes));
    let entries = fields.required("matchers", "the matchers, by name", mistakes);
    let entries = entries.map(|spot| spot.entries("matchers, by name", mistakes)).unwrap_or_default();
    let mut matchers: Vec<Matcher> = Vec::new();
    for (name, spot) in entries {
        let matcher = Matcher::read(name, &spot, folder, mistakes);
        let meets = |other: &&Matcher| other.serves && matcher.serves && shared(other, &matcher);
        if let Some(other) = matchers.iter().find(meets) {
            let other = &other.name;
            mistakes.add(&spot, format!("serves feeds that `{other}` serves; one matcher serves a feed"));
        }
        matchers.push(matcher);
    }
    Matching { database, matchers }
}

fn shared(one: &Matcher, other: &Matcher) -> bool {
    one.input.publications.iter().any(|a| other.input.publications.iter().any(|b| overlap(a, b)))
}

fn read_database(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Database {
    let fields = spot.keyed(&DATABASE, mistakes);
    let name = fields.get("name").and_then(|spot| spot.text("the name of a database", mistakes));
    let login = fields.required("login", "where user and password are kept", mistakes);
    let host = fields.text("host", "a host", mistakes);
    Database {
        tls: fields.get("tls").map_or_else(|| preset(&host), |spot| read_tls(&spot, &host, folder, mistakes)),
        host,
        port: fields.whole("port", mistakes),
        name: name.unwrap_or_else(|| "carelake".to_owned()),
        login: login.and_then(|spot| read_secret(&spot, folder, mistakes)),
    }
}

fn is_here(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "::1" | "localhost")
}

fn preset(host: &str) -> Tls {
    if is_here(host) { Tls::Disable } else { Tls::VerifyFull { ca: None } }
}

fn read_tls(spot: &Spot<'_>, host: &str, folder: &Path, mistakes: &mut Mistakes) -> Tls {
    let fields = spot.keyed(&TLS, mistakes);
    let ca = fields.get("ca").and_then(|spot| spot.text("a file of certificates", mistakes)).map(|ca| folder.join(ca));
    let mode = fields.get("mode");
    let is_off = mode.as_ref().and_then(|spot| spot.choice(&[("verify-full", false), ("disable", true)], mistakes));
    if let (Some(true), Some(spot), false) = (is_off, &mode, is_here(host)) {
        mistakes.add(spot, "may be `disable` only where the host is 127.0.0.1, ::1 or localhost");
    }
    match (is_off, ca) {
        (Some(true), _) => Tls::Disable,
        (None, None) => preset(host),
        (_, ca) => Tls::VerifyFull { ca },
    }
}

impl Matching {
    /// Returns the section of a configuration, if it has one.
    #[must_use]
    pub fn of_config(config: &Config) -> Option<Self> {
        let folder = config.file.parent().unwrap_or(Path::new(""));
        config.section(SECTION.name, |spot, mistakes| read(spot, folder, mistakes))
    }

    /// Returns a matcher.
    ///
    /// # Errors
    /// `InvalidConfig` with the nearest name, when there is none of this name.
    pub fn matcher(&self, name: &str) -> Result<&Matcher, Failure> {
        self.matchers.iter().find(|matcher| matcher.name == name).ok_or_else(|| {
            let near = nearest(name, self.matchers.iter().map(|matcher| matcher.name.as_str()));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            Failure::new(ErrorKind::INVALID_CONFIG, format!("matching.matchers: there is no `{name}`{near}"))
        })
    }
}
