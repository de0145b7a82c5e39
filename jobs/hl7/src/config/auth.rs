//! Who issues the tokens that routes ask for.

use carelake_core::config::reader::{Mistakes, Spot};

use super::keys::AUTH;

/// An issuer of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// Where its public keys are.
    pub keys: String,
    /// What `aud` or `client_id` may be.
    pub audiences: Vec<String>,
    /// Whether an id token counts as `hl7/write`.
    pub id_token_writes: bool,
}

impl Auth {
    pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Self {
        let fields = spot.keyed(&AUTH, mistakes);
        let issuer = fields.text("issuer", "the iss of tokens", mistakes);
        let keys = fields.get("keys").and_then(|spot| spot.text("an address", mistakes));
        let audiences = fields.required("audience", "a list of audiences", mistakes);
        let audiences = audiences.map(|spot| {
            let named: Vec<String> =
                spot.texts("a list of audiences", mistakes).into_iter().map(|(text, _)| text).collect();
            if named.is_empty() {
                spot.expected("a list of at least one audience", mistakes);
            }
            named
        });
        let id_token_writes = fields.get("id_token_writes").and_then(|spot| spot.boolean(mistakes)).unwrap_or(true);
        Self {
            keys: keys.unwrap_or_else(|| format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'))),
            audiences: audiences.unwrap_or_default(),
            issuer,
            id_token_writes,
        }
    }
}
