//! What is published of a run: a row for each record that was looked up, and one for each cell that was given. Neither holds a value.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, Int32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Schema, SchemaRef};
use carelake_core::account::Account;
use carelake_core::hex;
use carelake_core::names::Publication;
use carelake_core::publish::{Input, Publishing, Sealed, current};
use jiff::civil::{Date, date};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::chunk::Judgement;
use super::error::MatchError;
use super::plan::Plan;
use super::publish::{Making, RunWriter, described, given, unchanged};
use super::world::World;
use crate::reference::Key;

/// The part that each of these publications has.
pub(super) const PART: &str = "all";

/// A cell that was given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Cell {
    pub(super) key: Key,
    pub(super) column: String,
    pub(super) was: &'static str,
    pub(super) person: String,
    pub(super) from: Key,
    pub(super) reason: String,
    pub(super) weight: Option<f64>,
    pub(super) by: String,
}

/// Returns the publication of outcomes of a matcher.
pub(super) fn outcomes(matcher: &str) -> Publication {
    Publication::from_path(&format!("matching/{matcher}/outcomes"))
}

/// Returns the publication of repairs of a matcher.
pub(super) fn repairs(matcher: &str) -> Publication {
    Publication::from_path(&format!("matching/{matcher}/repairs"))
}

/// Makes a run of one part, unless what is served is made of the same.
pub(super) fn sealed<'w>(
    world: &World<'w>,
    publishing: &Publishing<'w>,
    mut making: Making<'_>,
    batch: &RecordBatch,
) -> Result<Option<Sealed>, MatchError> {
    let pointer = current(world.store, making.publication)?;
    if unchanged(world, making.publication, pointer.as_ref(), (PART, making.identity))?.is_some() {
        return Ok(None);
    }
    let mut writer = RunWriter::begin(publishing, given(world, &mut making)?)?;
    let schema = batch.schema();
    if batch.num_rows() > 0 {
        writer.file(world, &making, "part-00000.snappy.parquet", (&schema, std::slice::from_ref(batch)))?;
    }
    writer.seal(world, making, &schema).map(Some)
}

/// Says what a run of one of these publications is made of.
pub(super) fn making<'m>(
    plan: &Plan,
    publication: &'m Publication,
    (identity, rows): (&'m str, usize),
    details: Value,
) -> Making<'m> {
    let input = |input: &super::plan::PlannedInput| Input::Publication {
        publication: input.publication.clone(),
        content: input.content,
        runs: input.runs.clone(),
    };
    let account = Account { read: rows as u64, published: rows as u64, ..Account::default() };
    Making {
        publication,
        identity,
        part: PART,
        made_by: "matching.run",
        as_of: plan.as_of,
        inputs: plan.inputs.iter().map(input).collect(),
        counts: BTreeMap::from([(plan.matcher.clone(), account)]),
        details,
    }
}

/// Returns a hash of rows.
pub(super) fn identity(rows: &impl Serialize, plan: &Plan) -> String {
    let rows = serde_json::to_string(rows).unwrap_or_default();
    let inputs = serde_json::to_string(&plan.inputs).unwrap_or_default();
    hex(&Sha256::digest(format!("1 {} {} {} {inputs} {rows}", plan.as_of, plan.config_sha256, plan.model.sha256)))
}

