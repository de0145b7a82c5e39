//! Where a secret is kept: the configuration names the place, and never has the secret itself.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::reader::{Form, Key, Mistakes, Spot};

/// Where a secret may be: one of these.
pub const SECRET: [Key; 3] = [
    Key::new("secrets_manager", Form::Text, "The name of a secret in AWS Secrets Manager"),
    Key::new("env", VARIABLE, "An environment variable"),
    Key::new("file", Form::Text, "A file that nobody but its owner may read"),
];
/// The name of an environment variable.
pub(super) const VARIABLE: Form = Form::Like("^[A-Z_][A-Z0-9_]*$");
const A_SECRET: &str = "{secrets_manager: NAME}, {env: NAME} or {file: PATH}";

/// Where a secret is kept. It is written in JSON as in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// In AWS Secrets Manager, under a name.
    SecretsManager(String),
    /// In an environment variable.
    Env(String),
    /// In a file that nobody but its owner may read.
    File(PathBuf),
}

/// Reads where a secret is kept. A path is relative to the folder of the configuration. What stands there instead may be the secret
/// itself, so it is not repeated.
pub fn read_secret(spot: &Spot<'_>, base_dir: &Path, mistakes: &mut Mistakes) -> Option<Secret> {
    if !spot.is_map() {
        mistakes.add(spot, format!("must be {A_SECRET}; never the secret itself"));
        return None;
    }
    let fields = spot.keyed(&SECRET, mistakes);
    let [name, variable, file] = ["secrets_manager", "env", "file"].map(|key| fields.get(key));
    match (name, variable, file) {
        (Some(spot), None, None) => Some(Secret::SecretsManager(spot.text("the name of a secret", mistakes)?)),
        (None, Some(spot), None) => read_variable(&spot, mistakes).map(Secret::Env),
        (None, None, Some(spot)) => {
            let path = spot.text("the path of a file with the secret in it", mistakes)?;
            Some(Secret::File(base_dir.join(path)))
        }
        _ => {
            mistakes.add(spot, format!("must be one of {A_SECRET}"));
            None
        }
    }
}

/// Reads the name of an environment variable.
pub(super) fn read_variable(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let what = "the name of the environment variable that holds the secret, such as SMTP_PASSWORD";
    let name = spot.text(what, mistakes)?;
    let of_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if !name.chars().all(of_name) || name.starts_with(|c: char| c.is_ascii_digit()) {
        mistakes.add(spot, format!("must be {what}; never the secret itself"));
    }
    Some(name)
}
