//! The tables that are made of a source: views that are shipped, and files of the configuration's folder.

use std::borrow::Cow;
use std::path::Path;

use carelake_core::config::check_own_name;
use carelake_core::config::reader::{Mistakes, Spot};
use carelake_fhirpath::{Settings, Source, Views};
use jiff::Timestamp;

use super::source::Types;
use crate::views::SHIPPED;

/// Publications that are no views.
const OWN: [&str; 2] = ["changes", "resources"];
/// The folder of further views, in that of the configuration.
const FOLDER: &str = "views";

/// A view: a ViewDefinition of SQL on FHIR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it says, as JSON.
    pub text: Cow<'static, str>,
}

/// Reads which views are made, each checked whole.
pub(super) fn read(spot: Option<Spot<'_>>, types: &Types, folder: &Path, mistakes: &mut Mistakes) -> Vec<Definition> {
    let Some(spot) = spot else { return Vec::new() };
    if !spot.is_list() {
        let is_said = spot.choice(&[("shipped", ())], mistakes).is_some();
        let all = SHIPPED
            .iter()
            .filter(|_| is_said)
            .map(|(name, text)| Definition { name: (*name).to_owned(), text: Cow::Borrowed(text) });
        return all.filter(|definition| is_asked_for(definition, types)).collect();
    }
    let mut read: Vec<Definition> = Vec::new();
    for (name, spot) in spot.texts("views, or shipped", mistakes) {
        check_own_name(&spot, &name, mistakes);
        if OWN.contains(&name.as_str()) {
            mistakes.add(&spot, format!("`{name}` is a publication that every source has; give the view another name"));
            continue;
        }
        let Some(definition) = of(&name, &spot, folder, mistakes) else { continue };
        check(&definition, &spot, types, mistakes);
        read.push(definition);
    }
    read
}

/// Returns a view that is shipped, or the file of its name.
fn of(name: &str, spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Definition> {
    if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
        return Some(Definition { name: name.to_owned(), text: Cow::Borrowed(text) });
    }
    let path = folder.join(FOLDER).join(format!("{name}.json"));
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(Definition { name: name.to_owned(), text: Cow::Owned(text) }),
        Err(error) => {
            let message =
                format!("`{name}` is no shipped view, and {} cannot be read: {}", path.display(), error.kind());
            mistakes.unknown(spot, message, name, SHIPPED.iter().map(|(shipped, _)| *shipped));
            None
        }
    }
}

fn check(definition: &Definition, spot: &Spot<'_>, types: &Types, mistakes: &mut Mistakes) {
    let file = format!("{}.json", definition.name);
    match Views::compile(&[Source { file: &file, text: definition.text.as_bytes() }], at_no_time()) {
        Err(errors) => errors.iter().for_each(|error| mistakes.add(spot, error.to_string())),
        Ok(views) => {
            for view in views.iter() {
                if view.name() != definition.name {
                    mistakes.add(spot, format!("{file} calls itself `{}`; name and file must be one", view.name()));
                }
                if !types.has(view.resource_type()) {
                    mistakes.add(spot, format!("is of {}, which `types` does not have", view.resource_type()));
                }
            }
        }
    }
}

fn is_asked_for(definition: &Definition, types: &Types) -> bool {
    let file = format!("{}.json", definition.name);
    let views = Views::compile(&[Source { file: &file, text: definition.text.as_bytes() }], at_no_time());
    views.is_ok_and(|views| views.iter().all(|view| types.has(view.resource_type())))
}

/// No time counts where a view is only checked.
const fn at_no_time() -> Settings {
    Settings { as_of: Timestamp::UNIX_EPOCH }
}
