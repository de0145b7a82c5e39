//! The reference in memory, whole.

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::block::{Block, Found};
use super::frequency::Frequencies;
use super::keys::Key;
use super::persons::{Persons, person_id};
use crate::config::Matcher;
use crate::lexicon::{Dictionary, Lexicon, MISSING};
use crate::record::Layout;

/// The place of a record of the reference, in the order of the keys (data_source, patient_id).
pub type Place = u32;

/// The reference of a run. Many threads look up in it.
#[derive(Debug)]
pub struct Index<'m> {
    /// Whose reference it is.
    pub matcher: &'m Matcher,
    /// How its rows are laid out.
    pub layout: &'m Layout,
    pub(crate) lexicon: Lexicon<'static>,
    pub(super) rows: Vec<u32>,
    pub(super) blocks: Vec<Block>,
    pub(super) by_id: Block,
    pub(super) about: Vec<Kept>,
    pub(super) sources: Dictionary<'static>,
    pub(super) ids: Dictionary<'static>,
    pub(super) person_ids: Dictionary<'static>,
    pub(super) persons: Persons,
    pub(super) frequencies: Vec<Option<Frequencies>>,
    pub(super) aliases: HashMap<(String, String), u32>,
    /// Keys that have too many records, where this is a part of a reference.
    pub(super) large: HashSet<Key>,
}

/// What is kept about a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) source: u32,
    pub(super) id: u32,
    pub(super) person: u32,
    pub(super) rank: u32,
    /// `YYYYMMDD`.
    pub(super) observed: u32,
}

pub(crate) fn id_hash(data_source: &str, patient_id: &str) -> u64 {
    xxh3_64_with_seed(patient_id.as_bytes(), Frequencies::hash(data_source))
}

/// Candidates of a record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Candidates {
    /// The places, in order, each once.
    pub places: Vec<Place>,
    /// Keys that had too many records.
    pub too_large: u32,
    /// Whether all keys that found anything had too many.
    pub is_cut: bool,
}

impl Index<'_> {
    /// Returns the number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.about.len()
    }

    /// Returns whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.about.is_empty()
    }

    /// Returns the key of a record: data_source and patient_id.
    #[must_use]
    pub fn key(&self, place: Place) -> (&str, &str) {
        self.about.get(place as usize).map_or(("", ""), |kept| (self.sources.text(kept.source), self.ids.text(kept.id)))
    }

    /// Returns the place of a key, if there is such a record.
    #[must_use]
    pub fn place(&self, data_source: &str, patient_id: &str) -> Option<Place> {
        let Found::Places(places) = self.by_id.find(id_hash(data_source, patient_id), usize::MAX - 1) else {
            return None;
        };
        places.iter().copied().find(|place| self.key(*place) == (data_source, patient_id))
    }

    /// Returns the persons.
    #[must_use]
    pub const fn persons(&self) -> &Persons {
        &self.persons
    }

    /// Joins records into persons; from now on these count.
    pub fn set_persons(&mut self, persons: Persons) {
        self.persons = persons;
    }

    /// Returns the id of a person: the one that was given, or that of its least key.
    #[must_use]
    pub fn person_id(&self, person: u32) -> String {
        let given = self.about.get(person as usize).filter(|kept| kept.person != MISSING);
        match given {
            Some(kept) => self.person_ids.text(kept.person).to_owned(),
            None => {
                let (data_source, patient_id) = self.key(person);
                person_id(data_source, patient_id)
            }
        }
    }

    /// Returns a record as it is packed.
    pub(crate) fn row(&self, place: Place) -> &[u32] {
        let (from, words) = (place as usize * self.layout.words(), self.layout.words());
        self.rows.get(from..from + words).unwrap_or_default()
    }

    /// Returns the packed value of a slot of a record; nothing where it is missing.
    pub(crate) fn value(&self, place: Place, slot: usize) -> Option<&[u32]> {
        value(self.layout, self.row(place), slot)
    }

    /// Returns the share of a value among the values of a field, if that field has frequencies.
    pub(crate) fn share(&self, field: usize, value: &str) -> Option<f64> {
        Some(self.frequencies.get(field)?.as_ref()?.share(value))
    }

    /// Returns how often values of a field occur, if that counts.
    #[must_use]
    pub fn frequencies(&self, field: usize) -> Option<&Frequencies> {
        self.frequencies.get(field)?.as_ref()
    }

    /// Returns the records of a person, those with the best values first: by preference, then the newest, then the least key.
    pub(crate) fn best_order(&self, person: u32) -> Vec<Place> {
        let mut members = self.persons.members(person).to_vec();
        let of = |place: &Place| self.about.get(*place as usize);
        members.sort_by_key(|place| of(place).map(|kept| (kept.rank, u32::MAX - kept.observed)));
        members
    }

    /// Adds the places that keys bring up.
    pub(crate) fn candidates(&self, keys: &[Key], found: &mut Candidates) {
        let (mut skipped, mut used) = (0, 0);
        for key in keys {
            let Some(block) = self.blocks.get(usize::from(key.pass)) else { continue };
            if self.large.contains(key) {
                skipped += 1;
                continue;
            }
            match block.find(key.hash, self.matcher.max_block) {
                Found::TooMany => skipped += 1,
                Found::Places([]) => {}
                Found::Places(places) => {
                    used += 1;
                    found.places.extend_from_slice(places);
                }
            }
        }
        found.places.sort_unstable();
        found.places.dedup();
        found.too_large = skipped;
        found.is_cut = skipped > 0 && used == 0;
    }

    /// Returns the persons that a partner knows by an id, each with the records that have it; all of them where it is an alias.
    pub(crate) fn known_as(&self, data_source: &str, patient_id: &str) -> Vec<(u32, Vec<Place>)> {
        let mut known = Vec::new();
        let others = self.matcher.same_ids.iter().filter(|set| set.iter().any(|feed| feed == data_source)).flatten();
        let mut feeds: Vec<&str> = others.map(String::as_str).chain([data_source]).collect();
        feeds.sort_unstable();
        feeds.dedup();
        for feed in feeds {
            if let Some(place) = self.place(feed, patient_id) {
                known.push((self.persons.of(place), vec![place]));
            } else if !self.aliases.is_empty()
                && let Some(person) = self.aliases.get(&(feed.to_owned(), patient_id.to_owned()))
            {
                known.push((*person, self.persons.members(*person).to_vec()));
            }
        }
        known
    }
}

/// Returns the packed value of a slot of a row; nothing where it is missing.
pub(crate) fn value<'r>(layout: &Layout, row: &'r [u32], slot: usize) -> Option<&'r [u32]> {
    let slot = layout.slots().get(slot)?;
    let words = row.get(slot.offset..slot.offset + slot.packing.width())?;
    (words.first() != Some(&MISSING)).then_some(words)
}
