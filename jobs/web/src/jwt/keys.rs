//! The keys of an issuer, kept between tokens and asked for anew when one is not known.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::error::TokenError;
use super::key::Key;
use crate::fetch::Fetch;

/// How long a key that is not known stays so before the issuer is asked again: whoever invents keys must not make us ask.
const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// The same while no key was ever had.
const FIRST_AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// How long keys are taken for the issuer's without asking; one that it took back is good for so long.
const FRESH: SignedDuration = SignedDuration::from_mins(60);

pub(super) type Held = BTreeMap<String, Arc<Key>>;

/// The keys.
pub(super) struct Keys {
    held: RwLock<Arc<Held>>,
    /// `None` where the keys were given and never change.
    issuer: Option<Asked>,
}

/// The issuer, and what was asked of it. One asks at a time, and others wait for the answer.
struct Asked {
    address: String,
    fetch: Arc<dyn Fetch>,
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    asked: Option<Timestamp>,
    answered: Option<Timestamp>,
    /// What the last asking failed of.
    cause: Option<String>,
}

/// A JSON Web Key Set. What one of its keys is, is read key by key: one of a kind unknown here takes no other away.
#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl Keys {
    /// Takes keys as they are; `None` where there are none.
    pub(super) fn of(document: &[u8]) -> Option<Self> {
        Some(Self { held: RwLock::new(Arc::new(read(document)?)), issuer: None })
    }

    /// Takes the address of keys.
    pub(super) fn at(address: String, fetch: Arc<dyn Fetch>) -> Self {
        Self { held: RwLock::default(), issuer: Some(Asked { address, fetch, last: Mutex::default() }) }
    }

    /// Finds a key by its name.
    pub(super) async fn find(self: &Arc<Self>, kid: &str, now: Timestamp) -> Result<Arc<Key>, TokenError> {
        let Some(issuer) = &self.issuer else { return self.known(kid).ok_or(TokenError::UnknownKey) };
        let known = self.known(kid);
        if let Some(key) = &known {
            // Who finds somebody asking goes on with the key there is.
            let is_fresh = issuer.last.try_lock().map_or(true, |last| !has_passed(last.answered, FRESH, now));
            if is_fresh {
                return Ok(Arc::clone(key));
            }
        }
        // Who asked may go away before the answer; it is waited for all the same.
        let (keys, wanted) = (Arc::clone(self), kid.to_owned());
        let refreshed = tokio::spawn(async move { keys.refreshed(&wanted, now).await }).await;
        let cause = refreshed.unwrap_or_else(|_| Some("the asking was given up".to_owned()));
        match (self.known(kid).or(known), cause) {
            (Some(key), _) => Ok(key),
            (None, Some(cause)) if self.are_none() => Err(TokenError::NoKeys { cause }),
            (None, _) => Err(TokenError::UnknownKey),
        }
    }

    /// Asks the issuer, unless somebody just did; returns what the last asking failed of. One that fails keeps the keys.
    async fn refreshed(&self, kid: &str, now: Timestamp) -> Option<String> {
        let issuer = self.issuer.as_ref()?;
        let mut last = issuer.last.lock().await;
        let is_wanted = self.known(kid).is_none() || has_passed(last.answered, FRESH, now);
        let pause = if self.are_none() { FIRST_AGAIN } else { ASK_AGAIN };
        if is_wanted && has_passed(last.asked, pause, now) {
            last.asked = Some(now);
            let answer = issuer.fetch.get(&issuer.address).await.map_err(|error| error.to_string());
            let none = "there are none for RS256, RS384, ES256 or ES384 with a `kid`";
            match answer.and_then(|document| read(&document).ok_or_else(|| none.to_owned())) {
                Ok(keys) => {
                    *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                    (last.answered, last.cause) = (Some(now), None);
                }
                Err(cause) => last.cause = Some(cause),
            }
        }
        last.cause.clone()
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn known(&self, kid: &str) -> Option<Arc<Key>> {
        self.held().get(kid).map(Arc::clone)
    }

    fn are_none(&self) -> bool {
        self.held().is_empty()
    }
}

/// Returns whether so much time has passed since; also when the clock was set back by as much.
fn has_passed(since: Option<Timestamp>, time: SignedDuration, now: Timestamp) -> bool {
    since.is_none_or(|since| now.duration_since(since).abs() >= time)
}

/// Reads a set of keys; `None` where it has none that verifies anything.
pub(super) fn read(document: &[u8]) -> Option<Held> {
    let document: Document = serde_json::from_slice(document).ok()?;
    let keys: Held = document.keys.iter().filter_map(Key::read).map(|(kid, key)| (kid, Arc::new(key))).collect();
    (!keys.is_empty()).then_some(keys)
}
