//! Members of a definition, by the types of JSON that they must have.

use super::error::Problems;
use crate::json::{Node, Shape};
use crate::nearest::meant;

/// An object of a definition and its path.
#[derive(Debug, Clone)]
pub(super) struct Object<'t> {
    pub(super) node: Node<'t>,
    pub(super) place: String,
}

impl<'t> Object<'t> {
    /// Returns the path of a member.
    pub(super) fn place_of(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    /// Complains of members that are none of these; extensions may be anywhere.
    pub(super) fn check_names(&self, known: &[&str], problems: &mut Problems<'_>) {
        for (name, _) in self.node.members() {
            if !known.contains(&name)
                && !matches!(name, "id" | "extension" | "modifierExtension")
                && !name.starts_with('_')
            {
                problems.push(&self.place_of(name), format!("unknown member{}", meant(name, known.iter().copied())));
            }
        }
    }

    pub(super) fn text(&self, name: &str, problems: &mut Problems<'_>) -> Option<&'t str> {
        let node = self.node.member(name).filter(|node| node.shape() != Shape::Null)?;
        if node.text().is_none() {
            problems.push(&self.place_of(name), "must be text");
        }
        node.text()
    }

    /// Returns a text that has to be there.
    pub(super) fn needed(&self, name: &str, problems: &mut Problems<'_>) -> Option<&'t str> {
        if self.node.member(name).is_none() {
            problems.push(&self.place_of(name), "is missing");
        }
        self.text(name, problems)
    }

    /// Returns whether something is so; what is not there is not so.
    pub(super) fn flag(&self, name: &str, problems: &mut Problems<'_>) -> bool {
        match self.node.member(name).map(|node| node.shape()) {
            None | Some(Shape::Null | Shape::False) => false,
            Some(Shape::True) => true,
            Some(_) => {
                problems.push(&self.place_of(name), "must be true or false");
                false
            }
        }
    }

    /// Returns the items of a list with their paths; of what is not there none.
    pub(super) fn list(&self, name: &str, problems: &mut Problems<'_>) -> Vec<Self> {
        let Some(node) = self.node.member(name).filter(|node| node.shape() != Shape::Null) else { return Vec::new() };
        if node.shape() != Shape::Array {
            problems.push(&self.place_of(name), "must be a list");
        }
        let place = self.place_of(name);
        node.items().enumerate().map(|(at, node)| Self { node, place: format!("{place}[{at}]") }).collect()
    }

    /// Returns the objects of a list with their paths.
    pub(super) fn objects(&self, name: &str, problems: &mut Problems<'_>) -> Vec<Self> {
        let mut items = self.list(name, problems);
        items.retain(|item| {
            let is_object = item.node.shape() == Shape::Object;
            if !is_object {
                problems.push(&item.place, "must be an object");
            }
            is_object
        });
        items
    }
}
