//! Where it is told what was made of what.

use serde::Serialize;

use super::reader::{Form, Key, Mistakes, Preset, Spot};

const NAMESPACE: &str = "carelake";
const A_RECEIVER: &str = "file:PATH or https://HOST/PATH";

/// The keys of the section.
pub const LINEAGE: [Key; 2] = [
    Key::new("to", Form::Like("^(file:|https://).+"), "Where events of OpenLineage go: file:PATH or https://HOST/PATH")
        .required(),
    Key::new("namespace", Form::Text, "The namespace of jobs and datasets").or(Preset::Text(NAMESPACE)),
];

/// Where events of OpenLineage go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lineage {
    /// `file:PATH` or `https://HOST/PATH`.
    pub to: String,
    /// The namespace of jobs and datasets.
    pub namespace: String,
}

/// Reads where lineage is told.
pub fn read_lineage(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Lineage {
    let fields = spot.keyed(&LINEAGE, mistakes);
    let to = fields.text("to", A_RECEIVER, mistakes);
    let rest = to.strip_prefix("https://").or_else(|| to.strip_prefix("file:"));
    if let (Some(spot), true) = (fields.get("to"), !to.is_empty() && rest.is_none_or(str::is_empty)) {
        spot.expected(A_RECEIVER, mistakes);
    }
    let namespace = fields.get("namespace").and_then(|spot| spot.text("a namespace", mistakes));
    Lineage { to, namespace: namespace.unwrap_or_else(|| NAMESPACE.to_owned()) }
}
