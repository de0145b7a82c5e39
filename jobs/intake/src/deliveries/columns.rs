//! The columns that the files of a feed had: a version for each change, with the delivery since which it holds.
//!
//! Names of columns are kept, never values. What is new is what no version before had, and it is told once.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::ledger::LedgerError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::delivery::DeliveryId;
use super::{Deliveries, DeliveriesError, PAGE};

/// Columns of a part that are kept by name; a version is one row of the ledger.
const MOST_NAMES: usize = 2_000;

/// The names of columns, by the member or sheet that has them; without a name where there is one only.
pub type Parts = BTreeMap<String, Vec<String>>;

/// The columns that a file had.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Their names, in the order of the file.
    pub parts: Parts,
    /// Those of them that somebody is to be told of when they are new.
    pub notable: BTreeSet<String>,
    /// Whether a header says all of them. Of other formats a column that no record has today may come again.
    pub is_whole: bool,
}

/// The columns that the files of a feed have since a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaVersion {
    /// From 1.
    pub version: u32,
    /// The first delivery that has them.
    pub since: DeliveryId,
    /// The content of it.
    pub sha256: String,
    /// When it was read.
    pub seen_at: Timestamp,
    /// Their names.
    pub parts: Parts,
    /// Columns that no version before had.
    pub new: Vec<String>,
    /// Columns that the version before had.
    pub gone: Vec<String>,
    /// Columns that are new and to be told of.
    pub notable: Vec<String>,
    /// The execution that told of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_by: Option<String>,
}

impl Deliveries<'_> {
    /// Returns the columns that the files of a feed had, oldest first.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn schemas(&self, feed: &str, now: Timestamp) -> Result<Vec<SchemaVersion>, LedgerError> {
        let rows = self.all(self.partition(&format!("schemas/{feed}")).begin("", PAGE), now)?;
        rows.iter().map(|row| row.read("the columns of a feed", self.rows)).collect()
    }

    /// Notes the columns of a delivery, if they are others than those of the files before it.
    ///
    /// # Errors
    /// [`DeliveriesError`] when the ledger fails.
    pub fn see(&self, (id, sha256): (&DeliveryId, &str), seen: &Seen, now: Timestamp) -> Result<(), DeliveriesError> {
        self.change(&id.feed, now, |change| {
            let versions = self.schemas(&id.feed, now)?;
            if let Some(version) = next(&versions, (id, sha256), seen, now) {
                change.put(*self, self.schema_key(&version), &version)?;
                change.feed.schema_version = Some(version.version);
            }
            Ok(())
        })
    }

    /// Returns the version that a delivery began, if an execution is to tell of its new columns. Of several executions one is; it
    /// has the same answer when it asks again.
    ///
    /// # Errors
    /// [`DeliveriesError`] when the ledger fails.
    pub fn news(
        &self,
        (id, sha256): (&DeliveryId, &str),
        execution: &str,
        now: Timestamp,
    ) -> Result<Option<SchemaVersion>, DeliveriesError> {
        self.change(&id.feed, now, |change| {
            let is_news = |version: &SchemaVersion| {
                let is_its = version.since == *id && version.sha256 == sha256 && !version.notable.is_empty();
                is_its && version.told_by.as_deref().is_none_or(|by| by == execution)
            };
            let Some(version) = self.schemas(&id.feed, now)?.into_iter().rfind(is_news) else { return Ok(None) };
            let told = SchemaVersion { told_by: Some(execution.to_owned()), ..version };
            change.put(*self, self.schema_key(&told), &told)?;
            Ok(Some(told))
        })
    }

    fn schema_key(self, version: &SchemaVersion) -> carelake_core::ledger::Key {
        // Six digits, so that the order of the keys is the order of the versions.
        self.partition(&format!("schemas/{}", version.since.feed)).key(&format!("{:06}", version.version))
    }
}

/// Returns the version that a delivery begins; none where its columns are those of the last one, or, of a delivery that comes late,
/// those of one before.
fn next(
    versions: &[SchemaVersion],
    (id, sha256): (&DeliveryId, &str),
    seen: &Seen,
    now: Timestamp,
) -> Option<SchemaVersion> {
    let last = versions.last();
    let mut parts = seen.parts.clone();
    if let Some(last) = last.filter(|_| !seen.is_whole) {
        // What is not there today has not gone.
        for (part, names) in &last.parts {
            let now = parts.entry(part.clone()).or_default();
            let fresh: Vec<String> = now.iter().filter(|name| !names.contains(name)).cloned().collect();
            *now = names.iter().cloned().chain(fresh).collect();
        }
    }
    parts.values_mut().for_each(|names| names.truncate(MOST_NAMES));
    let is_late = last.is_some_and(|last| id.position < last.since.position);
    let is_same = |version: &SchemaVersion| version.parts == parts;
    if last.is_some_and(is_same) || is_late && versions.iter().any(is_same) {
        return None;
    }
    let before: BTreeSet<(&String, &String)> = versions.iter().flat_map(|version| pairs(&version.parts)).collect();
    let new: Vec<String> = match last {
        None => Vec::new(),
        Some(_) => names(pairs(&parts).filter(|pair| !before.contains(pair))),
    };
    let there: BTreeSet<(&String, &String)> = pairs(&parts).collect();
    let gone = last.map(|last| names(pairs(&last.parts).filter(|pair| !there.contains(pair)))).unwrap_or_default();
    Some(SchemaVersion {
        version: last.map_or(0, |last| last.version) + 1,
        since: id.clone(),
        sha256: sha256.to_owned(),
        seen_at: now,
        notable: new.iter().filter(|name| seen.notable.contains(*name)).cloned().collect(),
        new,
        gone,
        parts,
        told_by: None,
    })
}

