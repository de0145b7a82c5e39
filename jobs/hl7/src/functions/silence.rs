//! Senders that fall silent: a broken interface looks like a quiet night.

use carelake_core::ledger::{LedgerError, Subjects, Turn};
use jiff::Timestamp;

use crate::standing::Watched;

/// What is news of those who may not be silent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Silence {
    /// A line for each.
    pub(super) lines: Vec<String>,
    is_bad: bool,
}

impl Silence {
    /// Notes who is silent. Of one that stays silent, or is heard of as before, nothing is news.
    pub(super) fn note(
        subjects: &Subjects<'_>,
        watched: &[Watched],
        attempt: &str,
        now: Timestamp,
    ) -> Result<Self, LedgerError> {
        let mut silence = Self::default();
        for Watched { facility, last_seen, is_silent } in watched {
            let subject = format!("silence/{facility}");
            let turn = match is_silent {
                true => subjects.failed(&subject, attempt, "silent", now)?,
                false => subjects.succeeded(&subject, now)?,
            };
            match (turn, last_seen) {
                (Turn::Failed, Some(at)) => silence.bad(format!("{facility}: nothing came since {at:.0}")),
                (Turn::Failed, None) => silence.bad(format!("{facility}: nothing ever came")),
                (Turn::Recovered { since, .. }, _) => {
                    silence.lines.push(format!("{facility}: sends again; it was noted silent {since:.0}"));
                }
                (Turn::StillFails { .. } | Turn::StillWorks, _) => {}
            }
        }
        Ok(silence)
    }

    fn bad(&mut self, line: String) {
        self.lines.push(line);
        self.is_bad = true;
    }

    /// Returns what is told in a few words, if anything is news.
    pub(super) fn words(&self) -> Option<&'static str> {
        match (self.lines.is_empty(), self.is_bad) {
            (true, _) => None,
            (false, true) => Some("senders of messages are SILENT"),
            (false, false) => Some("senders of messages are heard of again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use carelake_core::ledger::SqliteLedger;
    use carelake_core::names::Scope;

    use super::*;

    #[test]
    fn who_falls_silent_is_told_of_once_and_then_that_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let subjects = Subjects::new(&ledger, &scope, "hl7");
        let now: Timestamp = "2026-11-02T06:00:00Z".parse().unwrap();
        let one = |is_silent| {
            let last_seen = Some("2026-11-02T03:00:00Z".parse().unwrap());
            [Watched { facility: "NORTH".to_owned(), last_seen, is_silent }]
        };
        let told = |attempt: &str, is_silent| Silence::note(&subjects, &one(is_silent), attempt, now).unwrap();
        assert_eq!(told("a", false), Silence::default());
        let first = told("b", true);
        assert_eq!(first.lines, ["NORTH: nothing came since 2026-11-02T03:00:00Z"]);
        assert_eq!(first.words(), Some("senders of messages are SILENT"));
        assert_eq!(told("c", true).words(), None);
        let over = told("d", false);
        assert_eq!(over.words(), Some("senders of messages are heard of again"));
        assert_eq!(told("e", false), Silence::default());
        let never = [Watched { facility: "SOUTH".to_owned(), last_seen: None, is_silent: true }];
        assert_eq!(Silence::note(&subjects, &never, "f", now).unwrap().lines, ["SOUTH: nothing ever came"]);
    }
}
