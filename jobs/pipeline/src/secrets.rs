//! Secrets: the configuration names the place, and here they are fetched from it, as late as they can be.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use carelake_core::ErrorKind;
use carelake_core::config::Secret;
use carelake_core::config::reader::{Mistakes, Spot};

use super::pipeline::Failure;

/// Fetches secrets from where the configuration says that they are.
pub trait Secrets: Sync {
    /// Returns a secret. It is for whom it is shown to, never for a log, an error or a row.
    ///
    /// # Errors
    /// `InvalidConfig` when it is not there, or others could read it; `Refused` and `Unavailable` when who keeps it says no or nothing.
    fn reveal(&self, secret: &Secret) -> Result<String, Failure>;
}

/// What this machine keeps: variables, and files that nobody but their owner may read.
#[derive(Debug, Clone, Copy)]
pub struct MachineSecrets;

impl Secrets for MachineSecrets {
    fn reveal(&self, secret: &Secret) -> Result<String, Failure> {
        let revealed = match secret {
            Secret::Env(name) => std::env::var(name).map_err(|error| format!("variable {name}: {error}")),
            Secret::File(path) => read(path).map_err(|error| format!("{}: {error}", path.display())),
            Secret::SecretsManager(name) => {
                Err(format!("secret {name} is kept by AWS, and this machine does not ask there"))
            }
        };
        revealed.map_err(|reason| Failure::new(ErrorKind::INVALID_CONFIG, reason))
    }
}

/// Reads a file that nobody but its owner may read; a line break at its end is none of the secret's.
fn read(path: &Path) -> Result<String, String> {
    let mode = std::fs::metadata(path).map_err(|error| error.to_string())?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err("others than its owner may read it; type `chmod 600` on it".to_owned());
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Returns the names of the secrets of AWS Secrets Manager that a part of the configuration names, wherever in it.
pub(crate) fn named(spot: &Spot<'_>) -> BTreeSet<String> {
    let ignored = &mut Mistakes::default();
    if spot.is_map() {
        let entries = spot.entries("", ignored);
        return entries
            .iter()
            .flat_map(|(key, spot)| match *key {
                "secrets_manager" => spot.text("", &mut Mistakes::default()).into_iter().collect(),
                _ => named(spot),
            })
            .collect();
    }
    if spot.is_list() { spot.list("", ignored).iter().flat_map(named).collect() } else { BTreeSet::new() }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    fn refused(secret: &Secret) -> String {
        let failure = MachineSecrets.reveal(secret).unwrap_err();
        assert_eq!(failure.kind, ErrorKind::INVALID_CONFIG);
        failure.reason
    }

    #[test]
    fn a_file_is_read_only_while_nobody_else_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, "open sesame\n").unwrap();
        let secret = Secret::File(path.clone());
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let reason = refused(&secret);
        assert!(reason.contains("chmod 600") && !reason.contains("sesame"), "{reason}");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(MachineSecrets.reveal(&secret).as_deref(), Ok("open sesame"));
    }

    #[test]
    fn a_variable_that_is_not_set_is_told_by_its_name() {
        let reason = refused(&Secret::Env("CARELAKE_NO_SUCH_VARIABLE".to_owned()));
        assert!(reason.starts_with("variable CARELAKE_NO_SUCH_VARIABLE: "), "{reason}");
    }

    #[test]
    fn the_secrets_of_aws_are_found_wherever_a_section_names_them() {
        let text = "a: {secrets_manager: one}\nb: [{c: {secrets_manager: two}}, x]\nd: {env: THREE}\ne: {f: {secrets_manager: one}}\n";
        let tree = carelake_core::config::reader::parse(text, &mut Mistakes::default()).unwrap();
        assert_eq!(named(&Spot::root(&tree)).into_iter().collect::<Vec<_>>(), ["one", "two"]);
    }
}
