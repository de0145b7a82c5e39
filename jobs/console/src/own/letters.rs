//! What failed for good and waits, of every room.

use std::collections::BTreeMap;

use carelake_arrivals::letters::{Filter, Letter, Letters};
use carelake_pipeline::page::{Action, Cell, Does, Fact, Page, Row, Table, Tone};
use carelake_pipeline::pipeline::Failure;
use serde_json::json;

use super::{Asked, row, text};
use crate::act::own::REDRIVE;
use crate::draw::Shown;

pub(super) fn show(asked: &Asked<'_>) -> Result<Shown, Failure> {
    let letters = all(asked)?;
    let waiting: Vec<&Letter> = letters.iter().filter(|letter| letter.redrive.is_none()).collect();
    let mut shown = Page::new("Letters");
    let tone = if waiting.is_empty() { Tone::Good } else { Tone::Bad };
    shown.facts = vec![
        Fact { tone, ..Fact::new("waiting", Cell::Count(waiting.len() as u64)) },
        Fact::new("done again", Cell::Count((letters.len() - waiting.len()) as u64)),
    ];
    shown.tables = vec![of(&letters)];
    shown.actions = actions(asked, &waiting);
    Ok(shown.into())
}

/// Returns the letters of all rooms, those that wait first.
pub(super) fn all(asked: &Asked<'_>) -> Result<Vec<Letter>, Failure> {
    let context = asked.context;
    let kept = Letters::new(context.services.ledger, context.scope);
    let mut letters = kept.list(&Filter::default(), (context.services.now)())?;
    letters.sort_by_key(|letter| (letter.redrive.is_some(), std::cmp::Reverse(letter.failed_at)));
    Ok(letters)
}

/// Tells of letters in a table.
pub(super) fn of(letters: &[Letter]) -> Table {
    let columns = ["room", "letter", "of", "error", "attempts", "failed", "state", "why"];
    Table::new("letters", &columns, letters.iter().map(line).collect(), "nothing failed for good: no letter waits")
}

fn line(letter: &Letter) -> Row {
    let state = letter.redrive.as_ref().map_or_else(|| "waits".to_owned(), |done| format!("done again by {}", done.by));
    let cells = vec![
        text(&letter.room),
        text(&letter.id),
        text(&letter.subject),
        text(&letter.error),
        Cell::Count(letter.attempts.into()),
        Cell::Moment(letter.failed_at),
        text(state),
        text(&letter.reason),
    ];
    row(cells, if letter.redrive.is_some() { Tone::Plain } else { Tone::Bad })
}

/// Returns how letters are done again: all, those of one error, and each.
pub(super) fn actions(asked: &Asked<'_>, waiting: &[&Letter]) -> Vec<Action> {
    let options = asked.context.options;
    let again = |label: String, effect: String, command: String, letters: &[&Letter]| {
        let named: Vec<_> = letters.iter().map(|letter| json!({"room": letter.room, "id": letter.id})).collect();
        let does = Does::Call { function: REDRIVE.to_owned(), payload: json!({ "letters": named }) };
        Action {
            label,
            effect,
            command: format!("carelake {options} letters redrive {command}").replace("  ", " "),
            does,
        }
    };
    let mut actions = Vec::new();
    if waiting.len() > 1 {
        let effect = format!("{} letters are done again, as they were sent", waiting.len());
        actions.push(again("Do all again".to_owned(), effect, "--all".to_owned(), waiting));
    }
    let mut errors: BTreeMap<&str, Vec<&Letter>> = BTreeMap::new();
    waiting.iter().for_each(|letter| errors.entry(&letter.error).or_default().push(letter));
    if errors.len() > 1 {
        for (error, letters) in &errors {
            let effect = format!("{} letters with {error} are done again, as they were sent", letters.len());
            actions.push(again(
                format!("Do those with {error} again"),
                effect,
                format!("--all --error {error}"),
                letters,
            ));
        }
    }
    for letter in waiting {
        let effect = format!(
            "1 letter of {} is done again, as it was sent; it failed {} times, last with {}",
            letter.subject, letter.attempts, letter.error
        );
        actions.push(again(format!("Do {} again", letter.id), effect, format!("'{}'", letter.id), &[letter]));
    }
    actions
}
