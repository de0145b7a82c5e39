//! What the pointer of a publication says of the deliveries behind its rows, so that rows and position are one commit.

use std::collections::BTreeMap;

use carelake_core::account::Account;
use carelake_core::names::RunId;
use carelake_core::publish::Pointer;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::accepted::Accepted;
use crate::error::IntakeError;
use crate::feed::{Feed, FeedTable, Mode};

/// Deliveries at the end of the order of which it is known what their columns held.
const MEASURED: usize = 3;

/// The state of one table of a feed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TableState {
    /// What parts were made for: mode, key and order. Others are judged anew.
    pub(crate) made_for: String,
    /// The deliveries that are in, in order.
    pub deliveries: Vec<Held>,
    /// The index of an `upsert` feed, from the folder of the publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) index: Option<String>,
}

/// A delivery that is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Its id.
    pub id: String,
    /// The date that it declares.
    pub delivery_date: Date,
    /// Its number among those of its date.
    pub sequence: u32,
    /// The hash of its bytes, in hexadecimal.
    pub sha256: String,
    /// The name of its file, as sent.
    pub name: String,
    /// What was found when it was judged; `None` of one that a later `full` delivery made needless before that.
    pub found: Option<Found>,
    /// What became of its rows; `None` as before.
    pub account: Option<Account>,
    /// The run that has its rows; `None` where none has.
    pub run: Option<RunId>,
    /// The key of that run's bytes.
    pub(crate) identity: Option<String>,
    /// Files of its refused rows, from the folder of the publication.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rejects: Vec<String>,
}

/// What judging found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Found {
    /// The hash of what judging depended on.
    pub mapping: String,
    /// What became of the rows within the delivery; removals are published.
    pub account: Account,
    /// The kept part, from the folder of the publication; none of a `full` feed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) part: Option<String>,
    /// Where the rows of a `full` feed came from, from the folder of the publication; none of another feed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) places: Option<String>,
    /// The hash of what judging depended on when refused rows were judged again and added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replayed: Option<String>,
    /// The file of the rows that were refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rejects: Option<String>,
    /// Of each mapped column the cells with a value, and those that broke the type; of the last deliveries only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) columns: BTreeMap<String, (u64, u64)>,
}

impl TableState {
    /// Reads the state that a pointer holds; an empty one where it holds none.
    pub(crate) fn of(pointer: Option<&Pointer>, publication: &str) -> Result<Self, IntakeError> {
        match pointer.map(|pointer| &pointer.state).filter(|state| !state.is_null()) {
            None => Ok(Self::default()),
            Some(state) => Self::deserialize(state)
                .map_err(|cause| IntakeError::State { publication: publication.to_owned(), cause }),
        }
    }

    /// Returns what this delivery left, if exactly it is in.
    pub(crate) fn held(&self, delivery: &Accepted) -> Option<&Held> {
        self.deliveries.iter().find(|held| held.is(delivery))
    }

    /// Forgets where the rows came from that a `full` feed serves no more.
    pub(crate) fn forget_places(&mut self) {
        for found in self.deliveries.iter_mut().rev().skip(1).filter_map(|held| held.found.as_mut()) {
            found.places = None;
        }
    }

    /// Forgets what the columns of all but the last deliveries held.
    pub(crate) fn forget_measures(&mut self) {
        for found in self.deliveries.iter_mut().rev().filter_map(|held| held.found.as_mut()).skip(MEASURED) {
            found.columns.clear();
        }
    }
}

impl Held {
    /// Says that nothing is known of a delivery yet.
    pub(crate) fn unknown(delivery: &Accepted) -> Self {
        Self {
            id: delivery.id.clone(),
            delivery_date: delivery.delivery_date,
            sequence: delivery.sequence,
            sha256: delivery.sha256.clone(),
            name: delivery.name.clone(),
            found: None,
            account: None,
            run: None,
            identity: None,
            rejects: Vec::new(),
        }
    }

    /// Returns whether another is the same delivery, with the same bytes and name.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let of =
            |held: &Self| (held.id.clone(), held.delivery_date, held.sequence, held.sha256.clone(), held.name.clone());
        of(self) == of(other)
    }

    /// Returns whether it is this delivery, with these bytes and this name.
    pub(crate) fn is(&self, delivery: &Accepted) -> bool {
        let ours = (&self.id, self.delivery_date, self.sequence, &self.sha256, &self.name);
        ours == (&delivery.id, delivery.delivery_date, delivery.sequence, &delivery.sha256, &delivery.name)
    }
}

/// Returns what parts of a table are made for.
pub(crate) fn made_for(feed: &Feed, table: &FeedTable) -> String {
    let mode = match feed.mode {
        Mode::Full => "full",
        Mode::Append => "append",
        Mode::Upsert => "upsert",
    };
    let order = table.order.iter().map(|order| {
        let direction = if order.is_descending { " desc" } else { "" };
        format!("{}{direction}", order.column)
    });
    format!("{mode} by {} in the order of {}", table.key.join(", "), order.collect::<Vec<_>>().join(", "))
}
