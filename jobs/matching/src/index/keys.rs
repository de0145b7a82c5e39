//! The keys of a row in the passes.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::config::{Matcher, Part, View};
use crate::lexicon::Packing;
use crate::record::Layout;
use crate::sound::{metaphone, nysiis, soundex};
use crate::values::flat;

/// A key of a row in a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The place of the pass.
    pub pass: u16,
    /// The hash of the parts.
    pub hash: u64,
}

/// Makes keys of the values of rows. It is used by one thread, since it keeps how names sound.
#[derive(Debug)]
pub struct Keys<'m> {
    passes: Vec<Vec<Source<'m>>>,
    sounds: HashMap<String, Vec<String>>,
}

/// Where a part comes from.
#[derive(Debug, Clone, Copy)]
enum Source<'m> {
    /// The words of two slots together.
    Words(Option<usize>, Option<usize>),
    /// A slot.
    Slot(&'m Part, usize, Packing),
}

impl<'m> Keys<'m> {
    /// Makes keys for the passes of a matcher.
    #[must_use]
    pub fn new(matcher: &'m Matcher, layout: &Layout) -> Self {
        let source = |part: &'m Part| match part.field {
            None => Source::Words(layout.slot("first_name"), layout.slot("last_name")),
            Some(field) => {
                let packing = layout.slots().get(field).map_or(Packing::Text, |slot| slot.packing);
                Source::Slot(part, field, packing)
            }
        };
        let passes = matcher.passes.iter().map(|pass| pass.iter().map(source).collect()).collect();
        Self { passes, sounds: HashMap::new() }
    }

    /// Returns the keys of a row from its values by slot, in the order of the passes; none in a pass of which a part is missing.
    pub fn of(&mut self, values: &[Option<String>]) -> Vec<Key> {
        let mut keys = Vec::new();
        let (mut hashes, mut next) = (Vec::new(), Vec::new());
        let Self { passes, sounds } = self;
        for (number, pass) in (0..).zip(passes.iter()) {
            hashes.clear();
            hashes.push(0);
            for source in pass {
                next.clear();
                each_part(source, values, sounds, |part| {
                    next.extend(hashes.iter().map(|hash| xxh3_64_with_seed(part.as_bytes(), *hash)));
                });
                std::mem::swap(&mut hashes, &mut next);
            }
            keys.extend(hashes.iter().map(|hash| Key { pass: number, hash: *hash }));
        }
        keys
    }
}

fn each_part(
    source: &Source<'_>,
    values: &[Option<String>],
    sounds: &mut HashMap<String, Vec<String>>,
    mut add: impl FnMut(&str),
) {
    let value = |slot: usize| values.get(slot).and_then(Option::as_deref);
    let (part, value, packing) = match source {
        Source::Words(one, other) => {
            let both = one.and_then(value).zip(other.and_then(value));
            if let Some((first, last)) = both {
                add(&sorted(first.split(' ').chain(last.split(' '))));
            }
            return;
        }
        Source::Slot(part, slot, packing) => match value(*slot) {
            Some(value) => (*part, value, *packing),
            None => return,
        },
    };
    if packing == Packing::Address {
        // Number and street; an address without a number says too little.
        if let Some((street, _)) = value.rsplit_once('|').filter(|(street, _)| !street.starts_with('|')) {
            add(street);
        }
        return;
    }
    let blankless = if packing == Packing::Name && value.contains(' ') { &flat(value) } else { value };
    let characters = |count: usize| {
        let end = blankless.char_indices().nth(count).map_or(blankless.len(), |(place, _)| place);
        blankless.get(..end).unwrap_or_default()
    };
    match part.view {
        View::Whole => add(blankless),
        View::Soundex => add(&soundex(&flat(value))),
        View::Nysiis => add(&nysiis(&flat(value))),
        View::Metaphone => {
            if !sounds.contains_key(value) {
                sounds.insert(value.to_owned(), metaphone(&flat(value)));
            }
            sounds.get(value).into_iter().flatten().for_each(|code| add(code));
        }
        View::Initial => add(characters(1)),
        View::First(count) => add(characters(count)),
        View::Year => add(value.get(..4).unwrap_or_default()),
        View::MonthDay => add(value.get(5..).unwrap_or_default()),
        View::Last4 => add(value.char_indices().nth_back(3).and_then(|(at, _)| value.get(at..)).unwrap_or(value)),
        View::Sorted => add(&sorted(value.split(' '))),
    }
}

fn sorted<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let mut words: Vec<&str> = words.collect();
    words.sort_unstable();
    words.join(" ")
}