fn pairs(parts: &Parts) -> impl Iterator<Item = (&String, &String)> {
    parts.iter().flat_map(|(part, names)| names.iter().map(move |name| (part, name)))
}

/// Returns the names, each once.
fn names<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, name) in pairs {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use carelake_core::ledger::SqliteLedger;
    use carelake_core::names::Scope;

    use super::*;

    fn seen(names: &[&str], is_whole: bool) -> Seen {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Seen { notable: names.iter().cloned().collect(), parts: Parts::from([(String::new(), names)]), is_whole }
    }

    /// Notes what deliveries had, one after the other, and answers each version: since which, what is new, what is gone.
    fn told(sent: &[(&str, Seen)]) -> Vec<(String, String, String)> {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let deliveries = Deliveries::new(&ledger, &scope);
        let now = Timestamp::UNIX_EPOCH;
        for (day, seen) in sent {
            let id: DeliveryId = format!("roster/2026-{day}").parse().unwrap();
            deliveries.see((&id, day), seen, now).unwrap();
            deliveries.see((&id, day), seen, now).unwrap();
        }
        let all = deliveries.schemas("roster", now).unwrap();
        assert_eq!(deliveries.feed("roster", now).unwrap().schema_version, all.last().map(|last| last.version));
        let one = |it: SchemaVersion| (it.since.position.to_string(), it.new.join(" "), it.gone.join(" "));
        all.into_iter().map(one).collect()
    }

    fn version(since: &str, new: &str, gone: &str) -> (String, String, String) {
        (since.to_owned(), new.to_owned(), gone.to_owned())
    }

    #[test]
    fn a_version_begins_with_the_delivery_that_has_other_columns() {
        let sent = [
            ("01-05", seen(&["MRN", "NAME"], true)),
            ("02-05", seen(&["MRN", "NAME"], true)),
            ("03-05", seen(&["MRN", "NAME", "PHONE"], true)),
            ("04-05", seen(&["MRN", "PHONE"], true)),
            // It was there before, and is not new again.
            ("05-05", seen(&["MRN", "NAME", "PHONE"], true)),
            // One that comes late has what files of its time had.
            ("01-20", seen(&["MRN", "NAME"], true)),
        ];
        let versions = [
            version("2026-01-05", "", ""),
            version("2026-03-05", "PHONE", ""),
            version("2026-04-05", "", "NAME"),
            version("2026-05-05", "", ""),
        ];
        assert_eq!(told(&sent), versions);
    }

    #[test]
    fn without_a_header_what_no_record_has_today_has_not_gone() {
        let sent = [
            ("01-05", seen(&["mrn", "died"], false)),
            ("02-05", seen(&["mrn"], false)),
            ("03-05", seen(&["mrn", "pets"], false)),
        ];
        assert_eq!(told(&sent), [version("2026-01-05", "", ""), version("2026-03-05", "pets", "")]);
    }

    #[test]
    fn of_several_executions_one_tells_what_is_new() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let deliveries = Deliveries::new(&ledger, &scope);
        let now = Timestamp::UNIX_EPOCH;
        let ids: Vec<DeliveryId> = ["2026-01-05", "2026-02-05"].map(|day| format!("r/{day}").parse().unwrap()).into();
        let both = [seen(&["MRN"], true), seen(&["MRN", "PHONE"], true)];
        ids.iter().zip(&both).for_each(|(id, seen)| deliveries.see((id, "a"), seen, now).unwrap());
        let news = |id: &DeliveryId, execution: &str| {
            deliveries.news((id, "a"), execution, now).unwrap().map(|version| version.notable)
        };
        assert_eq!(news(&ids[0], "e1"), None, "there was nothing before the first");
        assert_eq!(news(&ids[1], "e2"), Some(vec!["PHONE".to_owned()]));
        assert_eq!(news(&ids[1], "e2"), Some(vec!["PHONE".to_owned()]), "an answer that was lost");
        assert_eq!(news(&ids[1], "e3"), None);
    }
}
