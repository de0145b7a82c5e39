//! Orders: a control segment and the request behind it are one, either alone is one too.

use carelake_er7::Segment;

use super::builder::Cells;
use super::rows::Rows;

/// An order that is gathered.
pub(super) struct Order {
    row: Cells,
    has_request: bool,
}

impl<'m, 'a> Rows<'_, 'm, 'a> {
    pub(super) fn control(&mut self, orc: &Segment<'m, 'a>) {
        self.end_order();
        let mut row = self.begin();
        self.placed = (self.value(orc, 2), self.value(orc, 3));
        row.text("control", self.value(orc, 1));
        row.text("placer", self.placed.0.clone());
        row.text("filler", self.placed.1.clone());
        row.text("group_number", self.value(orc, 4));
        row.text("status", self.value(orc, 5));
        row.text("ordered_by", self.part(orc, 12, 1));
        row.text("priority", self.part(orc, 7, 6));
        self.set_time(&mut row, "requested_at", orc, 9);
        self.order = Some(Order { row, has_request: false });
    }

    pub(super) fn request(&mut self, obr: &Segment<'m, 'a>) {
        if self.order.as_ref().is_none_or(|order| order.has_request) {
            self.end_order();
            self.placed = (None, None);
        }
        let mut row = self.order.take().map_or_else(|| self.begin(), |order| order.row);
        let numbers = (self.value(obr, 2), self.value(obr, 3));
        for (name, known, said) in
            [("placer", &mut self.placed.0, numbers.0), ("filler", &mut self.placed.1, numbers.1)]
        {
            if known.is_none() {
                known.clone_from(&said);
                row.text(name, said);
            }
        }
        for (name, component) in [("service_code", 1), ("service_text", 2), ("service_system", 3)] {
            row.text(name, self.part(obr, 4, component));
        }
        if self.value(obr, 6).is_some() {
            self.set_time(&mut row, "requested_at", obr, 6);
        }
        self.set_time(&mut row, "observed_at", obr, 7);
        self.set_time(&mut row, "observed_end", obr, 8);
        row.text("specimen", self.part(obr, 15, 1));
        row.text("result_status", self.value(obr, 25));
        if let Some(by) = self.part(obr, 16, 1) {
            row.text("ordered_by", Some(by));
        }
        if let Some(priority) = self.value(obr, 5).or_else(|| self.part(obr, 27, 6)) {
            row.text("priority", Some(priority));
        }
        self.order = Some(Order { row, has_request: true });
    }

    pub(super) fn end_order(&mut self) {
        if let Some(order) = self.order.take() {
            self.push("orders", order.row);
        }
    }
}
