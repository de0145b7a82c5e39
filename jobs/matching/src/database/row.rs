//! Rows of answers.

use rusqlite::types::ValueRef;

use super::error::SqlError;
use super::value::Value;

/// A row of an answer.
pub(crate) enum Row<'r> {
    /// Of a file: each value is of a kind.
    File(&'r rusqlite::Row<'r>),
    /// Of a server: each value is text.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "of servers only"))]
    Server(&'r [Option<&'r str>]),
}

/// A value as it came.
pub(crate) enum Cell<'c> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'c str),
    Bytes(&'c [u8]),
}

impl Row<'_> {
    /// Returns a value as it came.
    pub(crate) fn cell(&self, column: usize) -> Result<Cell<'_>, SqlError> {
        let unreadable = || SqlError::Unreadable { column };
        Ok(match self {
            Self::Server(cells) => cells.get(column).ok_or_else(unreadable)?.map_or(Cell::Null, Cell::Text),
            Self::File(row) => match row.get_ref(column)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(number) => Cell::Int(number),
                ValueRef::Real(number) => Cell::Real(number),
                ValueRef::Text(text) => Cell::Text(std::str::from_utf8(text).map_err(|_| unreadable())?),
                ValueRef::Blob(bytes) => Cell::Bytes(bytes),
            },
        })
    }

    /// Returns a value.
    pub(crate) fn get<T: FromCell>(&self, column: usize) -> Result<T, SqlError> {
        T::from_cell(self.cell(column)?).ok_or(SqlError::Unreadable { column })
    }

    /// Returns a text where it lies.
    pub(crate) fn text(&self, column: usize) -> Result<&str, SqlError> {
        match self.cell(column)? {
            Cell::Text(text) => Ok(text),
            _ => Err(SqlError::Unreadable { column }),
        }
    }
}

/// What a value can be read as.
pub(crate) trait FromCell: Sized {
    /// Reads it; nothing where it is of another kind.
    fn from_cell(cell: Cell<'_>) -> Option<Self>;
}

impl FromCell for i64 {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Int(number) => Some(number),
            Cell::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl FromCell for u32 {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        Self::try_from(i64::from_cell(cell)?).ok()
    }
}

impl FromCell for u8 {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        Self::try_from(i64::from_cell(cell)?).ok()
    }
}

/// Keys are kept as the numbers of the same bits.
impl FromCell for u64 {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        Some(i64::from_cell(cell)?.cast_unsigned())
    }
}

impl FromCell for f64 {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Real(number) => Some(number),
            Cell::Int(number) => Some(number as Self),
            Cell::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl FromCell for bool {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Int(number) => Some(number != 0),
            Cell::Text("t") => Some(true),
            Cell::Text("f") => Some(false),
            _ => None,
        }
    }
}

impl FromCell for String {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl FromCell for [u8; 32] {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Bytes(bytes) => bytes.try_into().ok(),
            Cell::Text(text) => carelake_core::unhex(text.strip_prefix("\\x")?)?.try_into().ok(),
            _ => None,
        }
    }
}

/// A value as it came, to be given back: a server has each as a text.
impl FromCell for Value<'static> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        Some(match cell {
            Cell::Null => Self::Null,
            Cell::Int(number) => Self::Int(number),
            Cell::Real(number) => Self::Real(number),
            Cell::Text(text) => Self::Text(text.to_owned().into()),
            Cell::Bytes(_) => return None,
        })
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}
