//! What could not be used: an entry each, by day of receipt, which stays when the message was tried again.

use carelake_core::ledger::{Key, LedgerError, Partition, Write};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Catalog, sortable};
use crate::world::day_of;

/// What has become of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Open {
    /// The message is in the error zone.
    Open,
    /// It was tried again, and is in staging.
    Replayed,
    /// Nobody is to look at it.
    Closed,
}

/// An entry about a message that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorRow {
    /// The message.
    pub message_id: String,
    /// Where its bytes are.
    pub s3_key: String,
    /// `HL7_<event>_<version>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// MSH-10.
    pub provided_id: String,
    /// Why.
    pub reason: String,
    /// The segment that is to blame, from 1, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<u64>,
    /// Its field, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<u64>,
    /// When it was received.
    pub received_at: Timestamp,
    /// MSH-3.1 and MSH-4.1, as far as they can be read.
    #[serde(default)]
    pub sender: (String, String),
    /// What has become of it.
    pub state: Open,
    /// How often it was tried.
    pub attempts: u64,
}

/// When something was done.
#[derive(Serialize, Deserialize)]
struct Changed {
    at: Timestamp,
}

impl Catalog<'_> {
    pub(super) fn errors_partition(&self, received_at: Timestamp) -> Partition {
        self.partition(&format!("errors/{}", day_of(received_at)))
    }

    pub(super) fn error_key(&self, message_id: &str, received_at: Timestamp) -> Key {
        let sort = format!("{}/{message_id}", sortable(received_at.as_microsecond()));
        self.errors_partition(received_at).key(&sort)
    }

    /// Returns the entry about a message.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn error(&self, message_id: &str, received_at: Timestamp) -> Result<Option<ErrorRow>, LedgerError> {
        Ok(self.get(&self.error_key(message_id, received_at))?.map(|(row, _)| row))
    }

    /// Returns the days that have entries, the first one first.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn error_days(&self) -> Result<Vec<Date>, LedgerError> {
        let days: Vec<(String, serde_json::Value)> = self.all("error_days", "")?;
        Ok(days.into_iter().filter_map(|(day, _)| day.parse().ok()).collect())
    }

    /// Returns the entries of a day, in the order of receipt.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn errors_of(&self, day: Date) -> Result<Vec<(String, ErrorRow)>, LedgerError> {
        self.all(&format!("errors/{day}"), "")
    }

    /// Returns the entries that are asked for, the last one first: of a reason and a day where these are said.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn errors(&self, reason: Option<&str>, day: Option<Date>) -> Result<Vec<ErrorRow>, LedgerError> {
        let days = match day {
            Some(day) => vec![day],
            None => self.error_days()?,
        };
        let mut found = Vec::new();
        for day in days.into_iter().rev() {
            let rows = self.errors_of(day)?.into_iter().rev().map(|(_, row)| row);
            found.extend(rows.filter(|row| reason.is_none_or(|reason| row.reason == reason)));
        }
        Ok(found)
    }

    /// Returns the days whose messages changed after they were over, with when.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn changed_days(&self) -> Result<Vec<(Date, Timestamp)>, LedgerError> {
        let days: Vec<(String, Changed)> = self.all("changed", "")?;
        Ok(days.into_iter().filter_map(|(day, changed)| Some((day.parse().ok()?, changed.at))).collect())
    }

    /// Notes that the messages of a day changed.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn note_changed(&self, day: Date) -> Result<(), LedgerError> {
        let changed = self.object(&Changed { at: self.time() })?;
        let key = self.key("changed", &day.to_string());
        self.rows.write(&Write::put(key, changed), self.time()).map(drop)
    }

    /// Returns when everything that was received before had been made up for.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn swept(&self) -> Result<Option<Timestamp>, LedgerError> {
        let found: Option<(Changed, u64)> = self.get(&self.key("swept", "all"))?;
        Ok(found.map(|(changed, _)| changed.at))
    }

    /// Notes when a sweep began that came to its end.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn set_swept(&self, at: Timestamp) -> Result<(), LedgerError> {
        let row = self.object(&Changed { at })?;
        self.rows.write(&Write::put(self.key("swept", "all"), row), self.time()).map(drop)
    }
}
