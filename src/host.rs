//! The names of machine and user, for notices and for what is noted of who did what.

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

/// Returns the name of who runs this command; the number where the system knows no name.
pub(crate) fn user() -> String {
    let id = nix::unistd::Uid::current();
    nix::unistd::User::from_uid(id).ok().flatten().map_or_else(|| id.to_string(), |user| user.name)
}
