//! Visits put together: one practice per PAC id within a state.

use carelake_core::value::{PacId, StateCode};
use carelake_tabular::source::{Reader, Source, TextColumn};

use crate::gather::Visit;

/// A practice in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Practice {
    pub id: PacId,
    pub state: StateCode,
    /// The number of its folder.
    pub folder: u16,
    /// Position of the row whose name the practice takes; `None` when no row of most members has a name.
    pub named_at: Option<u64>,
    pub members: Option<i64>,
    pub clinicians: i64,
    pub locations: i64,
    pub specialties: i64,
    pub telehealth_clinicians: i64,
}

/// Puts the visits of one state together, which are sorted by [`Visit::rank`].
pub(crate) fn practices(visits: &[Visit], source: &Source, name: TextColumn) -> Vec<Practice> {
    let mut reader = source.reader();
    let mut scratch = Vec::new();
    visits
        .chunk_by(|left, right| left.practice == right.practice)
        .filter_map(|visits| {
            let first = visits.first()?;
            Some(Practice {
                id: PacId::unpacked(first.practice),
                state: first.state,
                folder: first.place.folder(),
                named_at: named_at(visits, &mut reader, name),
                members: first.members.checked_sub(1).map(i64::from),
                clinicians: distinct(&mut scratch, visits.iter().map(|visit| visit.npi)),
                locations: distinct(
                    &mut scratch,
                    visits.iter().map(|visit| visit.address).filter(|address| *address != 0),
                ),
                specialties: distinct(
                    &mut scratch,
                    visits.iter().map(|visit| visit.specialty).filter(|hash| *hash != 0),
                ),
                telehealth_clinicians: distinct(
                    &mut scratch,
                    visits.iter().filter(|visit| visit.telehealth).map(|visit| visit.npi),
                ),
            })
        })
        .collect()
}

fn distinct(scratch: &mut Vec<u64>, values: impl Iterator<Item = u64>) -> i64 {
    scratch.clear();
    scratch.extend(values);
    scratch.sort_unstable();
    scratch.dedup();
    scratch.len() as i64
}

/// Finds the row of most members with the first name in the order of bytes. Nearly all rows of a practice have one name,
/// so few are read again.
fn named_at(visits: &[Visit], reader: &mut Reader<'_>, name: TextColumn) -> Option<u64> {
    let most = visits.first()?.members;
    let mut named = visits.iter().take_while(|visit| visit.members == most).filter(|visit| visit.name != 0);
    let mut best = named.next()?;
    let mut best_name = None;
    for visit in named {
        if visit.name == best.name {
            continue;
        }
        let read = |reader: &mut Reader<'_>, offset| {
            reader.row_at(offset).and_then(|row| row.text(name).map(|text| text.into_owned())).unwrap_or_default()
        };
        let theirs = read(reader, visit.place.offset());
        let ours = best_name.take().unwrap_or_else(|| read(reader, best.place.offset()));
        if theirs < ours {
            best = visit;
            best_name = Some(theirs);
        } else {
            best_name = Some(ours);
        }
    }
    Some(best.place.offset())
}
