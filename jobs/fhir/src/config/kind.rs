//! Where the resources of a source come from.

use std::path::Path;

use carelake_core::config::reader::{Fields, Mistakes};
use carelake_core::store::check_key;

use super::auth::{self, Auth};

/// Where resources come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Exports of any server by the bulk data protocol.
    Bulk(Bulk),
    /// Exports of a data store of AWS HealthLake.
    HealthLake(HealthLake),
    /// Files.
    Files(Files),
}

impl Kind {
    /// Returns its word in the configuration.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Bulk(_) => "bulk",
            Self::HealthLake(_) => "healthlake",
            Self::Files(_) => "files",
        }
    }
}

/// A server that is asked for exports.
#[derive(Debug, Clone, PartialEq)]
pub struct Bulk {
    /// Its base URL, without a slash at its end.
    pub base: String,
    /// The host in it.
    pub host: String,
    /// Whose data is exported.
    pub level: Level,
    /// The `_typeFilter`.
    pub type_filter: Option<String>,
    /// How an export is asked for.
    pub method: Method,
    /// Further hosts that files come from.
    pub file_hosts: Vec<String>,
    /// Who we are there.
    pub auth: Auth,
}

/// Whose data is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Level {
    /// All of the server.
    System,
    /// All patients.
    Patient,
    /// The members of a group.
    Group(String),
}

impl Level {
    /// Returns what stands between the base and `$export`.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::System => String::new(),
            Self::Patient => "Patient/".to_owned(),
            Self::Group(id) => format!("Group/{id}/"),
        }
    }
}

/// How an export is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// By parameters of the address.
    Get,
    /// By a resource of parameters.
    Post,
}

/// A data store of AWS HealthLake.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthLake {
    /// Its id.
    pub datastore: String,
    /// Whose data is exported.
    pub level: Level,
    /// How exports are started.
    pub api: Api,
    /// The role that exports write as.
    pub role: String,
    /// The key that exports are encrypted with.
    pub kms_key: String,
    /// Where exports are written.
    pub target: String,
}

/// How exports of HealthLake are started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// By the REST operation, which knows `_since`.
    Rest,
    /// By the API of the service: whole data stores only.
    Sdk,
}

/// Files in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The folder among the inputs.
    pub place: String,
    /// Whether what is new is all that there is.
    pub is_full: bool,
}

const OF_BULK: [&str; 5] = ["base", "type_filter", "method", "file_hosts", "auth"];
const OF_HEALTHLAKE: [&str; 5] = ["datastore", "api", "role", "kms_key", "target"];
const OF_FILES: [&str; 2] = ["place", "mode"];

const A_FOLDER: &str = "a folder among the inputs, such as fhir/ehr";

