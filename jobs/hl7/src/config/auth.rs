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
    /// Takes a user pool that a deployment made: its `iss`, and the client whose tokens count.
    #[must_use]
    pub fn of_pool(issuer: String, audience: String) -> Self {
        Self { keys: keys_of(&issuer), audiences: vec![audience], issuer, id_token_writes: true }
    }

    /// Reads who issues tokens, if somebody is named, and whether anybody may sign up in the user pool that a deployment has without.
    pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> (Option<Self>, bool) {
        let fields = spot.keyed(&AUTH, mistakes);
        let signs_up = fields.word("sign_up", false, &[true], mistakes);
        if fields.get("issuer").is_none() && fields.get("audience").is_none() {
            return (None, signs_up);
        }
        if let Some(spot) = fields.get("sign_up").filter(|_| signs_up) {
            spot.expected("off, since an issuer is named, which has users of its own", mistakes);
        }
        let issuer = fields.required("issuer", "the iss of tokens", mistakes);
        let issuer = issuer.and_then(|spot| spot.text("the iss of tokens", mistakes)).unwrap_or_default();
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
        let auth = Self {
            keys: keys.unwrap_or_else(|| keys_of(&issuer)),
            audiences: audiences.unwrap_or_default(),
            issuer,
            id_token_writes,
        };
        (Some(auth), false)
    }
}

/// Returns where an issuer of OpenID Connect that says nothing else has its keys, as Cognito does.
fn keys_of(issuer: &str) -> String {
    format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'))
}
