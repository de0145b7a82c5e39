//! Who issues the tokens that routes ask for: whom the configuration names, or this machine itself.

use carelake_core::ledger::{Partition, Rows, Write};
use carelake_core::names::Scope;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Issuer, KeySource};
use jiff::Timestamp;
use serde_json::json;

use crate::config::Hl7;
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
    if Hl7::of_config(context.services.config).auth.is_some() {
        return Ok(None);
    }
    let row = context.services.ledger.get(&partition(context.scope).key(KEYS), (context.services.now)())?;
    Ok(row.and_then(|row| Some(row.value.get(KEYS)?.as_str()?.to_owned())))
}

pub(super) fn of(context: &Context<'_>) -> Result<Issuer, Failure> {
    if let Some(auth) = Hl7::of_config(context.services.config).auth {
        return Ok(Issuer { issuer: auth.issuer, keys: KeySource::Url(auth.keys), audiences: auth.audiences });
    }
    let document = document(context)?.ok_or_else(super::no_issuer)?;
    Ok(Issuer { issuer: ISSUER.to_owned(), keys: KeySource::Document(document), audiences: vec![AUDIENCE.to_owned()] })
}
