//! Columns as a job asks for them: typed handles, checked once against the configuration.

use std::marker::PhantomData;

use carelake_core::value::{Ccn, Day, EnrollmentId, Npi, PacId, Phone, StateCode, Zip};

use crate::config::{ColumnKind, OnBlank, OnInvalid, SourceSpec};

/// A value that a typed column holds, unpacked from the number a row keeps for it.
pub trait Value: Copy {
    /// The type's name in the configuration.
    const TYPE: &'static str;
    /// The largest number that it holds; `None` for what is no number.
    const LARGEST: Option<i64> = None;

    /// Returns whether a column of this kind holds such values.
    fn fits(kind: &ColumnKind) -> bool;

    /// Returns the value that was packed.
    fn unpack(packed: u64) -> Self;
}

macro_rules! value {
    ($type:ty, $name:literal, $kind:pat) => {
        impl Value for $type {
            const TYPE: &'static str = $name;
            fn fits(kind: &ColumnKind) -> bool {
                matches!(kind, $kind)
            }
            fn unpack(packed: u64) -> Self {
                <$type>::unpacked(packed)
            }
        }
    };
}
value!(Npi, "npi", ColumnKind::Npi);
value!(PacId, "pac_id", ColumnKind::PacId);
value!(EnrollmentId, "enrollment_id", ColumnKind::EnrollmentId);
value!(Ccn, "ccn", ColumnKind::Ccn);
value!(StateCode, "state", ColumnKind::State);
value!(Zip, "zip", ColumnKind::Zip);
value!(Phone, "phone", ColumnKind::Phone);
value!(Day, "date", ColumnKind::Date);

impl Value for bool {
    const TYPE: &'static str = "flag";
    fn fits(kind: &ColumnKind) -> bool {
        matches!(kind, ColumnKind::Flag)
    }
    fn unpack(packed: u64) -> Self {
        packed == 1
    }
}

macro_rules! integer {
    ($type:ty) => {
        impl Value for $type {
            const TYPE: &'static str = "integer";
            const LARGEST: Option<i64> = Some(<$type>::MAX as i64);
            fn fits(kind: &ColumnKind) -> bool {
                matches!(kind, ColumnKind::Integer { max, .. } if *max <= <$type>::MAX as i64)
            }
            fn unpack(packed: u64) -> Self {
                packed as Self
            }
        }
    };
}
integer!(i8);
integer!(i16);
integer!(i32);

/// A typed column of a source; a column that the source does not have is always null.
#[derive(Debug)]
pub struct Column<T> {
    pub(super) index: usize,
    value: PhantomData<T>,
}

impl<T> Clone for Column<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Column<T> {}

impl<T> Column<T> {
    /// A column that is always null.
    pub(super) const ABSENT: Self = Self { index: usize::MAX, value: PhantomData };

    pub(super) const fn at(index: usize) -> Self {
        Self { index, value: PhantomData }
    }
}

/// A text column of a source; a column that the file does not have is always null.
#[derive(Debug, Clone, Copy)]
pub struct TextColumn {
    pub(super) position: Option<usize>,
}

/// One typed column of a file: where it is and how its cells are judged.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    /// Index among the source's columns.
    pub index: usize,
    /// Position in the file; `None` when this release does not have the column.
    pub position: Option<usize>,
    pub kind: ColumnKind,
    pub on_invalid: OnInvalid,
    pub on_blank: OnBlank,
}

/// The columns of one opened file.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The number of fields every row must have.
    pub width: usize,
    /// Positions of the source's columns in the file.
    pub(super) positions: Vec<Option<usize>>,
    /// Typed columns in the order in which they are judged: those that can refuse a row first, in the order of the rules.
    pub(super) typed: Vec<Typed>,
}

impl Layout {
    pub(super) fn new(spec: &SourceSpec, positions: Vec<Option<usize>>, width: usize) -> Self {
        let mut typed: Vec<Typed> = spec
            .columns
            .iter()
            .zip(&positions)
            .enumerate()
            .filter(|(_, (column, _))| column.kind != ColumnKind::Text)
            .map(|(index, (column, position))| Typed {
                index,
                position: *position,
                kind: column.kind,
                on_invalid: column.on_invalid,
                on_blank: column.on_blank,
            })
            .collect();
        typed.sort_by_key(|column| (!column.refuses(), column.rank()));
        Self { width, positions, typed }
    }

    /// Returns how many of the typed columns, which come first, can refuse a row.
    pub(super) fn refusing(&self) -> usize {
        self.typed.iter().take_while(|column| column.refuses()).count()
    }
}

impl Typed {
    fn refuses(&self) -> bool {
        self.on_invalid == OnInvalid::Reject || self.on_blank == OnBlank::Reject
    }

    /// The order of the type table in DATASETS, which decides the rule that names a row with several faults.
    fn rank(&self) -> u8 {
        match self.kind {
            ColumnKind::Npi => 0,
            ColumnKind::PacId => 1,
            ColumnKind::EnrollmentId => 2,
            ColumnKind::Ccn => 3,
            ColumnKind::State => 4,
            ColumnKind::Zip => 5,
            ColumnKind::Phone => 6,
            ColumnKind::Date => 7,
            ColumnKind::Flag => 8,
            ColumnKind::Integer { .. } => 9,
            ColumnKind::Text => 10,
        }
    }
}
