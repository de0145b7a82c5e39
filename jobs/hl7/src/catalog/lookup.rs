//! What is asked of the catalogue: a patient, and the messages of one.

use carelake_core::ledger::{LedgerError, Range};
use serde::{Deserialize, Serialize};

use super::Catalog;
use super::row::{Held, Identifier, Link, Message, Person};

/// A patient, with everybody that became this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Patient {
    /// The one that is left.
    pub uuid: String,
    /// Their local ids, in order.
    pub local_ids: Vec<String>,
    /// Those that became this one.
    pub merged_from: Vec<String>,
    /// Those that it is shown with.
    pub linked: Vec<String>,
    /// Those that it was taken for, where nobody has decided yet.
    pub conflicts: Vec<String>,
}

/// A message of a patient, with where the next page begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageLine {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// Its place among the messages of the patient.
    #[serde(skip)]
    pub place: String,
}

#[derive(Deserialize)]
struct Listed {
    status: Held,
}

impl Catalog<'_> {
    /// Returns whose a local id is: the one who is left.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn find(&self, local_id: &str) -> Result<Option<Patient>, LedgerError> {
        let found: Option<(Identifier, u64)> = self.get(&self.key(&format!("id/{local_id}"), "patient"))?;
        match found {
            Some((identifier, _)) => self.patient(&identifier.uuid),
            None => Ok(None),
        }
    }

    fn person(&self, uuid: &str) -> Result<Person, LedgerError> {
        Ok(self.get(&self.person_key(uuid))?.map(|(person, _)| person).unwrap_or_default())
    }

    /// Returns a patient: of one that became another, that one.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn patient(&self, uuid: &str) -> Result<Option<Patient>, LedgerError> {
        let uuid = self.survivor(uuid)?;
        let mut all = vec![uuid.clone()];
        let mut found =
            Patient { uuid, local_ids: Vec::new(), merged_from: Vec::new(), linked: Vec::new(), conflicts: Vec::new() };
        let mut at = 0;
        let mut is_there = false;
        while let Some(uuid) = all.get(at).cloned() {
            let person = self.person(&uuid)?;
            let partition = format!("patient/{uuid}");
            let ids: Vec<(String, Listed)> = self.all(&partition, "id/")?;
            is_there |= !ids.is_empty();
            let held = ids.into_iter().filter(|(_, listed)| listed.status != Held::Moved);
            found.local_ids.extend(held.filter_map(|(sort, _)| sort.strip_prefix("id/").map(str::to_owned)));
            found
                .linked
                .extend(person.linked.iter().filter(|(_, linked)| linked.is_on).map(|(other, _)| other.clone()));
            let open = person.conflicts.iter().filter(|(_, is_open)| **is_open);
            found.conflicts.extend(open.map(|(other, _)| other.clone()));
            for from in person.merged_from {
                if !all.contains(&from) {
                    all.push(from);
                }
            }
            at += 1;
        }
        found.merged_from = all.split_off(1);
        for list in [&mut found.local_ids, &mut found.linked, &mut found.conflicts, &mut found.merged_from] {
            list.sort();
            list.dedup();
        }
        Ok(is_there.then_some(found))
    }

    /// Returns whom a patient became.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn survivor(&self, uuid: &str) -> Result<String, LedgerError> {
        let mut path = vec![uuid.to_owned()];
        while let Some(merged) = self.person(path.last().map_or("", String::as_str))?.merged_into {
            if path.contains(&merged.uuid) {
                break;
            }
            path.push(merged.uuid);
        }
        Ok(path.pop().unwrap_or_default())
    }

    /// Returns the links of a patient, the first one first.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn links(&self, uuid: &str) -> Result<Vec<Link>, LedgerError> {
        Ok(self.all(&format!("patient/{uuid}"), "link/")?.into_iter().map(|(_, link)| link).collect())
    }

    /// Returns messages of patients, the last one by MSH-7 first, each once: those before a place, and that are wanted.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn messages(
        &self,
        patients: &[String],
        before: Option<&str>,
        limit: usize,
        wanted: &dyn Fn(&str, &Message) -> bool,
    ) -> Result<Vec<MessageLine>, LedgerError> {
        let mut found: Vec<MessageLine> = Vec::new();
        for uuid in patients {
            let partition = self.partition(&format!("messages/{uuid}"));
            let after = before.map(str::to_owned);
            let mut range = Range { after, ..partition.begin("", limit.max(1)).descending() };
            let mut count = 0;
            'pages: loop {
                let page = self.rows.query(&range, self.time())?;
                for row in page.rows {
                    let message: Message = self.read(&row)?;
                    if wanted(&row.sort, &message) {
                        found.push(MessageLine { message, place: row.sort });
                        count += 1;
                    }
                    if count >= limit {
                        break 'pages;
                    }
                }
                match page.resume {
                    Some(resume) => range = Range { after: Some(resume), ..range },
                    None => break,
                }
            }
        }
        found.sort_by(|one, other| (&other.place, one.message.role).cmp(&(&one.place, other.message.role)));
        found.dedup_by(|one, other| one.place == other.place);
        found.truncate(limit);
        Ok(found)
    }
}
