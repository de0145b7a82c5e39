//! Whom a run tells how it ended.

use std::path::Path;

use serde::Serialize;

use super::deployment::ADDRESS;
use super::reader::{Fields, Form, Key, Mistakes, Spot};
use super::secret::{SECRET, Secret, VARIABLE, read_secret, read_variable};

/// The keys of the section.
pub const NOTIFY: [Key; 1] = [Key::new("smtp", Form::Keys(&SMTP), "The mail server; without one, nothing is mailed")];
const SMTP: [Key; 8] = [
    Key::new("host", Form::Text, "The server's name, without a scheme or port").required(),
    Key::new("port", Form::Whole(1, 65_535), "587 with starttls, 465 with tls, 25 with none, unless set"),
    Key::new("security", Form::Word(&["starttls", "tls", "none"]), "How the connection is protected").required(),
    Key::new("from", ADDRESS, "The sender").required(),
    Key::new("to", Form::List(&ADDRESS), "The recipients").required(),
    Key::new("username", Form::Text, "The user name; with password, or neither"),
    Key::new("password", Form::Keys(&SECRET), "Where the password is: in a variable or in a file"),
    Key::new("password_env", VARIABLE, "How version 1 says `password: { env: NAME }`"),
];
pub(super) const AN_ADDRESS: &str = "a mail address such as oncall@example.org";

/// How a run tells people how it ended. On AWS that is the topic's business; this is for runs on one machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Notify {
    /// The mail server; without one, nothing is mailed.
    pub smtp: Option<Smtp>,
}

/// A mail server, and whom to write to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Smtp {
    /// The server's name or address.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// The sender.
    pub from: String,
    /// The recipients, at least one.
    pub to: Vec<String>,
    /// The user name, if the server asks for one.
    pub username: Option<String>,
    /// Where the password is: in a variable or in a file.
    pub password: Option<Secret>,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpSecurity {
    /// Not at all.
    None,
    /// Plain at first, then TLS.
    Starttls,
    /// TLS from the start.
    Tls,
}

impl SmtpSecurity {
    /// Returns the port that servers use for it (RFC 8314, section 3.3, and RFC 5321 without protection).
    const fn default_port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::Starttls => 587,
            Self::Tls => 465,
        }
    }
}

/// Reads whom to notify.
pub fn read_notify(spot: &Spot<'_>, base_dir: &Path, mistakes: &mut Mistakes) -> Notify {
    let fields = spot.keyed(&NOTIFY, mistakes);
    Notify { smtp: fields.get("smtp").map(|spot| read_smtp(&spot, base_dir, mistakes)) }
}

fn read_smtp(spot: &Spot<'_>, base_dir: &Path, mistakes: &mut Mistakes) -> Smtp {
    let fields = spot.keyed(&SMTP, mistakes);
    let choices = [("starttls", SmtpSecurity::Starttls), ("tls", SmtpSecurity::Tls), ("none", SmtpSecurity::None)];
    let security = fields.required("security", "starttls, tls or none", mistakes);
    let security = security.and_then(|spot| spot.choice(&choices, mistakes)).unwrap_or(SmtpSecurity::Starttls);
    let from = fields
        .required("from", AN_ADDRESS, mistakes)
        .and_then(|spot| spot.text(AN_ADDRESS, mistakes).map(|text| (text, spot)));
    let to = fields.required("to", "a list of mail addresses", mistakes);
    let to = to.map(|spot| read_recipients(&spot, mistakes)).unwrap_or_default();
    for (address, spot) in from.iter().chain(&to) {
        check_address(address, spot, mistakes);
    }
    let (username, password) = read_login(&fields, security, base_dir, mistakes);
    Smtp {
        host: read_host(&fields, mistakes),
        port: match fields.whole("port", mistakes) {
            0 => security.default_port(),
            port => port,
        },
        security,
        from: from.map(|(address, _)| address).unwrap_or_default(),
        to: to.into_iter().map(|(address, _)| address).collect(),
        username,
        password,
    }
}

fn read_host(fields: &Fields<'_>, mistakes: &mut Mistakes) -> String {
    let what = "the mail server's name, without a scheme or port";
    let host = fields.text("host", what, mistakes);
    let of_host = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    let is_name_and_port = host.matches(':').count() == 1;
    if let (false, Some(spot)) = (host.chars().all(of_host) && !is_name_and_port, fields.get("host")) {
        spot.expected(what, mistakes);
    }
    host
}

fn read_recipients<'a>(spot: &Spot<'a>, mistakes: &mut Mistakes) -> Vec<(String, Spot<'a>)> {
    let texts = spot.texts("mail addresses", mistakes);
    if spot.is_list() && texts.is_empty() {
        mistakes.add(spot, "must list at least one mail address");
    }
    texts
}

/// Checks a mail address.
pub(super) fn check_address(address: &str, spot: &Spot<'_>, mistakes: &mut Mistakes) {
    let whole = !address.contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
    match address.split_once('@') {
        Some((name, domain)) if whole && !name.is_empty() && !domain.is_empty() && !domain.contains('@') => {}
        _ => spot.expected(AN_ADDRESS, mistakes),
    }
}

/// Reads the user name and where its password is; one needs the other, and both need a protected connection.
fn read_login(
    fields: &Fields<'_>,
    security: SmtpSecurity,
    base_dir: &Path,
    mistakes: &mut Mistakes,
) -> (Option<String>, Option<Secret>) {
    let username = fields.get("username").and_then(|spot| spot.text("a user name", mistakes));
    // `password_env: NAME` is how `password: {env: NAME}` was written first.
    let (given, named) = (fields.get("password"), fields.get("password_env"));
    if let (Some(spot), Some(_)) = (&given, &named) {
        mistakes.add(spot, "is said by password_env as well; keep one of the two");
    }
    let password = match (&given, &named) {
        (Some(spot), _) => read_secret(spot, base_dir, mistakes),
        (None, Some(spot)) => read_variable(spot, mistakes).map(Secret::Env),
        (None, None) => None,
    };
    if let (Some(spot), Some(Secret::SecretsManager(_))) = (&given, &password) {
        mistakes.add(spot, "must be {env: NAME} or {file: PATH}: mail is sent by this machine, on AWS the topic tells");
    }
    match (fields.get("username"), given.or(named)) {
        (Some(spot), None) => mistakes.add(&spot, "needs password as well"),
        (None, Some(spot)) => mistakes.add(&spot, "needs username as well"),
        (Some(spot), Some(_)) if security == SmtpSecurity::None => {
            mistakes.add(&spot, "would be sent in the clear; set security to starttls or tls");
        }
        _ => {}
    }
    (username, password)
}
