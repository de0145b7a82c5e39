//! The functions of the room on AWS: one binary, of which a deployment names the function.

use std::process::ExitCode;

use carelake_hl7::config::Auth;

fn main() -> ExitCode {
    carelake_hl7::serve::deployed_by(issuer());
    carelake_lambda::serve(&carelake_hl7::ROOM, env!("CARGO_PKG_VERSION"))
}

/// Returns the issuer that the deployment made, for where the configuration names none.
fn issuer() -> Option<Auth> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (issuer, audience) = (variable("CARELAKE_HL7_ISSUER")?, variable("CARELAKE_HL7_AUDIENCE")?);
    Some(Auth::of_pool(issuer, audience))
}