/// Returns the rows of outcomes, in the order of their keys.
///
/// # Shape
/// A row a record, by `data_source` and `patient_id`.
pub(super) fn outcome_rows(plan: &Plan, judgements: &[Judgement]) -> Result<RecordBatch, MatchError> {
    let text = DataType::Utf8;
    let schema = Schema::new(vec![
        described("data_source", text.clone(), "the feed"),
        described("patient_id", text.clone(), "the partner's own identifier of the person"),
        described("outcome", text.clone(), "exact, proposed or none"),
        described("reason", text.clone(), "why"),
        described("person_id", text.clone(), "the person, of an exact record"),
        described("matched_data_source", text.clone(), "the feed of the reference record that fits best"),
        described("matched_patient_id", text.clone(), "its identifier"),
        described("weight", DataType::Float64, "evidence for it in bits, the prior included"),
        described("probability", DataType::Float64, "the probability that it is the same person, 0 to 1"),
        described("candidates", DataType::Int32, "persons that it may be"),
        described("model", text.clone(), "the model"),
        described("config_sha256", text, "SHA-256 of the configuration of the matcher"),
    ]);
    // The person that it is; else the likeliest.
    let best = |judgement: &Judgement| {
        let is_it = |rival: &&super::chunk::Rival| Some(&rival.person) == judgement.judged.person.as_ref();
        judgement.rivals.iter().find(is_it).or(judgement.rivals.first()).cloned()
    };
    let bests: Vec<_> = judgements.iter().map(best).collect();
    let model = plan.model.name();
    let texts = |of: &dyn Fn(usize, &Judgement) -> Option<String>| {
        Arc::new(StringArray::from_iter(judgements.iter().enumerate().map(|(at, judgement)| of(at, judgement))))
            as ArrayRef
    };
    let best = |at: usize| bests.get(at).and_then(Option::as_ref);
    let numbers = |of: &dyn Fn(f64) -> f64| {
        Arc::new(Float64Array::from_iter((0..judgements.len()).map(|at| best(at).map(|best| of(best.weight)))))
            as ArrayRef
    };
    let columns = vec![
        texts(&|_, judgement| Some(judgement.key.data_source.clone())),
        texts(&|_, judgement| Some(judgement.key.patient_id.clone())),
        texts(&|_, judgement| Some(judgement.judged.outcome.clone())),
        texts(&|_, judgement| Some(judgement.judged.reason.clone())),
        texts(&|_, judgement| judgement.judged.person.clone()),
        texts(&|at, _| best(at).map(|best| best.record.data_source.clone())),
        texts(&|at, _| best(at).map(|best| best.record.patient_id.clone())),
        numbers(&|weight| weight),
        numbers(&|weight| 1.0 / (1.0 + (-weight).exp2())),
        Arc::new(Int32Array::from_iter_values(
            judgements.iter().map(|it| i32::try_from(it.candidates).unwrap_or(i32::MAX)),
        )),
        texts(&|_, _| Some(model.clone())),
        texts(&|_, _| Some(plan.config_sha256.clone())),
    ];
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
}

/// Returns the rows of repairs, in the order of their keys and columns.
///
/// # Shape
/// A row a cell that was given, by `data_source`, `patient_id` and `column`.
pub(super) fn repair_rows(plan: &Plan, cells: &[Cell]) -> Result<RecordBatch, MatchError> {
    let text = DataType::Utf8;
    let schema: SchemaRef = Arc::new(Schema::new(vec![
        described("data_source", text.clone(), "the feed"),
        described("patient_id", text.clone(), "the partner's own identifier of the person"),
        described("column", text.clone(), "the column that was given"),
        described("was", text.clone(), "null or placeholder"),
        described("person_id", text.clone(), "the person"),
        described("from_data_source", text.clone(), "the feed of the reference record that has the value"),
        described("from_patient_id", text.clone(), "its identifier"),
        described("rule", text.clone(), "the rule, weight or decision by which it is that person"),
        described("weight", DataType::Float64, "evidence for the person in bits"),
        described("as_of", DataType::Date32, "the newest as-of date of what was read"),
        described("by", text, "auto, or who decided"),
    ]));
    let texts = |of: &dyn Fn(&Cell) -> &str| Arc::new(StringArray::from_iter_values(cells.iter().map(of))) as ArrayRef;
    let columns = vec![
        texts(&|cell| &cell.key.data_source),
        texts(&|cell| &cell.key.patient_id),
        texts(&|cell| &cell.column),
        texts(&|cell| cell.was),
        texts(&|cell| &cell.person),
        texts(&|cell| &cell.from.data_source),
        texts(&|cell| &cell.from.patient_id),
        texts(&|cell| &cell.reason),
        Arc::new(Float64Array::from_iter(cells.iter().map(|cell| cell.weight))),
        Arc::new(Date32Array::from_iter_values(std::iter::repeat_n(days(plan.as_of), cells.len()))),
        texts(&|cell| &cell.by),
    ];
    Ok(RecordBatch::try_new(schema, columns)?)
}

fn days(day: Date) -> i32 {
    day.since(date(1970, 1, 1)).map_or(0, |span| span.get_days())
}
