//! `carelake hl7 token`: a token for the endpoint of this machine.

use std::process::ExitCode;

use carelake_hl7::config::Hl7 as Section;
use carelake_hl7::serve::{AUDIENCE, ISSUER, SCOPES};
use carelake_web::Claims;
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::failure::Failure;
use crate::host::user;
use crate::lake::Lake;
use crate::options::Global;
use crate::output;
use crate::serving::own_issuer;

/// Print a token with which the endpoint of this machine lets in
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 token --scope hl7/write
  carelake hl7 token --scope hl7/write --scope hl7/read --hours 24
  curl -H \"Authorization: Bearer $(carelake hl7 token --scope hl7/write)\" -H 'Content-Type: x-application/hl7-v2+er7' \\
    --data-binary @admission.hl7 http://127.0.0.1:8642/hl7v2/er7

hl7/write sends messages, hl7/read looks them up. Whoever has the token has the right until it expires; nobody can take it back. The key
that signs it lies beside the ledger. Where hl7.auth of the configuration names an issuer, tokens are that one's.")]
pub(crate) struct Token {
    /// What it allows: hl7/write, hl7/read, hl7/admin
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    /// Who has it, for the access record; the user of this machine unless set
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// Hours for which it is good
    #[arg(long, value_name = "HOURS", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=8_760))]
    hours: u16,
}

impl Token {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        for scope in &self.scopes {
            if !SCOPES.contains(&scope.as_str()) {
                return Err(Failure::unknown("scope", scope, SCOPES));
            }
        }
        let lake = Lake::open(global)?;
        lake.folder()?;
        if Section::of_config(&lake.config).auth.is_some() {
            return Err(Failure::argument(
                "hl7.auth of the configuration names who issues tokens, and it is not this machine",
            )
            .advise("ask that one for a token"));
        }
        let subject = self.subject.unwrap_or_else(user);
        let scope = self.scopes.join(" ");
        let secs = u64::from(self.hours) * 3_600;
        let claims = Claims { issuer: ISSUER, audience: AUDIENCE, subject: &subject, scope: &scope, secs };
        let token = own_issuer(&lake)?.token(&claims, Timestamp::now())?;
        if global.json {
            output::json(&json!({ "token": token, "scope": scope, "subject": subject, "secs": secs }))?;
        } else {
            output::line(token);
        }
        Ok(ExitCode::SUCCESS)
    }
}
