//! Tokens for the next page: where it begins, signed, good for one question of one asker only.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use carelake_core::ledger::{Condition, Partition, Write};
use serde_json::json;

use crate::world::{Hl7Error, World};

/// Bytes of the key.
const KEY: usize = 32;
/// Bytes of a signature that a token has.
const SIGNATURE: usize = 16;

/// Signs tokens.
pub(super) struct Signer(hmac::Key);

impl Signer {
    /// Takes the key of the scope; it is made where there is none.
    pub(super) fn of(world: &World<'_>) -> Result<Self, Hl7Error> {
        let row = Partition::new(world.scope, "hl7", "pages").key("key");
        let mut new = [0_u8; KEY];
        aws_lc_rs::rand::fill(&mut new).map_err(|_| Hl7Error::Random)?;
        let found = match world.ledger.get(&row, world.time())? {
            Some(found) => Some(found),
            None => {
                let value = serde_json::Map::from_iter([("key".to_owned(), json!(URL_SAFE_NO_PAD.encode(new)))]);
                world.ledger.write(&Write::put(row.clone(), value).when(Condition::Absent), world.time())?;
                world.ledger.get(&row, world.time())?
            }
        };
        let key = found.and_then(|row| URL_SAFE_NO_PAD.decode(row.value.get("key")?.as_str()?).ok());
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key.ok_or(Hl7Error::Random)?)))
    }

    fn signature(&self, question: &[&str], place: &str) -> Vec<u8> {
        let mut signed = Vec::new();
        for part in question.iter().chain([&place]) {
            signed.extend_from_slice(&(part.len() as u64).to_le_bytes());
            signed.extend_from_slice(part.as_bytes());
        }
        hmac::sign(&self.0, &signed).as_ref().iter().copied().take(SIGNATURE).collect()
    }

    /// Returns the token of the page that begins behind a place.
    pub(super) fn token(&self, question: &[&str], place: &str) -> String {
        let mut token = self.signature(question, place);
        token.extend_from_slice(place.as_bytes());
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Returns the place of a token; none of one that is not ours, or is of another question.
    pub(super) fn place(&self, question: &[&str], token: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (signature, place) = bytes.split_at_checked(SIGNATURE)?;
        let place = std::str::from_utf8(place).ok()?;
        let wanted = self.signature(question, place);
        aws_lc_rs::constant_time::verify_slices_are_equal(&wanted, signature).ok()?;
        Some(place.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_leads_to_its_place_and_another_one_to_none(
            question in prop::collection::vec(".{0,8}", 0..4), place in ".{0,40}", bytes in prop::collection::vec(any::<u8>(), 0..80),
            at in any::<prop::sample::Index>(), with in any::<u8>(),
        ) {
            let signer = Signer(hmac::Key::new(hmac::HMAC_SHA256, &[7; KEY]));
            let question: Vec<&str> = question.iter().map(String::as_str).collect();
            let token = signer.token(&question, &place);
            prop_assert_eq!(signer.place(&question, &token), Some(place));
            let more = [&question[..], &["more"]].concat();
            prop_assert_eq!(signer.place(&more, &token), None);
            let mut changed = URL_SAFE_NO_PAD.decode(&token).unwrap();
            let at = at.index(changed.len());
            prop_assume!(changed[at] != with);
            changed[at] = with;
            prop_assert_eq!(signer.place(&question, &URL_SAFE_NO_PAD.encode(&changed)), None);
            prop_assert_eq!(signer.place(&question, &URL_SAFE_NO_PAD.encode(&bytes)), None);
            prop_assert_eq!(signer.place(&question, &String::from_utf8_lossy(&bytes)), None);
        }
    }
}
