//! Secondary specialties: the distinct provider types of an enrollment, in the order of their names.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use carelake_core::value::EnrollmentId;
use carelake_tabular::inputs::OpenSource;
use carelake_tabular::job::{JobError, Reading};
use carelake_tabular::source::Fate;

use crate::known::Known;
use crate::merged;

carelake_tabular::columns! {
    /// The columns of the secondary specialties that are joined.
    pub(crate) struct Columns {
        always enrollment_id: EnrollmentId,
        must provider_type: Text,
    }
}

/// The joined specialties of known enrollments, by slot.
#[derive(Debug)]
pub(crate) struct Specialties(HashMap<usize, Vec<u8>>);

/// Rows of a piece of the file: enrollment and number of the specialty, from 1; 0 when there is none.
#[derive(Default)]
struct Piece {
    rows: Vec<(u64, u32)>,
    names: HashMap<Vec<u8>, u32>,
}

impl Specialties {
    pub(crate) fn gather(file: &Arc<OpenSource>, known: &Known, readings: &mut Vec<Reading>) -> Result<Self, JobError> {
        let Columns { enrollment_id: id, provider_type: specialty } = Columns::of(&file.source)?;
        let scan = file.source.scan(Piece::default, move |piece, row| {
            if let Some(id) = row.get(id) {
                let number = row.text(specialty).map_or(0, |name| match piece.names.get(&*name) {
                    Some(number) => *number,
                    None => {
                        let number = piece.names.len() as u32 + 1;
                        piece.names.insert(name.into_owned(), number);
                        number
                    }
                });
                piece.rows.push((id.packed(), number));
            }
            Fate::Kept
        })?;
        // A name's place in the order of all names is its number from here on, so sorted rows are sorted names.
        let names: BTreeSet<&[u8]> =
            scan.parts.iter().flat_map(|piece| piece.names.keys().map(Vec::as_slice)).collect();
        let places: HashMap<&[u8], u32> = names.iter().zip(1..).map(|(name, place)| (*name, place)).collect();
        let names: Vec<&[u8]> = names.into_iter().collect();
        let mut rows: Vec<(u64, u32)> = Vec::with_capacity(scan.tally.kept as usize);
        for piece in &scan.parts {
            let mut renumbered = vec![0; piece.names.len() + 1];
            for (name, number) in &piece.names {
                if let (Some(slot), Some(place)) = (renumbered.get_mut(*number as usize), places.get(name.as_slice())) {
                    *slot = *place;
                }
            }
            let place = |number: u32| renumbered.get(number as usize).copied().unwrap_or(0);
            rows.extend(piece.rows.iter().map(|(id, number)| (*id, place(*number))));
        }
        let mut joined = HashMap::new();
        let orphans = known.join(
            rows,
            |row| row.0,
            |at, rows| {
                let distinct = rows.chunk_by(|left, right| left == right).filter_map(<[_]>::first);
                let named: Vec<&[u8]> =
                    distinct.filter_map(|(_, place)| names.get((*place as usize).checked_sub(1)?).copied()).collect();
                if !named.is_empty() {
                    joined.insert(at, named.join(&b"; "[..]));
                }
            },
        );
        readings.push(merged(Arc::clone(file), scan.tally, orphans));
        Ok(Self(joined))
    }

    pub(crate) fn of(&self, at: usize) -> Option<&[u8]> {
        self.0.get(&at).map(Vec::as_slice)
    }
}
