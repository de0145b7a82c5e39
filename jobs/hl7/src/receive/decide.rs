//! What is to become of a message, and doing it.

use serde_json::json;

use super::receipt::shown;
use super::{Arrival, Place, Receipt, Seen, Status};
use crate::catalog::{Catalog, Claim, Entered, Entry, ErrorRow, Indexed, Open, State};
use crate::read::Envelope;
use crate::reason::{Reason, Refusal};
use crate::world::{Hl7Error, World};
use crate::zones::{self, Keys};

/// What is to become of a message.
pub(super) enum Decided {
    /// It goes into staging.
    Stage {
        /// Whether it has its control id already.
        has_control: bool,
    },
    /// It says the same as another.
    Same(String),
    /// It goes into the error zone.
    Refuse(Refusal),
}

impl Decided {
    pub(super) fn of(
        world: &World<'_>,
        catalog: &Catalog<'_>,
        message_id: &str,
        read: &Result<Seen, Refusal>,
    ) -> Result<Self, Hl7Error> {
        let facts = match read {
            Ok(seen) => &seen.facts,
            Err(refusal) => return Ok(Self::Refuse(*refusal)),
        };
        let allowed = &world.config.processing_ids;
        if !allowed.is_empty() && !allowed.contains(&facts.processing_id) {
            return Ok(Self::Refuse(Reason::ProcessingId.into()));
        }
        if world.config.requires_control_id && facts.control_id.is_empty() {
            return Ok(Self::Refuse(Reason::ControlIdMissing.into()));
        }
        Ok(match catalog.claim(message_id, facts)? {
            Claim::Free => Self::Stage { has_control: false },
            Claim::Own => Self::Stage { has_control: true },
            Claim::Same(other) => Self::Same(other),
            Claim::Taken => Self::Refuse(Reason::ControlIdConflict.into()),
        })
    }

    /// Writes into the row of the index what is known of the message.
    pub(super) fn note(&self, row: &mut Indexed, arrival: &Arrival<'_>, read: &Result<Seen, Refusal>) {
        match read {
            Ok(Seen { facts, warnings, .. }) => {
                row.control_id = facts.control_id.clone();
                row.sender = (facts.application.clone(), facts.facility.clone());
                row.event = facts.event.clone();
                row.version = facts.version.clone();
                row.structure = facts.structure.to_owned();
                row.sent_at = facts.sent_at.map(|moment| moment.micros);
                row.content = facts.content.clone();
                row.warnings = warnings.iter().map(|(warning, _)| warning.name().to_owned()).collect();
            }
            Err(_) => {
                let Some(envelope) = Envelope::of(arrival.bytes, arrival.encoding) else { return };
                row.control_id = cut(envelope.raw(10));
                row.sender = (cut(envelope.component(3, 1)), cut(envelope.component(4, 1)));
                row.event = cut(envelope.raw(9));
                row.version = cut(envelope.component(12, 1));
            }
        }
    }

    /// Puts the message where it belongs, and enters it.
    pub(super) fn carry_out(
        &self,
        world: &World<'_>,
        catalog: &Catalog<'_>,
        (message_id, row, again): (&str, Indexed, Option<(Indexed, u64)>),
        arrival: &Arrival<'_>,
        keys: &Keys,
        read: &Result<Seen, Refusal>,
    ) -> Result<Entered, Hl7Error> {
        let was_error = again.as_ref().map(|(before, _)| before.key.clone());
        match (self, read) {
            (Self::Stage { has_control }, Ok(seen)) => {
                super::stage(world, keys, &seen.json)?;
                let indexed = Indexed { key: keys.staging.clone(), key_bytes: seen.json.len() as u64, ..row };
                let entry = Entry { message_id, indexed, again, has_control: *has_control };
                let entered = catalog.enter(entry, &seen.facts, world.config)?;
                self.tidy(world, &entered, was_error)?;
                Ok(entered)
            }
            (Self::Same(other), Ok(seen)) => {
                // It may have been written here before another with its control id was first.
                world.output.delete(&keys.staging)?;
                let indexed = Indexed { state: State::Duplicate, same_as: Some(other.clone()), ..row };
                let entry = Entry { message_id, indexed, again, has_control: false };
                let entered = catalog.enter_same(entry, &seen.facts)?;
                self.tidy(world, &entered, was_error)?;
                Ok(entered)
            }
            (Self::Refuse(refusal), _) => {
                world.output.delete(&keys.staging)?;
                let place = place(*refusal);
                put_error(world, (arrival, keys), &row, *refusal, &place)?;
                let number = |count: usize| (count > 0).then_some(count as u64);
                let entry = ErrorRow {
                    message_id: message_id.to_owned(),
                    s3_key: keys.error.clone(),
                    kind: format!("HL7_{}_{}", row.event, row.version),
                    provided_id: row.control_id.clone(),
                    reason: refusal.reason.name().to_owned(),
                    segment: number(place.segment),
                    field: number(place.field),
                    received_at: row.received_at,
                    sender: row.sender.clone(),
                    state: Open::Open,
                    attempts: 1,
                };
                let indexed = Indexed {
                    state: State::Error,
                    key: keys.error.clone(),
                    key_bytes: arrival.bytes.len() as u64,
                    reason: Some(refusal.reason.name().to_owned()),
                    ..row
                };
                catalog.enter_error(Entry { message_id, indexed, again, has_control: false }, &entry)
            }
            (Self::Stage { .. } | Self::Same(_), Err(_)) => Ok(Entered::Overtaken),
        }
    }

