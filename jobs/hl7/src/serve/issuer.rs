//! Who issues the tokens that routes ask for: whom the configuration names, or this machine itself.

use std::sync::OnceLock;

use carelake_core::ledger::{Partition, Rows, Write};
use carelake_core::names::Scope;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Issuer, KeySource};
use jiff::Timestamp;
use serde_json::json;

use crate::config::{Auth, Hl7};
use crate::world::Hl7Error;

/// The scope of who sends messages.
pub const WRITE: &str = "hl7/write";
/// The scope of who asks.
pub const READ: &str = "hl7/read";
/// Every scope.
pub const SCOPES: [&str; 3] = [WRITE, READ, "hl7/admin"];
/// The `iss` of tokens of this machine itself.
pub const ISSUER: &str = "carelake";
/// Their `aud`.
pub const AUDIENCE: &str = "carelake";

/// The member of the row that has the keys.
const KEYS: &str = "keys";

/// The issuer that a deployment made.
static DEPLOYED: OnceLock<Auth> = OnceLock::new();

/// Sets the issuer that holds where the configuration names none. Of several settings the first counts.
pub fn deployed_by(auth: Option<Auth>) {
    auth.into_iter().for_each(|auth| drop(DEPLOYED.set(auth)));
}

/// Returns who issues tokens in place of this machine.
fn named(context: &Context<'_>) -> Option<Auth> {
    Hl7::of_config(context.services.config).auth.or_else(|| DEPLOYED.get().cloned())
}

/// Returns whether a token that says only who somebody is lets its holder send.
pub(super) fn id_token_writes(context: &Context<'_>) -> bool {
    named(context).is_some_and(|auth| auth.id_token_writes)
}

fn partition(scope: &Scope) -> Partition {
    Partition::new(scope, "hl7", "issuer")
}

/// Keeps the public keys of this machine, as a JSON Web Key Set, where what serves finds them.
///
/// # Errors
/// [`LedgerError`](carelake_core::ledger::LedgerError) when the ledger fails.
pub fn publish_keys(
    rows: &dyn Rows,
    scope: &Scope,
    document: &str,
    now: Timestamp,
) -> Result<(), carelake_core::ledger::LedgerError> {
    let row = serde_json::Map::from_iter([(KEYS.to_owned(), json!(document))]);
    rows.write(&Write::put(partition(scope).key(KEYS), row), now).map(drop)
}

/// Returns the public keys of this machine; none where another issues tokens.
pub(super) fn document(context: &Context<'_>) -> Result<Option<String>, Hl7Error> {
    if named(context).is_some() {
        return Ok(None);
    }
    let row = context.services.ledger.get(&partition(context.scope).key(KEYS), (context.services.now)())?;
    Ok(row.and_then(|row| Some(row.value.get(KEYS)?.as_str()?.to_owned())))
}

pub(super) fn of(context: &Context<'_>) -> Result<Issuer, Failure> {
    if let Some(auth) = named(context) {
        return Ok(Issuer { issuer: auth.issuer, keys: KeySource::Url(auth.keys), audiences: auth.audiences });
    }
    let document = document(context)?.ok_or_else(super::no_issuer)?;
    Ok(Issuer { issuer: ISSUER.to_owned(), keys: KeySource::Document(document), audiences: vec![AUDIENCE.to_owned()] })
}
