//! What events do to patients and their identifiers: they merge, move, link. Effects are in the order in which they happened, and not
//! in that of their arrival.

use super::patient::Found;
use super::plan::Plan;
use super::row::{Before, Held, LinkKind, Linked, Merged, Role};
use crate::facts::Subject;
use crate::world::Hl7Error;

/// What an event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// The patient of the prior identifier becomes the one of PID.
    Merge,
    /// The prior identifier becomes one of the patient of PID.
    Move,
    /// An account or a visit moves: that is noted, and no patient changes.
    MoveNoted,
    /// The patients of two PIDs are shown together.
    Link,
    /// They are no longer.
    Unlink,
    /// Nothing.
    None,
}

impl Effect {
    /// Returns what an event does, such as `ADT^A40` (HL7 v2.8.2, chapter 3).
    pub(super) fn of(event: &str) -> Self {
        match event.strip_prefix("ADT^").unwrap_or_default() {
            "A18" | "A30" | "A34" | "A36" | "A39" | "A40" | "A46" | "A47" => Self::Merge,
            "A43" => Self::Move,
            "A35" | "A41" | "A42" | "A44" | "A45" | "A50" | "A51" => Self::MoveNoted,
            "A24" => Self::Link,
            "A37" => Self::Unlink,
            _ => Self::None,
        }
    }
}

impl Plan<'_, '_> {
    /// Carries out what an event does, `at` the moment when it happened, in microseconds since 1970. Answers whether it could not be,
    /// because it would make patients each other's.
    pub(super) fn effect(&mut self, effect: Effect, subjects: &[(Subject, Found)], at: i64) -> Result<bool, Hl7Error> {
        self.is_strict |= effect != Effect::None;
        let mut is_conflict = false;
        for (subject, found) in subjects.iter().filter(|(_, found)| found.filed != super::NOBODY) {
            for prior in &subject.prior {
                match effect {
                    Effect::Merge => is_conflict |= self.merge(prior, &found.named, at)?,
                    Effect::Move => self.move_id(prior, &found.named, at)?,
                    Effect::MoveNoted => {
                        let whose = self.identifier(prior)?.map(|identifier| identifier.uuid.clone());
                        let other = whose.filter(|whose| *whose != found.named);
                        self.link(LinkKind::Move, (&found.named, other.as_deref()), std::slice::from_ref(prior), at);
                    }
                    Effect::Link | Effect::Unlink | Effect::None => {}
                }
            }
        }
        if let (Effect::Link | Effect::Unlink, [(_, one), (_, other), ..]) = (effect, subjects)
            && one.named != other.named
            && ![&one.named, &other.named].contains(&&super::NOBODY.to_owned())
        {
            self.set_linked(&one.named, &other.named, effect == Effect::Link, at)?;
        }
        Ok(is_conflict)
    }

    /// Makes the patient of a prior identifier the one that is named. Answers whether it could not be done.
    fn merge(&mut self, prior: &str, survivor: &str, at: i64) -> Result<bool, Hl7Error> {
        let ids = [prior.to_owned()];
        let Some(identifier) = self.identifier(prior)?.cloned() else {
            self.give(prior, survivor, Held::Merged);
            self.link(LinkKind::Merge, (survivor, None), &ids, at);
            return Ok(false);
        };
        let gone = identifier.at(at).to_owned();
        self.file(&gone, Role::Prior);
        let (from, to) = (self.path(&gone)?, self.path(survivor)?);
        if from.iter().any(|uuid| uuid == survivor) {
            return Ok(false);
        }
        if to.contains(&gone) {
            // A circle. The last of its merges is the one that cannot be.
            let mut last: Option<(String, Merged)> = None;
            for uuid in to.iter().take_while(|uuid| **uuid != gone) {
                let merged = self.person(uuid)?.merged_into.clone();
                if let Some(merged) = merged.filter(|merged| last.as_ref().is_none_or(|(_, last)| merged.at > last.at))
                {
                    last = Some((uuid.clone(), merged));
                }
            }
            let Some((uuid, merged)) = last.filter(|(_, merged)| merged.at > at) else {
                return Ok(self.conflict(&gone, survivor, &ids, at)?);
            };
            self.person(&uuid)?.merged_into = None;
            self.person(&merged.uuid)?.merged_from.retain(|from| *from != uuid);
            self.conflict(&uuid, &merged.uuid, &ids, at)?;
        } else if from.len() > 1 {
            if from.last() == to.last() {
                return Ok(false);
            }
            // It became another already, and that one is not said to become anybody.
            let other = from.last().cloned().unwrap_or_default();
            return Ok(self.conflict(&other, survivor, &ids, at)?);
        }
        self.person(&gone)?.merged_into = Some(Merged { uuid: survivor.to_owned(), at });
        let into = self.person(survivor)?;
        if !into.merged_from.contains(&gone) {
            into.merged_from.push(gone.clone());
        }
        if identifier.uuid == gone {
            self.set_identifier(prior, super::row::Identifier { status: Held::Merged, ..identifier });
        }
        self.link(LinkKind::Merge, (survivor, Some(&gone)), &ids, at);
        Ok(false)
    }

    /// Makes a prior identifier one of another patient, from a moment on.
    fn move_id(&mut self, prior: &str, to: &str, at: i64) -> Result<(), Hl7Error> {
        let ids = [prior.to_owned()];
        let Some(mut identifier) = self.identifier(prior)?.cloned() else {
            self.give(prior, to, Held::Active);
            self.link(LinkKind::Move, (to, None), &ids, at);
            return Ok(());
        };
        let from = identifier.at(at).to_owned();
        if from == to {
            return Ok(());
        }
        // One that happened before others that came first changes whose it was, and not whose it is.
        let place = identifier.before.iter().position(|before| at < before.until);
        match place {
            Some(place) => {
                if let Some(next) = identifier.before.get_mut(place) {
                    next.uuid = to.to_owned();
                }
                identifier.before.insert(place, Before { uuid: from.clone(), until: at });
            }
            None => {
                identifier.before.push(Before { uuid: from.clone(), until: at });
                identifier.uuid = to.to_owned();
            }
        }
        self.set_identifier(prior, identifier.clone());
        for past in [from.as_str(), to].into_iter().filter(|past| *past != identifier.uuid) {
            self.note_held(past, prior, Held::Moved);
        }
        self.link(LinkKind::Move, (to, Some(&from)), &ids, at);
        Ok(())
    }

    fn set_linked(&mut self, one: &str, other: &str, is_on: bool, at: i64) -> Result<(), Hl7Error> {
        for (ours, theirs) in [(one, other), (other, one)] {
            let linked = self.person(ours)?.linked.entry(theirs.to_owned()).or_insert(Linked { at, is_on });
            if at >= linked.at {
                *linked = Linked { at, is_on };
            }
        }
        let kind = if is_on { LinkKind::Link } else { LinkKind::Unlink };
        self.link(kind, (one, Some(other)), &[], at);
        Ok(())
    }
}
