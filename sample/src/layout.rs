//! What the file of a source looks like.

use std::borrow::Cow;

use super::csv::{Encoding, Quotes};
use super::dirt::Dirt;

/// The layout of one source, as CMS publishes it.
#[derive(Debug)]
pub(super) struct Layout {
    /// Name of the source in the configuration.
    pub(super) source: &'static str,
    /// Name of the file, with a release date where CMS has one.
    pub(super) file: &'static str,
    /// Names of the columns, separated by commas; none has a comma in it.
    pub(super) header: Cow<'static, str>,
    /// Encoding and line end.
    pub(super) encoding: Encoding,
    /// Which values of the rows are quoted.
    pub(super) quotes: Quotes,
    /// Which names in the header are quoted.
    pub(super) header_quotes: Quotes,
    /// The kinds of damage that a row can have.
    pub(super) dirt: &'static [Dirt],
    /// In a small file, one row in so many may have damage for which it is rejected.
    pub(super) rows_per_reject: u64,
    /// Whether a spreadsheet left blank rows at the end.
    pub(super) has_blank_tail: bool,
}

impl Layout {
    /// Describes a UTF-8 file without damage.
    pub(super) const fn utf8(source: &'static str, file: &'static str, header: Cow<'static, str>) -> Self {
        Self {
            source,
            file,
            header,
            encoding: Encoding::Utf8,
            quotes: Quotes::WhereNeeded,
            header_quotes: Quotes::WhereNeeded,
            dirt: &[],
            // A dataset accepts one reject in a hundred rows, unless the configuration says otherwise.
            rows_per_reject: 125,
            has_blank_tail: false,
        }
    }

    /// Describes a Windows-1252 file without damage.
    pub(super) fn windows_1252(source: &'static str, file: &'static str, header: &'static str) -> Self {
        Self { encoding: Encoding::Windows1252, ..Self::utf8(source, file, Cow::Borrowed(header)) }
    }

    /// Returns the names of the columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.header.split(',')
    }
}
