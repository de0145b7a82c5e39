//! Bookmarks: where the next window of a table begins, looked at and moved by hand.

use carelake_core::names::Publication;
use carelake_core::publish::{Keep, Swap, current};
use jiff::Timestamp;
use serde_json::Value;

use crate::publish::{LoadError, Position, TableState, World};

/// Where a bookmark is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// To a time: what was written from then on is read again, and what is served already is dropped.
    To {
        /// The time.
        time: Timestamp,
        /// Whether it may be later than the bookmark: rows between the two are not read.
        is_forced: bool,
    },
    /// Away: the next load reads the whole table.
    Reset,
}

/// What became of a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It is where it was asked to be.
    Done,
    /// There is no bookmark.
    Nothing,
    /// The bookmark is no time.
    NoTime,
    /// The time is later than the bookmark.
    Forward,
}

/// Returns where the next window of a table begins; none of one that was never loaded.
///
/// # Errors
/// [`LoadError`] when the store fails or the bookmark is damaged.
pub fn bookmark(world: &World<'_>, publication: &Publication) -> Result<Option<TableState>, LoadError> {
    TableState::of(current(world.store, publication)?.as_ref(), &publication.to_string())
}

/// Moves the bookmark of a table, in one swap of the pointer's state.
///
/// # Errors
/// [`LoadError`] when a load has the table, or store or ledger fail.
pub fn move_bookmark(world: &World<'_>, publication: &Publication, to: Move) -> Result<Moved, LoadError> {
    let publishing = world.open(publication)?;
    let Some(state) = bookmark(world, publication)? else { return Ok(Moved::Nothing) };
    let value = match to {
        Move::Reset => Value::Null,
        Move::To { time, is_forced } => {
            let Some(Position::Time(at)) = state.position else { return Ok(Moved::NoTime) };
            let wanted = time.as_microsecond();
            if wanted > at && !is_forced {
                return Ok(Moved::Forward);
            }
            TableState { position: Some(Position::Time(wanted)), ..state }.value(&publication.to_string())?
        }
    };
    publishing.commit(Swap { state: Some(value), ..Swap::default() }, Keep::ALL)?;
    Ok(Moved::Done)
}