    /// Takes out of the error zone what is not in error any more.
    fn tidy(&self, world: &World<'_>, entered: &Entered, was_error: Option<String>) -> Result<(), Hl7Error> {
        match was_error.filter(|_| matches!(entered, Entered::Done { .. })) {
            Some(key) => Ok(zones::remove_error(world.rejects, &key)?),
            None => Ok(()),
        }
    }

    pub(super) fn sender(&self, arrival: &Arrival<'_>, read: &Result<Seen, Refusal>) -> (String, String) {
        match read {
            Ok(seen) => (seen.facts.application.clone(), seen.facts.facility.clone()),
            Err(_) => Envelope::of(arrival.bytes, arrival.encoding)
                .map(|envelope| (cut(envelope.component(3, 1)), cut(envelope.component(4, 1))))
                .unwrap_or_default(),
        }
    }

    pub(super) fn receipt(
        &self,
        message_id: &str,
        arrival: &Arrival<'_>,
        read: &Result<Seen, Refusal>,
        is_conflict: bool,
    ) -> Receipt {
        let refusal = match self {
            Self::Refuse(refusal) => Some(*refusal),
            Self::Stage { .. } | Self::Same(_) => None,
        };
        let mut receipt = Receipt {
            message_id: message_id.to_owned(),
            status: match self {
                Self::Stage { .. } => Status::Stored,
                Self::Same(_) => Status::Duplicate,
                Self::Refuse(refusal) if refusal.reason == Reason::ControlIdConflict => Status::Conflict,
                Self::Refuse(_) => Status::Error,
            },
            reason: refusal.map(|refusal| refusal.reason),
            place: refusal.map(place).unwrap_or_default(),
            control_id: message_id.to_owned(),
            event: String::new(),
            version: String::new(),
            structure: String::new(),
            warnings: Vec::new(),
        };
        match read {
            Ok(seen) => {
                receipt.control_id = shown(&seen.facts.control_id, message_id);
                receipt.event = seen.facts.event.clone();
                receipt.version = seen.version.clone();
                receipt.structure = seen.structure.to_owned();
                let warnings = seen.warnings.iter();
                receipt.warnings =
                    warnings.map(|(warning, at)| (warning.name().to_owned(), at.segment, at.field)).collect();
                if is_conflict {
                    receipt.warnings.push((crate::Warning::PatientConflict.name().to_owned(), 0, 0));
                }
            }
            Err(_) => {
                if let Some(envelope) = Envelope::of(arrival.bytes, arrival.encoding) {
                    receipt.control_id = shown(envelope.raw(10), message_id);
                    receipt.event = cut(envelope.raw(9));
                    receipt.version = cut(envelope.component(12, 1));
                }
            }
        }
        receipt
    }
}

/// Cuts a value that nobody has checked.
fn cut(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).take(199).collect()
}

/// Returns what is to blame for a refusal.
fn place(refusal: Refusal) -> Place {
    let header = |field| Place { name: "MSH", segment: 1, field };
    match refusal.reason {
        Reason::Separators => header(2),
        Reason::TypeMissing | Reason::StructureUnsupported => header(9),
        Reason::ControlIdMissing | Reason::ControlIdConflict => header(10),
        Reason::ProcessingId => header(11),
        Reason::VersionUnsupported => header(12),
        Reason::CharsetUnknown | Reason::CharsetInvalid => header(18),
        _ => Place { name: "", segment: refusal.line.unwrap_or_default(), field: 0 },
    }
}

/// Writes the bytes into the error zone, and beside them why they are there.
fn put_error(
    world: &World<'_>,
    (arrival, keys): (&Arrival<'_>, &Keys),
    row: &Indexed,
    refusal: Refusal,
    place: &Place,
) -> Result<(), Hl7Error> {
    let number = |count: usize| (count > 0).then_some(count);
    let account = json!({
        "reason": refusal.reason.name(),
        "meaning": refusal.reason.meaning(),
        "segment": number(place.segment),
        "field": number(place.field),
        "warnings": row.warnings,
        "received_at": row.received_at,
        "carelake": world.code_version,
    });
    let label = zones::made_of(&keys.raw);
    zones::put(world.rejects, &zones::account_key(&keys.error), account.to_string().as_bytes(), &label)?;
    Ok(zones::put(world.rejects, &keys.error, arrival.bytes, &label)?)
}
