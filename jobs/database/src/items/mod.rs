//! Items of DynamoDB: their attributes in one form, whether an API or an export handed them over, and rows made of them.

mod attribute;
mod json;
mod number;
mod rows;

pub use attribute::{Attribute, Item};
pub use json::{NotAnItem, parse};
pub use number::canonical;
pub use rows::ItemRows;

use crate::kind::Kind;
use crate::relation::Column;

/// The database of every table of DynamoDB.
pub const DATABASE: &str = "dynamodb";
/// The column that holds an item as a whole.
pub const ITEM: &str = "_item";
/// The type of columns that are the key, or that nobody declared.
pub const ATTRIBUTE: &str = "attribute";

/// Returns a column of a table of DynamoDB. What is no key may be missing in every item.
#[must_use]
pub fn column(name: &str, number: u32, declared: &str, is_key: bool) -> Column {
    Column {
        name: name.to_owned(),
        number,
        declared: declared.to_owned(),
        kind: Kind::Text,
        wire: 0,
        is_nullable: !is_key,
        is_kept_by_server: false,
        is_generated: false,
    }
}
