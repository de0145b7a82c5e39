//! Entering a message: everything that it changes is one transaction, and its row of the index comes last.

use carelake_core::ledger::{Condition, LedgerError, Transacted, Write};
use jiff::Timestamp;

use super::Catalog;
use super::effect::Effect;
use super::errors::ErrorRow;
use super::patient::Found;
use super::plan::Plan;
use super::row::{Control, Indexed, Message, Role, State};
use super::together::transact;
use crate::config::Hl7;
use crate::facts::{Facts, Subject};
use crate::world::Hl7Error;

/// Rows that one transaction takes, and a few fewer.
const MOST: usize = 96;

/// A message that is to be entered, as far as it is known before anything is decided.
#[derive(Debug, Clone)]
pub struct Entry<'e> {
    /// Its id.
    pub message_id: &'e str,
    /// What the index says of it, with the keys where it lies.
    pub indexed: Indexed,
    /// What the row of the index is now, of one that was in the error zone.
    pub again: Option<(Indexed, u64)>,
    /// Whether it has its control id already.
    pub has_control: bool,
}

/// How a message stands before it is entered.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// It is new.
    New,
    /// It is in staging, or the same as one that is.
    Known(Box<Indexed>),
    /// It is in the error zone; with the version of its row.
    Failed(Box<Indexed>, u64),
}

/// How the control id of a message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nobody has it.
    Free,
    /// The message has it itself.
    Own,
    /// A message that says the same has it.
    Same(String),
    /// Another message has it.
    Taken,
}

/// What came of entering a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// It is entered: under whom, and whether its identifiers are those of two patients.
    Done {
        /// For each PID.
        patients: Vec<String>,
        /// Whether nobody was merged that should be looked at.
        is_conflict: bool,
    },
    /// Somebody else changed something meanwhile; it is to be looked at anew.
    Overtaken,
}

