//! One export becomes one run of changes.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::causes;
use carelake_core::publish::{Input, Keep, Publishing, Served, Swap, current};
use carelake_sorted::{Ahead, Batches, Before, Sorter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xxhash_rust::xxh3::xxh3_128;

use super::head::Heads;
use super::known::{self, After, Known};
use super::resources::Held;
use super::state::State;
use super::tally::Tally;
use super::walk::{Put, Walk};
use crate::config::{Kind, Source};
use crate::error::FhirError;
use crate::rows::{RunWriter, published, staged, stamped};
use crate::take::{Export, Handed, Taken};
use crate::world::World;

/// What made the runs of changes.
const MADE_BY: &str = "fhir.settle";
/// Files whose counts are in the manifest one by one.
const MOST_FILES: usize = 1_000;

/// What publishing an export came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// What became of its lines.
    pub tally: Tally,
    /// The run, where there is anything new.
    pub run: Option<String>,
    /// Whether it was published by an earlier attempt already.
    pub was_done: bool,
    /// What failed after the pointer was moved, and is made up for by the next publication or `gc`.
    pub warnings: Vec<String>,
}

/// Publishes what is staged of an export as one run of changes. `accepts_loss` publishes a full export however much it lacks.
///
/// # Errors
/// [`FhirError`]. What is served stays as it was.
pub fn publish(
    world: &World<'_>,
    source: &Source,
    export: &Export,
    accepts_loss: bool,
) -> Result<Published, FhirError> {
    let publication = source.changes();
    let publishing = world.open(&publication)?;
    let state = State::of(source, current(world.store, &publication)?.as_ref())?;
    if state.export.as_deref() == Some(&export.id) {
        return Ok(Published { was_done: true, ..Published::default() });
    }
    let handed = Handed::of(world.rejects, source, export);
    let mut taken = Vec::new();
    for index in 0..export.items.len() {
        taken.push(handed.taken(index)?.ok_or_else(|| FhirError::Damaged { key: format!("{} {index}", export.id) })?);
    }
    check_failures(source, &taken)?;
    check_rejects(source, &handed, &taken)?;
    Settling { world, source, export, handed: &handed, publishing, state }.carry_out(&taken, accepts_loss)
}

/// More files failed than may.
fn check_failures(source: &Source, taken: &[Taken]) -> Result<(), FhirError> {
    let failed: Vec<&String> = taken.iter().filter_map(|taken| taken.failed.as_ref().map(|(_, why)| why)).collect();
    let (count, tolerated) = (failed.len() as u64, source.tolerated_files);
    match failed.first() {
        Some(first) if count > tolerated => {
            let (origin, first) = (source.name.clone(), (*first).clone());
            let are_copied = matches!(source.kind, Kind::Files(_));
            Err(FhirError::Files { origin, failed: count, tolerated, first, are_copied })
        }
        _ => Ok(()),
    }
}

fn check_rejects(source: &Source, handed: &Handed<'_>, taken: &[Taken]) -> Result<(), FhirError> {
    let accounts = || taken.iter().flat_map(|taken| taken.counts.values());
    let rejected: u64 = accounts().map(carelake_core::account::Account::rejects).sum();
    let read: u64 = accounts().map(|account| account.read).sum();
    let most = source.max_reject_ratio;
    if is_more(rejected, read, most) {
        let (origin, rules) = (source.name.clone(), by_rule(handed, taken)?);
        return Err(FhirError::Rejects { origin, rejected, read, most, rules, kept: handed.place().to_owned() });
    }
    Ok(())
}

/// Tells how many lines each rule refused, and where the first is: never what is in it.
fn by_rule(handed: &Handed<'_>, taken: &[Taken]) -> Result<String, FhirError> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (rule, count) in taken.iter().flat_map(|taken| taken.counts.values()).flat_map(|account| &account.rejected) {
        *counts.entry(rule).or_default() += count;
    }
    let mut firsts: BTreeMap<String, String> = BTreeMap::new();
    for index in 0..taken.len() {
        for refused in handed.refused_lines(index)? {
            firsts.entry(refused.rule).or_insert_with(|| format!("{}:{}", refused.file, refused.line));
        }
        if firsts.len() == counts.len() {
            break;
        }
    }
    let told = |(rule, count): (&&str, &u64)| match firsts.get(*rule) {
        Some(first) => format!("{rule} {count} (first {first})"),
        None => format!("{rule} {count}"),
    };
    Ok(counts.iter().map(told).collect::<Vec<_>>().join(", "))
}

/// Returns whether a part is more than a ratio of the whole.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
pub(crate) fn is_more(part: u64, whole: u64, most: f64) -> bool {
    part > 0 && part as f64 > most * whole as f64
}

struct Settling<'s, 'w> {
    world: &'s World<'w>,
    source: &'s Source,
    export: &'s Export,
    handed: &'s Handed<'s>,
    publishing: Publishing<'w>,
    state: State,
}

