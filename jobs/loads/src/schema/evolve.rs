//! What follows when a table changes: it goes along, is read anew, or is not loaded until somebody decides.

use super::change::{Change, changes};
use super::shape::{Fate, Now, Shape};
use crate::config::Evolve;

/// A table as it is now, and what may be done with it.
#[derive(Debug, Clone)]
pub struct Look<'l> {
    /// Which table of its name it is.
    pub identity: &'l str,
    /// The exact names of the columns of its key.
    pub key: Vec<String>,
    /// Its columns.
    pub columns: Vec<Now>,
    /// Whether the number of a column stays when its name changes.
    pub keeps_numbers: bool,
    /// What the configuration wants to follow from changes.
    pub evolve: Evolve,
    /// Whether it may be read whole without being asked to.
    pub is_small: bool,
    /// Whether it is read whole because somebody asks: that takes the table as it is.
    pub is_whole_asked: bool,
    /// Whether rows of before have nothing in a column that is new, so that nothing has to be read anew for it.
    pub is_sparse: bool,
    /// The command that has it read whole.
    pub command: String,
}

/// What follows from changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evolved {
    /// What the table is known to be from here on.
    pub shape: Shape,
    /// What the source changed.
    pub changes: Vec<Change>,
    /// Whether it is loaded.
    pub verdict: Verdict,
}

/// Whether a table is loaded after it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is, and this should be known.
    Load {
        /// What rows of before lack, and the command that fetches it.
        warnings: Vec<String>,
    },
    /// It is not until somebody decides: why, and the command.
    Drift(String),
}

/// Compares a table with what it is known to be, and says what follows.
#[must_use]
pub fn evolve(kept: Option<&Shape>, look: Look<'_>) -> Evolved {
    let Some(kept) = kept else {
        let shape = Shape::first(look.identity, look.key, look.columns);
        return Evolved { shape, changes: Vec::new(), verdict: Verdict::Load { warnings: Vec::new() } };
    };
    let changes = changes(kept, look.identity, &look.key, &look.columns, look.keeps_numbers);
    if let Some(change) = changes.iter().find(|change| is_drift(change, &look)) {
        let reason = format!("{change}; `{}` takes the table as it is now", look.command);
        return Evolved { shape: kept.clone(), changes, verdict: Verdict::Drift(reason) };
    }
    let is_frozen = look.evolve == Evolve::Freeze && !look.is_whole_asked;
    let mut shape = Shape { identity: look.identity.to_owned(), key: look.key.clone(), ..kept.clone() };
    let mut warnings = Vec::new();
    let mut is_anew = look.is_whole_asked && !changes.is_empty();
    for change in &changes {
        match change {
            Change::Dropped { column } => leave(&mut shape, column),
            Change::Renamed { from, .. } => leave(&mut shape, from),
            Change::OtherClass { .. } | Change::KeyChanged { .. } | Change::MadeAgain => is_anew = true,
            Change::Added { .. } | Change::Widened { .. } => {}
        }
        if let (Change::Added { column } | Change::Renamed { column, .. }, false) = (change, is_frozen) {
            let is_left = look.columns.iter().any(|now| now.name == *column && now.is_left);
            if look.is_sparse {
                // It is as it would have been had it been known before.
            } else if look.is_small {
                is_anew |= !is_left;
            } else if !is_left && !look.is_whole_asked {
                warnings.push(format!("{change}; rows of before have nothing in it until `{}`", look.command));
            }
        }
    }
    let known = |now: Now| {
        let before = kept.column(&now.name);
        let is_another = changes.iter().any(|it| matches!(it, Change::Added { column } if *column == now.name));
        let was_frozen = before.is_some_and(|known| known.fate == Fate::Left);
        let stays_out = is_frozen && (before.is_none() || is_another || was_frozen);
        (if now.is_left || stays_out { Fate::Left } else { Fate::Read }, now)
    };
    let columns: Vec<(Fate, Now)> = look.columns.into_iter().map(known).collect();
    // What the configuration makes of columns is another matter than what the source does with them.
    is_anew |= columns.iter().any(|(fate, now)| {
        kept.column(&now.name).is_some_and(|known| {
            let is_configured = known.declared == now.declared && *fate == Fate::Read;
            is_configured && (known.class != now.class || (known.fate == Fate::Left && look.is_small))
        })
    });
    shape.add(columns);
    shape.generation += u32::from(is_anew);
    Evolved { shape, changes, verdict: Verdict::Load { warnings } }
}

/// Returns whether somebody has to decide.
fn is_drift(change: &Change, look: &Look<'_>) -> bool {
    if look.is_whole_asked {
        return false;
    }
    match (look.evolve, change) {
        (_, Change::Widened { .. }) => false,
        (Evolve::Fail, _) => true,
        (Evolve::Evolve, Change::OtherClass { .. }) => !look.is_small,
        (Evolve::Freeze, Change::OtherClass { .. } | Change::KeyChanged { .. } | Change::MadeAgain) => true,
        _ => false,
    }
}

fn leave(shape: &mut Shape, column: &str) {
    if let Some(known) = shape.columns.iter_mut().find(|known| known.name == column) {
        known.fate = Fate::Gone;
    }
}
