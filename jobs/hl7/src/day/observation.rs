//! Results: a row for each repetition of a value, typed by what the sender says that it is.

use carelake_er7::{Segment, Value};

use super::builder::{Cell, Cells};
use super::rows::{Rows, cut};

impl<'m, 'a> Rows<'_, 'm, 'a> {
    pub(super) fn observation(&mut self, obx: &Segment<'m, 'a>) {
        let mut row = self.begin();
        row.text("placer", self.placed.0.clone());
        row.text("filler", self.placed.1.clone());
        let kind = self.value(obx, 2).unwrap_or_default();
        for (name, field) in [("set_id", 1), ("value_type", 2), ("sub_id", 4), ("reference_range", 7), ("status", 11)] {
            row.text(name, self.value(obx, field));
        }
        for (name, field, component) in [
            ("code", 3, 1),
            ("text", 3, 2),
            ("system", 3, 3),
            ("units_code", 6, 1),
            ("units_text", 6, 2),
            ("units_system", 6, 3),
        ] {
            row.text(name, self.part(obx, field, component));
        }
        let coded = |system: usize, code: usize| {
            self.part(obx, 3, system).filter(|system| system == "LN").and_then(|_| self.part(obx, 3, code))
        };
        row.text("loinc", coded(3, 1).or_else(|| coded(6, 4)));
        row.list("abnormal", self.all(obx, 8));
        self.set_time(&mut row, "observed_at", obx, 14);
        let range = self.value(obx, 7).unwrap_or_default();
        let (low, high) = ends(&range);
        for (name, end) in [("low", low), ("high", high)] {
            if let Some(end) = end {
                row.set(name, Cell::Float(end));
            }
        }
        let values: Vec<Value<'a>> = self.whole.repetitions(obx, 5).filter(|value| !value.is_absent()).collect();
        if values.is_empty() {
            self.observed.push(row);
            return;
        }
        for value in values {
            let mut one = row.clone();
            self.typed(&mut one, &kind, value);
            self.observed.push(one);
        }
    }

    fn typed(&self, row: &mut Cells, kind: &str, value: Value<'a>) {
        let part = |number| self.whole.text(value.component(number));
        if matches!(kind, "ED" | "RP") {
            row.set("value_bytes", Cell::Whole(i64::try_from(value.raw().len()).unwrap_or(i64::MAX)));
            return;
        }
        let whole = self.whole.text(Some(value));
        if let Some((text, is_cut)) = whole.clone().map(cut) {
            row.text("value_text", Some(text));
            if is_cut {
                row.set("truncated", Cell::Flag(true));
            }
        }
        match kind {
            "NM" => number(row, "value_number", Some("value_decimal"), whole),
            "SN" => {
                row.text("value_comparator", part(1));
                number(row, "value_number", Some("value_decimal"), part(2));
                row.text("value_separator", part(3));
                number(row, "value_number2", None, part(4));
            }
            "CE" | "CWE" | "CNE" | "CF" => {
                for (name, component) in [("value_code", 1), ("value_code_text", 2), ("value_code_system", 3)] {
                    row.text(name, part(component));
                }
            }
            "DT" | "DTM" | "TS" => {
                let time = self.time_of(whole.as_deref());
                row.time("value_at", whole, time);
            }
            _ => {}
        }
    }

    pub(super) fn note(&mut self, nte: &Segment<'m, 'a>) {
        if self.observed.is_empty() {
            return;
        }
        let lines = self.whole.repetitions(nte, 3).filter_map(|value| self.whole.text(Some(value)));
        let lines: Vec<String> = lines.collect();
        self.notes.extend(lines);
    }

    pub(super) fn end_observation(&mut self) {
        let notes = std::mem::take(&mut self.notes).join("\n");
        for mut row in std::mem::take(&mut self.observed) {
            row.text("notes", (!notes.is_empty()).then(|| cut(notes.clone()).0));
            self.push("observations", row);
        }
    }
}

/// Sets a number, and its digits; what is none is counted.
fn number(row: &mut Cells, name: &str, digits: Option<&str>, text: Option<String>) {
    let Some(text) = text.filter(|text| text != "\"\"") else { return };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    match text.parse::<f64>().ok().filter(|_| is_number) {
        Some(number) => {
            row.set(name, Cell::Float(number));
            if let Some(digits) = digits {
                row.text(digits, Some(text));
            }
        }
        None => row.unreadable += 1,
    }
}

/// Returns the ends of a reference range: of `3.5-5.0`, `<5`, `>=1`.
fn ends(range: &str) -> (Option<f64>, Option<f64>) {
    let range = range.trim();
    let of = |text: &str| text.trim().trim_start_matches('=').trim().parse::<f64>().ok();
    if let Some(high) = range.strip_prefix('<') {
        return (None, of(high));
    }
    if let Some(low) = range.strip_prefix('>') {
        return (of(low), None);
    }
    // The first sign may be that of a number.
    let between = range.char_indices().skip(1).find(|(_, c)| *c == '-').map(|(at, _)| at);
    match between.and_then(|at| Some((range.get(..at)?, range.get(at + 1..)?))) {
        Some((low, high)) => match (of(low), of(high)) {
            (Some(low), Some(high)) => (Some(low), Some(high)),
            _ => (None, None),
        },
        None => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::ends;

    #[test]
    fn a_reference_range_has_ends_where_it_says_them() {
        for (range, wanted) in [
            ("3.5-5.0", (Some(3.5), Some(5.0))),
            ("3.5 - 5", (Some(3.5), Some(5.0))),
            ("-2--1", (Some(-2.0), Some(-1.0))),
            ("<5", (None, Some(5.0))),
            (">= 1.5", (Some(1.5), None)),
            ("negative", (None, None)),
            ("2-fold", (None, None)),
            ("", (None, None)),
        ] {
            assert_eq!(ends(range), wanted, "{range}");
        }
    }
}
