//! What people answered, as labels and as figures.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::database::{Sql, SqlError, values};
use crate::reference::{Key, ReferenceDatabase, ReferenceError};

/// An answer about a record and a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Labelled {
    /// The record.
    pub record: Key,
    /// A reference record of the person.
    pub person: Key,
    /// `match` or `no_match`.
    pub label: &'static str,
    /// The level of each field.
    pub levels: BTreeMap<String, String>,
    /// Who.
    pub reviewer: String,
    /// When.
    pub decided_at: String,
}

/// Returns what people answered about records and persons, in the order in which they did.
///
/// # Errors
/// [`ReferenceError`].
pub fn labels(reference: &ReferenceDatabase) -> Result<Vec<Labelled>, ReferenceError> {
    reference.read("reading labels", |sql| {
        let statement = "SELECT d.data_source, d.patient_id, d.record_data_source, d.record_patient_id, d.action, d.detail, d.reviewer, d.decided_at
                   FROM decision d JOIN review r ON r.review_id = d.review_id
                   WHERE r.kind IN ('record', 'sample') AND d.action IN ('accept', 'reject') AND d.record_data_source IS NOT NULL
                     AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo'
                       AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))
                   ORDER BY d.sequence, d.decision_id";
        sql.rows(statement, &[], |row| {
            let detail: Value = serde_json::from_str(row.text(5)?).unwrap_or_default();
            let levels = detail.get("levels").cloned().and_then(|levels| serde_json::from_value(levels).ok());
            Ok(Labelled {
                record: Key { data_source: row.get(0)?, patient_id: row.get(1)? },
                person: Key { data_source: row.get(2)?, patient_id: row.get(3)? },
                label: if row.text(4)? == "accept" { "match" } else { "no_match" },
                levels: levels.unwrap_or_default(),
                reviewer: row.get(6)?,
                decided_at: row.get(7)?,
            })
        })
    })
}

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// Those of which it holds.
    pub of: u64,
    /// All.
    pub all: u64,
    /// The share, 0 to 1; `None` of none.
    pub share: Option<f64>,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Quantile of the normal distribution for 95 %.
const Z: f64 = 1.959_963_984_540_054;

impl Estimate {
    /// Returns a share with Wilson's interval.
    ///
    /// # Source
    /// E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.
    ///
    /// ```
    /// let of = carelake_matching::reviews::Estimate::wilson(95, 100);
    /// assert!((of.low - 0.888_3).abs() < 1e-4 && (of.high - 0.978_5).abs() < 1e-4);
    /// ```
    #[must_use]
    pub fn wilson(of: u64, all: u64) -> Self {
        if all == 0 {
            return Self { of, all, share: None, low: 0.0, high: 1.0 };
        }
        let (n, p) = (all as f64, of as f64 / all as f64);
        let middle = p + Z * Z / (2.0 * n);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + Z * Z / n;
        Self {
            of,
            all,
            share: Some(p),
            low: ((middle - spread) / whole).max(0.0),
            high: ((middle + spread) / whole).min(1.0),
        }
    }
}

/// How good runs and reviewers are, as blind checks and answers tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quality {
    /// Exact records of which a blind check says the same.
    pub precision: Estimate,
    /// Records of nobody of which a blind check says the same: what is missed is the rest.
    pub none_confirmed: Estimate,
    /// Agreement of reviewers who answered the same question, beyond chance (Cohen's κ); `None` where no two did.
    pub kappa: Option<f64>,
    /// Questions that two people answered.
    pub answered_twice: u64,
    /// Answers.
    pub decisions: u64,
    /// Seconds between one answer of a reviewer and the next, the median of those within 15 minutes.
    pub median_secs: Option<f64>,
    /// Open questions by kind.
    pub open: BTreeMap<String, u64>,
    /// When the oldest of them was asked.
    pub oldest_open: Option<String>,
}

/// Returns how good runs and reviewers are.
///
/// # Errors
/// [`ReferenceError`].
pub fn quality(reference: &ReferenceDatabase) -> Result<Quality, ReferenceError> {
    reference.read("reading answers", measured)
}

