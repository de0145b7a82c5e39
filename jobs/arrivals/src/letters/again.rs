//! Letters done again: the function of each is called with what it was called with.

use carelake_core::ErrorKind;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Room};

use super::{Letter, Letters, Redriven};

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It was done.
    Now,
    /// Somebody had it done before.
    Before {
        /// Who.
        by: String,
    },
    /// It failed again, and waits again.
    Failed(String),
}

/// Calls the function of a letter, if nobody did; `by` is who wants it.
///
/// # Errors
/// `Internal` where no room has its function; the ledger fails.
pub fn redrive(
    context: &Context<'_>,
    rooms: &'static [&'static Room],
    letter: &Letter,
    by: &str,
) -> Result<Done, Failure> {
    let letters = Letters::new(context.services.ledger, context.scope);
    let now = context.services.now;
    let function = rooms.iter().flat_map(|room| room.functions).find(|function| function.name == letter.function);
    let function = function.ok_or_else(|| {
        Failure::new(
            ErrorKind::INTERNAL,
            format!("no room has the function `{}` of letter {}", letter.function, letter.id),
        )
    })?;
    let letter = match letters.redrive(&letter.room, &letter.id, by, now())? {
        Redriven::Now(letter) => letter,
        Redriven::Before(before) => return Ok(Done::Before { by: before.by }),
        Redriven::Unknown => return Ok(Done::Before { by: "somebody".to_owned() }),
    };
    let Err(failure) = function.task().call(context, &letter.message) else { return Ok(Done::Now) };
    let told = failure.to_string();
    letters.add(&Letter {
        error: failure.kind.name.to_owned(),
        reason: failure.reason,
        attempts: 1,
        failed_at: now(),
        redrive: None,
        ..*letter
    })?;
    Ok(Done::Failed(told))
}
