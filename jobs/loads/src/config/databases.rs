//! Which databases of a source are loaded, and whose they are.

use carelake_core::config::reader::{Mistakes, Spot};
use carelake_core::names::Scope;
use regex_lite::Regex;

/// The group of a pattern that tells the tenant.
const TENANT: &str = "tenant";

/// Whose a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Belongs {
    /// Everybody's, or a tenant's: with nothing it is everybody's.
    To(Scope),
    /// A tenant's whose name cannot be one of ours: it is not loaded.
    Nameless,
    /// It is not loaded.
    Nowhere,
}

/// Patterns of databases; the first that fits a name counts.
#[derive(Debug, Clone, Default)]
pub struct Databases {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    text: String,
    pattern: Regex,
    is_tenant: bool,
}

impl PartialEq for Databases {
    fn eq(&self, other: &Self) -> bool {
        let told = |all: &Self| all.entries.iter().map(|it| (it.text.clone(), it.is_tenant)).collect::<Vec<_>>();
        told(self) == told(other)
    }
}

impl Databases {
    /// Every database, and everybody's.
    pub(super) fn every() -> Self {
        let pattern = compile(".*");
        let entry = |pattern| Entry { text: ".*".to_owned(), pattern, is_tenant: false };
        Self { entries: pattern.ok().map(entry).into_iter().collect() }
    }

    /// Reads `{PATTERN: shared | tenant}`.
    pub(super) fn read_map(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Self {
        let mut entries = Vec::new();
        for (text, spot) in spot.entries("databases, by regular expressions of their names", mistakes) {
            let is_tenant = spot.choice(&[("shared", false), ("tenant", true)], mistakes);
            let (Some(is_tenant), Some(pattern)) = (is_tenant, compiled(&spot, text, mistakes)) else { continue };
            let has_group = has_tenant(&pattern);
            if is_tenant != has_group {
                let message = if is_tenant {
                    "a tenant's databases need a pattern that names the tenant, such as lis_(?<tenant>[a-z0-9_]+)"
                } else {
                    "the pattern names a tenant; write `tenant`, or leave the group `(?<tenant>…)` out"
                };
                mistakes.add(&spot, message);
            }
            entries.push(Entry { text: text.to_owned(), pattern, is_tenant });
        }
        Self { entries }
    }

    /// Reads a list of patterns; one with a group `tenant` is of tenants.
    pub(super) fn read_list(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Self {
        let mut entries = Vec::new();
        for (text, spot) in spot.texts("regular expressions of databases", mistakes) {
            if let Some(pattern) = compiled(&spot, &text, mistakes) {
                let is_tenant = has_tenant(&pattern);
                entries.push(Entry { text, pattern, is_tenant });
            }
        }
        Self { entries }
    }

    /// Returns whose a database is, by its exact name.
    #[must_use]
    pub fn belongs(&self, database: &str) -> Belongs {
        for entry in &self.entries {
            let Some(captured) = entry.pattern.captures(database) else { continue };
            let Some(tenant) = captured.name(TENANT) else { return Belongs::To(Scope::default()) };
            return tenant.as_str().parse().map_or(Belongs::Nameless, Belongs::To);
        }
        Belongs::Nowhere
    }

    /// Returns the patterns that fit none of some names.
    pub fn idle<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = &'a str> {
        let idle = |entry: &&Entry| !names.iter().any(|name| entry.pattern.is_match(name));
        self.entries.iter().filter(idle).map(|entry| entry.text.as_str())
    }
}

fn compile(text: &str) -> Result<Regex, regex_lite::Error> {
    Regex::new(&format!("^(?:{text})$"))
}

fn compiled(spot: &Spot<'_>, text: &str, mistakes: &mut Mistakes) -> Option<Regex> {
    match compile(text) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            mistakes.add(spot, format!("`{text}` is no regular expression: {error}"));
            None
        }
    }
}

fn has_tenant(pattern: &Regex) -> bool {
    pattern.capture_names().flatten().any(|name| name == TENANT)
}
