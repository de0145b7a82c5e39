//! What a matcher says of reference rows: the engine, as the reference asks it.

use std::collections::BTreeMap;

use carelake_core::hex;
use jiff::civil::{Date, date};
use sha2::{Digest, Sha256};

use crate::compare::{Kind, Level};
use crate::config::{Matcher, Rule, Test};
use crate::index::{About, Builder, Frequencies, Index, Key};
use crate::link;
use crate::record::{Layout, Prepared, Preparer};
use crate::reference::{Columns, Judged, Linker, Row};

/// Changes whenever what a row becomes does, so that references are made anew.
const RULES: u32 = 1;
/// The day up to which placeholders of the configuration may be days.
pub(super) const LAST_DAY: Date = date(9998, 12, 31);
/// Kinds of values whose equality is that of their normal forms; the last says most about who it is.
const ANCHORS: [Kind; 4] = [Kind::Date, Kind::Email, Kind::Phone, Kind::Ssn];

/// A matcher with the layout of its rows. There is one of each configuration, and it stays for as long as the process does.
#[derive(Debug)]
pub struct Engine {
    /// The matcher.
    pub matcher: Matcher,
    /// How its rows are laid out.
    pub layout: Layout,
}

impl Engine {
    /// Lays out the rows of a matcher.
    #[must_use]
    pub fn new(matcher: Matcher) -> Self {
        let layout = Layout::new(&matcher, LAST_DAY);
        Self { matcher, layout }
    }

    /// Returns SHA-256 of the matcher as it was read.
    #[must_use]
    pub fn sha256(&self) -> String {
        // Where the model lies says nothing; what it is has a hash of its own.
        let matcher = Matcher { model: None, ..self.matcher.clone() };
        hex(&Sha256::digest(format!("{matcher:?}")))
    }

    /// Makes rows ready. Each is given with the day after which no day of it can be, so that the answer is the same whenever it is asked.
    #[must_use]
    pub fn prepare<'c>(&self, rows: impl Iterator<Item = (&'c Columns, Date)>) -> Vec<Prepared> {
        let mut preparers: BTreeMap<Date, Preparer<'_>> = BTreeMap::new();
        let prepared = rows.map(|(columns, as_of)| {
            let cells: Vec<Option<&str>> =
                self.layout.columns().iter().map(|column| columns.get(column).map(String::as_str)).collect();
            let preparer = preparers.entry(as_of).or_insert_with(|| Preparer::new(&self.matcher, &self.layout, as_of));
            preparer.row(&cells)
        });
        prepared.collect()
    }

    /// Returns the columns that are required and missing.
    #[must_use]
    pub fn missing(&self, row: &Prepared) -> Vec<&str> {
        let is_missing = |name: &&String| {
            let slot = self.layout.slot(name);
            !slot.is_some_and(|slot| row.values.get(slot).is_some_and(Option::is_some))
        };
        self.matcher.input.required.iter().filter(is_missing).map(String::as_str).collect()
    }

    /// Returns normalised values in one way to write them.
    #[must_use]
    pub fn normalised(&self, row: &Prepared) -> String {
        let slots = self.layout.slots().iter().zip(&row.values);
        let members = slots.filter_map(|(slot, value)| Some((slot.name.clone(), value.clone()?.into())));
        serde_json::Value::Object(members.collect()).to_string()
    }

    /// Returns SHA-256 of normalised values.
    #[must_use]
    pub fn fingerprint(&self, row: &Prepared) -> [u8; 32] {
        Sha256::digest(self.normalised(row)).into()
    }

    /// Returns, for each rule that links, a field that it asks to be equal; `None` where one asks for none.
    fn anchor_fields(&self) -> Option<Vec<usize>> {
        let linking = self.matcher.rules.iter().filter(|rule| rule.links_reference);
        let rank = |field: usize| {
            let kind = self.matcher.fields.get(field)?.kind;
            ANCHORS.iter().position(|own| *own == kind)
        };
        let of_rule = |rule: &Rule| {
            let equal = rule.when.all.iter().filter_map(|test| match test {
                Test::Level { field, levels } if *levels == Level::EQUAL.bit() => Some((rank(*field)?, *field)),
                _ => None,
            });
            equal.max().map(|(_, field)| field)
        };
        linking.map(of_rule).collect()
    }

    /// Puts rows into a reference of their own, in which each is found by the keys that are given.
    fn index<'e>(&'e self, rows: &[Row], keys: impl Fn(usize) -> Vec<Key>) -> Option<Index<'e>> {
        let mut builder = Builder::new(&self.matcher, &self.layout);
        let prepared = self.prepare(rows.iter().map(|row| (&row.columns, row.run_id.as_of())));
        for (at, (row, mut prepared)) in rows.iter().zip(prepared).enumerate() {
            prepared.keys = keys(at);
            builder.add(about(row), &prepared).ok()?;
        }
        builder.finish().ok()
    }
}

