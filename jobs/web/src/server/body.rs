//! The body of a request, read whole: no larger and no slower than it may be.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Collected, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use tokio::time::timeout;

use crate::refused::Refused;

/// Reads a body.
pub(super) async fn read(body: Incoming, most: usize, time: Duration) -> Result<Bytes, Refused> {
    // One that says that it is too large is not read at all.
    if body.size_hint().lower() > most as u64 {
        return Err(Refused::TooLarge);
    }
    match timeout(time, Limited::new(body, most).collect()).await {
        Err(_) => Err(Refused::Slow),
        Ok(Ok(body)) => Ok(Collected::to_bytes(body)),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refused::TooLarge),
        Ok(Err(_)) => Err(Refused::Body),
    }
}
