//! A pair of a record and one of the reference: levels, conditions, weight.

use crate::compare::{Level, Nicknames};
use crate::config::{Conditions, Matcher, Test};
use crate::index::value;
use crate::lexicon::Lexicon;
use crate::model::{Model, Weight};
use crate::record::Layout;

/// Compares packed rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pairs<'m> {
    pub matcher: &'m Matcher,
    pub layout: &'m Layout,
}

impl<'m> Pairs<'m> {
    const fn nicknames(&self) -> &'m Nicknames {
        &self.matcher.nicknames
    }

    /// Returns the level of one field, exchanged names not seen.
    pub(crate) fn level(&self, lexicon: &Lexicon<'_>, field: usize, a: &[u32], b: &[u32]) -> Level {
        let (Some(spec), Some(slot)) = (self.matcher.fields.get(field), self.layout.slots().get(field)) else {
            return Level::NULL;
        };
        let range = slot.offset..slot.offset + slot.packing.width();
        let (a, b) = (a.get(range.clone()).unwrap_or_default(), b.get(range).unwrap_or_default());
        lexicon.level(spec, self.nicknames(), a, b)
    }

    /// Writes the level of each field.
    pub(crate) fn levels(&self, lexicon: &Lexicon<'_>, a: &[u32], b: &[u32], levels: &mut Vec<Level>) {
        levels.clear();
        levels.extend((0..self.matcher.fields.len()).map(|field| self.level(lexicon, field, a, b)));
        for (field, spec) in self.matcher.fields.iter().enumerate() {
            let Some(other) = spec.swaps_with else { continue };
            let is_open = levels.get(field).is_some_and(|level| !level.is_null() && *level != Level::EQUAL);
            if is_open && self.is_swapped(lexicon, (field, other), a, b) {
                if let Some(level) = levels.get_mut(field) {
                    *level = Level::SWAPPED;
                }
                if let Some(level) = levels.get_mut(other) {
                    *level = Level::NULL;
                }
            }
        }
    }

    /// Returns whether each of two names of a side is the other one of the other side.
    fn is_swapped(&self, lexicon: &Lexicon<'_>, (one, other): (usize, usize), a: &[u32], b: &[u32]) -> bool {
        let flat = |row: &[u32], slot: usize| {
            value(self.layout, row, slot).and_then(|words| words.first()).map(|name| lexicon.names.get(*name).flat)
        };
        let meet = |one: Option<u32>, other: Option<u32>| one.is_some() && one == other;
        meet(flat(a, one), flat(b, other)) && meet(flat(a, other), flat(b, one))
    }

    /// Returns whether conditions hold, if `level` says on which level a field is.
    pub(crate) fn hold(
        &self,
        when: &Conditions,
        (lexicon, a): (&Lexicon<'_>, &[u32]),
        is_same_id: bool,
        mut level: impl FnMut(usize) -> Level,
    ) -> bool {
        when.hold(|test| match test {
            Test::SamePatientId => is_same_id,
            Test::Level { field, levels } => levels & level(*field).bit() != 0,
            Test::Present(field) => value(self.layout, a, *field).is_some(),
            Test::Missing(field) => value(self.layout, a, *field).is_none(),
            Test::In(field, texts) => {
                let packing = self.layout.slots().get(*field).map(|slot| slot.packing);
                let shown = packing.zip(value(self.layout, a, *field));
                let shown = shown.and_then(|(packing, words)| lexicon.show(packing, words));
                shown.is_some_and(|shown| texts.contains(&shown))
            }
        })
    }
}

/// The bits of levels, by field.
#[derive(Debug, Clone)]
pub(crate) struct Bits {
    prior: f64,
    floor: f64,
    levels: Vec<Vec<f64>>,
    /// The share m of level `equal`, of fields of which common values say less.
    equal: Vec<Option<f64>>,
}

impl Bits {
    pub(crate) fn new(matcher: &Matcher, model: &Model) -> Self {
        let levels = model.weights.iter().map(|levels| levels.iter().map(|weight| weight.bits()).collect()).collect();
        let equal = |(field, levels): (&crate::config::Field, &Vec<Weight>)| match levels.first() {
            Some(Weight::Shares { m, .. }) if field.is_frequent => Some(*m),
            _ => None,
        };
        let equal = matcher.fields.iter().zip(&model.weights).map(equal).collect();
        Self { prior: model.prior_bits, floor: model.floor, levels, equal }
    }

    /// Writes the bits of each field of a record on level `equal`, if `share` says which share of the reference has its value.
    pub(crate) fn of_equal(&self, mut share: impl FnMut(usize) -> f64, equal: &mut Vec<f64>) {
        equal.clear();
        for (field, levels) in self.levels.iter().enumerate() {
            let plain = || levels.first().copied().unwrap_or_default();
            let m = self.equal.get(field).copied().flatten();
            equal.push(m.map_or_else(plain, |m| (m / share(field).max(self.floor)).log2()));
        }
    }

    /// Returns the bits of a field on a level.
    pub(crate) fn of(&self, field: usize, level: Level, equal: &[f64]) -> f64 {
        if level == Level::EQUAL {
            return equal.get(field).copied().unwrap_or_default();
        }
        let level = self.levels.get(field).and_then(|levels| levels.get(usize::from(level.0)));
        level.copied().unwrap_or_default()
    }

    /// Returns the weight of a pair: prior and fields in their order, to six decimals.
    pub(crate) fn weight(&self, levels: &[Level], equal: &[f64]) -> f64 {
        let bits = levels.iter().enumerate().map(|(field, level)| self.of(field, *level, equal));
        let sum: f64 = bits.fold(self.prior, |sum, bits| sum + bits);
        (sum * 1e6).round() / 1e6
    }

    /// Returns the bits of the prior.
    pub(crate) const fn prior(&self) -> f64 {
        self.prior
    }
}
