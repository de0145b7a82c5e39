//! From where the files of a feed are fetched.

use std::path::Path;

use carelake_core::config::reader::{Fields, Form, Key, Mistakes, Spot};
use carelake_core::config::{SECRET, read_secret};
use jiff::civil::date;

use super::path::PathPattern;
use super::text::texts;
use crate::pull::{After, Credential, Dated, Every, Fetch, Https, Login, Origin, Sftp};

/// From where the files of a feed are fetched.
pub(super) const FETCH: [Key; 6] = [
    Key::new("every", Form::Word(&["hour", "day"]), "How often it is looked; a day where it is not said"),
    Key::new("https", Form::Text, "The address of its files; {delivery:FORMAT} is a day"),
    Key::new("name", Form::Text, "What its files are called here, where that is not the last part of the address"),
    Key::new("days", Form::Whole(1, 366), "For how many days an address with a date is asked"),
    Key::new("credential", Form::Keys(&CREDENTIAL), "Who we are there: one of these"),
    Key::new("sftp", Form::Keys(&SFTP), "A server, and a folder of it"),
];
const CREDENTIAL: [Key; 3] = [
    Key::new("bearer", Form::Keys(&SECRET), "Where a token is kept"),
    Key::new("basic", Form::Keys(&BASIC), "A user and a password"),
    Key::new("client_certificate", Form::Keys(&SECRET), "Where a certificate and its key are kept, as PEM"),
];
const BASIC: [Key; 2] =
    [Key::new("user", Form::Text, "The user"), Key::new("password", Form::Keys(&SECRET), "Where the password is kept")];
const SFTP: [Key; 9] = [
    Key::new("host", Form::Text, "The name of the server"),
    Key::new("port", Form::Whole(1, 65_535), "Its port; 22 where it is not said"),
    Key::new("user", Form::Text, "Who we are there"),
    Key::new(
        "host_key",
        Form::Either(&[Form::Text, Form::List(&Form::Text)]),
        "The key of the host that was agreed on: SHA256:…, or a line of known_hosts",
    ),
    Key::new("key", Form::Keys(&SECRET), "Where our private key is kept"),
    Key::new("password", Form::Keys(&SECRET), "Where the password is kept"),
    Key::new("folder", Form::Text, "The folder of its files"),
    Key::new("pattern", Form::Text, "Which of them; those that `path` fits where it is not said"),
    Key::new("after", Form::Any, "What becomes of a file that was brought: leave, delete, or {move: FOLDER}"),
];

const EVERY: [(&str, Every); 2] = [("hour", Every::Hour), ("day", Every::Day)];
/// For how many days an address with a date is asked where the page does not say.
const DAYS: u32 = 7;
/// The port of SSH.
const PORT: u16 = 22;
/// Hosts that only this machine can answer for.
const HERE: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Reads where files come from; `folder` is that of the configuration.
pub(super) fn read(
    spot: &Spot<'_>,
    path: Option<&PathPattern>,
    folder: &Path,
    mistakes: &mut Mistakes,
) -> Option<Fetch> {
    let fields = spot.keyed(&FETCH, mistakes);
    let every = fields.choice_or("every", &EVERY, Every::Day, mistakes);
    let origin = match (fields.get("https"), fields.get("sftp")) {
        (Some(spot), None) => https(&spot, &fields, path, folder, mistakes).map(Origin::Https),
        (None, Some(spot)) => {
            for key in ["name", "days", "credential"] {
                if let Some(spot) = fields.get(key) {
                    mistakes.add(&spot, "goes with `https`; an `sftp` has keys of its own");
                }
            }
            sftp(&spot, folder, mistakes).map(|sftp| Origin::Sftp(Box::new(sftp)))
        }
        _ => {
            mistakes.add(spot, "needs `https` (an address) or `sftp` (a server and a folder), not both");
            None
        }
    };
    Some(Fetch { every, origin: origin? })
}

