//! The order of a window as one key. Windows of Polars put nulls first and know one direction only; a key of bytes says both, and two rows
//! have the same one where they are equal in order.

use polars::chunked_array::ops::row_encode::_get_rows_encoded_ca;
use polars::prelude::{Column, DataType, IntoSeries};

use super::types::{Texts, rows};
use super::{Own, wrong};

pub(super) const FUNCTIONS: [Own; 1] = [Own {
    name: "cl_order",
    types: |found| match found {
        [DataType::String, keys @ ..] if !keys.iter().any(|kind| matches!(kind, DataType::List(_))) => {
            Ok(DataType::Binary)
        }
        _ => Err("rows are not put in order by a list".to_owned()),
    },
    work: |columns| {
        let [ways, keys @ ..] = columns else { return Err(wrong("an order needs a key")) };
        let ways = Texts::of(ways)?.get(0).unwrap_or_default().to_owned();
        if ways.len() != keys.len() {
            return Err(wrong("an order has as many directions as keys"));
        }
        let height = rows(keys);
        let keys: Vec<Column> = keys
            .iter()
            .map(|key| if key.len() == height { key.clone() } else { key.new_from_index(0, height) })
            .collect();
        // a, d: ascending, descending; in capitals nulls come first.
        let descending: Vec<bool> = ways.chars().map(|way| way.eq_ignore_ascii_case(&'d')).collect();
        let nulls_last: Vec<bool> = ways.chars().map(|way| way.is_ascii_lowercase()).collect();
        let encoded = _get_rows_encoded_ca("order".into(), &keys, &descending, &nulls_last, false)?;
        encoded.into_series().cast(&DataType::Binary).map(Column::from)
    },
}];
