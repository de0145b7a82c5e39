//! What a run asks a server for: from when on, and of which types.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::result::RunRequest;
use crate::bulk::Asked;
use crate::config::{Bulk, Source, Types};
use crate::settle::State;

/// What stands for every type.
pub(crate) const EVERY: &str = "*";

/// Returns what a bookmark holds for: with another level or filter everything is asked for anew.
#[must_use]
pub fn asked_of(bulk: &Bulk) -> String {
    format!("{}{}", bulk.level.path(), bulk.type_filter.as_deref().map(|it| format!("?{it}")).unwrap_or_default())
}

/// Returns what is asked for, one export each: types that have no bookmark get a full export of their own.
#[must_use]
pub fn windows(source: &Source, asked_of: &str, state: &State, request: &RunRequest) -> Vec<Asked> {
    let names: Vec<String> = match &source.types {
        Types::All => vec![EVERY.to_owned()],
        Types::Some(types) => types.iter().cloned().collect(),
    };
    let overlap = SignedDuration::from_secs(i64::from(source.overlap_secs));
    let since = |name: &String| -> Option<Timestamp> {
        if request.full || state.asked != asked_of {
            return None;
        }
        let until = state.until.get(name)?;
        request.since.or_else(|| until.checked_sub(overlap).ok())
    };
    let mut by_since: BTreeMap<Option<Timestamp>, BTreeSet<String>> = BTreeMap::new();
    for name in names {
        by_since.entry(since(&name)).or_default().insert(name);
    }
    let asked = |(since, types): (Option<Timestamp>, BTreeSet<String>)| {
        let types = Some(types).filter(|types| !types.contains(EVERY));
        Asked { since, types }
    };
    by_since.into_iter().map(asked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::world::source;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_type_without_a_bookmark_and_another_filter_ask_for_everything() {
        let of = |more: &str| source(&format!("kind: bulk, base: \"https://a.example/r4\"{more}"));
        let state = State {
            until: [
                ("Patient".to_owned(), time("2026-03-02T00:00:00Z")),
                ("*".to_owned(), time("2026-03-03T00:00:00Z")),
            ]
            .into(),
            asked: "Patient/".to_owned(),
            ..State::default()
        };
        let told = |source: &Source, asked_of: &str, request: &RunRequest| -> Vec<String> {
            let told = |asked: &Asked| {
                let types = asked.types.as_ref().map(|types| types.iter().cloned().collect::<Vec<_>>().join(","));
                format!("{} {}", asked.since.map(|it| it.to_string()).unwrap_or_default(), types.unwrap_or_default())
            };
            windows(source, asked_of, &state, request).iter().map(told).collect()
        };
        let ask = RunRequest::default();
        assert_eq!(told(&of(""), "Patient/", &ask), ["2026-03-02T23:59:00Z "]);
        assert_eq!(told(&of(", overlap_secs: 0"), "Patient/", &ask), ["2026-03-03T00:00:00Z "]);
        assert_eq!(told(&of(""), "", &ask), [" "], "another level");
        let two = of(", types: [Patient, Claim]");
        assert_eq!(told(&two, "Patient/", &ask), [" Claim", "2026-03-01T23:59:00Z Patient"]);
        assert_eq!(told(&two, "Patient/", &RunRequest { full: true, ..ask.clone() }), [" Claim,Patient"]);
        let since = RunRequest { since: Some(time("2026-01-01T00:00:00Z")), ..ask };
        assert_eq!(told(&two, "Patient/", &since), [" Claim", "2026-01-01T00:00:00Z Patient"]);
    }
}
