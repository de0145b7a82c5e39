//! What `./bootstrap.sh test` installs for tests.

use std::path::{Path, PathBuf};

/// Returns the virtual environment, which may not be there.
pub fn venv() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    std::env::var_os("CARELAKE_TEST_VENV").map_or_else(|| target.join("venv-aws"), PathBuf::from)
}

/// Returns a command of the virtual environment.
pub fn tool(name: &str) -> PathBuf {
    let venv = venv();
    let path = venv.join("bin").join(name);
    let requirements = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/aws-requirements.txt");
    assert!(
        path.exists(),
        "{name} is missing; type: python3 -m venv {venv} && {venv}/bin/pip install -r {requirements}",
        venv = venv.display()
    );
    path
}
