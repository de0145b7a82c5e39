//! What a proposed page makes of a file, against what the file was made of.

use std::collections::BTreeMap;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_core::value::Day;
use carelake_records::Limits;
use jiff::civil::date;

use super::super::{InferOptions, infer};
use super::layout::Layout;
use super::{values, write};
use crate::feed::{Feed, FeedTable};
use crate::judge::{DeliveryFacts, Plan, judge_read};
use crate::judged::JudgedTable;
use crate::state::alone;

/// Rows of a file.
const ROWS: usize = 80;
/// The share of rows in which a column that is right is as it should be.
const SAME: f64 = 0.97;
/// Columns that follow from others.
const MADE: [&str; 4] = ["ssn_last4", "encounter_start_datetime", "encounter_end_datetime", "diagnosis_code_type"];

/// What became of a layout.
#[derive(Default)]
pub(super) struct Verdict {
    pub right: Vec<String>,
    pub wrong: Vec<String>,
    pub missing: Vec<String>,
    /// Why nothing would be published.
    pub refused: Option<String>,
    pub page: String,
}

/// What a row is published as, by column.
type Truth = BTreeMap<String, String>;

impl Verdict {
    pub(super) fn of(layout: &Layout) -> Self {
        let (mut rows, mut truths) = (Vec::new(), Vec::new());
        for row in 0..ROWS {
            let (mut cells, mut truth) = (Vec::new(), Truth::new());
            for column in &layout.columns {
                let (cell, published) = values::value(column, row);
                cells.push(cell);
                for (target, value) in
                    column.targets().into_iter().zip(published).filter(|(_, value)| !value.is_empty())
                {
                    let known = truth.entry(target.to_owned()).or_default();
                    // Of several sources of a list each value counts once.
                    if !known.split('|').any(|other| other == value) {
                        known.push('|');
                        known.push_str(&value);
                    }
                }
            }
            rows.push(cells);
            truths.push(truth);
        }
        let folder = tempfile::tempdir().unwrap();
        let (name, bytes) = write::file(layout, &rows);
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let options = InferOptions {
            partner: "cold".to_owned(),
            feed: "cold".to_owned(),
            time_zone: "America/New_York".to_owned(),
            rows: 5000,
        };
        let page = infer(&file, &options).unwrap_or_else(|error| panic!("{}: {error}", layout.name)).to_yaml();
        let mut verdict = Self { page, ..Self::default() };
        let feed = match verdict.feed() {
            Ok(feed) => feed,
            Err(mistakes) => {
                verdict.refused = Some(mistakes);
                verdict.missing = layout.targets().into_iter().map(str::to_owned).collect();
                return verdict;
            }
        };
        verdict.compare(layout, &feed, &file, &truths);
        verdict
    }

    fn feed(&self) -> Result<Feed, String> {
        let mut mistakes = Mistakes::default();
        let root = parse(&self.page, &mut mistakes).unwrap();
        let intake = crate::config::read(&Spot::root(&root).child("intake").unwrap(), Path::new(""), &mut mistakes);
        let mistakes: Vec<String> = mistakes.into_problems().iter().map(ToString::to_string).collect();
        if mistakes.is_empty() { Ok(Feed::clone(&intake.feeds[0])) } else { Err(mistakes.join("; ")) }
    }

    fn compare(&mut self, layout: &Layout, feed: &Feed, file: &Path, truths: &[Truth]) {
        let facts = DeliveryFacts { delivery_date: date(2026, 9, 1), captures: BTreeMap::new() };
        let plan = Plan::new(feed, &facts, None).unwrap();
        let judged = judge_read(&plan, 1, |take| {
            carelake_records::read(file, &feed.format, &feed.wanted, &Limits::default(), take)
        });
        let judged = match judged {
            Ok(judged) => judged,
            Err(error) => {
                self.refused = Some(error.to_string());
                self.missing = layout.targets().into_iter().map(str::to_owned).collect();
                return;
            }
        };
        self.refused = alone(feed, &judged).err().map(|error| error.to_string());
        let mut seen: Vec<String> = Vec::new();
        for (table, judged) in feed.tables.iter().zip(&judged.tables) {
            let made = Made::of(table, judged, truths);
            for mapped in table.mapping.columns.iter().map(|mapped| mapped.column.as_str()) {
                let is_meant = layout.targets().contains(mapped);
                if MADE.contains(&mapped) && !is_meant || seen.iter().any(|column| column == mapped) {
                    continue;
                }
                seen.push(mapped.to_owned());
                let is_right = is_meant && made.share(mapped, truths) >= SAME;
                if is_right { &mut self.right } else { &mut self.wrong }.push(mapped.to_owned());
            }
        }
        let missing = layout.targets().into_iter().filter(|target| !seen.iter().any(|column| column == target));
        self.missing = missing.map(str::to_owned).collect();
    }
}

/// The rows of a table, each with the row of the file that it was made of.
struct Made {
    rows: Vec<(RecordBatch, usize)>,
    /// Of each row of the file, where it is in `rows`.
    places: Vec<Option<usize>>,
}

impl Made {
    fn of(table: &FeedTable, judged: &JudgedTable, truths: &[Truth]) -> Self {
        let key = if table.table.name == "persons" { "patient_id" } else { "encounter_id" };
        let batches = judged.rows.iter().map(Result::unwrap);
        let rows: Vec<(RecordBatch, usize)> = batches
            .flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch.clone(), row)).collect::<Vec<_>>())
            .collect();
        let keys: Vec<String> = rows.iter().map(|(batch, row)| plain(&shown(batch, key, *row))).collect();
        let place = |truth: &Truth| {
            let own = truth.get(key).map(|key| plain(key))?;
            keys.iter().position(|key| *key == own)
        };
        let places = truths.iter().map(place).collect();
        Self { rows, places }
    }

    /// Returns the share of rows in which a column is what it should be.
    fn share(&self, column: &str, truths: &[Truth]) -> f64 {
        let same = truths.iter().zip(&self.places).filter(|(truth, place)| {
            let wanted = truth.get(column).map(|value| value.trim_start_matches('|')).unwrap_or_default();
            let Some((batch, row)) = place.and_then(|place| self.rows.get(place)) else { return false };
            is_same(&shown(batch, column, *row), wanted)
        });
        same.count() as f64 / truths.len() as f64
    }
}

/// Returns a cell as text; of an instant its day, of a list its values one behind the other.
fn shown(batch: &RecordBatch, column: &str, row: usize) -> String {
    let Some(array) = batch.column_by_name(column).filter(|array| array.is_valid(row)) else { return String::new() };
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Date32 => Day::from_days(array.as_primitive::<Date32Type>().value(row)).to_string(),
        DataType::Timestamp(..) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            Day::from_days(micros.div_euclid(86_400_000_000) as i32).to_string()
        }
        DataType::Decimal128(_, scale) => {
            let units = array.as_primitive::<Decimal128Type>().value(row);
            (units as f64 / 10_f64.powi(i32::from(*scale))).to_string()
        }
        DataType::List(_) => array.as_list::<i32>().value(row).as_string::<i32>().iter().flatten().collect(),
        other => panic!("{other}"),
    }
}

/// Compares without case and signs, numbers by their worth. A time of day moves an instant by a day at most.
fn is_same(found: &str, wanted: &str) -> bool {
    match (found.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(found), Ok(wanted)) => (found - wanted).abs() <= 0.01 * wanted.abs().max(0.01),
        _ => plain(found) == plain(wanted),
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
