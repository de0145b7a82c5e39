//! What is given: values are read where they are published, and each cell says what it was.

use std::collections::{BTreeMap, BTreeSet};

use super::chunk::Judgement;
use super::error::MatchError;
use super::outcomes::Cell;
use super::persons::RowChange;
use super::plan::Plan;
use super::served::{Cells, files};
use super::world::World;
use crate::reference::{Alias, Key, ReferenceDatabase};

/// Rows that were looked up: by publication, run and file, then by row.
pub(super) type AllChanges = BTreeMap<(String, String, String), BTreeMap<u32, RowChange>>;

/// Cells that are given: by record, column and place.
type AllCells = BTreeMap<(Key, String, (String, String, String, u32)), Cell>;

/// Reads the values that are given, and says of each cell what it was.
pub(super) fn changed(
    world: &World<'_>,
    reference: &ReferenceDatabase,
    plan: &Plan,
    judgements: &[Judgement],
) -> Result<(AllChanges, Vec<Cell>), MatchError> {
    let mut changes = AllChanges::new();
    let mut cells: AllCells = BTreeMap::new();
    let from: BTreeSet<Key> =
        judgements.iter().flat_map(|judgement| judgement.judged.given.iter().map(|(_, from)| from.clone())).collect();
    let from_records = reference.records(&from)?;
    for judgement in judgements {
        let (publication, run, path, row) = judgement.place.clone();
        let judged = &judgement.judged;
        let mut change =
            RowChange { person: judged.person.clone(), outcome: judged.outcome.clone(), given: Vec::new() };
        for (column, from) in &judged.given {
            let value = from_records.get(from).and_then(|record| record.columns.get(column).cloned());
            let Some(value) = value else {
                let what = format!("a reference record has no {column} that it had when it was looked up");
                return Err(MatchError::Defect { matcher: plan.matcher.clone(), what });
            };
            change.given.push((column.clone(), value));
            let person = judged.person.clone().unwrap_or_default();
            let best = judgement.rivals.iter().find(|rival| rival.person == person);
            let by = if judgement.decided_by.is_empty() { "auto".to_owned() } else { judgement.decided_by.join(",") };
            let cell = Cell {
                key: judgement.key.clone(),
                column: column.clone(),
                was: "null",
                from: from.clone(),
                reason: judged.reason.clone(),
                weight: best.map(|best| best.weight),
                person,
                by,
            };
            cells.insert((judgement.key.clone(), column.clone(), judgement.place.clone()), cell);
        }
        changes.entry((publication, run, path)).or_default().insert(row, change);
    }
    placeholders(world, plan, &changes, &mut cells)?;
    Ok((changes, cells.into_values().collect()))
}

/// Says of cells that hold something that stands for nothing that they were placeholders.
fn placeholders(world: &World<'_>, plan: &Plan, changes: &AllChanges, cells: &mut AllCells) -> Result<(), MatchError> {
    for input in &plan.inputs {
        let publication = input.publication.path();
        for file in files(&input.served(world)?) {
            let place = (publication.clone(), file.run_id.to_string(), file.path.clone());
            let Some(rows) = changes.get(&place).filter(|rows| rows.values().any(|row| !row.given.is_empty())) else {
                continue;
            };
            let mut before = 0;
            for batch in file.batches(world.store)? {
                let of_batch = Cells::of(&batch);
                let end = before + u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
                for (row, change) in rows.range(before..end) {
                    let at = (row - before) as usize;
                    let Some(key) = of_batch.key(at) else { continue };
                    for (column, _) in &change.given {
                        let place = (place.0.clone(), place.1.clone(), place.2.clone(), *row);
                        let cell = cells.get_mut(&(key.clone(), column.clone(), place));
                        if let Some(cell) = cell.filter(|_| of_batch.text(column, at).is_some()) {
                            cell.was = "placeholder";
                        }
                    }
                }
                before = end;
            }
        }
    }
    Ok(())
}

/// Returns by which persons records are known from now on: those that were settled by themselves.
pub(super) fn aliases(run: &str, judgements: &[Judgement]) -> Vec<Alias> {
    let settled = judgements.iter().filter(|judgement| !judgement.is_by_alias);
    let alias = |judgement: &Judgement| {
        let mut fingerprint = [0; 32];
        for (byte, pair) in fingerprint.iter_mut().zip(judgement.fingerprint.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(digits, 16).ok()?;
        }
        Some(Alias {
            key: judgement.key.clone(),
            person_id: judgement.judged.person.clone()?,
            fingerprint,
            made_by: run.to_owned(),
        })
    };
    settled.filter_map(alias).collect()
}
