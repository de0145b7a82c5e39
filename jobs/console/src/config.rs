//! The section `console` of the configuration: who may see and do what.

use std::path::{Path, PathBuf};

use carelake_core::config::reader::{Fields, Form, Key, Mistakes, Spot, schema};
use carelake_core::config::{SECRET, Secret, Section, read_secret};
use carelake_tabular::config::Config;
use serde_json::Value;

use crate::session::roles::{Role, Roles};

const NAMES: Form = Form::List(&Form::Text);

/// An address that a browser or this program can be sent to.
const ADDRESS: Form = Form::Like("^https?://");

/// The keys of `roles`.
const ROLES: [Key; 4] = [
    Key::new("viewer", NAMES, "Who may see runs, datasets and feeds"),
    Key::new("operator", NAMES, "Who may rerun, redrive, roll back, retract and acknowledge too"),
    Key::new("reviewer", NAMES, "Who may see persons in reviews too"),
    Key::new("lead", NAMES, "Who may settle disputes and see the audit too"),
];

/// The keys of `oidc`.
const OIDC: [Key; 7] = [
    Key::new("issuer", ADDRESS, "Who says who somebody is, as its tokens name it (iss)").required(),
    Key::new("client_id", Form::Text, "What the issuer knows these pages by").required(),
    Key::new("client_secret", Form::Keys(&SECRET), "What these pages prove that with, where the issuer wants it"),
    Key::new(
        "address",
        ADDRESS,
        "Where browsers reach these pages; the issuer must allow it with /signed-in behind it",
    )
    .required(),
    Key::new("groups", Form::Text, "The claim that has the groups of somebody; cognito:groups or groups unless set"),
    Key::new(
        "feeds",
        Form::Text,
        "The claim that has the feeds, or the sources, whose persons a reviewer may see; whoever lacks it sees nobody's. Without it reviewers see all",
    ),
    Key::new("ca_file", Form::Text, "Certificates that the issuer is known by, beside those of this machine, as PEM"),
];

/// The keys of the section.
const KEYS: [Key; 2] = [
    Key::new(
        "roles",
        Form::Keys(&ROLES),
        "Users by role, with `oidc` groups of the issuer; without it whoever may read the lake has every role, and a group has the role of its name",
    ),
    Key::new(
        "oidc",
        Form::Keys(&OIDC),
        "Sign-in by an issuer of OpenID Connect; without it pages are for one user of one machine",
    ),
];

/// Who says who somebody is, and what these pages are to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oidc {
    /// The `iss` of its tokens, letter for letter. What it publishes of itself is below.
    pub issuer: String,
    /// What it knows these pages by.
    pub client_id: String,
    /// What these pages prove that with, where it wants it.
    pub client_secret: Option<Secret>,
    /// Where browsers reach these pages, without a slash at its end.
    pub address: String,
    /// The claim with somebody's groups.
    pub groups: Option<String>,
    /// The claim with the feeds, or sources, whose persons a reviewer may see; all without it.
    pub feeds: Option<String>,
    /// Certificates that it is known by, beside those of this machine, as PEM.
    pub ca_file: Option<PathBuf>,
}

/// The section.
pub const SECTION: Section = Section { name: "console", check, schema: schema_of_section };

/// What the section says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    /// Who may see and do what.
    pub roles: Roles,
    /// How they sign in from other machines.
    pub oidc: Option<Oidc>,
}

fn check(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) {
    read(spot, folder, mistakes);
}

fn schema_of_section() -> Value {
    schema("Pages: who may see and do what", &KEYS, Vec::new())
}

fn read(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Read {
    let fields = spot.keyed(&KEYS, mistakes);
    let roles = fields.get("roles").map_or(Roles::Everybody, |spot| {
        let fields = spot.keyed(&ROLES, mistakes);
        Roles::Named(Role::ALL.map(|role| (role, names(&fields, role.name(), mistakes))).to_vec())
    });
    Read { roles, oidc: fields.get("oidc").map(|spot| read_oidc(&spot, folder, mistakes)) }
}

fn read_oidc(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Oidc {
    let fields = spot.keyed(&OIDC, mistakes);
    let address = |key: &str, mistakes: &mut Mistakes| {
        let text = fields.text(key, "an address", mistakes);
        if let Some(spot) = fields.get(key)
            && !text.is_empty()
            && !is_safe(&text)
        {
            mistakes.add(&spot, "must begin with https://, or be of this machine itself");
        }
        text
    };
    let issuer = address("issuer", mistakes);
    Oidc {
        issuer,
        address: address("address", mistakes).trim_end_matches('/').to_owned(),
        client_id: fields.text("client_id", "what the issuer knows these pages by", mistakes),
        client_secret: fields.get("client_secret").and_then(|spot| read_secret(&spot, folder, mistakes)),
        groups: fields.get("groups").and_then(|spot| spot.text("the name of a claim", mistakes)),
        feeds: fields.get("feeds").and_then(|spot| spot.text("the name of a claim", mistakes)),
        ca_file: fields
            .get("ca_file")
            .and_then(|spot| spot.text("the path of a file", mistakes))
            .map(|it| folder.join(it)),
    }
}

/// Returns whether nobody between here and there can read or answer what is sent to an address.
fn is_safe(address: &str) -> bool {
    address.parse().is_ok_and(|address: http::Uri| match (address.scheme_str(), address.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => is_here(host),
        _ => false,
    })
}

/// Returns whether a host is this machine.
pub(crate) fn is_here(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

fn names(fields: &Fields<'_>, role: &str, mistakes: &mut Mistakes) -> Vec<String> {
    let texts = fields.get(role).map(|spot| spot.texts("a list of users", mistakes)).unwrap_or_default();
    texts.into_iter().map(|(name, _)| name).collect()
}

/// Returns what the section says. It was checked when the configuration was read.
pub(crate) fn of(config: &Config) -> Read {
    let folder = config.file.parent().unwrap_or(Path::new("")).to_owned();
    let read = config.section(SECTION.name, |spot, mistakes| read(spot, &folder, mistakes));
    read.unwrap_or(Read { roles: Roles::Everybody, oidc: None })
}

/// Returns who says who somebody is, if the configuration names anybody.
#[must_use]
pub fn oidc(config: &Config) -> Option<Oidc> {
    of(config).oidc
}

/// Returns who may see and do what.
#[must_use]
pub fn roles(config: &Config) -> Roles {
    of(config).roles
}