impl<'w> Settling<'_, 'w> {
    fn carry_out(self, taken: &[Taken], accepts_loss: bool) -> Result<Published, FhirError> {
        let Self { world, source, export, .. } = self;
        let publication = source.changes();
        let identity = format!("{} {}", self.publishing.sequence(), export.id);
        let given = world.given(&publication, &identity, &export.id)?;
        let mut run =
            RunWriter::begin(world, &self.publishing, &publication, (&published(), true), given.clone(), MADE_BY)?;
        let mut tally = Tally::of(taken);
        let is_whole = taken.iter().all(|taken| taken.failed.is_none());
        let known = self.walk(&mut tally, is_whole, &mut |batch| run.push(&stamped(batch, &given)?))?;
        if !accepts_loss {
            self.check_drop(&tally)?;
        }
        let mut state = self.state.clone();
        let is_anew = state.buckets != source.buckets;
        let mut after: After = if is_anew { BTreeMap::new() } else { state.known.clone() };
        for (bucket, known) in known {
            if let Some(path) = known.keep(run.draft(), bucket, is_anew)? {
                after.insert(bucket, path);
            }
        }
        (state.known, state.buckets) = (after, source.buckets);
        let good = export.items.iter().zip(taken).filter(|(_, taken)| taken.failed.is_none());
        let hashes: BTreeSet<String> = good.filter_map(|(item, _)| item.content.clone()).collect();
        state.taken = known::take(world, source, &self.state, run.draft(), &hashes)?;
        // What is not whole may come again under its name, with what failed.
        state.export = is_whole.then(|| export.id.clone());
        state.totals.add(&tally.total()?);
        self.keep_refused(&given.run_id.to_string())?;
        let helpers = Some(state.helpers());
        let state = serde_json::to_value(&state).map_err(|_| FhirError::State { publication: publication.path() })?;
        let rows = tally.rows();
        let is_first = current(world.store, &publication)?.is_none();
        let (swap, run_id) = if rows > 0 || is_first {
            let mut details =
                json!({ "export": export.id, "transaction_time": export.transaction_time, "full": export.is_full });
            if tally.files.len() <= MOST_FILES
                && let (Some(details), Ok(files)) = (details.as_object_mut(), serde_json::to_value(&tally.files))
            {
                details.insert("files".to_owned(), files);
            }
            let sealed = run.seal(None, self.inputs(), tally.by_type()?, details)?;
            (Swap::run(sealed), Some(given.run_id.to_string()))
        } else {
            // Files of the room's own are safe before the pointer names them.
            world.store.settle()?;
            (Swap::default(), None)
        };
        let committed = self.publishing.commit(Swap { state: Some(state), helpers, ..swap }, Keep::ALL)?;
        let warnings = committed.warnings.iter().map(|warning| causes(warning)).collect();
        Ok(Published { tally, run: run_id.filter(|_| rows > 0), was_done: false, warnings })
    }

    /// Puts what is staged in order, and walks through it.
    fn walk(&self, tally: &mut Tally, is_whole: bool, put: &mut Put<'_>) -> Result<BTreeMap<u8, Known>, FhirError> {
        let (world, source, export) = (self.world, self.source, self.export);
        let served = Served::of(world.store, &source.resources())?;
        let held = Held::of(source, served.as_ref().map(|served| &served.pointer))?.unwrap_or_default();
        let mut rows = Ahead::new(self.sorted()?, |key| key);
        // What is not whole says nothing of what it lacks.
        let is_truth =
            |resource_type: &str| is_whole && export.is_truth_of(resource_type) && source.types.has(resource_type);
        let is_anew = self.state.buckets != source.buckets && !self.state.known.is_empty();
        let mut all = BTreeMap::new();
        for bucket in 0..source.buckets.max(1) {
            let end = bucket.checked_add(1).map(|next| vec![next]);
            let has_rows = rows.has_before(end.as_deref())?;
            if !has_rows && !export.is_full && !is_anew {
                continue;
            }
            self.publishing.beat()?;
            let heads = Heads::read(world, source, (served.as_ref(), &held), bucket)?;
            let known = Known::read(world, source, &self.state, bucket)?;
            let time = export.transaction_time.as_microsecond();
            let mut walk = Walk::new(heads, known, tally, (&is_truth, time), source.buckets);
            for batch in Before(&mut rows, end) {
                walk.pass(&batch?, put)?;
            }
            all.insert(bucket, walk.end(put)?);
        }
        Ok(all)
    }

    fn sorted(&self) -> Result<Batches<'static, FhirError>, FhirError> {
        let mut sorter = Sorter::new(staged(), self.world.scratch);
        for index in 0..self.export.items.len() {
            let chunks = self.handed.taken(index)?.map_or(0, |taken| taken.chunks);
            for chunk in 0..chunks {
                self.handed.rows(index, chunk)?.into_iter().try_for_each(|batch| sorter.push(batch))?;
                self.publishing.beat()?;
            }
        }
        Ok(sorter.finish()?)
    }

    /// A full export that lacks much of a type is refused.
    fn check_drop(&self, tally: &Tally) -> Result<(), FhirError> {
        let most = self.source.max_drop_ratio;
        for (resource_type, absent) in &tally.absent {
            let there = tally.there.get(resource_type).copied().unwrap_or_default();
            if is_more(*absent, there, most) {
                let (origin, resource_type) = (self.source.name.clone(), resource_type.clone());
                return Err(FhirError::Drop { origin, resource_type, absent: *absent, there, most });
            }
        }
        Ok(())
    }

    /// Keeps the lines that were refused with the run.
    fn keep_refused(&self, run_id: &str) -> Result<(), FhirError> {
        let (world, source, export) = (self.world, self.source, self.export);
        for index in 0..export.items.len() {
            let lines = self.handed.refused(index)?;
            if !lines.is_empty() {
                let key = format!("{}/{run_id}/{index:05}.ndjson", source.changes());
                match world.rejects.create(&key, &lines) {
                    Err(error) if error.is_conflict() => {
                        world.rejects.delete(&key)?;
                        world.rejects.create(&key, &lines)?;
                    }
                    created => drop(created?),
                }
            }
        }
        Ok(())
    }

    /// Returns what the run was made from, without what may be signed.
    fn inputs(&self) -> Vec<Input> {
        let job = format!("{:032x}", xxh3_128(self.export.id.as_bytes()));
        vec![Input::Export { source: self.source.name.clone(), job }]
    }
}
