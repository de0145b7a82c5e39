//! What one message changes about patients: read first, then written all at once, each row once.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::ledger::{Condition, LedgerError, Write};
use jiff::{SignedDuration, Timestamp};

use super::row::{Conflict, Held, Identifier, Link, LinkKind, Message, Person, Role};
use super::{Catalog, sortable};

/// How much older than a message the last sight of an identifier must be to be noted anew: who is seen often is not written often.
const SEEN_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// What is known of a row that was read, and what it is to become.
struct Slot<T> {
    read: Option<(T, u64)>,
    now: Option<T>,
}

/// The changes of one message.
pub(super) struct Plan<'c, 'w> {
    catalog: &'c Catalog<'w>,
    pub(super) message_id: &'c str,
    pub(super) received_at: Timestamp,
    pub(super) event: &'c str,
    identifiers: BTreeMap<String, Slot<Identifier>>,
    persons: BTreeMap<String, Slot<Person>>,
    /// Identifiers by patient, as they are listed.
    held: BTreeMap<(String, String), Held>,
    links: BTreeMap<(String, String), Link>,
    filed: BTreeSet<(String, Role)>,
    conflicts: Vec<Conflict>,
    /// Whether what is known of patients must not change meanwhile.
    pub(super) is_strict: bool,
}

impl<'c, 'w> Plan<'c, 'w> {
    pub(super) fn new(catalog: &'c Catalog<'w>, message_id: &'c str, received_at: Timestamp, event: &'c str) -> Self {
        Self {
            catalog,
            message_id,
            received_at,
            event,
            identifiers: BTreeMap::new(),
            persons: BTreeMap::new(),
            held: BTreeMap::new(),
            links: BTreeMap::new(),
            filed: BTreeSet::new(),
            conflicts: Vec::new(),
            is_strict: false,
        }
    }

    /// Returns whose an identifier is, with what this message changes.
    pub(super) fn identifier(&mut self, local_id: &str) -> Result<Option<&Identifier>, LedgerError> {
        if !self.identifiers.contains_key(local_id) {
            let read = self.catalog.get(&self.catalog.key(&format!("id/{local_id}"), "patient"))?;
            let now = read.as_ref().map(|(identifier, _): &(Identifier, u64)| identifier.clone());
            self.identifiers.insert(local_id.to_owned(), Slot { read, now });
        }
        Ok(self.identifiers.get(local_id).and_then(|slot| slot.now.as_ref()))
    }

    /// Says whose an identifier is from now on.
    pub(super) fn set_identifier(&mut self, local_id: &str, identifier: Identifier) {
        self.held.insert((identifier.uuid.clone(), local_id.to_owned()), identifier.status);
        if let Some(slot) = self.identifiers.get_mut(local_id) {
            slot.now = Some(identifier);
        }
    }

    /// Gives an identifier that nobody has to a patient.
    pub(super) fn give(&mut self, local_id: &str, uuid: &str, status: Held) {
        let identifier = Identifier {
            uuid: uuid.to_owned(),
            status,
            first_seen: self.received_at,
            last_seen: self.received_at,
            message_id: self.message_id.to_owned(),
            before: Vec::new(),
        };
        self.set_identifier(local_id, identifier);
    }

    /// Notes how an identifier is held by a patient who is not, or no longer, the one that it is found under.
    pub(super) fn note_held(&mut self, uuid: &str, local_id: &str, status: Held) {
        self.held.insert((uuid.to_owned(), local_id.to_owned()), status);
    }

    /// Notes an identifier that identifies nobody, unless that is noted already.
    pub(super) fn note_other(&mut self, uuid: &str, local_id: &str) -> Result<(), LedgerError> {
        let key = self.catalog.key(&format!("patient/{uuid}"), &format!("id/{local_id}"));
        if self.catalog.rows.get(&key, self.received_at)?.is_none() {
            self.note_held(uuid, local_id, Held::Active);
        }
        Ok(())
    }

    /// Returns what is known of a patient, with what this message changes.
    pub(super) fn person(&mut self, uuid: &str) -> Result<&mut Person, LedgerError> {
        if !self.persons.contains_key(uuid) {
            let read: Option<(Person, u64)> = self.catalog.get(&self.catalog.person_key(uuid))?;
            self.persons.insert(uuid.to_owned(), Slot { read, now: None });
        }
        let slot = self.persons.entry(uuid.to_owned()).or_insert(Slot { read: None, now: None });
        let read = slot.read.as_ref().map(|(person, _)| person.clone());
        Ok(slot.now.get_or_insert_with(|| read.unwrap_or_default()))
    }

    /// Returns the patients that one became, itself first, the one that is left last.
    pub(super) fn path(&mut self, uuid: &str) -> Result<Vec<String>, LedgerError> {
        let mut path = vec![uuid.to_owned()];
        let mut at = uuid.to_owned();
        while let Some(merged) = self.person(&at)?.merged_into.clone() {
            if path.contains(&merged.uuid) {
                break;
            }
            path.push(merged.uuid.clone());
            at = merged.uuid;
        }
        Ok(path)
    }

    /// Returns whom a patient became in the end.
    pub(super) fn survivor(&mut self, uuid: &str) -> Result<String, LedgerError> {
        Ok(self.path(uuid)?.pop().unwrap_or_else(|| uuid.to_owned()))
    }

