//! What was told to whom: whether it was delivered, and whether somebody acknowledged it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::LedgerError;
use super::rows::{Condition, Object, Partition, Row, Rows, Write, Written, object};
use crate::names::Scope;

/// Notices that are read at once.
const PAGE: usize = 500;
/// The partition with the names of the recipients; none has a name like it.
const RECIPIENTS: &str = ".recipients";
/// How often a change is tried when others change the same notice.
const MOST_TRIES: usize = 20;

/// The notices of a scope.
#[derive(Debug, Clone, Copy)]
pub struct Notices<'r> {
    rows: &'r dyn Rows,
    scope: &'r Scope,
}

/// A notice to one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What tells it from every other to this recipient, such as an execution, or a failure of a feed and when it began.
    pub id: String,
    /// To whom: a name of the configuration, not an address.
    pub recipient: String,
    /// What it is about, in one line, without a value from the data.
    pub subject: String,
    /// When it was told.
    pub told_at: Timestamp,
    /// When it is known to have been delivered.
    #[serde(default)]
    pub delivered_at: Option<Timestamp>,
    /// When somebody acknowledged it.
    #[serde(default)]
    pub acknowledged_at: Option<Timestamp>,
    /// Who did.
    #[serde(default)]
    pub acknowledged_by: Option<String>,
}

impl<'r> Notices<'r> {
    /// Opens the notices of a scope.
    #[must_use]
    pub const fn new(rows: &'r dyn Rows, scope: &'r Scope) -> Self {
        Self { rows, scope }
    }

    /// Notes a notice before it is sent. Answers whether it is new: one that is not need not be sent again.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn tell(&self, id: &str, recipient: &str, subject: &str, now: Timestamp) -> Result<bool, LedgerError> {
        let notice = Notice {
            id: id.to_owned(),
            recipient: recipient.to_owned(),
            subject: subject.to_owned(),
            told_at: now,
            delivered_at: None,
            acknowledged_at: None,
            acknowledged_by: None,
        };
        let name = object(&json!({"recipient": recipient}), self.rows)?;
        let known = Write::put(self.recipient(RECIPIENTS).key(recipient), name).when(Condition::Absent);
        self.rows.write(&known, now)?;
        let key = self.recipient(recipient).key(id);
        let put = Write::put(key, object(&notice, self.rows)?).when(Condition::Absent);
        Ok(self.rows.write(&put, now)? != Written::Refused)
    }

    /// Notes that a notice was delivered; the first time stands. Answers whether there is such a notice.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn delivered(&self, id: &str, recipient: &str, now: Timestamp) -> Result<bool, LedgerError> {
        self.note(id, recipient, now, |notice| {
            notice.delivered_at.is_none().then(|| Object::from_iter([("delivered_at".to_owned(), json!(now))]))
        })
    }

    /// Notes who acknowledged a notice; the first one stands. Answers whether there is such a notice.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn acknowledged(&self, id: &str, recipient: &str, by: &str, now: Timestamp) -> Result<bool, LedgerError> {
        self.note(id, recipient, now, |notice| {
            let members = [("acknowledged_at".to_owned(), json!(now)), ("acknowledged_by".to_owned(), json!(by))];
            notice.acknowledged_at.is_none().then(|| Object::from_iter(members))
        })
    }

    /// Returns the notices of a recipient, by their ids.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn of(&self, recipient: &str, now: Timestamp) -> Result<Vec<Notice>, LedgerError> {
        self.all(recipient, now, |row| row.read("a notice", self.rows))
    }

    /// Returns those who were told anything, in the order of their names.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn recipients(&self, now: Timestamp) -> Result<Vec<String>, LedgerError> {
        self.all(RECIPIENTS, now, |row| Ok(row.sort.clone()))
    }

    /// Returns every notice, in the order in which they were told.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn every(&self, now: Timestamp) -> Result<Vec<Notice>, LedgerError> {
        let mut found = Vec::new();
        for recipient in self.recipients(now)? {
            found.extend(self.of(&recipient, now)?);
        }
        found.sort_by(|one, other| (one.told_at, &one.id).cmp(&(other.told_at, &other.id)));
        Ok(found)
    }

    fn all<T>(
        &self,
        partition: &str,
        now: Timestamp,
        read: impl Fn(&Row) -> Result<T, LedgerError>,
    ) -> Result<Vec<T>, LedgerError> {
        let (mut found, mut range) = (Vec::new(), self.recipient(partition).begin("", PAGE));
        loop {
            let page = self.rows.query(&range, now)?;
            for row in &page.rows {
                found.push(read(row)?);
            }
            range.after = page.resume;
            if range.after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Changes a notice by what is to be changed of it, if anything. Answers whether there is one.
    fn note(
        &self,
        id: &str,
        recipient: &str,
        now: Timestamp,
        change: impl Fn(&Notice) -> Option<Object>,
    ) -> Result<bool, LedgerError> {
        let key = self.recipient(recipient).key(id);
        for _ in 0..MOST_TRIES {
            let Some(row) = self.rows.get(&key, now)? else { return Ok(false) };
            let Some(members) = change(&row.read("a notice", self.rows)?) else { return Ok(true) };
            let update = Write::update(key.clone(), members).when(Condition::Version(row.version));
            if self.rows.write(&update, now)? != Written::Refused {
                return Ok(true);
            }
        }
        Err(LedgerError::Busy { place: self.rows.describe() })
    }

    fn recipient(&self, recipient: &str) -> Partition {
        Partition::new(self.scope, "notices", recipient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::SqliteLedger;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    #[test]
    fn a_notice_is_new_once_and_its_first_acknowledgement_stands() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let notices = Notices::new(&ledger, &scope);
        assert!(notices.tell("b", "lab", "two files were refused", at(0)).unwrap());
        assert!(!notices.tell("b", "lab", "two files were refused", at(9)).unwrap());
        assert!(notices.tell("b", "clinic", "x", at(1)).unwrap() && notices.tell("a", "lab", "y", at(1)).unwrap());
        assert!(notices.delivered("b", "lab", at(2)).unwrap() && notices.delivered("b", "lab", at(3)).unwrap());
        assert!(notices.acknowledged("b", "lab", "ann", at(4)).unwrap());
        assert!(notices.acknowledged("b", "lab", "bob", at(5)).unwrap());
        assert!(!notices.delivered("c", "lab", at(2)).unwrap());
        let found = notices.of("lab", at(9)).unwrap();
        assert_eq!(found.iter().map(|notice| notice.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let notice = found.last().unwrap();
        assert_eq!((notice.told_at, notice.delivered_at, notice.acknowledged_at), (at(0), Some(at(2)), Some(at(4))));
        assert_eq!(notice.acknowledged_by.as_deref(), Some("ann"));
        assert!(notices.tell("c", "clinic", "z", at(5)).unwrap());
        assert_eq!(notices.recipients(at(9)).unwrap(), ["clinic", "lab"]);
        let every = notices.every(at(9)).unwrap();
        assert_eq!(
            every.iter().map(|it| (it.id.as_str(), it.recipient.as_str())).collect::<Vec<_>>(),
            [("b", "lab"), ("a", "lab"), ("b", "clinic"), ("c", "clinic")]
        );
        let acme: Scope = "acme".parse().unwrap();
        assert_eq!(Notices::new(&ledger, &acme).of("lab", at(9)).unwrap(), []);
    }
}
