//! Numbers.

use polars::prelude::DataType;

use super::types::{Doubles, Whole, doubles, expect, is_number, is_whole, whole};
use super::{Own, wrong};

pub(super) const FUNCTIONS: [Own; 4] = [
    Own {
        name: "cl_ratio",
        types: |found| expect(found, &[(is_number, "a number"), (is_number, "a number")], DataType::Float64),
        work: |columns| {
            let [above, below] = columns else { return Err(wrong("two arguments")) };
            let (above, below) = (Doubles::of(above)?, Doubles::of(below)?);
            Ok(doubles(columns, |at| {
                let below = below.get(at).filter(|below| *below != 0.0)?;
                Some(above.get(at)? / below)
            }))
        },
    },
    Own {
        name: "cl_int_div",
        types: |found| expect(found, &[(is_whole, "a whole number"), (is_whole, "a whole number")], DataType::Int64),
        work: |columns| {
            let [above, below] = columns else { return Err(wrong("two arguments")) };
            let (above, below) = (Whole::of(above)?, Whole::of(below)?);
            whole(columns, &DataType::Int64, |at| above.get(at)?.checked_div(below.get(at)?))
        },
    },
    Own {
        name: "cl_round_half_up",
        types: |found| expect(found, &[(is_number, "a number"), (is_whole, "a whole number")], DataType::Float64),
        work: |columns| {
            let [number, digits] = columns else { return Err(wrong("two arguments")) };
            let (number, digits) = (Doubles::of(number)?, Whole::of(digits)?);
            Ok(doubles(columns, |at| Some(rounded(number.get(at)?, i32::try_from(digits.get(at)?).ok()?))))
        },
    },
    Own {
        name: "cl_floor_int",
        types: |found| expect(found, &[(is_number, "a number")], DataType::Int64),
        work: |columns| {
            let [number] = columns else { return Err(wrong("one argument")) };
            let number = Doubles::of(number)?;
            #[expect(clippy::cast_possible_truncation, reason = "`as` stays within the range")]
            whole(columns, &DataType::Int64, |at| Some(number.get(at)?.floor() as i64))
        },
    },
];

/// Rounds halves away from zero. What a text of the number would say is a half is one: 1.005 to two digits is 1.01, as in Trino.
fn rounded(number: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    let scaled = number * scale;
    if scaled.is_finite() { scaled.round() / scale } else { number }
}
