//! Masks: what the configuration makes of values before they are written, hashed or kept anywhere.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringArray, new_null_array};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::text::text;
use crate::overlap::cell;
use crate::publish::{LakeColumn, LoadError, Mask, MaskKey, Table};

/// Makes of a column what its mask says.
///
/// # Errors
/// [`LoadError::Mask`] where the mask is not for this type.
pub fn masked(table: &Table, column: &LakeColumn, values: &ArrayRef) -> Result<ArrayRef, LoadError> {
    match column.mask {
        None => Ok(Arc::clone(values)),
        Some(Mask::Null) => Ok(new_null_array(values.data_type(), values.len())),
        Some(Mask::First(characters)) => {
            let texts = values
                .as_string_opt::<i32>()
                .ok_or_else(|| LoadError::Mask { table: table.relation.shown(), column: column.name.clone() })?;
            let first = |text: &str| text.chars().take(characters).collect::<String>();
            Ok(Arc::new(texts.iter().map(|text| text.map(first)).collect::<StringArray>()))
        }
        Some(Mask::Hash) => hashed(&table.secret, values),
    }
}

/// Returns HMAC-SHA-256 of the text of each value; of a value without a text of the bytes by which rows are compared.
fn hashed(key: &MaskKey, values: &ArrayRef) -> Result<ArrayRef, LoadError> {
    let mut hashes = StringBuilder::with_capacity(values.len(), values.len() * 64);
    for row in 0..values.len() {
        if values.is_null(row) {
            hashes.append_null();
            continue;
        }
        let bytes = match text(values, row) {
            Some(text) => text.into_bytes(),
            None => {
                let mut bytes = Vec::new();
                cell(values, row, &mut bytes)?;
                bytes
            }
        };
        // A key of any length is one; were it not, nothing would be said of the value.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key.0) else {
            hashes.append_null();
            continue;
        };
        mac.update(&bytes);
        hashes.append_value(carelake_core::hex(&mac.finalize().into_bytes()));
    }
    Ok(Arc::new(hashes.finish()))
}

#[cfg(test)]
mod tests {
    use arrow_array::Int64Array;

    use super::*;

    #[test]
    fn a_hash_is_that_of_the_text_by_the_key_and_nothing_stays_nothing() {
        // RFC 4231, test case 2.
        let key = MaskKey(b"Jefe".to_vec());
        let values: ArrayRef = Arc::new(StringArray::from(vec![Some("what do ya want for nothing?"), None, Some("")]));
        let hashes = hashed(&key, &values).unwrap();
        let hashes = hashes.as_string::<i32>();
        assert_eq!(hashes.value(0), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(hashes.is_null(1) && !hashes.is_null(2));
        let (numbers, texts): (ArrayRef, ArrayRef) =
            (Arc::new(Int64Array::from(vec![12])), Arc::new(StringArray::from(vec!["12"])));
        assert_eq!(hashed(&key, &numbers).unwrap().as_ref(), hashed(&key, &texts).unwrap().as_ref());
    }

    #[test]
    fn a_key_is_never_shown() {
        assert_eq!(format!("{:?}", MaskKey(b"MARKER".to_vec())), "MaskKey");
    }
}
