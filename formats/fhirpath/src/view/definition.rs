//! A ViewDefinition as a whole.

use super::error::Problems;
use super::members::Object;
use super::select::{Select, Through, select};
use crate::nearest::meant;
use crate::types::{is_resource_type, nearest_resource};

/// A view as it is defined.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) resource: String,
    /// The paths of its conditions, with their places.
    pub(super) conditions: Vec<(String, String)>,
    pub(super) select: Select,
}

/// What has a meaning here, and what a ViewDefinition may say about itself.
#[rustfmt::skip]
const MEMBERS: [&str; 33] = [
    "resourceType", "name", "resource", "select", "where", "constant", "status", "fhirVersion", "url", "identifier", "version",
    "versionAlgorithmString", "versionAlgorithmCoding", "title", "experimental", "date", "publisher", "contact", "description",
    "useContext", "jurisdiction", "purpose", "copyright", "copyrightLabel", "profile", "meta", "text", "language", "implicitRules",
    "contained", "approvalDate", "lastReviewDate", "effectivePeriod",
];

/// Reads a view. One without a name has that of its file.
pub(super) fn definition(view: &Object<'_>, problems: &mut Problems<'_>) -> Option<Definition> {
    view.check_names(&MEMBERS, problems);
    if let Some(kind) = view.text("resourceType", problems)
        && kind != "ViewDefinition"
    {
        problems.push("resourceType", format!("`{kind}` is no ViewDefinition"));
    }
    let resource = view.needed("resource", problems);
    if let Some(resource) = resource.filter(|resource| !is_resource_type(resource)) {
        let meant = meant(resource, nearest_resource(resource));
        problems.push("resource", format!("unknown resource `{resource}`{meant}"));
    }
    let file = problems.file.rsplit('/').next().unwrap_or_default();
    let name = view.text("name", problems).unwrap_or_else(|| file.strip_suffix(".json").unwrap_or(file)).to_owned();
    let mut conditions = Vec::new();
    for condition in view.objects("where", problems) {
        condition.check_names(&["path", "description"], problems);
        if let Some(path) = condition.needed("path", problems) {
            conditions.push((path.to_owned(), condition.place_of("path")));
        }
    }
    let selects: Vec<Select> = view.objects("select", problems).iter().map(|inner| select(inner, problems)).collect();
    if selects.is_empty() {
        problems.push("select", "is missing");
    }
    let (columns, union) = (Vec::new(), Vec::new());
    let select = Select { place: String::new(), through: Through::Here, columns, selects, union };
    Some(Definition { name, resource: resource?.to_owned(), conditions, select })
}