    /// Links two patients, or one with an identifier only.
    pub(super) fn link(&mut self, kind: LinkKind, (one, other): (&str, Option<&str>), local_ids: &[String], at: i64) {
        let link = |other: Option<&str>| Link {
            kind,
            other: other.map(str::to_owned),
            local_ids: local_ids.to_vec(),
            event: self.event.to_owned(),
            at,
            message_id: self.message_id.to_owned(),
        };
        let name = |one: &str, other: Option<&str>| {
            let (at, message_id) = (sortable(at), self.message_id);
            let what = other.map_or_else(|| local_ids.join(","), str::to_owned);
            (one.to_owned(), format!("link/{at}/{message_id}/{kind:?}/{what}"))
        };
        let (ours, sort) = (link(other), name(one, other));
        let theirs = other.map(|other| (name(other, Some(one)), link(Some(one))));
        self.links.insert(sort, ours);
        self.links.extend(theirs);
    }

    /// Flags that two patients were taken for one; answers whether that is still to be decided.
    pub(super) fn conflict(
        &mut self,
        one: &str,
        other: &str,
        local_ids: &[String],
        at: i64,
    ) -> Result<bool, LedgerError> {
        if let Some(is_open) = self.person(one)?.conflicts.get(other).copied() {
            return Ok(is_open);
        }
        self.is_strict = true;
        self.person(one)?.conflicts.insert(other.to_owned(), true);
        self.person(other)?.conflicts.insert(one.to_owned(), true);
        self.link(LinkKind::Conflict, (one, Some(other)), local_ids, at);
        self.conflicts.push(Conflict {
            patients: (one.to_owned(), other.to_owned()),
            message_id: self.message_id.to_owned(),
            at: self.received_at,
            decided: None,
        });
        Ok(true)
    }

    /// Files the message under a patient.
    pub(super) fn file(&mut self, uuid: &str, role: Role) {
        self.filed.insert((uuid.to_owned(), role));
    }

    /// Returns everything that is to be written, without the index. `message` is the row of the message, and `at` its place among
    /// the others of a patient.
    pub(super) fn writes(self, message: Option<&Message>, at: i64) -> Result<Vec<Write>, LedgerError> {
        let Self { catalog, message_id, received_at, .. } = self;
        let mut writes = Vec::new();
        for (local_id, slot) in self.identifiers {
            let key = catalog.key(&format!("id/{local_id}"), "patient");
            let Some(mut now) = slot.now else { continue };
            writes.push(match slot.read {
                None => Write::put(key, catalog.object(&now)?).when(Condition::Absent),
                Some((read, version)) if read != now => {
                    now.last_seen = received_at.max(now.last_seen);
                    Write::put(key, catalog.object(&now)?).when(Condition::Version(version))
                }
                Some((read, _)) => {
                    let is_same = Condition::Member("uuid".to_owned(), read.uuid.clone().into());
                    let is_seen_again = received_at.duration_since(read.last_seen) >= SEEN_AGAIN;
                    let seen = serde_json::Map::from_iter([("last_seen".to_owned(), received_at.to_string().into())]);
                    let write = if is_seen_again { Write::update(key, seen) } else { Write::keep(key) };
                    write.when(is_same)
                }
            });
        }
        for ((uuid, local_id), status) in self.held {
            let key = catalog.key(&format!("patient/{uuid}"), &format!("id/{local_id}"));
            let held = serde_json::json!({ "status": status, "seen": received_at, "message_id": message_id });
            writes.push(Write::put(key, catalog.object(&held)?));
        }
        for (uuid, slot) in self.persons {
            let condition = slot.read.as_ref().map_or(Condition::Absent, |(_, version)| Condition::Version(*version));
            let key = catalog.person_key(&uuid);
            let was = slot.read.map(|(person, _)| person).unwrap_or_default();
            match slot.now.filter(|now| *now != was) {
                Some(now) => writes.push(Write::put(key, catalog.object(&now)?).when(condition)),
                None if self.is_strict => writes.push(Write::keep(key).when(condition)),
                None => {}
            }
        }
        for ((uuid, sort), link) in self.links {
            writes.push(Write::put(catalog.key(&format!("patient/{uuid}"), &sort), catalog.object(&link)?));
        }
        for conflict in self.conflicts {
            let sort = format!("{}/{message_id}/{}", sortable(received_at.as_microsecond()), conflict.patients.1);
            writes.push(Write::put(catalog.key("conflicts", &sort), catalog.object(&conflict)?));
        }
        let mut filed: BTreeMap<String, Role> = BTreeMap::new();
        for (uuid, role) in self.filed {
            // Whom it is about counts for more than whom that one was before.
            let entry = filed.entry(uuid).or_insert(role);
            *entry = role.min(*entry);
        }
        for (uuid, role) in filed {
            let Some(message) = message else { continue };
            let key = catalog.key(&format!("messages/{uuid}"), &format!("{}/{message_id}", sortable(at)));
            writes.push(Write::put(key, catalog.object(&Message { role, ..message.clone() })?));
        }
        Ok(writes)
    }
}

impl Catalog<'_> {
    pub(super) fn person_key(&self, uuid: &str) -> carelake_core::ledger::Key {
        self.key(&format!("patient/{uuid}"), "#")
    }
}
