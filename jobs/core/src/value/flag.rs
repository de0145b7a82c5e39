//! Yes and no as CMS files write them.

/// A yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag(pub bool);

impl Flag {
    /// Parses `Y`, `N`, `Yes`, `No`, `true` or `false` in any case.
    ///
    /// ```
    /// use carelake_core::value::Flag;
    /// assert_eq!(Flag::parse(b"yes"), Some(Flag(true)));
    /// assert_eq!(Flag::parse(b"Maybe"), None);
    /// ```
    #[must_use]
    pub fn parse(cell: &[u8]) -> Option<Self> {
        let is = |word: &str| cell.eq_ignore_ascii_case(word.as_bytes());
        if is("y") || is("yes") || is("true") {
            Some(Self(true))
        } else if is("n") || is("no") || is("false") {
            Some(Self(false))
        } else {
            None
        }
    }
}
