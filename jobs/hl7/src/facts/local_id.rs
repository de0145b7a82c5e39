//! Local ids: what tells a patient apart, as `<authority>#<type>#<id>`.

use carelake_er7::Value;

use crate::config::Hl7;
use crate::read::Whole;

/// Who vouches for identifiers that do not say it, and which of them identify somebody.
#[derive(Debug, Clone, Copy)]
pub struct Authority<'c> {
    config: &'c Hl7,
    /// What stands in where an identifier names no authority.
    sender: &'c str,
}

/// A local id.
pub(super) struct LocalId {
    pub(super) text: String,
    /// Whether it identifies somebody.
    pub(super) identifies: bool,
}

impl<'c> Authority<'c> {
    /// Takes the sender: its facility, else its application.
    #[must_use]
    pub fn of(config: &'c Hl7, facility: &'c str, application: &'c str) -> Self {
        Self { config, sender: if facility.is_empty() { application } else { facility } }
    }

    /// Returns the fields of PID that have identifiers, in the order in which they count.
    pub(super) const fn fields(&self) -> [usize; 2] {
        if self.config.is_original { [2, 3] } else { [3, 2] }
    }

    /// Reads an identifier: id, authority and type are components 1, 4 and 5 in every version.
    pub(super) fn local_id<'a>(&self, whole: &Whole<'_, 'a>, repetition: Value<'a>) -> Option<LocalId> {
        let component = |number| whole.text(repetition.component(number));
        let id = component(1).filter(|id| id != "\"\"")?;
        let kind = component(5).filter(|kind| kind != "\"\"").unwrap_or_default();
        let authority = if self.config.is_original { String::new() } else { self.authority(whole, repetition) };
        Some(LocalId {
            identifies: !self.config.identify_except.contains(&kind),
            text: format!("{}#{}#{}", encoded(&authority), encoded(&kind), encoded(&id)),
        })
    }

    /// Returns the assigning authority, with its parts: the sender where there is none.
    fn authority<'a>(&self, whole: &Whole<'_, 'a>, repetition: Value<'a>) -> String {
        let said = repetition.component(4);
        let part = |number| said.and_then(|said| whole.text(said.subcomponent(number))).unwrap_or_default();
        let parts = [part(1), part(2), part(3)];
        let length = parts.iter().rposition(|part| !part.is_empty() && part != "\"\"").map_or(0, |last| last + 1);
        let named = parts.get(..length).unwrap_or_default().join("&");
        let named = if named.is_empty() { self.sender.to_owned() } else { named };
        self.config.authorities.get(&named).cloned().unwrap_or(named)
    }
}

/// Returns a part of a local id, in which `#` stands between parts.
fn encoded(part: &str) -> String {
    part.replace('%', "%25").replace('#', "%23")
}
