//! What is taken note of about a message: who sent it, when, about whom.

mod local_id;

use carelake_er7::Segment;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

pub use local_id::Authority;

use crate::config::Hl7;
use crate::read::Whole;
use crate::tables::Version;
use crate::time::{Moment, Time};

/// What is taken note of about a message.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// MSH-3 and MSH-4, as they stand there.
    pub sender: (String, String),
    /// MSH-3.1.
    pub application: String,
    /// MSH-4.1.
    pub facility: String,
    /// MSH-10.
    pub control_id: String,
    /// MSH-9.1 and MSH-9.2, as `ADT^A01`.
    pub event: String,
    /// MSH-12.1.
    pub version: String,
    /// The structure.
    pub structure: &'static str,
    /// MSH-11.1.
    pub processing_id: String,
    /// MSH-7, as text; empty where it says nothing.
    pub sent: String,
    /// MSH-7, as a moment.
    pub sent_at: Option<Moment>,
    /// When what it tells of happened: EVN-6, else EVN-2, else MSH-7; in microseconds since 1970.
    pub effective_at: Option<i64>,
    /// Whom it is about: one for each PID.
    pub subjects: Vec<Subject>,
    /// SHA-256 of all of it but MSH-7, -8, -13 and -14, in hexadecimal.
    pub content: String,
}

/// A patient, as one PID tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The local ids that identify it: of PID-3, then of PID-2.
    pub ids: Vec<String>,
    /// Those that are kept and identify nobody.
    pub others: Vec<String>,
    /// The local ids of the MRG that stands with it.
    pub prior: Vec<String>,
}

/// The fields of MSH that may differ where a message is sent again.
const OF_SENDING: [usize; 4] = [7, 8, 13, 14];

impl Facts {
    /// Takes note of a message.
    #[must_use]
    pub fn of(whole: &Whole<'_, '_>, config: &Hl7) -> Self {
        let header = whole.header;
        let Some(msh) = whole.first(b"MSH") else { return Self::default() };
        let raw = |field| msh.field(field).map(|value| whole.restored(value.raw().trim_ascii().to_owned()));
        let leading = |field| whole.leading(&msh, field, 1).unwrap_or_default();
        let (application, facility) = (leading(3), leading(4));
        let zone = zone(whole, &msh, config, (&application, &facility));
        let moment = |segment: Option<&Segment<'_, '_>>, field| {
            let text = segment?.field(field)?.repetition(1)?;
            match Time::read(&text.text(), whole.component_separator(), &zone) {
                Time::At(moment) => Some(moment),
                Time::Absent | Time::Delete | Time::Unreadable => None,
            }
        };
        let evn = whole.first(b"EVN");
        let sent_at = moment(Some(&msh), 7);
        let effective = moment(evn.as_ref(), 6).or_else(|| moment(evn.as_ref(), 2)).or(sent_at);
        let event = [header.code.as_str(), header.event.as_str()].into_iter().filter(|part| !part.is_empty());
        let authority = Authority::of(config, &facility, &application);
        Self {
            sender: (raw(3).unwrap_or_default(), raw(4).unwrap_or_default()),
            control_id: header.control_id.trim().to_owned(),
            event: event.collect::<Vec<_>>().join("^"),
            version: header.version.clone(),
            structure: whole.structure,
            processing_id: whole.component(&msh, 11, 1).unwrap_or_default(),
            sent: whole.leading(&msh, 7, 1).unwrap_or_default(),
            sent_at,
            effective_at: effective.map(|moment| moment.micros),
            subjects: subjects(whole, &authority),
            content: content(whole),
            application,
            facility,
        }
    }
}

/// Returns the zone of times that say none: that of the sender, else that of MSH-7, else that of the configuration.
pub(crate) fn zone(
    whole: &Whole<'_, '_>,
    msh: &Segment<'_, '_>,
    config: &Hl7,
    (application, facility): (&str, &str),
) -> TimeZone {
    if let Some(zone) = config.zone_of(application, facility) {
        return zone.clone();
    }
    let said = msh.field(7).and_then(|field| field.repetition(1)).map(|value| value.text().into_owned());
    match said.map(|said| Time::read(&said, whole.component_separator(), &TimeZone::UTC)) {
        Some(Time::At(Moment { offset: Some(minutes), .. })) => jiff::tz::Offset::from_seconds(i32::from(minutes) * 60)
            .map_or_else(|_| config.zone.clone(), TimeZone::fixed),
        _ => config.zone.clone(),
    }
}

fn subjects(whole: &Whole<'_, '_>, authority: &Authority<'_>) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = Vec::new();
    for segment in whole.segments() {
        match &segment.name() {
            b"PID" => {
                let mut subject = Subject::default();
                for field in authority.fields() {
                    for repetition in whole.repetitions(&segment, field) {
                        let Some(id) = authority.local_id(whole, repetition) else { continue };
                        let list = if id.identifies { &mut subject.ids } else { &mut subject.others };
                        if !list.contains(&id.text) {
                            list.push(id.text);
                        }
                    }
                }
                subjects.push(subject);
            }
            b"MRG" => {
                // Before 2.3.1 the identifier of the whole institution stands in MRG-4.
                let is_old = Version::nearest(&whole.header.version)
                    .is_some_and(|(version, _)| matches!(version.name(), "2.1" | "2.2" | "2.3"));
                let fields: &[usize] = if is_old { &[1, 4] } else { &[1] };
                let Some(subject) = subjects.last_mut() else { continue };
                for repetition in fields.iter().flat_map(|field| whole.repetitions(&segment, *field)) {
                    let Some(id) = authority.local_id(whole, repetition).filter(|id| id.identifies) else { continue };
                    if !subject.prior.contains(&id.text) {
                        subject.prior.push(id.text);
                    }
                }
            }
            _ => {}
        }
    }
    subjects
}

/// Returns the hash of what must be the same where a message is sent again.
fn content(whole: &Whole<'_, '_>) -> String {
    let mut hash = Sha256::new();
    for segment in whole.segments() {
        let name = segment.name();
        hash.update(name);
        for (number, raw) in segment.fields() {
            if name == *b"MSH" && OF_SENDING.contains(&number) {
                continue;
            }
            hash.update(number.to_le_bytes());
            hash.update(raw.as_bytes());
            hash.update([0]);
        }
        hash.update(b"\r");
    }
    carelake_core::hex(&hash.finalize())
}
