//! The rows of one message: its segments are gone through in their order, and each stands under the patient and the order before it.

use std::collections::BTreeMap;

use carelake_er7::Segment;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::builder::{Builder, Cell, Cells};
use super::order::Order;
use super::tables::TABLES;
use crate::catalog::{Indexed, NOBODY};
use crate::config::Hl7;
use crate::facts::{Facts, Subject, zone};
use crate::read::Whole;
use crate::time::Time;

/// The longest value of a table, in bytes.
const LONGEST: usize = 1 << 20;

/// What a message is, besides its segments.
pub(super) struct About<'a> {
    pub(super) message_id: &'a str,
    pub(super) indexed: &'a Indexed,
    pub(super) received: Date,
    pub(super) facts: &'a Facts,
    /// Who patients became.
    pub(super) survivors: &'a BTreeMap<String, String>,
}

/// Fills the tables with one message.
pub(super) struct Rows<'r, 'm, 'a> {
    pub(super) whole: &'r Whole<'m, 'a>,
    about: &'r About<'r>,
    tables: &'r mut [Builder],
    zone: TimeZone,
    /// Which PID stands above, from 1.
    pub(super) pid: usize,
    /// The order that is gathered, and the numbers of the one that results stand under.
    pub(super) order: Option<Order>,
    pub(super) placed: (Option<String>, Option<String>),
    /// The rows of the last OBX, to which notes belong, and the notes.
    pub(super) observed: Vec<Cells>,
    pub(super) notes: Vec<String>,
    /// The row of the last PV1, to which PV2 belongs.
    pub(super) visit: Option<Cells>,
}

/// Fills the tables with a message.
pub(super) fn fill(whole: &Whole<'_, '_>, config: &Hl7, about: &About<'_>, tables: &mut [Builder]) {
    let Some(msh) = whole.first(b"MSH") else { return };
    let zone = zone(whole, &msh, config, (&about.facts.application, &about.facts.facility));
    let mut rows = Rows {
        whole,
        about,
        tables,
        zone,
        pid: 0,
        order: None,
        placed: (None, None),
        observed: Vec::new(),
        notes: Vec::new(),
        visit: None,
    };
    rows.message();
    rows.leaves();
    for segment in whole.segments() {
        rows.segment(&segment);
    }
    rows.end_observation();
    rows.end_visit();
    rows.end_order();
}

impl<'m, 'a> Rows<'_, 'm, 'a> {
    /// Takes a segment in: what it ends is added first.
    fn segment(&mut self, segment: &Segment<'m, 'a>) {
        let name = segment.name();
        if name != *b"NTE" {
            self.end_observation();
        }
        match &name {
            b"PID" => {
                self.end_visit();
                self.end_order();
                self.placed = (None, None);
                self.pid += 1;
                self.patient(segment);
            }
            b"PV1" => {
                self.end_visit();
                self.begin_visit(segment);
            }
            b"PV2" => self.admit_reason(segment),
            b"ORC" => self.control(segment),
            b"OBR" => self.request(segment),
            b"OBX" => {
                self.end_order();
                self.observation(segment);
            }
            b"NTE" => self.note(segment),
            b"DG1" => self.diagnosis(segment),
            b"AL1" | b"IAM" => self.allergy(segment, name == *b"IAM"),
            _ => {}
        }
    }

    /// Returns the first repetition of the first component of a field: most values are that.
    pub(super) fn value(&self, segment: &Segment<'m, 'a>, field: usize) -> Option<String> {
        self.whole.leading(segment, field, 1)
    }

    /// Returns a component of the first repetition of a field.
    pub(super) fn part(&self, segment: &Segment<'m, 'a>, field: usize, component: usize) -> Option<String> {
        self.whole.leading(segment, field, component)
    }

    /// Returns the first component of each repetition of a field.
    pub(super) fn all(&self, segment: &Segment<'m, 'a>, field: usize) -> Vec<String> {
        let first = |value: carelake_er7::Value<'a>| self.whole.text(value.component(1)?.subcomponent(1));
        self.whole.repetitions(segment, field).filter_map(first).collect()
    }

    /// Sets a moment from a field.
    pub(super) fn set_time(&self, row: &mut Cells, name: &str, segment: &Segment<'m, 'a>, field: usize) {
        let sent = self.value(segment, field);
        let time = self.time_of(sent.as_deref());
        row.time(name, sent, time);
    }

    /// Begins a row, with what every row has.
    pub(super) fn begin(&self) -> Cells {
        let About { message_id, indexed, facts, survivors, .. } = self.about;
        let mut row = Cells::default();
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        row.text("message_id", some(message_id));
        row.text("control_id", some(&facts.control_id));
        row.text("sender_app", some(&facts.application));
        row.text("sender_facility", some(&facts.facility));
        row.text("version", some(&facts.version));
        row.text("structure", some(facts.structure));
        row.text("event", some(&facts.event));
        let sent = facts.sent_at.map_or_else(
            || if facts.sent.is_empty() { Time::Absent } else { Time::read(&facts.sent, '^', &self.zone) },
            Time::At,
        );
        row.time("sent_at", some(&facts.sent), sent);
        let filed = indexed.patients.get(self.pid.saturating_sub(1)).map_or(NOBODY, String::as_str);
        row.text("patient_uuid", some(filed));
        row.text("patient_uuid_now", some(survivors.get(filed).map_or(filed, String::as_str)));
        row
    }

    /// Adds a row to a table.
    pub(super) fn push(&mut self, table: &str, row: Cells) {
        let at = TABLES.iter().position(|it| it.name == table);
        if let Some(builder) = at.and_then(|at| self.tables.get_mut(at)) {
            builder.push(row, self.about.received, &self.about.indexed.raw_key);
        }
    }

    pub(super) fn time_of(&self, sent: Option<&str>) -> Time {
        sent.map_or(Time::Absent, |sent| Time::read(sent, self.whole.component_separator(), &self.zone))
    }

    /// Returns what is noted of the PID that stands above.
    pub(super) fn subject(&self) -> Option<&Subject> {
        self.about.facts.subjects.get(self.pid.checked_sub(1)?)
    }

    fn message(&mut self) {
        let About { indexed, facts, .. } = self.about;
        let mut row = self.begin();
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        row.text("processing_id", some(&facts.processing_id));
        row.text("type", facts.event.split('^').next().and_then(some));
        row.list("patient_uuids", indexed.patients.clone());
        row.list("warnings", indexed.warnings.clone());
        row.set("segments", Cell::Whole(i64::try_from(self.whole.segments().count()).unwrap_or(i64::MAX)));
        row.set("bytes", Cell::Whole(i64::try_from(indexed.bytes).unwrap_or(i64::MAX)));
        row.text("way_in", some(&indexed.way_in));
        row.text("raw_key", some(&indexed.raw_key));
        row.text("staging_key", some(&indexed.key));
        self.push("messages", row);
    }
}

/// Cuts a value that is too long for a table; answers whether it was.
pub(super) fn cut(mut text: String) -> (String, bool) {
    if text.len() <= LONGEST {
        return (text, false);
    }
    text.truncate(text.floor_char_boundary(LONGEST));
    (text, true)
}
