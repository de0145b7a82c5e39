//! Values that are written as they are: the type of the column that holds them, and how.

use super::field::Kind;
use super::part::RowWriter;
use crate::value::{Ccn, Day, EnrollmentId, Npi, PacId, Phone, StateCode, Zip};

/// A value that a column of one type holds.
pub trait Cell: Sized {
    /// The type of the column.
    const KIND: Kind;

    /// Writes the next cell of a row.
    fn write(cell: Option<Self>, to: &mut RowWriter<'_>);
}

macro_rules! cells {
    ($($kind:ident by $write:ident: $($type:ty),*;)*) => {
        $($(impl Cell for $type {
            const KIND: Kind = Kind::$kind;

            #[inline]
            fn write(cell: Option<Self>, to: &mut RowWriter<'_>) {
                to.$write(cell);
            }
        })*)*
    };
}

cells! {
    Text by value: Npi, PacId, EnrollmentId, Ccn, StateCode, Zip, Phone;
    Boolean by boolean: bool;
    Int8 by integer: i8;
    Int16 by integer: i16;
    Int32 by integer: i32;
    Date by date: Day;
}
