//! Settling: what the ranges found becomes what is published and what is asked. The only step that writes.

use std::collections::BTreeMap;

use carelake_core::hex;
use carelake_core::ledger::{Audit, Verdict};
use carelake_core::publish::{Keep, Pointer, Swap, current};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::asked::asked;
use super::chunk::{Judgement, answers_key};
use super::error::MatchError;
use super::given::{aliases, changed};
use super::handed;
use super::linker::Engine;
use super::outcomes::{identity, making, outcome_rows, outcomes, repair_rows, repairs, sealed};
use super::persons::{self, Changes, Published};
use super::plan::{Plan, moved, unpin};
use super::shares::{Shares, State, Told, check};
use super::world::World;
use crate::decide::{Claim, claimed_twice};
use crate::reference::{Key, ReferenceDatabase};
use crate::reviews::{Asking, Opened, granted, open};

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    /// Whether the inputs moved meanwhile, so that it must be done again.
    pub is_moved: bool,
    /// What the records turned out to be.
    pub shares: Shares,
    /// Cells that were given, by column.
    pub cells: BTreeMap<String, u64>,
    /// What became of questions.
    pub reviews: Opened,
    /// Whether anything is served that was not before.
    pub is_changed: bool,
    /// What failed after pointers were moved, and is made up for by the next run or `gc`.
    pub warnings: Vec<String>,
}

/// How a run is settled.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settling {
    /// Whether the shares may have moved far.
    pub accept_shift: bool,
    /// Whether nothing is written.
    pub is_dry: bool,
}

/// Publishes what the ranges found.
///
/// # Errors
/// [`MatchError`]; [`MatchError::Spike`] where far more or fewer records are matched than last time. What is served stays as it was, or is
/// what another attempt goes on from: `outcomes` moves last.
pub fn settle(
    world: &World<'_>,
    engine: &Engine,
    reference: &mut ReferenceDatabase,
    plan: &Plan,
    settling: Settling,
) -> Result<Settled, MatchError> {
    let matcher = &engine.matcher;
    let mut judgements = read(world, plan)?;
    claims(engine, &mut judgements);
    let shares = Shares { complete: plan.complete, ..Shares::of(&judgements) };
    shares.balanced(plan)?;
    let outcomes = outcomes(&plan.matcher);
    let last = current(world.store, &outcomes)?;
    let before = last.as_ref().map(State::of).unwrap_or_default();
    if !settling.accept_shift {
        check(matcher, before.told.last(), &shares)?;
    }
    if settling.is_dry {
        return Ok(Settled { shares, ..Settled::default() });
    }
    // Values are read from the reference: it must be the one that records were looked up in.
    if moved(world, plan)? || reference.generation()? != plan.generation {
        return Ok(Settled { is_moved: true, ..Settled::default() });
    }
    let settled =
        Settle { world, engine, reference, plan }.carry_out(&mut judgements, shares, last.as_ref(), before)?;
    unpin(world, plan)?;
    handed::remove(world.store, &world.handed(&plan.matcher))?;
    Ok(settled)
}

/// Reads what all ranges found, in the order of keys.
fn read(world: &World<'_>, plan: &Plan) -> Result<Vec<Judgement>, MatchError> {
    let mut all = Vec::new();
    for range in 0..plan.ranges {
        all.extend(handed::read::<Vec<Judgement>>(world.store, &answers_key(world, &plan.matcher, range))?);
    }
    all.sort_by(|one, other| (&one.key, &one.place).cmp(&(&other.key, &other.place)));
    Ok(all)
}

/// Turns exact records of which two are one person into questions.
fn claims(engine: &Engine, judgements: &mut [Judgement]) {
    let exact: Vec<usize> = (0..judgements.len())
        .filter(|at| judgements.get(*at).is_some_and(|judgement| judgement.judged.person.is_some()))
        .collect();
    let claim = |judgement: &'_ Judgement| -> Option<ClaimOf> {
        Some(ClaimOf { person: judgement.judged.person.clone()?, is_decided: judgement.judged.reason == "decision" })
    };
    let owned: Vec<ClaimOf> = exact.iter().filter_map(|at| claim(judgements.get(*at)?)).collect();
    let claims: Vec<Claim<'_>> = exact
        .iter()
        .zip(&owned)
        .filter_map(|(at, own)| {
            let judgement = judgements.get(*at)?;
            Some(Claim {
                data_source: &judgement.key.data_source,
                delivery: &judgement.delivery,
                patient_id: &judgement.key.patient_id,
                person: &own.person,
                is_decided: own.is_decided,
                is_known_otherwise: judgement.is_known_otherwise,
            })
        })
        .collect();
    let twice = claimed_twice(engine.matcher.one_to_one, &claims);
    drop(claims);
    for (at, _) in exact.into_iter().zip(twice).filter(|(_, is_twice)| *is_twice) {
        if let Some(judgement) = judgements.get_mut(at) {
            judgement.judged.outcome = "proposed".to_owned();
            judgement.judged.reason = "claimed_twice".to_owned();
            judgement.judged.person = None;
            judgement.judged.given.clear();
            judgement.judged.is_disagreeing = false;
        }
    }
}

struct ClaimOf {
    person: String,
    is_decided: bool,
}

