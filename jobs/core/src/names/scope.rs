//! Whose data it is.

use std::fmt;
use std::str::FromStr;

/// The tenant that names are below, or none. Without a tenant a name is what it is, so that nothing shows where there are no
/// tenants.
///
/// ```
/// use carelake_core::names::Scope;
/// let acme: Scope = "acme".parse()?;
/// assert_eq!(acme.qualify("letters"), "tenant/acme/letters");
/// assert_eq!(Scope::default().qualify("letters"), "letters");
/// assert_eq!(acme.folder().as_deref(), Some("_tenants/acme"));
/// # Ok::<(), carelake_core::names::ScopeError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    tenant: Option<String>,
}

/// The longest name of a tenant: a database of the catalog has it in its name, which may have 255 characters.
const LONGEST: usize = 32;

/// Why a text is not the name of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a tenant; a tenant is 1 to 32 of a-z, 0-9 and _")]
pub struct ScopeError {
    text: String,
}

impl Scope {
    /// Returns whether this is no tenant's.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.tenant.is_none()
    }

    /// Returns the folder of the tenant in every place, if there is one. It begins with `_`, as everything does that is no publication
    /// of the place it lies in.
    #[must_use]
    pub fn folder(&self) -> Option<String> {
        self.tenant.as_ref().map(|tenant| format!("_tenants/{tenant}"))
    }

    /// Returns a name as it is kept for this scope: below the tenant if there is one.
    #[must_use]
    pub fn qualify(&self, name: &str) -> String {
        self.tenant.as_ref().map_or_else(|| name.to_owned(), |tenant| format!("tenant/{tenant}/{name}"))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tenant.as_deref().unwrap_or_default())
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !(1..=LONGEST).contains(&text.len()) || !text.chars().all(is_plain) {
            return Err(ScopeError { text: text.to_owned() });
        }
        Ok(Self { tenant: Some(text.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_cannot_leave_its_place() {
        for text in ["", "a23456789012345678901234567890123", "a/b", "..", "Acme", "a b", "a#b", "é"] {
            assert!(text.parse::<Scope>().is_err(), "{text:?}");
        }
    }
}
