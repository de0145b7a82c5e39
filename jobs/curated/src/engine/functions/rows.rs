//! Over many rows: their values come as a list.

use polars::prelude::{AnyValue, Column, DataType, Series, SortOptions};

use super::types::Doubles;
use super::{Own, wrong};

pub(super) const FUNCTIONS: [Own; 1] = [Own {
    name: "cl_percentile",
    types: |found| match found {
        [DataType::List(inner), _] => Ok((**inner).clone()),
        _ => Err("values of many rows are expected".to_owned()),
    },
    work: |columns| {
        let [lists, share] = columns else { return Err(wrong("two arguments")) };
        let share = Doubles::of(share)?.get(0).ok_or_else(|| wrong("p is null"))?;
        let (above, below) = fraction(share).ok_or_else(|| wrong("p has more than 12 digits"))?;
        let series = lists.as_materialized_series();
        let kind = series.list()?.inner_dtype().clone();
        let mut found: Vec<AnyValue<'static>> = Vec::with_capacity(series.len());
        for at in 0..series.len() {
            let list = series.list()?.get_as_series(at);
            let value = list.map(|list| list.drop_nulls().sort(SortOptions::default())).transpose()?;
            let value = value.filter(|values| !values.is_empty()).map(|values| {
                let rank = rank(values.len() as u128, above, below);
                values.get(rank - 1).map(|value| of_kind(value.into_static(), &kind))
            });
            found.push(value.transpose()?.unwrap_or(AnyValue::Null));
        }
        let made = if matches!(kind, DataType::Decimal(..)) { kind.clone() } else { kind.to_physical() };
        Ok(Column::from(Series::from_any_values_and_dtype(series.name().clone(), &found, &made, true)?.cast(&kind)?))
    },
}];

/// Gives a value out of a list, which has no type there, its digits.
fn of_kind(value: AnyValue<'static>, kind: &DataType) -> AnyValue<'static> {
    match (value, kind) {
        (AnyValue::Int128(number), DataType::Decimal(digits, scale)) => AnyValue::Decimal(number, *digits, *scale),
        (value, _) => value,
    }
}

/// Returns a share as a fraction of whole numbers: in doubles 0.55 × 100 is above 55, and the rank would be 56.
fn fraction(share: f64) -> Option<(u128, u128)> {
    let text = format!("{share}");
    let (whole, digits) = text.split_once('.').unwrap_or((&text, ""));
    let below = 10_u128.checked_pow(u32::try_from(digits.len()).ok().filter(|digits| *digits <= 12)?)?;
    let above =
        whole.parse::<u128>().ok()? * below + if digits.is_empty() { 0 } else { digits.parse::<u128>().ok()? };
    Some((above, below))
}

/// Returns the rank ceil(p·n), at least 1.
fn rank(values: u128, above: u128, below: u128) -> usize {
    usize::try_from((values * above).div_ceil(below)).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_is_exact() {
        for (share, values, expected) in
            [(0.55, 100, 55), (0.5, 1, 1), (0.5, 2, 1), (0.9, 11, 10), (0.01, 5, 1), (1.0, 7, 7)]
        {
            let (above, below) = fraction(share).unwrap();
            assert_eq!(rank(values, above, below), expected, "{share} of {values}");
        }
    }
}