fn about(row: &Row) -> About<'_> {
    About {
        data_source: &row.key.data_source,
        partner: row.columns.get("partner").map(String::as_str),
        patient_id: &row.key.patient_id,
        observed: &row.observed,
        person: None,
    }
}

impl Linker for Engine {
    fn identity(&self) -> String {
        // What does not change which rows are complete, what they become and which are one person is left out.
        let Matcher { name, input, missing, nicknames, fields, passes, max_block, never, rules, repair, .. } =
            &self.matcher;
        let linking: Vec<_> = rules.iter().filter(|rule| rule.links_reference).collect();
        let parts = (name, &input.required, missing, nicknames, fields, passes, max_block, never, linking, repair);
        hex(&Sha256::digest(format!("{RULES} {parts:?}")))
    }

    fn judge(&self, rows: &[Row]) -> Vec<Option<Judged>> {
        let anchors = self.anchor_fields();
        let prepared = self.prepare(rows.iter().map(|row| (&row.columns, row.run_id.as_of())));
        let judge = |row: Prepared| {
            if !self.missing(&row).is_empty() {
                return None;
            }
            let value = |field: usize| row.values.get(field)?.as_deref();
            let hash = |field: usize| {
                let value = value(field)?;
                Some(Frequencies::hash(value) ^ (field as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
            };
            let counted = self.matcher.fields.iter().enumerate().filter(|(_, field)| field.is_frequent);
            Some(Judged {
                normalised: self.normalised(&row),
                keys: row.keys.iter().filter_map(|key| Some((u8::try_from(key.pass).ok()?, key.hash))).collect(),
                terms: counted.filter_map(|(place, _)| Some((place, Frequencies::hash(value(place)?)))).collect(),
                anchors: anchors.as_ref().map(|fields| fields.iter().filter_map(|field| hash(*field)).collect()),
            })
        };
        prepared.into_iter().map(judge).collect()
    }

    fn field(&self, place: usize) -> &str {
        self.matcher.fields.get(place).map_or("", |field| &field.name)
    }

    fn is_linking(&self) -> bool {
        self.matcher.rules.iter().any(|rule| rule.links_reference)
    }

    fn max_block(&self) -> usize {
        self.matcher.max_block
    }

    fn joined(&self, records: &[Row], pairs: &[(usize, usize)]) -> Vec<bool> {
        // Each pair has a key of its own, so that these are compared and no others.
        let mut keys: Vec<Vec<Key>> = vec![Vec::new(); records.len()];
        for (number, (one, other)) in (0..).zip(pairs) {
            for place in [one, other] {
                if let Some(keys) = keys.get_mut(*place) {
                    keys.push(Key { pass: 0, hash: number });
                }
            }
        }
        let of = |place: usize| keys.get(place).cloned().unwrap_or_default();
        let Some(index) = self.index(records, of) else { return vec![false; pairs.len()] };
        let place = |at: usize| records.get(at).and_then(|row| index.place(&row.key.data_source, &row.key.patient_id));
        let at: BTreeMap<u32, usize> = (0..records.len()).filter_map(|at| Some((place(at)?, at))).collect();
        let keys_of = |place: u32| at.get(&place).map(|at| of(*at)).unwrap_or_default();
        let found = link::links(&index, keys_of, |_| true);
        let is_found = |(one, other): &(usize, usize)| {
            let (Some(one), Some(other)) = (place(*one), place(*other)) else { return false };
            found.binary_search(&(one.min(other), one.max(other))).is_ok()
        };
        pairs.iter().map(is_found).collect()
    }

    fn is_parted(&self, records: &[Row]) -> bool {
        let Some(index) = self.index(records, |_| Vec::new()) else { return true };
        let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
        let chain: Vec<(u32, u32)> = (1..count).map(|place| (place - 1, place)).collect();
        !link::join(&index, &chain).apart.is_empty()
    }
}
