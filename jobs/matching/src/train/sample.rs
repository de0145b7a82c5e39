//! The pairs that a model is made of: records with their candidates, and pairs that a hash takes.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::compare::Level;
use crate::decide::{Pairs, Record};
use crate::index::{Candidates, Index, Place};
use crate::lexicon::Lexicon;

/// The most records that a model is made of.
const RECORDS: usize = 20_000;
/// Pairs that a hash takes, of all records and of one.
const TAKEN: usize = 1_000_000;
const TAKEN_EACH: usize = 250;
/// Records that a thread looks up before it asks for more. Sums are made in these shares, so that they are the same for any threads.
pub(super) const SHARE: usize = 256;

/// A record that is known to be a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// The place of the record among those that are given.
    pub record: usize,
    /// A record of the person in the reference.
    pub place: Place,
}

/// The pairs of one record.
#[derive(Debug, Clone, Default)]
pub(super) struct Looked {
    /// The levels of its candidates, field by field.
    pub levels: Vec<Level>,
    /// The share of each of its values in the reference, where that counts.
    pub shares: Vec<f64>,
    /// The levels of pairs that a hash took, field by field.
    pub taken: Vec<Level>,
    /// The levels of the pair that a label says.
    pub labelled: Vec<Level>,
}

/// The records that a model is made of, each with its pairs.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub records: Vec<Looked>,
    pub fields: usize,
    /// Records of the reference.
    pub reference: usize,
}

impl Sample {
    /// Takes records by the hashes of their keys, so that their order is of no account; those with labels come first.
    pub(super) fn take(index: &Index<'_>, records: &[Record<'_>], labels: &[Label]) -> Self {
        let fields = index.matcher.fields.len();
        let mut chosen: Vec<(u64, &Record<'_>, Option<Place>)> = Vec::with_capacity(records.len());
        let mut label_of = vec![None; records.len()];
        for label in labels {
            if let Some(own) = label_of.get_mut(label.record) {
                *own = Some(label.place);
            }
        }
        for (record, label) in records.iter().zip(label_of) {
            let hash = xxh3_64_with_seed(record.patient_id.as_bytes(), hash_of(record.data_source));
            chosen.push((hash, record, label));
        }
        chosen.sort_by_key(|(hash, record, label)| (label.is_none(), *hash, record.data_source, record.patient_id));
        chosen.truncate(RECORDS);
        let each = TAKEN.div_ceil(chosen.len().max(1)).min(TAKEN_EACH).min(index.len());
        let looked = chosen.par_chunks(SHARE).flat_map_iter(|chosen| {
            let mut lexicon = Lexicon::over(&index.lexicon);
            let look = move |(hash, record, label): &(u64, &Record<'_>, Option<Place>)| {
                look(index, &mut lexicon, (record, *label), (*hash, each))
            };
            chosen.iter().map(look)
        });
        Self { records: looked.collect(), fields, reference: index.len() }
    }
}

fn hash_of(text: &str) -> u64 {
    xxh3_64_with_seed(text.as_bytes(), 0)
}

fn look(
    index: &Index<'_>,
    lexicon: &mut Lexicon<'_>,
    (record, label): (&Record<'_>, Option<Place>),
    (hash, each): (u64, usize),
) -> Looked {
    let pairs = Pairs { matcher: index.matcher, layout: index.layout };
    let mut row = Vec::with_capacity(index.layout.words());
    for (slot, value) in index.layout.slots().iter().zip(&record.row.values) {
        lexicon.pack(slot.packing, value.as_deref(), &index.matcher.nicknames, &mut row);
    }
    let share = |field: usize| {
        let value = record.row.values.get(field).and_then(Option::as_deref);
        value.and_then(|value| index.share(field, value)).unwrap_or_default()
    };
    let shares = (0..index.matcher.fields.len()).map(share).collect();
    let mut candidates = Candidates::default();
    index.candidates(&record.row.keys, &mut candidates);
    let mut one = Vec::new();
    let mut all = |places: &mut dyn Iterator<Item = Place>| {
        let mut levels = Vec::new();
        for place in places {
            pairs.levels(lexicon, &row, index.row(place), &mut one);
            levels.extend_from_slice(&one);
        }
        levels
    };
    let count = u64::try_from(index.len()).unwrap_or(u64::MAX).max(1);
    let taken = |number: u64| {
        let place = xxh3_64_with_seed(&number.to_le_bytes(), hash) % count;
        u32::try_from(place).unwrap_or_default()
    };
    Looked {
        levels: all(&mut candidates.places.iter().copied()),
        taken: all(&mut (0..).take(each).map(taken)),
        labelled: all(&mut label.into_iter()),
        shares,
    }
}
