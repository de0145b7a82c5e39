//! The pages on AWS: one function behind an HTTP API.

use std::process::ExitCode;

use carelake_console::config::Oidc;
use carelake_pipeline::Room;

/// The rooms that are shown: those that are deployed.
const ROOMS: &[&Room] = &[
    &carelake_monthly::ROOM,
    &carelake_intake::ROOM,
    &carelake_fetch::ROOM,
    &carelake_loads::ROOM,
    &carelake_hl7::ROOM,
    &carelake_streams::ROOM,
];

fn main() -> ExitCode {
    carelake_console::show(ROOMS, deployed());
    carelake_lambda::serve(&carelake_console::ROOM, env!("CARGO_PKG_VERSION"))
}

/// Returns the issuer that the deployment made, for where the configuration names none.
fn deployed() -> Option<Oidc> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    Some(Oidc {
        issuer: variable("CARELAKE_OIDC_ISSUER")?,
        client_id: variable("CARELAKE_OIDC_CLIENT")?,
        client_secret: None,
        address: variable("CARELAKE_CONSOLE_ADDRESS")?.trim_end_matches('/').to_owned(),
        groups: None,
        feeds: None,
        ca_file: None,
    })
}
