//! The enrollment extract: which rows count, as numbers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use carelake_core::value::{EnrollmentId, StateCode};
use carelake_tabular::dedup::Place;
use carelake_tabular::placing::Placing;
use carelake_tabular::source::{Fate, Source, SourceError, Tally};
use rayon::prelude::*;

use crate::row::Columns;

/// An enrollment: the first row of its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Enrollment {
    pub id: EnrollmentId,
    pub place: Place,
    pub state: StateCode,
    /// Number of the provider type code; 0 when there is none.
    pub type_code: u32,
}

/// The enrollments of the extract.
pub(crate) struct Found {
    /// Sorted by id.
    pub enrollments: Vec<Enrollment>,
    /// Rows that repeat an id.
    pub lost: u64,
    pub tally: Tally,
}

/// Rows of a piece of the file, with its own numbering of type codes from 1.
#[derive(Default)]
struct Piece {
    rows: Vec<Enrollment>,
    codes: HashMap<Vec<u8>, u32>,
}

pub(crate) fn gather(source: &Source, placing: &Arc<Placing>) -> Result<Found, SourceError> {
    let Columns { enrollment_id: id, state, provider_type_code: code, .. } = Columns::of(source)?;
    let folders = Arc::clone(placing);
    let scan = source.scan(Piece::default, move |piece, row| {
        if let (Some(id), Some(state)) = (row.get(id), row.get(state)) {
            let type_code = row.text(code).map_or(0, |code| number(&mut piece.codes, &code));
            let place = Place::new(folders.number(row), row.offset());
            piece.rows.push(Enrollment { id, place, state, type_code });
        }
        Fate::Kept
    })?;
    let mut enrollments = Vec::with_capacity(scan.tally.kept as usize);
    let mut codes = HashMap::new();
    for piece in scan.parts {
        let mut renumbered = vec![0; piece.codes.len() + 1];
        for (code, local) in piece.codes {
            if let Some(slot) = renumbered.get_mut(local as usize) {
                *slot = number(&mut codes, &code);
            }
        }
        enrollments.extend(
            piece.rows.into_iter().map(|row| Enrollment {
                type_code: renumbered.get(row.type_code as usize).copied().unwrap_or(0),
                ..row
            }),
        );
    }
    let order = |row: &Enrollment| (row.id, row.place.offset());
    if !enrollments.is_sorted_by_key(order) {
        enrollments.par_sort_unstable_by_key(order);
    }
    enrollments.dedup_by_key(|row| row.id);
    let lost = scan.tally.kept - enrollments.len() as u64;
    Ok(Found { enrollments, lost, tally: scan.tally })
}

/// Returns the number of a code, from 1, giving it the next one when it is new.
fn number(codes: &mut HashMap<Vec<u8>, u32>, code: &[u8]) -> u32 {
    if let Some(number) = codes.get(code) {
        return *number;
    }
    let next = codes.len() as u32 + 1;
    match codes.entry(code.to_vec()) {
        Entry::Occupied(known) => *known.get(),
        Entry::Vacant(new) => *new.insert(next),
    }
}
