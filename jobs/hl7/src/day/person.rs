//! Patients, visits, diagnoses and allergies.

use carelake_er7::Segment;

use super::builder::Cells;
use super::rows::Rows;
use crate::time::Time;

impl<'m, 'a> Rows<'_, 'm, 'a> {
    pub(super) fn patient(&mut self, pid: &Segment<'m, 'a>) {
        let mut row = self.begin();
        row.text("set_id", self.value(pid, 1));
        let ids = self.subject().map(|subject| subject.ids.iter().chain(&subject.others).cloned().collect());
        row.list("local_ids", ids.unwrap_or_default());
        for (name, component) in [("family", 1), ("given", 2), ("middle", 3), ("suffix", 4), ("prefix", 5)] {
            row.text(name, self.part(pid, 5, component));
        }
        let born = self.value(pid, 7);
        let day = born
            .as_deref()
            .map_or(Time::Absent, |sent| Time::read(sent, self.whole.component_separator(), &jiff::tz::TimeZone::UTC));
        row.day("birth_date", born, day);
        row.text("sex", self.value(pid, 8));
        row.list("race", self.all(pid, 10));
        row.text("ethnicity", self.value(pid, 22));
        for (name, component) in [("address_line", 1), ("city", 3), ("state", 4), ("zip", 5), ("country", 6)] {
            row.text(name, self.part(pid, 11, component));
        }
        let phones = self.all(pid, 13).into_iter().chain(self.all(pid, 14)).collect();
        row.list("phones", phones);
        for (name, field) in [("language", 15), ("marital_status", 16), ("account", 18), ("death_indicator", 30)] {
            row.text(name, self.value(pid, field));
        }
        self.set_time(&mut row, "death_at", pid, 29);
        self.push("patients", row);
    }

    pub(super) fn begin_visit(&mut self, pv1: &Segment<'m, 'a>) {
        let mut row = self.begin();
        for (name, field, component) in [
            ("class", 2, 1),
            ("point_of_care", 3, 1),
            ("room", 3, 2),
            ("bed", 3, 3),
            ("facility", 3, 4),
            ("admission_type", 4, 1),
            ("attending_id", 7, 1),
            ("referring_id", 8, 1),
            ("service", 10, 1),
            ("visit_number", 19, 1),
            ("discharge_disposition", 36, 1),
            ("prior_point_of_care", 6, 1),
            ("prior_room", 6, 2),
            ("prior_bed", 6, 3),
        ] {
            row.text(name, self.part(pv1, field, component));
        }
        for (name, field) in [("attending_name", 7), ("referring_name", 8)] {
            let names: Vec<String> = [2, 3].iter().filter_map(|component| self.part(pv1, field, *component)).collect();
            row.text(name, (!names.is_empty()).then(|| names.join(", ")));
        }
        self.set_time(&mut row, "admitted_at", pv1, 44);
        self.set_time(&mut row, "discharged_at", pv1, 45);
        self.visit = Some(row);
    }

    pub(super) fn admit_reason(&mut self, pv2: &Segment<'m, 'a>) {
        let reason = self.part(pv2, 3, 2).or_else(|| self.part(pv2, 3, 1));
        if let Some(visit) = self.visit.as_mut().filter(|visit| !visit.has("admit_reason")) {
            visit.text("admit_reason", reason);
        }
    }

    pub(super) fn end_visit(&mut self) {
        if let Some(row) = self.visit.take() {
            self.push("visits", row);
        }
    }

    pub(super) fn diagnosis(&mut self, dg1: &Segment<'m, 'a>) {
        let mut row = self.begin();
        row.text("set_id", self.value(dg1, 1));
        row.text("code", self.part(dg1, 3, 1));
        row.text("text", self.part(dg1, 3, 2).or_else(|| self.value(dg1, 4)));
        row.text("system", self.part(dg1, 3, 3));
        row.text("type", self.value(dg1, 6));
        row.text("priority", self.value(dg1, 15));
        self.set_time(&mut row, "at", dg1, 5);
        self.push("diagnoses", row);
    }

    pub(super) fn allergy(&mut self, segment: &Segment<'m, 'a>, is_adverse: bool) {
        let mut row: Cells = self.begin();
        row.text("type", self.value(segment, 2));
        for (name, component) in [("code", 1), ("text", 2), ("system", 3)] {
            row.text(name, self.part(segment, 3, component));
        }
        row.text("severity", self.value(segment, 4));
        row.list("reaction", self.all(segment, 5));
        self.set_time(&mut row, "at", segment, if is_adverse { 11 } else { 6 });
        self.push("allergies", row);
    }
}
