//! Whom a reference means.

use std::collections::HashMap;

use super::few::{Few, Gather};
use super::frame::World;
use super::value::Value;
use crate::json::{Name, is_id};
use crate::types::{Type, is_resource_type};

/// The base URLs that mean the server whose resources are read.
#[derive(Debug, Clone, Default)]
pub struct References {
    bases: Vec<String>,
}

impl References {
    /// Returns the base URLs, each with or without `/` at its end.
    pub fn new(bases: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let bases = bases.into_iter().map(Into::into);
        Self { bases: bases.map(|base: String| base.trim_end_matches('/').to_owned()).collect() }
    }

    /// Returns the type and id that a reference means; nothing if it is contained, of another server, or no reference at all. Whether
    /// there is such a type is not asked.
    fn resolve<'r>(&self, reference: &'r str, bundle: Option<&'r Bundle>) -> Option<(&'r str, &'r str)> {
        if reference.starts_with("urn:") {
            return bundle?.find(reference);
        }
        let relative = if reference.contains("://") {
            let within = |base: &String| reference.strip_prefix(base.as_str())?.strip_prefix('/');
            self.bases.iter().find_map(within)?
        } else {
            reference
        };
        let (kind, rest) = relative.split_once('/')?;
        let id = match rest.split_once('/') {
            None => rest,
            Some((id, version)) => {
                version.strip_prefix("_history/").filter(|version| is_id(version))?;
                id
            }
        };
        (!kind.is_empty() && is_id(id)).then_some((kind, id))
    }
}

/// What the full URLs of a Bundle's entries mean.
#[derive(Debug, Clone, Default)]
pub struct Bundle {
    entries: HashMap<String, (String, String)>,
}

impl Bundle {
    /// Adds an entry: its `fullUrl` with the type and id of its resource.
    pub fn insert(&mut self, full_url: impl Into<String>, resource_type: impl Into<String>, id: impl Into<String>) {
        self.entries.insert(full_url.into(), (resource_type.into(), id.into()));
    }

    fn find(&self, url: &str) -> Option<(&str, &str)> {
        self.entries.get(url).map(|(kind, id)| (kind.as_str(), id.as_str()))
    }
}

/// What became of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolved<'a> {
    /// The id of a resource of the type that was asked for.
    Key(&'a str),
    /// It means a resource of another type.
    Other,
    /// It means nothing that is known here.
    Nothing,
}

impl<'a> World<'a> {
    /// Returns what became of a reference.
    pub(crate) fn resolved(&self, value: Value<'a>, reference: Name, kind: Type) -> Resolved<'a> {
        let text = match value {
            Value::Element(element) => {
                self.tree.member(element.at, reference).filter(|at| self.is_text(*at)).and_then(|at| self.tree.text(at))
            }
            _ => None,
        };
        let references: &'a References = self.references;
        match text.and_then(|text| references.resolve(text, self.bundle)) {
            Some((of, id)) if kind.name() == of => Resolved::Key(id),
            Some((of, _)) if !is_resource_type(of) => Resolved::Nothing,
            Some((_, id)) if kind == Type::UNKNOWN => Resolved::Key(id),
            Some(_) => Resolved::Other,
            None => Resolved::Nothing,
        }
    }

    fn is_text(&self, at: u32) -> bool {
        self.tree.shape(at) == crate::json::Shape::Text
    }

    /// Returns the ids that references mean.
    pub(super) fn reference_keys(&self, of: &Few<'a>, reference: Name, kind: Type) -> Few<'a> {
        let mut keys = Gather::new(self.bump);
        for value in of.items() {
            if let Resolved::Key(id) = self.resolved(*value, reference, kind) {
                keys.push(Value::Text(id));
            }
        }
        keys.finish()
    }
}
