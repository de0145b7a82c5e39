//! Rows of a table as batches: `COPY (SELECT …) TO STDOUT (FORMAT binary)`, its messages walked where they lie in the read buffer,
//! their values put straight into columns.

mod asked;
mod cells;
mod copy;
mod literal;
mod numeric;
mod selected;
mod values;

pub(super) use asked::{Known, written_as};
pub(super) use copy::read;
pub(super) use selected::{from, listed, matching};
