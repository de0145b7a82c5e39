//! The section `console` of the configuration: who may see and do what.

use std::path::Path;

use carelake_core::config::Section;
use carelake_core::config::reader::{Fields, Form, Key, Mistakes, Spot, schema};
use carelake_tabular::config::Config;
use serde_json::Value;

use crate::session::roles::{Role, Roles};

const NAMES: Form = Form::List(&Form::Text);

/// The keys of `roles`.
const ROLES: [Key; 4] = [
    Key::new("viewer", NAMES, "Who may see runs, datasets and feeds"),
    Key::new("operator", NAMES, "Who may rerun, redrive, roll back, retract and acknowledge too"),
    Key::new("reviewer", NAMES, "Who may see persons in reviews too"),
    Key::new("lead", NAMES, "Who may settle disputes and see the audit too"),
];

/// The keys of the section.
const KEYS: [Key; 1] =
    [Key::new("roles", Form::Keys(&ROLES), "Users by role; without it whoever may read the lake has every role")];

/// The section.
pub const SECTION: Section = Section { name: "console", check, schema: schema_of_section };

fn check(spot: &Spot<'_>, _folder: &Path, mistakes: &mut Mistakes) {
    read(spot, mistakes);
}

fn schema_of_section() -> Value {
    schema("Pages: who may see and do what", &KEYS, Vec::new())
}

fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Roles {
    let fields = spot.keyed(&KEYS, mistakes);
    fields.get("roles").map_or(Roles::Everybody, |spot| {
        let fields = spot.keyed(&ROLES, mistakes);
        Roles::Named(Role::ALL.map(|role| (role, names(&fields, role.name(), mistakes))).to_vec())
    })
}

fn names(fields: &Fields<'_>, role: &str, mistakes: &mut Mistakes) -> Vec<String> {
    let texts = fields.get(role).map(|spot| spot.texts("a list of users", mistakes)).unwrap_or_default();
    texts.into_iter().map(|(name, _)| name).collect()
}

/// Returns who may see and do what. The section was checked when the configuration was read.
#[must_use]
pub fn roles(config: &Config) -> Roles {
    config.section(SECTION.name, read).unwrap_or(Roles::Everybody)
}
