//! Messages that could not be used for one reason.

use carelake_pipeline::page::{Cell, Fact, Page, Row, Table, Tone, View};
use carelake_pipeline::pipeline::Failure;

use super::replay;
use crate::catalog::{Catalog, ErrorRow, Open};
use crate::reason::Reason;
use crate::world::{Hl7Error, World};

pub(super) fn page(options: &str, world: &World<'_>, reason: Reason, view: &View) -> Result<Page, Failure> {
    let mut rows = Catalog::of(world).errors(Some(reason.name()), None).map_err(Hl7Error::from)?;
    let open = rows.iter().filter(|row| row.state == Open::Open).count() as u64;
    rows.reverse();
    let place = |row: &ErrorRow| format!("{:.6}/{}", row.received_at, row.message_id);
    let (rows, next) = view.cut("after", rows, place);
    let of = |row: &ErrorRow| {
        let at: Vec<String> = [row.segment, row.field].into_iter().flatten().map(|it| it.to_string()).collect();
        let (state, tone) = match row.state {
            Open::Open => ("in the error zone", Tone::Bad),
            Open::Replayed => ("in staging", Tone::Good),
            Open::Closed => ("closed", Tone::Plain),
        };
        Row::new(vec![
            Cell::Moment(row.received_at),
            Cell::text(&row.sender.1),
            Cell::text(at.join(", field ")),
            Cell::text(state),
            Cell::Count(row.attempts),
            Cell::Code(row.message_id.clone()),
        ])
        .toned(tone)
    };
    let columns = ["received", "facility", "segment", "state", "tries", "message"];
    let empty = "no message could not be used for this reason";
    Ok(Page {
        facts: vec![
            Fact::none_is_well("in the error zone", open, Tone::Bad),
            Fact::new("what it means", Cell::text(reason.meaning())),
            Fact::new("what the sender must do", Cell::text(reason.advice())),
        ],
        tables: vec![Table::new("messages", &columns, rows.iter().map(of).collect(), empty).going_on(next)],
        actions: if open > 0 { vec![replay(options, reason.name(), open)?] } else { Vec::new() },
        ..Page::new(format!("Messages with {reason}"))
    })
}
