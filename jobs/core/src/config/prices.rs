//! What AWS charges, for the cost that a report tells.

use jiff::civil::Date;

use super::report::Report;
use super::spot::{Fields, Spot};

const KEYS: [&str; 7] = [
    "as_of",
    "lambda_gb_second",
    "lambda_request",
    "state_transition",
    "s3_write",
    "fargate_vcpu_hour",
    "fargate_gb_hour",
];
const A_PRICE: &str = "a price in dollars";

/// List prices, in US dollars each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    /// When they were looked up.
    pub as_of: Date,
    /// A second of a function with 1,024 MiB of memory.
    pub lambda_gb_second: f64,
    /// A call of a function.
    pub lambda_request: f64,
    /// A state that an execution enters, retries included.
    pub state_transition: f64,
    /// An object that is written.
    pub s3_write: f64,
    /// An hour of one processor of a container task; wanted where a dataset has `compute: fargate`.
    pub fargate_vcpu_hour: Option<f64>,
    /// An hour of one GiB of memory of a container task; wanted where a dataset has `compute: fargate`.
    pub fargate_gb_hour: Option<f64>,
}

/// Reads the prices.
pub(super) fn read(spot: &Spot<'_>, report: &mut Report) -> Prices {
    let fields = spot.fields(&KEYS, report);
    let what = "the date of the prices, such as 2026-11-01";
    let as_of = fields.text("as_of", what, report);
    let as_of = as_of.parse().ok().or_else(|| {
        if let Some(spot) = fields.get("as_of") {
            spot.expected(what, report);
        }
        None
    });
    Prices {
        as_of: as_of.unwrap_or_default(),
        lambda_gb_second: price(&fields, "lambda_gb_second", report),
        lambda_request: price(&fields, "lambda_request", report),
        state_transition: price(&fields, "state_transition", report),
        s3_write: price(&fields, "s3_write", report),
        fargate_vcpu_hour: price_if_any(&fields, "fargate_vcpu_hour", report),
        fargate_gb_hour: price_if_any(&fields, "fargate_gb_hour", report),
    }
}

fn price(fields: &Fields<'_>, key: &str, report: &mut Report) -> f64 {
    let spot = fields.required(key, A_PRICE, report);
    spot.and_then(|spot| spot.number(A_PRICE, 0.0..=1.0, report)).unwrap_or_default()
}

fn price_if_any(fields: &Fields<'_>, key: &str, report: &mut Report) -> Option<f64> {
    fields.get(key)?.number(A_PRICE, 0.0..=1.0, report)
}
