//! What AWS charges, for the cost that a mistakes tells.

use jiff::civil::Date;
use serde::Serialize;

use super::reader::{Fields, Mistakes, Spot};

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
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
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
pub fn read_prices(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Prices {
    let fields = spot.fields(&KEYS, mistakes);
    let what = "the date of the prices, such as 2026-11-01";
    let as_of = fields.text("as_of", what, mistakes);
    let as_of = as_of.parse().ok().or_else(|| {
        if let Some(spot) = fields.get("as_of") {
            spot.expected(what, mistakes);
        }
        None
    });
    Prices {
        as_of: as_of.unwrap_or_default(),
        lambda_gb_second: price(&fields, "lambda_gb_second", mistakes),
        lambda_request: price(&fields, "lambda_request", mistakes),
        state_transition: price(&fields, "state_transition", mistakes),
        s3_write: price(&fields, "s3_write", mistakes),
        fargate_vcpu_hour: price_if_any(&fields, "fargate_vcpu_hour", mistakes),
        fargate_gb_hour: price_if_any(&fields, "fargate_gb_hour", mistakes),
    }
}

fn price(fields: &Fields<'_>, key: &str, mistakes: &mut Mistakes) -> f64 {
    let spot = fields.required(key, A_PRICE, mistakes);
    spot.and_then(|spot| spot.number(A_PRICE, 0.0..=1.0, mistakes)).unwrap_or_default()
}

fn price_if_any(fields: &Fields<'_>, key: &str, mistakes: &mut Mistakes) -> Option<f64> {
    fields.get(key)?.number(A_PRICE, 0.0..=1.0, mistakes)
}
