//! Builds the reference in memory.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use rayon::slice::ParallelSliceMut;

use super::block::{self, Block};
use super::frequency::Frequencies;
use super::keys::Key;
use super::persons::Persons;
use super::whole::{Index, Kept, id_hash};
use crate::config::Matcher;
use crate::lexicon::{Dictionary, Lexicon, MISSING};
use crate::record::{Layout, Prepared};

/// What is known about a record of the reference beside its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About<'a> {
    /// The feed that sent it.
    pub data_source: &'a str,
    /// The partner of the feed, where it is known.
    pub partner: Option<&'a str>,
    /// The partner's id of the patient.
    pub patient_id: &'a str,
    /// The day `YYYY-MM-DD` of its delivery; empty where there is none.
    pub observed: &'a str,
    /// The person that it is a record of; none where persons are not given.
    pub person: Option<&'a str>,
}

/// Why there is no reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// Two records have one key; the newer must be chosen before.
    #[error("two records of the reference have one data_source and patient_id")]
    KeyTwice,
    /// More records than places.
    #[error("the reference has more than 4,294,967,294 records")]
    TooMany,
}

/// Takes the rows of a reference.
#[derive(Debug)]
pub struct Builder<'m> {
    matcher: &'m Matcher,
    layout: &'m Layout,
    lexicon: Lexicon<'static>,
    rows: Vec<u32>,
    keys: Vec<Vec<(u64, u32)>>,
    about: Vec<Kept>,
    sources: Dictionary<'static>,
    ids: Dictionary<'static>,
    persons: Dictionary<'static>,
    frequencies: Vec<Option<Frequencies>>,
    aliases: HashMap<(String, String), u32>,
    large: HashSet<Key>,
}

impl<'m> Builder<'m> {
    /// Begins a reference for a matcher.
    #[must_use]
    pub fn new(matcher: &'m Matcher, layout: &'m Layout) -> Self {
        Self {
            matcher,
            layout,
            lexicon: Lexicon::new(),
            rows: Vec::new(),
            keys: vec![Vec::new(); matcher.passes.len()],
            about: Vec::new(),
            sources: Dictionary::default(),
            ids: Dictionary::default(),
            persons: Dictionary::default(),
            frequencies: matcher.fields.iter().map(|field| field.is_frequent.then(Frequencies::default)).collect(),
            aliases: HashMap::new(),
            large: HashSet::new(),
        }
    }

    /// Adds a record. Records come in any order, each key once.
    ///
    /// # Errors
    /// `TooMany`, when there is no place for it.
    pub fn add(&mut self, about: About<'_>, row: &Prepared) -> Result<(), IndexError> {
        let place =
            u32::try_from(self.about.len()).ok().filter(|place| *place < u32::MAX).ok_or(IndexError::TooMany)?;
        for (slot, value) in self.layout.slots().iter().zip(&row.values) {
            self.lexicon.pack(slot.packing, value.as_deref(), &self.matcher.nicknames, &mut self.rows);
        }
        for (counted, value) in self.frequencies.iter_mut().zip(&row.values) {
            if let (Some(counted), Some(value)) = (counted, value) {
                counted.add(Frequencies::hash(value), 1);
            }
        }
        block::add(&mut self.keys, &row.keys, place);
        self.about.push(Kept {
            source: self.sources.add(about.data_source).0,
            id: self.ids.add(about.patient_id).0,
            person: about.person.map_or(MISSING, |person| self.persons.add(person).0),
            rank: self.matcher.reference.rank(about.data_source, about.partner),
            observed: about.observed.replace('-', "").parse().unwrap_or_default(),
        });
        Ok(())
    }

    /// Says that a person is known to a partner by an id that no record of the reference has.
    pub fn alias(&mut self, data_source: &str, patient_id: &str, person: &str) {
        let person = self.persons.add(person).0;
        self.aliases.insert((data_source.to_owned(), patient_id.to_owned()), person);
    }

    /// Gives how often values occur in the whole reference, where this is but a part of it.
    pub fn set_frequencies(&mut self, field: usize, frequencies: Frequencies) {
        if let Some(own) = self.frequencies.get_mut(field) {
            *own = Some(frequencies);
        }
    }