impl Catalog<'_> {
    /// Returns how a message stands.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn standing(&self, message_id: &str) -> Result<Standing, LedgerError> {
        let found: Option<(Indexed, u64)> = self.get(&self.index_key(message_id))?;
        Ok(match found {
            None => Standing::New,
            Some((indexed, version)) if indexed.state == State::Error => Standing::Failed(Box::new(indexed), version),
            Some((indexed, _)) => Standing::Known(Box::new(indexed)),
        })
    }

    /// Returns how the control id of a message stands.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn claim(&self, message_id: &str, facts: &Facts) -> Result<Claim, LedgerError> {
        if facts.control_id.is_empty() {
            return Ok(Claim::Own);
        }
        let control: Option<(Control, u64)> = self.get(&self.control_key(&facts.sender, &facts.control_id))?;
        Ok(match control.map(|(control, _)| control) {
            None => Claim::Free,
            Some(control) if control.message_id == message_id => Claim::Own,
            Some(control) if control.content == facts.content => Claim::Same(control.message_id),
            Some(_) => Claim::Taken,
        })
    }

    /// Enters a message that is in staging.
    ///
    /// # Errors
    /// [`Hl7Error`] when the ledger fails; then nothing of it is entered, or all of it.
    pub fn enter(&self, entry: Entry<'_>, facts: &Facts, config: &Hl7) -> Result<Entered, Hl7Error> {
        let Entry { message_id, mut indexed, again, has_control } = entry;
        let (received_at, event) = (indexed.received_at, facts.event.clone());
        let mut plan = Plan::new(self, message_id, received_at, &event);
        let received = received_at.as_microsecond();
        let sent = facts.sent_at.map_or(received, |moment| moment.micros);
        let effect = Effect::of(&facts.event);
        let mut subjects: Vec<(Subject, Found)> = Vec::new();
        let mut is_conflict = false;
        for subject in &facts.subjects {
            let found = plan.subject(subject, effect == Effect::Merge, sent)?;
            is_conflict |= found.is_conflict;
            subjects.push((subject.clone(), found));
        }
        if facts.subjects.is_empty() {
            plan.file(super::NOBODY, Role::Subject);
        }
        is_conflict |= plan.effect(effect, &subjects, facts.effective_at.unwrap_or(received))?;
        indexed.patients = subjects.into_iter().map(|(_, found)| found.filed).collect();
        if is_conflict {
            indexed.warnings.push(crate::Warning::PatientConflict.name().to_owned());
        }
        let structure = if facts.structure == crate::GENERIC { "GENERIC" } else { facts.structure };
        let code = format!("HL7_{structure}_{}", facts.sent);
        let message = Message {
            code: if config.is_original { code } else { format!("{code}_{message_id}") },
            s3_key: indexed.key.clone(),
            raw_key: indexed.raw_key.clone(),
            provided_id: facts.control_id.clone(),
            message_id: message_id.to_owned(),
            event: facts.event.clone(),
            version: facts.version.clone(),
            sent_at: facts.sent.clone(),
            received_at,
            role: Role::Subject,
        };
        let patients = indexed.patients.clone();
        let before = plan.writes(Some(&message), sent)?;
        let mut last = self.index_writes(message_id, &indexed, again.as_ref())?;
        last.extend(self.control_write((message_id, has_control), facts, config, received_at)?);
        Ok(match self.carry_out(before, last)? {
            true => Entered::Done { patients, is_conflict },
            false => Entered::Overtaken,
        })
    }

    /// Enters a message that says the same as another.
    ///
    /// # Errors
    /// As [`Catalog::enter`].
    pub fn enter_same(&self, entry: Entry<'_>, facts: &Facts) -> Result<Entered, Hl7Error> {
        let Entry { message_id, indexed, again, .. } = entry;
        let same_as = indexed.same_as.clone().unwrap_or_default();
        let mut writes = self.index_writes(message_id, &indexed, again.as_ref())?;
        let control = self.control_key(&facts.sender, &facts.control_id);
        writes.push(Write::keep(control).when(Condition::Member("message_id".to_owned(), same_as.into())));
        Ok(match self.carry_out(Vec::new(), writes)? {
            true => Entered::Done { patients: Vec::new(), is_conflict: false },
            false => Entered::Overtaken,
        })
    }

    /// Enters a message that could not be used.
    ///
    /// # Errors
    /// As [`Catalog::enter`].
    pub fn enter_error(&self, entry: Entry<'_>, row: &ErrorRow) -> Result<Entered, Hl7Error> {
        let Entry { message_id, indexed, again, .. } = entry;
        let mut writes = self.index_writes(message_id, &indexed, again.as_ref())?;
        writes.retain(|write| write.key.partition != self.errors_partition(indexed.received_at));
        let attempts = match &again {
            Some((before, _)) => self.error(message_id, before.received_at)?.map_or(1, |row| row.attempts + 1),
            None => 1,
        };
        let row = ErrorRow { attempts, ..row.clone() };
        writes.push(Write::put(self.error_key(message_id, indexed.received_at), self.object(&row)?));
        let day = crate::world::day_of(indexed.received_at).to_string();
        writes.push(Write::put(self.key("error_days", &day), Default::default()));
        Ok(match self.carry_out(Vec::new(), writes)? {
            true => Entered::Done { patients: Vec::new(), is_conflict: false },
            false => Entered::Overtaken,
        })
    }

    /// Returns the row of the index, and what becomes of the entry about an error that there was.
    fn index_writes(
        &self,
        message_id: &str,
        indexed: &Indexed,
        again: Option<&(Indexed, u64)>,
    ) -> Result<Vec<Write>, LedgerError> {
        let condition = again.map_or(Condition::Absent, |(_, version)| Condition::Version(*version));
        let mut writes = vec![Write::put(self.index_key(message_id), self.object(indexed)?).when(condition)];
        if let Some((before, _)) = again {
            let replayed = serde_json::json!({ "state": super::errors::Open::Replayed });
            writes.push(Write::update(self.error_key(message_id, before.received_at), self.object(&replayed)?));
            // The day is published anew where it is over.
            let day = crate::world::day_of(before.received_at).to_string();
            let changed = serde_json::json!({ "at": self.time() });
            writes.push(Write::put(self.key("changed", &day), self.object(&changed)?));
        }
        Ok(writes)
    }

    fn control_write(
        &self,
        (message_id, has_control): (&str, bool),
        facts: &Facts,
        config: &Hl7,
        received_at: Timestamp,
    ) -> Result<Option<Write>, LedgerError> {
        if facts.control_id.is_empty() {
            return Ok(None);
        }
        let key = self.control_key(&facts.sender, &facts.control_id);
        let control = Control { message_id: message_id.to_owned(), content: facts.content.clone() };
        let until = received_at.checked_add(config.control_id_kept).unwrap_or(Timestamp::MAX);
        let condition = if has_control { Condition::Present } else { Condition::Absent };
        let put = Write::put(key, self.object(&control)?).when(condition);
        // One that is received late, because it was made up for, has a control id that was given back already.
        Ok((until > self.time()).then(|| put.until(until)))
    }

    /// Writes rows, those of the index in the last transaction. Answers whether nobody was first.
    fn carry_out(&self, mut before: Vec<Write>, last: Vec<Write>) -> Result<bool, Hl7Error> {
        let room = MOST.saturating_sub(last.len());
        while before.len() > room {
            // What is begun by half says nothing yet: the index does not know the message.
            let rest = before.split_off(before.len().min(MOST));
            let first = std::mem::replace(&mut before, rest);
            if transact(self.rows, &first, self.time())? != Transacted::Done {
                return Ok(false);
            }
        }
        before.extend(last);
        Ok(transact(self.rows, &before, self.time())? == Transacted::Done)
    }
}
