//! Whom a message is about: its local ids make one patient, find one, or are those of two.

use carelake_core::ledger::LedgerError;

use super::NOBODY;
use super::plan::Plan;
use super::row::{Held, Role};
use crate::facts::Subject;
use crate::world::Hl7Error;

/// A subject that was found, or is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Under whom it is filed.
    pub(super) filed: String,
    /// Whose the first identifier is that is known: before it became another.
    pub(super) named: String,
    /// Whether its identifiers are those of two.
    pub(super) is_conflict: bool,
}

impl Plan<'_, '_> {
    /// Finds a subject, at the moment of the message in microseconds since 1970. `is_merge` says that the message tells of a merge:
    /// then identifiers that become another's tell nothing of who it is.
    pub(super) fn subject(&mut self, subject: &Subject, is_merge: bool, at: i64) -> Result<Found, Hl7Error> {
        let telling: Vec<&String> =
            subject.ids.iter().filter(|id| !(is_merge && subject.prior.contains(*id))).collect();
        let ids: Vec<&String> = if telling.is_empty() { subject.ids.iter().collect() } else { telling };
        if ids.is_empty() {
            self.file(NOBODY, Role::Subject);
            return Ok(Found { filed: NOBODY.to_owned(), named: NOBODY.to_owned(), is_conflict: false });
        }
        let mut named = None;
        let mut survivors: Vec<String> = Vec::new();
        for id in &ids {
            let Some(uuid) = self.identifier(id)?.map(|identifier| identifier.at(at).to_owned()) else { continue };
            let survivor = self.survivor(&uuid)?;
            named.get_or_insert(uuid);
            if !survivors.contains(&survivor) {
                survivors.push(survivor);
            }
        }
        let found = match survivors.as_slice() {
            [first, others @ ..] if !others.is_empty() => {
                let mut is_open = false;
                for other in others {
                    is_open |= self.conflict(first, other, &subject.ids, at)?;
                }
                self.is_strict = true;
                Found { filed: first.clone(), named: named.unwrap_or_else(|| first.clone()), is_conflict: is_open }
            }
            only => {
                let uuid = match only.first() {
                    Some(uuid) => uuid.clone(),
                    None => new_uuid()?,
                };
                for id in &ids {
                    if self.identifier(id)?.is_none() {
                        self.give(id, &uuid, Held::Active);
                    }
                }
                Found { named: named.unwrap_or_else(|| uuid.clone()), filed: uuid, is_conflict: false }
            }
        };
        self.others(subject, &found.filed)?;
        self.file(&found.filed, Role::Subject);
        Ok(found)
    }

    fn others(&mut self, subject: &Subject, uuid: &str) -> Result<(), LedgerError> {
        subject.others.iter().try_for_each(|local_id| self.note_other(uuid, local_id))
    }
}

/// Returns a new UUID of version 4 (RFC 9562, section 5.4).
fn new_uuid() -> Result<String, Hl7Error> {
    let mut bytes = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Hl7Error::Random)?;
    let mut number = u128::from_be_bytes(bytes);
    number = number & !(0xf << 76) | 4 << 76;
    number = number & !(0b11 << 62) | 0b10 << 62;
    let text = format!("{number:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| text.get(range).unwrap_or_default().to_owned());
    Ok(parts.join("-"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_new_uuid_is_of_version_4() {
        let (one, other) = (super::new_uuid().unwrap(), super::new_uuid().unwrap());
        assert_ne!(one, other);
        assert_eq!((one.len(), one.as_bytes()[14]), (36, b'4'));
        assert!(b"89ab".contains(&one.as_bytes()[19]), "{one}");
    }
}
