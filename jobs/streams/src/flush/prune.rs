//! Removing staged batches that no rollback can need any more.

use carelake_core::publish::{current, formers};
use carelake_core::store::{Object, Store};
use jiff::civil::Date;

use super::state::State;
use crate::config::Stream;
use crate::publish::StreamError;

/// Removes the staged batches of days that every pointer which is kept has passed, and answers them.
///
/// # Errors
/// [`StreamError::Store`], or a pointer cannot be read.
pub fn prune(store: &dyn Store, raw: &dyn Store, stream: &Stream, dry_run: bool) -> Result<Vec<Object>, StreamError> {
    let publication = stream.changes();
    let Some(pointer) = current(store, &publication)? else { return Ok(Vec::new()) };
    let formers = formers(store, &publication, Some(&pointer))?;
    let pointers = formers.iter().map(|former| &former.pointer).chain([&pointer]);
    let mut from = Date::MAX;
    for pointer in pointers {
        from = from.min(State::of(stream, Some(pointer))?.staged_from.unwrap_or(Date::MIN));
    }
    let folder = format!("streams/{}/staged/", stream.name);
    let mut found = raw.list(&folder)?;
    found.retain(|object| {
        let day = object.key.strip_prefix(&folder).and_then(|path| path.split('/').next()?.parse::<Date>().ok());
        day.is_some_and(|day| day < from)
    });
    if !dry_run {
        found.iter().try_for_each(|object| raw.delete(&object.key))?;
    }
    Ok(found)
}
