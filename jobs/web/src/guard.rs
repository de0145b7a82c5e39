//! Who may ask: the credential of a request, held against the guard of its route.

use std::sync::Arc;

use carelake_pipeline::{Caller, Guard};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::Timestamp;

use super::jwt::{TokenError, Verifier};
use super::owner::OwnerKey;
use super::refused::Refused;

/// Why a request was not let in: what it is answered, and what the log says.
pub(crate) struct Barred {
    pub refused: Refused,
    pub reason: String,
}

impl Barred {
    fn new(refused: Refused, reason: impl Into<String>) -> Self {
        Self { refused, reason: reason.into() }
    }
}

/// Lets a request in, with who asks where the route wants a token.
pub(crate) async fn admit(
    guard: Guard,
    headers: &HeaderMap,
    verifier: Option<&Arc<Verifier>>,
    owner: Option<&OwnerKey>,
    now: Timestamp,
) -> Result<Option<Caller>, Barred> {
    match guard {
        Guard::Open => Ok(None),
        Guard::Owner => match (credential(headers), owner) {
            (Some(given), Some(key)) if key.is(given) => Ok(None),
            (None, _) => Err(Barred::new(Refused::Unauthorized, "no credential")),
            _ => Err(Barred::new(Refused::Unauthorized, "not the key of the owner")),
        },
        Guard::Token | Guard::Scope(_) => {
            let token = credential(headers).ok_or_else(|| Barred::new(Refused::Unauthorized, "no credential"))?;
            let verifier =
                verifier.ok_or_else(|| Barred::new(Refused::Failed, "the function names no issuer of tokens"))?;
            let caller = verifier.verify(token, now).await.map_err(|error| {
                let refused = match error {
                    TokenError::NoKeys { .. } => Refused::Unavailable,
                    _ => Refused::Unauthorized,
                };
                Barred::new(refused, error.to_string())
            })?;
            match guard {
                Guard::Scope(scope) if !caller.may(scope) => {
                    Err(Barred::new(Refused::Forbidden, format!("the token lacks the scope {scope}")))
                }
                _ => Ok(Some(caller)),
            }
        }
    }
}

/// Returns the token of `Authorization: TOKEN` or `Authorization: Bearer TOKEN`; none where there are several.
fn credential(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else { return None };
    let text = value.to_str().ok()?.trim();
    let token = match text.split_once(' ') {
        None => text,
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
        Some(_) => return None,
    };
    (!token.is_empty() && !token.contains(' ')).then_some(token)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(values: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        credential(&headers).map(str::to_owned)
    }

    #[test]
    fn a_credential_is_one_word_alone_or_behind_bearer() {
        for good in ["a.b.c", "Bearer a.b.c", "bearer  a.b.c", " BEARER a.b.c "] {
            assert_eq!(of(&[good]).as_deref(), Some("a.b.c"), "{good}");
        }
        for bad in [&[][..], &[""], &["Basic a.b.c"], &["Bearer a b"], &["a.b.c", "a.b.c"]] {
            assert_eq!(of(bad), None, "{bad:?}");
        }
    }
}