fn measured(sql: &dyn Sql) -> Result<Quality, SqlError> {
    let sampled = |is_exact: bool, state: &str| -> Result<u64, SqlError> {
        // An exact record has a likeliest person that blind reviewers accept or reject; of one of nobody there is none to accept.
        let statement = "SELECT count(*) FROM review WHERE kind = 'sample' AND state = ?1
                     AND (reason IN ('no_candidates', 'below', 'all_rejected', 'block_too_large')) <> ?2";
        sql.value(statement, values![state, is_exact]).map(i64::unsigned_abs)
    };
    let (right, wrong) = (sampled(true, "accepted")?, sampled(true, "rejected")?);
    let (missed, rightly_none) = (sampled(false, "accepted")?, sampled(false, "rejected")?);
    let decisions: i64 = sql.value("SELECT count(*) FROM decision WHERE action IN ('accept', 'reject')", &[])?;
    let by_kind = "SELECT kind, count(*) FROM review WHERE state IN ('open', 'disputed') GROUP BY kind";
    let open = sql.rows(by_kind, &[], |row| Ok((row.get(0)?, row.get::<i64>(1)?.unsigned_abs())))?;
    let oldest = "SELECT min(opened_at) FROM review WHERE state IN ('open', 'disputed')";
    let (kappa, answered_twice) = agreement(sql)?;
    Ok(Quality {
        precision: Estimate::wilson(right, right + wrong),
        none_confirmed: Estimate::wilson(rightly_none, rightly_none + missed),
        kappa,
        answered_twice,
        decisions: decisions.unsigned_abs(),
        median_secs: pace(sql)?,
        open: open.into_iter().collect(),
        oldest_open: sql.value(oldest, &[])?,
    })
}

/// Returns Cohen's κ over questions that two people answered, by the first answer of each.
fn agreement(sql: &dyn Sql) -> Result<(Option<f64>, u64), SqlError> {
    let statement = "SELECT review_id, reviewer, action FROM decision WHERE action IN ('accept', 'reject') AND review_id IS NOT NULL
               ORDER BY sequence, decision_id";
    let mut answers: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    sql.each(statement, &[], &mut |row| {
        let (of_review, reviewer) = (answers.entry(row.get(0)?).or_default(), row.text(1)?);
        if of_review.iter().all(|(other, _)| other != reviewer) {
            of_review.push((reviewer.to_owned(), row.text(2)? == "accept"));
        }
        Ok(())
    })?;
    let pair = |of: &Vec<(String, bool)>| Some((of.first()?.1, of.get(1)?.1));
    let pairs: Vec<(bool, bool)> = answers.values().filter_map(pair).collect();
    if pairs.is_empty() {
        return Ok((None, 0));
    }
    let n = pairs.len() as f64;
    let share = |is: &dyn Fn(&(bool, bool)) -> bool| pairs.iter().filter(|pair| is(pair)).count() as f64 / n;
    let agreed = share(&|(one, other)| one == other);
    let (first, second) = (share(&|(one, _)| *one), share(&|(_, other)| *other));
    let by_chance = first * second + (1.0 - first) * (1.0 - second);
    let kappa =
        if (1.0 - by_chance).abs() < f64::EPSILON { None } else { Some((agreed - by_chance) / (1.0 - by_chance)) };
    Ok((kappa, pairs.len() as u64))
}

/// Returns the median of the seconds between answers of one reviewer.
fn pace(sql: &dyn Sql) -> Result<Option<f64>, SqlError> {
    const PAUSE_SECS: f64 = 15.0 * 60.0;
    let statement =
        "SELECT reviewer, decided_at FROM decision WHERE action IN ('accept', 'reject') ORDER BY reviewer, sequence";
    let (mut last, mut gaps): (Option<(String, jiff::Timestamp)>, Vec<f64>) = (None, Vec::new());
    let answers: Vec<(String, String)> = sql.rows(statement, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (reviewer, at) in answers {
        let Ok(at) = at.parse::<jiff::Timestamp>() else { continue };
        if let Some((before, then)) = last.filter(|(before, _)| *before == reviewer) {
            let gap = at.duration_since(then).as_secs_f64();
            let _ = before;
            gaps.extend((gap > 0.0 && gap < PAUSE_SECS).then_some(gap));
        }
        last = Some((reviewer, at));
    }
    gaps.sort_by(f64::total_cmp);
    Ok(gaps.get(gaps.len() / 2).copied())
}
