//! A secret, from the place on this machine that the configuration names.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use carelake_core::config::Secret;

/// Returns the secret, or why it cannot be had, in one line that does not show it.
pub(crate) fn reveal(secret: &Secret) -> Result<String, String> {
    match secret {
        Secret::Env(name) => std::env::var(name).map_err(|error| format!("variable {name}: {error}")),
        Secret::File(path) => read(path).map_err(|error| format!("{}: {error}", path.display())),
        Secret::SecretsManager(name) => {
            Err(format!("secret {name} is kept by AWS, and this machine does not ask there"))
        }
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

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    #[test]
    fn a_file_is_read_only_while_nobody_else_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, "open sesame\n").unwrap();
        let secret = Secret::File(path.clone());
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let refused = reveal(&secret).unwrap_err();
        assert!(refused.contains("chmod 600") && !refused.contains("sesame"), "{refused}");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(reveal(&secret).as_deref(), Ok("open sesame"));
    }

    #[test]
    fn a_variable_that_is_not_set_is_told_by_its_name() {
        let refused = reveal(&Secret::Env("CARELAKE_NO_SUCH_VARIABLE".to_owned())).unwrap_err();
        assert!(refused.starts_with("variable CARELAKE_NO_SUCH_VARIABLE: "), "{refused}");
    }
}
