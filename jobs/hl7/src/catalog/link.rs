//! What people decide about patients that a message took for one.

use carelake_core::ledger::{LedgerError, Transacted, Write};

use super::Catalog;
use super::plan::Plan;
use super::row::{Conflict, LinkKind, Merged};
use crate::world::Hl7Error;

/// How often a decision is tried while others change the same patients.
const TRIES: usize = 20;

impl Catalog<'_> {
    /// Returns the conflicts, the last one first; those that are decided only where all are asked for.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn conflicts(&self, all: bool) -> Result<Vec<Conflict>, LedgerError> {
        let found: Vec<(String, Conflict)> = self.all("conflicts", "")?;
        let wanted = found.into_iter().rev().map(|(_, conflict)| conflict);
        Ok(wanted.filter(|conflict| all || conflict.decided.is_none()).collect())
    }

    /// Decides about two patients: the second becomes the first, or they are two. `by` is who decides.
    ///
    /// # Errors
    /// [`Hl7Error::Unknown`] when there is no such patient, [`Hl7Error::Refused`] when they are one already, or the ledger fails.
    pub fn decide(&self, (survivor, other): (&str, &str), is_merge: bool, by: &str) -> Result<(), Hl7Error> {
        for _ in 0..TRIES {
            let now = self.time();
            let name = format!("by {by}");
            let mut plan = Plan::new(self, &name, now, "manual");
            plan.is_strict = true;
            for uuid in [survivor, other] {
                let is_there = !self.all::<serde_json::Value>(&format!("patient/{uuid}"), "")?.is_empty();
                if !is_there {
                    return Err(Hl7Error::Unknown { what: "patient" });
                }
            }
            let (to, from) = (plan.path(survivor)?, plan.path(other)?);
            if survivor == other || to.last() == from.last() {
                return Err(Hl7Error::Refused { why: "they are one patient already" });
            }
            let at = now.as_microsecond();
            if is_merge {
                let gone = from.last().cloned().unwrap_or_default();
                plan.person(&gone)?.merged_into = Some(Merged { uuid: survivor.to_owned(), at });
                plan.person(survivor)?.merged_from.push(gone);
            }
            plan.person(survivor)?.conflicts.insert(other.to_owned(), false);
            plan.person(other)?.conflicts.insert(survivor.to_owned(), false);
            plan.link(LinkKind::Manual, (survivor, Some(other)), &[], at);
            let mut writes = plan.writes(None, at)?;
            let decided = if is_merge { "merged" } else { "apart" };
            for (sort, conflict) in self.all::<Conflict>("conflicts", "")? {
                let (one, two) = (&conflict.patients.0, &conflict.patients.1);
                let is_theirs = [(survivor, other), (other, survivor)].contains(&(one.as_str(), two.as_str()));
                if is_theirs && conflict.decided.is_none() {
                    let decided = serde_json::json!({ "decided": decided });
                    writes.push(Write::update(self.key("conflicts", &sort), self.object(&decided)?));
                }
            }
            if self.rows.transact(&writes, now)? == Transacted::Done {
                return Ok(());
            }
        }
        Err(Hl7Error::Crowded)
    }
}
