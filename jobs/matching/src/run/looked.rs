//! The reference in memory, as far as some records look into it: what they bring up, with all that is known of the same persons.
//!
//! Whoever is looked up in it gets the answer that the whole reference would give.

use std::borrow::Cow;

use rayon::prelude::*;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::error::MatchError;
use super::linker::{Engine, LAST_DAY};
use crate::index::{About, Builder, Frequencies, Index, Key as BlockKey};
use crate::record::{Layout, Prepared, Preparer};
use crate::reference::{Key, Normal, ReferenceDatabase, Wanted};

/// Records that a thread makes ready before it asks for more.
const SHARE: usize = 2_048;

/// A record that is looked up: its key and its values.
pub(super) type Looked<'l> = (&'l Key, &'l Prepared);

/// Reads what records bring up. `decided` are reference records that people decided about, `aliases` persons that records are known by.
pub(super) fn part<'l>(
    engine: &'static Engine,
    reference: &ReferenceDatabase,
    aliases: &[(Key, String)],
    records: impl Iterator<Item = Looked<'l>>,
    decided: impl Iterator<Item = Key>,
) -> Result<Index<'static>, MatchError> {
    let matcher = &engine.matcher;
    let mut wanted = Wanted { max_block: matcher.max_block, ids: decided.collect(), ..Wanted::default() };
    for (key, row) in records {
        let keys = row.keys.iter().filter_map(|key| Some((u8::try_from(key.pass).ok()?, key.hash)));
        wanted.keys.extend(keys);
        let others = matcher.same_ids.iter().filter(|set| set.contains(&key.data_source)).flatten();
        wanted.ids.extend(others.map(|feed| Key::new(feed, &key.patient_id)));
        wanted.ids.insert(key.clone());
        for (field, value) in matcher.fields.iter().zip(&row.values) {
            if let Some(value) = value.as_deref().filter(|_| field.is_frequent) {
                wanted.terms.insert((field.name.clone(), Frequencies::hash(value)));
            }
        }
    }
    let known: Vec<&(Key, String)> = aliases.iter().filter(|(key, _)| wanted.ids.contains(key)).collect();
    wanted.persons.extend(known.iter().map(|(_, person_id)| person_id.clone()));
    let found = reference.found(&wanted)?;
    let mut builder = Builder::new(matcher, &engine.layout);
    add(engine, &mut builder, &found.records)?;
    for (key, person_id) in known {
        builder.alias(&key.data_source, &key.patient_id, person_id);
    }
    for (place, field) in matcher.fields.iter().enumerate().filter(|(_, field)| field.is_frequent) {
        let total = found.totals.get(&field.name).copied().unwrap_or_default();
        let of_field = found.terms.iter().filter(|((name, _), _)| *name == field.name);
        let counts = of_field.map(|((_, value), count)| (*value, *count)).collect();
        builder.set_frequencies(place, Frequencies::known(counts, total));
    }
    builder.set_large(found.large.into_iter().map(|(pass, hash)| BlockKey { pass: pass.into(), hash }).collect());
    Ok(builder.finish()?)
}

/// Puts records into memory; as many threads as there are make them ready.
pub(super) fn add(engine: &Engine, builder: &mut Builder<'_>, records: &[Normal]) -> Result<(), MatchError> {
    let ready = records.par_chunks(SHARE).flat_map_iter(|records| {
        let mut preparer = Preparer::new(&engine.matcher, &engine.layout, LAST_DAY);
        records
            .iter()
            .map(move |record| values(&engine.layout, &record.normalised).map(|values| preparer.values(values)))
    });
    let ready: Vec<Option<Prepared>> = ready.collect();
    for (record, row) in records.iter().zip(ready) {
        let row = row.ok_or_else(|| {
            let what = "a record of the reference is in another form than it is read in".to_owned();
            MatchError::Defect { matcher: engine.matcher.name.clone(), what }
        })?;
        let about = About {
            data_source: &record.key.data_source,
            partner: record.partner.as_deref(),
            patient_id: &record.key.patient_id,
            observed: &record.observed,
            person: Some(&record.person_id),
        };
        builder.add(about, &row)?;
    }
    Ok(())
}

/// Reads normalised values, by slot.
fn values(layout: &Layout, normalised: &str) -> Option<Vec<Option<String>>> {
    let mut read = serde_json::Deserializer::from_str(normalised);
    read.deserialize_map(Slots { layout }).ok()
}

struct Slots<'l> {
    layout: &'l Layout,
}

/// A name, where it lies if it is written as it is.
#[derive(PartialEq, Eq, Deserialize)]
struct Name<'n>(#[serde(borrow)] Cow<'n, str>);

impl<'de> Visitor<'de> for Slots<'_> {
    type Value = Vec<Option<String>>;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("values by the names of slots")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self::Value, M::Error> {
        let slots = self.layout.slots();
        let mut values = vec![None; slots.len()];
        while let Some(Name(name)) = members.next_key::<Name<'de>>()? {
            let value: String = members.next_value()?;
            let place = slots.iter().position(|slot| slot.name == *name);
            if let Some(own) = place.and_then(|place| values.get_mut(place)) {
                *own = Some(value);
            }
        }
        Ok(values)
    }
}
