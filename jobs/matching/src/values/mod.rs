//! From a cell as published to the value that is compared: normal forms, and the placeholders that are no values.
//!
//! Each function answers nothing where the cell is missing. Their input is a cell of a row of the common schema, or of any column.

mod address;
mod contact;
mod date;
mod names;
mod number;
mod text;

pub use address::{Address, address, address_text, is_no_address};
pub use contact::{email, phone, zip_code};
pub use date::{civil, date};
pub use names::{Names, is_no_name, name, names, suffix};
pub use number::{last4, sex, ssn};
pub use text::{flat, text};

#[cfg(test)]
mod tests;
