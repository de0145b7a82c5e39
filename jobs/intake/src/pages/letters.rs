//! What failed for good and waits.

use carelake_arrivals::letters::{Filter, Letter, Letters};
use carelake_pipeline::page::{Action, Cell, Fact, Page, Row, Table, Tone, View};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Pages};

use super::cells::{changes, feed_link};
use crate::course::{Accepts, Change};
use crate::functions::desk::Desk;
use crate::publish::ROOM;

/// The letters that wait.
pub(crate) struct WaitingLetters;

impl Pages for WaitingLetters {
    fn name(&self) -> &'static str {
        "letters"
    }

    fn title(&self) -> &'static str {
        "Deliveries that failed and wait"
    }

    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure> {
        let Some(desk) = Desk::find(context)?.filter(|_| view.item.is_none()) else { return Ok(None) };
        let waiting = waiting(&desk, None)?;
        Ok(Some(Page {
            title: self.title().to_owned(),
            facts: vec![Fact::new("waiting", Cell::Count(waiting.len() as u64))],
            tables: vec![Table::new(
                "letters",
                &["letter", "feed", "error", "attempts", "failed", "why"],
                waiting.iter().map(line).collect(),
                "nothing waits",
            )],
            charts: Vec::new(),
            actions: waiting.iter().map(|letter| redrive(&desk, letter)).collect::<Result<_, _>>()?,
            ..Page::default()
        }))
    }
}

/// Returns the letters that wait: of one feed, or all.
pub(super) fn waiting(desk: &Desk<'_>, feed: Option<&str>) -> Result<Vec<Letter>, Failure> {
    let letters = Letters::new(desk.context.services.ledger, desk.context.scope);
    let mut all = letters.list(&Filter { room: Some(ROOM.to_owned()), error: None }, desk.now())?;
    all.retain(|letter| letter.redrive.is_none() && feed.is_none_or(|feed| letter.subject == feed));
    Ok(all)
}

fn line(letter: &Letter) -> Row {
    let cells = vec![
        Cell::text(&letter.id),
        feed_link(&letter.subject),
        Cell::text(&letter.error),
        Cell::Count(letter.attempts.into()),
        Cell::Moment(letter.failed_at),
        Cell::text(&letter.reason),
    ];
    Row::new(cells).toned(Tone::Bad)
}

/// Returns how a delivery that failed is done again.
pub(super) fn redrive(desk: &Desk<'_>, letter: &Letter) -> Result<Action, Failure> {
    Ok(Action {
        label: format!("Do {} again", letter.id),
        effect: format!(
            "1 delivery of {} is done again, as it was sent; it failed {} times",
            letter.subject, letter.attempts
        ),
        command: format!("carelake {} intake redrive '{}'", desk.context.options, letter.id),
        does: changes(Change::Redrive { letter: letter.id.clone(), accepts: Accepts::default() })?,
    })
}
