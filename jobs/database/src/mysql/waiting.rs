//! Who waits for us: somebody who wants to change a table that another session of ours reads.
//!
//! What a session holds stands in the comment before its statements, since not every server says it elsewhere.

use std::time::Duration;

use super::fault::Fault;
use super::link::Texts;
use super::session::Open;

/// The most letters of a label.
const LABEL: usize = 200;
const HOLDS: &str = "; holds ";
const END: &str = " */ ";

/// Returns what stands before a statement: nothing in it ends the comment or carries anything out.
pub(super) fn comment(label: &str, held: &[String]) -> String {
    let label: String = plain(label).chars().take(LABEL).collect();
    let holds = if held.is_empty() { String::new() } else { format!("{HOLDS}{}", held.join(", ")) };
    format!("/* {label}{holds}{END}")
}

/// Writes a name or a statement with letters, digits and a few signs only.
pub(super) fn plain(text: &str) -> String {
    let kept = |letter: char| if letter.is_alphanumeric() || "-_./: ".contains(letter) { letter } else { '_' };
    text.chars().map(kept).collect()
}

/// Returns how long the longest has been waiting for a table that session `other` holds; zero without the right to see.
pub(super) fn waited_for(open: &mut Open, other: u64) -> Result<Duration, Fault> {
    let seen = open.link.texts("SHOW FULL PROCESSLIST")?;
    let cell = |row: &Texts, at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    let Some(statement) = seen.iter().find(|row| cell(row, 0) == other.to_string()).map(|row| cell(row, 7)) else {
        return Ok(Duration::ZERO);
    };
    let held: Vec<String> = held(&statement).into_iter().map(str::to_lowercase).collect();
    let is_waiting = |row: &&Texts| {
        let statement = plain(&cell(row, 7).replace("``", "`")).to_lowercase();
        cell(row, 6).starts_with("Waiting for table") && held.iter().any(|table| statement.contains(table))
    };
    let longest = seen.iter().filter(is_waiting).filter_map(|row| cell(row, 5).parse::<u64>().ok()).max();
    Ok(Duration::from_secs(longest.unwrap_or(0)))
}

fn held(statement: &str) -> Vec<&str> {
    let comment = statement.split_once(END).map_or("", |(comment, _)| comment);
    comment.split_once(HOLDS).map_or_else(Vec::new, |(_, held)| held.split(", ").collect())
}

#[cfg(test)]
mod tests {
    use super::{comment, held, plain};

    #[test]
    fn no_label_ends_its_comment_or_carries_anything_out() {
        assert_eq!(comment("carelake/01/crm.accounts", &[]), "/* carelake/01/crm.accounts */ ");
        assert_eq!(comment("a*/; DROP\n`x`", &[]), "/* a_/_ DROP__x_ */ ");
    }

    #[test]
    fn what_a_session_holds_is_read_from_its_statement() {
        let tables = ["accounts".to_owned(), plain("b`x, */ y")];
        let statement = format!("{}SELECT '; holds z */ '", comment("carelake", &tables));
        assert_eq!(held(&statement), ["accounts", "b_x_ _/ y"]);
        assert!(held("ALTER TABLE x").is_empty());
    }
}