struct Settle<'s, 'w> {
    world: &'s World<'w>,
    engine: &'s Engine,
    reference: &'s mut ReferenceDatabase,
    plan: &'s Plan,
}

impl Settle<'_, '_> {
    fn carry_out(
        self,
        judgements: &mut [Judgement],
        shares: Shares,
        last: Option<&Pointer>,
        before: State,
    ) -> Result<Settled, MatchError> {
        let Self { world, engine, reference, plan } = self;
        let outcomes = outcomes(&plan.matcher);
        let repairs = repairs(&plan.matcher);
        // Nobody else settles this matcher until its outcomes have moved.
        let publishing = world.open(&outcomes)?;
        let reviews = asked(engine, reference, plan, judgements)?;
        let withheld = granted(reference)?;
        withhold(judgements, &reviews.seconds, &withheld);
        let shares = Shares { complete: shares.complete, ..Shares::of(judgements) };
        let (changes, cells) = changed(world, reference, plan, judgements)?;

        let rows = outcome_rows(plan, judgements)?;
        let outcome_identity = identity(&judgements.iter().map(row_of).collect::<Vec<_>>(), plan);
        let audit = match Audit::new(world.ledger, world.scope).verify(&crate::reviews::stream(&plan.matcher))? {
            Verdict::Whole { entries, hash } => json!({ "entries": entries, "hash": hash }),
            Verdict::Broken { sequence } => json!({ "broken": sequence }),
        };
        let details = json!({
            "config_sha256": plan.config_sha256, "model": plan.model.name(), "model_sha256": plan.model.sha256,
            "reference_runs": plan.reference.len(), "shares": shares, "audit": audit,
        });
        let making_outcomes = making(plan, &outcomes, (&outcome_identity, judgements.len()), details);
        let sealed_outcomes = sealed(world, &publishing, making_outcomes, &rows)?;

        let run = world.execution.unwrap_or("by hand");
        let (expire_days, now) = (engine.matcher.review.expire_days, (world.now)());
        let asking = Asking { matcher: &plan.matcher, run, sequence: publishing.sequence(), expire_days, now };
        let opened = open(reference, &asking, &reviews.all)?;
        reference.keep_aliases(&aliases(run, judgements))?;

        let mut moved: Vec<Published> = Vec::new();
        for input in &plan.inputs {
            let of_input: Changes = changes
                .iter()
                .filter(|((publication, ..), _)| *publication == input.publication.path())
                .map(|((_, run, path), rows)| ((run.clone(), path.clone()), rows.clone()))
                .collect();
            moved.push(persons::publish(world, plan, input, &of_input)?);
            publishing.beat()?;
        }
        let repaired = current(world.store, &repairs)?.map(|pointer| pointer.sequence);
        let of_repairs = world.open(&repairs)?;
        let repair_identity = identity(&cells, plan);
        let making_repairs = making(plan, &repairs, (&repair_identity, cells.len()), json!({}));
        let sealed_repairs = sealed(world, &of_repairs, making_repairs, &repair_rows(plan, &cells)?)?;
        let after = match sealed_repairs {
            Some(run) => Some(of_repairs.commit(Swap::run(run), Keep::ALL)?.sequence),
            None => repaired,
        };
        moved.push(Published { path: repairs.path(), before: repaired, after });

        let is_moved = moved.iter().any(|one| one.before != one.after);
        let is_changed = is_moved || sealed_outcomes.is_some() || opened != Opened::default();
        let mut warnings = Vec::new();
        if is_changed {
            let told = Told { execution: run.to_owned(), at: now, as_of: plan.as_of, shares: shares.clone() };
            let state = State::after(before, told, &moved, last.map(|last| last.sequence), publishing.sequence());
            let runs = sealed_outcomes.into_iter().collect();
            let state = serde_json::to_value(&state).unwrap_or_default();
            let published = publishing.commit(Swap { runs, state: Some(state), ..Swap::default() }, Keep::ALL)?;
            warnings.extend(published.warnings.iter().map(|warning| carelake_core::causes(warning)));
        }
        let mut by_column: BTreeMap<String, u64> = BTreeMap::new();
        cells.iter().for_each(|cell| *by_column.entry(cell.column.clone()).or_default() += 1);
        Ok(Settled { is_moved: false, shares, cells: by_column, reviews: opened, is_changed, warnings })
    }
}

/// What the bytes of a row of outcomes follow from.
fn row_of(judgement: &Judgement) -> impl Serialize + use<> {
    let rivals: Vec<_> = judgement.rivals.iter().map(|it| (it.person.clone(), it.record.clone(), it.weight)).collect();
    (judgement.key.clone(), judgement.judged.clone(), judgement.candidates, rivals)
}

/// Takes out of what is given the columns that two people must grant and have not.
fn withhold(
    judgements: &mut [Judgement],
    seconds: &BTreeMap<Key, (String, Vec<String>)>,
    states: &BTreeMap<String, String>,
) {
    for judgement in judgements {
        let Some((review, columns)) = seconds.get(&judgement.key) else { continue };
        if states.get(review).map(String::as_str) != Some("accepted") {
            judgement.judged.given.retain(|(column, _)| !columns.contains(column));
        }
    }
}

/// Returns a hash of texts.
pub(super) fn hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0x1f]);
    }
    hex(&hash.finalize())
}