    /// Says which keys have too many records in the whole reference, where this is but a part of it.
    pub fn set_large(&mut self, large: HashSet<Key>) {
        self.large = large;
    }

    /// Puts the records in order.
    ///
    /// # Errors
    /// `KeyTwice`, when two have one key.
    pub fn finish(self) -> Result<Index<'m>, IndexError> {
        let Self { matcher, layout, lexicon, rows, keys, about, sources, ids, persons, frequencies, aliases, large } =
            self;
        let order = order(&about, &sources, &ids)?;
        let mut places = vec![0_u32; order.len()];
        let mut in_order = Vec::with_capacity(rows.len());
        let stride = layout.words();
        for (now, before) in (0..).zip(&order) {
            let before = *before as usize;
            if let Some(place) = places.get_mut(before) {
                *place = now;
            }
            in_order.extend_from_slice(rows.get(before * stride..(before + 1) * stride).unwrap_or_default());
        }
        drop(rows);
        let about: Vec<Kept> = order.iter().filter_map(|place| about.get(*place as usize)).copied().collect();
        let by_id = |(place, kept): (u32, &Kept)| (id_hash(sources.text(kept.source), ids.text(kept.id)), place);
        let by_id = Block::new((0..).zip(&about).map(by_id).collect());
        let blocks = block::blocks(keys, &places);
        // A record whose person is not given is one of its own.
        let alone = |place: u32| persons.next().saturating_add(place);
        let group = |(place, kept): (u32, &Kept)| if kept.person == MISSING { alone(place) } else { kept.person };
        let groups: Vec<u32> = (0..).zip(&about).map(group).collect();
        let persons_of = Persons::of_groups(&groups);
        let mut person_of: HashMap<u32, u32> = HashMap::new();
        if !aliases.is_empty() {
            person_of.extend(groups.iter().zip(0..).map(|(group, place)| (*group, persons_of.of(place))));
        }
        let alias = |(key, person): ((String, String), u32)| Some((key, *person_of.get(&person)?));
        let aliases = aliases.into_iter().filter_map(alias).collect();
        Ok(Index {
            matcher,
            layout,
            lexicon,
            rows: in_order,
            blocks,
            by_id,
            about,
            sources,
            ids,
            person_ids: persons,
            persons: persons_of,
            frequencies,
            aliases,
            large,
        })
    }
}

/// Returns the places of records in the order of their keys.
fn order(about: &[Kept], sources: &Dictionary<'_>, ids: &Dictionary<'_>) -> Result<Vec<u32>, IndexError> {
    let mut by_text: Vec<u32> = (0..sources.next()).collect();
    by_text.sort_unstable_by_key(|source| sources.text(*source));
    let mut ranks = vec![0_u32; by_text.len()];
    for (rank, source) in (0..).zip(by_text) {
        if let Some(own) = ranks.get_mut(source as usize) {
            *own = rank;
        }
    }
    // Most ids differ in the first eight bytes, so that few texts are looked at.
    let head = |id: &str| id.bytes().chain([0; 8]).take(8).fold(0_u64, |head, byte| head << 8 | u64::from(byte));
    let key = |(place, kept): (u32, &Kept)| {
        let rank = ranks.get(kept.source as usize).copied().unwrap_or_default();
        (rank, head(ids.text(kept.id)), kept.id, place)
    };
    let mut keys: Vec<(u32, u64, u32, u32)> = (0..).zip(about).map(key).collect();
    let compared = |one: &(u32, u64, u32, u32), other: &(u32, u64, u32, u32)| -> Ordering {
        (one.0, one.1).cmp(&(other.0, other.1)).then_with(|| ids.text(one.2).cmp(ids.text(other.2)))
    };
    if !keys.is_sorted_by(|one, other| compared(one, other).is_le()) {
        keys.par_sort_unstable_by(compared);
    }
    if keys.array_windows().any(|[one, other]| (one.0, one.2) == (other.0, other.2)) {
        return Err(IndexError::KeyTwice);
    }
    Ok(keys.into_iter().map(|(.., place)| place).collect())
}
