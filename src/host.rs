//! The machine's name, for notices.

use std::process::Command;

/// Where Linux tells the name.
const KERNEL: &str = "/proc/sys/kernel/hostname";

/// Returns the name of this machine; `None` where it cannot be told.
pub(crate) fn host() -> Option<String> {
    let told = std::fs::read_to_string(KERNEL).ok().or_else(|| {
        let answer = Command::new("hostname").output().ok()?;
        String::from_utf8(answer.stdout).ok()
    });
    told.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}
