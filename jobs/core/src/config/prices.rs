//! What AWS charges, for the cost that a mistakes tells.

use jiff::civil::Date;
use serde::Serialize;

use super::reader::{Fields, Form, Key, Mistakes, Spot};

/// The keys of the section.
pub const PRICES: [Key; 7] = [
    Key::new("as_of", Form::Like("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), "When they were looked up").required(),
    Key::new("lambda_gb_second", PRICE, "A second of a function with 1,024 MiB of memory").required(),
    Key::new("lambda_request", PRICE, "A call of a function").required(),
    Key::new("state_transition", PRICE, "A state that an execution enters").required(),
    Key::new("s3_write", PRICE, "An object that is written").required(),
    Key::new("fargate_vcpu_hour", PRICE, "An hour of one processor of a container task"),
    Key::new("fargate_gb_hour", PRICE, "An hour of one GiB of memory of a container task"),
];
/// US dollars.
const PRICE: Form = Form::Number(0.0, 1.0);
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
    let fields = spot.keyed(&PRICES, mistakes);
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
