//! What was told to whom, and who acknowledged it.

use carelake_facts::notices;
use carelake_pipeline::page::{Action, Cell, Does, Fact, Page, Table, Tone};
use carelake_pipeline::pipeline::Failure;
use serde_json::json;

use super::{Asked, failed, row, some, text};
use crate::act::own::ACKNOWLEDGE;
use crate::draw::Shown;

/// Notices of a page.
const LINES: usize = 200;

pub(super) fn show(asked: &Asked<'_>) -> Result<Shown, Failure> {
    let all = notices(&asked.lake()).map_err(failed)?;
    let open = all.iter().filter(|notice| notice.acknowledged_at.is_none()).count() as u64;
    let undelivered = all.iter().filter(|notice| notice.delivered_at.is_none()).count() as u64;
    let rows = all.iter().take(LINES).map(|notice| {
        let cells = vec![
            Cell::Moment(notice.told_at),
            text(&notice.recipient),
            text(&notice.subject),
            notice.delivered_at.map_or(Cell::None, Cell::Moment),
            some(notice.acknowledged_by.as_ref()),
            notice.acknowledged_at.map_or(Cell::None, Cell::Moment),
        ];
        row(cells, if notice.delivered_at.is_none() { Tone::Warning } else { Tone::Plain })
    });
    let mut shown = Page::new("Alerts");
    shown.facts = vec![
        Fact::new("notices", Cell::Count(all.len() as u64)),
        Fact::new("not acknowledged", Cell::Count(open)),
        Fact {
            tone: if undelivered > 0 { Tone::Warning } else { Tone::Good },
            ..Fact::new("not known to be delivered", Cell::Count(undelivered))
        },
    ];
    let columns = ["told", "to", "about", "delivered", "acknowledged by", "acknowledged"];
    let empty = "nobody was told anything yet; `notify` of the configuration says who is";
    shown.tables.push(Table::new("notices", &columns, rows.collect(), empty));
    let options = asked.context.options;
    let waiting = all.iter().take(LINES).filter(|notice| notice.acknowledged_at.is_none());
    shown.actions = waiting
        .map(|notice| Action {
            label: format!("Acknowledge {}", notice.id),
            effect: format!("notes that you saw the notice of {:.0} to {}", notice.told_at, notice.recipient),
            command: format!("carelake {options} alerts acknowledge '{}'", notice.id).replace("  ", " "),
            does: Does::Call {
                function: ACKNOWLEDGE.to_owned(),
                payload: json!({"id": notice.id, "recipient": notice.recipient}),
            },
        })
        .collect();
    Ok(shown.into())
}