/// Hosts that only this machine can answer for.
pub(super) const HERE: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Reads where resources come from.
pub(super) fn read(name: &str, fields: &Fields<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Kind> {
    #[derive(Clone, Copy, PartialEq)]
    enum Word {
        Bulk,
        HealthLake,
        Files,
    }
    let choices = [("bulk", Word::Bulk), ("healthlake", Word::HealthLake), ("files", Word::Files)];
    let word = fields.required("kind", "bulk, healthlake or files", mistakes)?.choice(&choices, mistakes)?;
    let mut foreign: Vec<(&str, &str)> = Vec::new();
    for (of, kind, keys) in [
        (Word::Bulk, "bulk", &OF_BULK[..]),
        (Word::HealthLake, "healthlake", &OF_HEALTHLAKE),
        (Word::Files, "files", &OF_FILES),
    ] {
        foreign.extend(keys.iter().filter(|_| of != word).map(|key| (*key, kind)));
    }
    if word == Word::Files {
        foreign.push(("level", "bulk"));
    }
    for (key, kind) in foreign {
        if let Some(spot) = fields.get(key) {
            mistakes.add(&spot, format!("is for `kind: {kind}`"));
        }
    }
    match word {
        Word::Bulk => bulk(fields, folder, mistakes).map(Kind::Bulk),
        Word::HealthLake => healthlake(fields, mistakes).map(Kind::HealthLake),
        Word::Files => {
            let place = fields.get("place").and_then(|spot| {
                let text = spot.text(A_FOLDER, mistakes)?;
                let place = text.strip_suffix('/').unwrap_or(&text);
                if !text.is_empty() && check_key(place).is_err() {
                    spot.expected(A_FOLDER, mistakes);
                }
                Some(place.to_owned())
            });
            let place = place.unwrap_or_else(|| format!("fhir/{name}"));
            Some(Kind::Files(Files { place, is_full: fields.word("mode", false, &[true], mistakes) }))
        }
    }
}

fn bulk(fields: &Fields<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Bulk> {
    let what = "the base URL of the server, such as https://fhir.example.org/r4";
    let base = fields.required("base", what, mistakes).and_then(|spot| {
        let base = spot.text(what, mistakes)?;
        let base = base.trim_end_matches('/').to_owned();
        let host = host(&base).filter(|_| !base.contains(['?', '#', ' ']));
        if host.is_none() {
            spot.expected(format!("{what}; plain http:// is for this machine"), mistakes);
        }
        Some((base, host?))
    });
    let level = level(fields, mistakes);
    let type_filter = fields.get("type_filter").and_then(|spot| spot.text("a _typeFilter", mistakes));
    let method = fields.word("method", Method::Get, &[Method::Post], mistakes);
    let mut file_hosts: Vec<String> = Vec::new();
    for (host, spot) in fields.get("file_hosts").map(|spot| spot.texts("hosts", mistakes)).unwrap_or_default() {
        if host.is_empty() || host.contains(['/', ':', '@', ' ']) {
            spot.expected("the name of a host, such as files.example.org", mistakes);
        }
        file_hosts.push(host);
    }
    let auth = auth::read(fields.get("auth"), folder, mistakes);
    let (base, host) = base?;
    Some(Bulk { base, host, level: level?, type_filter, method, file_hosts, auth: auth? })
}

fn healthlake(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Option<HealthLake> {
    let datastore = fields.text("datastore", "the id of the data store, 32 digits", mistakes);
    if let Some(spot) = fields.get("datastore")
        && (datastore.len() != 32 || !datastore.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
    {
        spot.expected("the id of the data store, 32 digits from 0 to f", mistakes);
    }
    let level = level(fields, mistakes);
    let api = fields.word("api", Api::Rest, &[Api::Sdk], mistakes);
    if let (Api::Sdk, Some(spot)) = (api, fields.get("level").filter(|_| level != Some(Level::System))) {
        mistakes.add(&spot, "`api: sdk` exports whole data stores; use `api: rest`");
    }
    let mut like = |name: &str, what: &str, is_right: fn(&str) -> bool| {
        let text = fields.text(name, what, mistakes);
        if let Some(spot) = fields.get(name).filter(|_| !is_right(&text)) {
            spot.expected(what, mistakes);
        }
        text
    };
    let role =
        like("role", "the ARN of a role: arn:aws:iam::…", |text| text.starts_with("arn:") && text.contains(":iam:"));
    let kms_key =
        like("kms_key", "the ARN of a key: arn:aws:kms:…", |text| text.starts_with("arn:") && text.contains(":kms:"));
    let target = like("target", "a place in S3: s3://bucket/prefix", |text| text.starts_with("s3://"));
    Some(HealthLake { datastore, level: level?, api, role, kms_key, target })
}

fn level(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Option<Level> {
    const LEVELS: &str = "system, patient or group/ID";
    let Some(spot) = fields.get("level") else { return Some(Level::System) };
    let text = spot.text(LEVELS, mistakes)?;
    let level = match text.as_str() {
        "system" => Some(Level::System),
        "patient" => Some(Level::Patient),
        other => other.strip_prefix("group/").filter(|id| crate::line::is_id(id)).map(|id| Level::Group(id.to_owned())),
    };
    if level.is_none() {
        spot.expected(LEVELS, mistakes);
    }
    level
}

/// Returns the host of an address that may be asked: by `https://`, and by `http://` on this machine.
pub(super) fn host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().filter(|authority| !authority.contains('@'))?;
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let is_allowed = scheme == "https" || scheme == "http" && HERE.contains(&host);
    (is_allowed && !host.is_empty()).then(|| host.to_owned())
}