fn https(
    spot: &Spot<'_>,
    fields: &Fields<'_>,
    path: Option<&PathPattern>,
    folder: &Path,
    mistakes: &mut Mistakes,
) -> Option<Https> {
    let url = dated(spot, "the address of its files", mistakes)?;
    let day = date(2026, 1, 2);
    let address = url.on(day);
    let is_here =
        |rest: &str| HERE.iter().any(|host| rest.strip_prefix(host).is_some_and(|rest| rest.starts_with([':', '/'])));
    if !address.starts_with("https://") && !address.strip_prefix("http://").is_some_and(is_here) {
        mistakes.add(spot, "must be an https:// address");
    }
    let name = match fields.get("name") {
        Some(spot) => dated(&spot, "what its files are called here", mistakes)?,
        None => {
            // Dates may have slashes in their formats, so that the last part is looked for in what is said.
            let text = spot.text("the address of its files", mistakes)?;
            let text = text.split(['?', '#']).next().unwrap_or_default();
            let last = text.rfind('/').and_then(|at| text.get(at + 1..)).unwrap_or_default();
            Dated::parse(last).unwrap_or_else(|_| url.clone())
        }
    };
    let called = name.on(day);
    if let Some(path) = path.filter(|path| path.matches(&called).is_none()) {
        let message =
            format!("a file would be called `{called}`, and `{}` does not fit that; give a `name`", path.as_str());
        mistakes.add(fields.get("name").as_ref().unwrap_or(spot), message);
    }
    let days = fields.whole_or("days", "days", DAYS, mistakes);
    let credential = match fields.get("credential") {
        Some(spot) => Some(credential(&spot, folder, mistakes)?),
        None => None,
    };
    Some(Https { url, name, days, credential })
}

fn credential(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Credential> {
    let fields = spot.keyed(&CREDENTIAL, mistakes);
    match (fields.get("bearer"), fields.get("basic"), fields.get("client_certificate")) {
        (Some(spot), None, None) => read_secret(&spot, folder, mistakes).map(Credential::Bearer),
        (None, Some(spot), None) => {
            let fields = spot.keyed(&BASIC, mistakes);
            let user = fields.text("user", "the user", mistakes);
            let password = fields.required("password", "where the password is kept", mistakes)?;
            Some(Credential::Basic { user, password: read_secret(&password, folder, mistakes)? })
        }
        (None, None, Some(spot)) => read_secret(&spot, folder, mistakes).map(Credential::ClientCertificate),
        _ => {
            mistakes.add(spot, "must be one of {bearer: SECRET}, {basic: {user: NAME, password: SECRET}} or {client_certificate: SECRET}");
            None
        }
    }
}

fn sftp(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Sftp> {
    if cfg!(not(feature = "sftp")) {
        mistakes.add(spot, "needs a carelake that was built with the feature `sftp`: cargo build --features sftp");
        return None;
    }
    let fields = spot.keyed(&SFTP, mistakes);
    let host = fields.text("host", "the name of the server", mistakes);
    let port = fields.whole_or("port", "a port", PORT, mistakes);
    let user = fields.text("user", "who we are there", mistakes);
    let agreed = fields.required(
        "host_key",
        "the key of the host that was agreed on: SHA256:…, or a line of known_hosts",
        mistakes,
    );
    let host_keys = agreed.map(|spot| host_keys(&spot, mistakes)).unwrap_or_default();
    let login = match (fields.get("key"), fields.get("password")) {
        (Some(spot), None) => read_secret(&spot, folder, mistakes).map(Login::Key),
        (None, Some(spot)) => read_secret(&spot, folder, mistakes).map(Login::Password),
        _ => {
            mistakes.add(spot, "needs `key` or `password`, not both: where the secret is kept");
            None
        }
    };
    let of_server = fields.text("folder", "the folder of its files", mistakes);
    let pattern = fields.get("pattern").and_then(|spot| PathPattern::read(&spot, mistakes));
    let after = fields.get("after").map_or(Some(After::Leave), |spot| after(&spot, &of_server, mistakes));
    Some(Sftp { host, port, user, host_keys, login: login?, folder: of_server, pattern, after: after? })
}

fn host_keys(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    let mut keys = Vec::new();
    for (text, spot) in texts(spot, "keys of the host", mistakes) {
        #[cfg(feature = "sftp")]
        if let Err(error) = text.parse::<carelake_sftp::HostKey>() {
            mistakes.add(&spot, error.to_string());
        }
        #[cfg(not(feature = "sftp"))]
        let _ = spot;
        keys.push(text);
    }
    keys
}

fn after(spot: &Spot<'_>, folder: &str, mistakes: &mut Mistakes) -> Option<After> {
    if !spot.is_map() {
        return spot
            .choice(&[("leave", After::Leave), ("delete", After::Delete)].map(|(name, _)| (name, name)), mistakes)
            .map(|name| if name == "delete" { After::Delete } else { After::Leave });
    }
    let fields = spot.fields(&["move"], mistakes);
    let to = fields.required("move", "the folder that brought files go to", mistakes)?;
    let text = to.text("a folder of the server", mistakes)?;
    if text.trim_end_matches('/') == folder.trim_end_matches('/') {
        mistakes.add(&to, "must be another folder than the one that files are fetched from");
    }
    Some(After::Move(text))
}

fn dated(spot: &Spot<'_>, what: &str, mistakes: &mut Mistakes) -> Option<Dated> {
    match Dated::parse(&spot.text(what, mistakes)?) {
        Ok(dated) => Some(dated),
        Err(message) => {
            mistakes.add(spot, message);
            None
        }
    }
}
