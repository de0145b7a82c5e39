//! A feed that is no more than its pattern.

use jiff::civil::Date;

use super::claimed_by::{Claimant, Named};
use crate::feed::Ready;

/// Names that begin and end in a way, with a date between; all names, where there is no date in the pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    name: &'static str,
    partner: &'static str,
    text: &'static str,
    ready: Option<Ready>,
}

impl Pattern {
    pub(super) const fn new(name: &'static str, partner: &'static str, text: &'static str) -> Self {
        Self { name, partner, text, ready: None }
    }

    /// Asks for a file beside each.
    pub(super) fn with(self, ready: Ready) -> Self {
        Self { ready: Some(ready), ..self }
    }
}

impl Claimant for Pattern {
    fn name(&self) -> &str {
        self.name
    }

    fn partner(&self) -> &str {
        self.partner
    }

    fn pattern(&self) -> &str {
        self.text
    }

    fn fits(&self, name: &str) -> Option<Named> {
        let (start, end) = self.text.split_once("{delivery:%Y%m%d}")?;
        let date = name.strip_prefix(start)?.strip_suffix(end)?;
        let delivery = Some(Date::strptime("%Y%m%d", date).ok()?);
        Some(Named { delivery, ..Named::default() })
    }

    fn settle_secs(&self) -> u64 {
        10
    }

    fn ready(&self) -> Option<&Ready> {
        self.ready.as_ref()
    }
}
