//! Tenants: whose data it is, where several share an installation.

use serde::Serialize;

use super::deployment::ADDRESS;
use super::notify::{AN_ADDRESS, check_address};
use super::reader::{Form, Key, Mistakes, Spot};
use crate::names::Scope;

/// What is known of a tenant.
pub const TENANT: [Key; 2] = [
    Key::new("name", Form::Text, "The name for people; the key of the tenant unless set"),
    Key::new("recipients", Form::List(&ADDRESS), "Mail addresses of who is told of it"),
];

/// One tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tenant {
    /// The tenant, as `--tenant` names it.
    #[serde(serialize_with = "as_text")]
    pub scope: Scope,
    /// Its name for people.
    pub name: String,
    /// Who is told of it.
    pub recipients: Vec<String>,
}

fn as_text<S: serde::Serializer>(scope: &Scope, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(scope)
}

/// Reads the tenants.
pub fn read_tenants(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<Tenant> {
    let entries = spot.entries("tenants, such as acme: {}", mistakes);
    entries.iter().filter_map(|(name, spot)| read(name, spot, mistakes)).collect()
}

fn read(key: &str, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Tenant> {
    let fields = spot.keyed(&TENANT, mistakes);
    let name = fields.get("name").and_then(|spot| spot.text("a name for people", mistakes));
    let recipients = fields.get("recipients").map(|spot| spot.texts(AN_ADDRESS, mistakes)).unwrap_or_default();
    for (address, spot) in &recipients {
        check_address(address, spot, mistakes);
    }
    let scope = key.parse::<Scope>().map_err(|error| mistakes.add(spot, error.to_string())).ok()?;
    let recipients = recipients.into_iter().map(|(address, _)| address).collect();
    Some(Tenant { scope, name: name.unwrap_or_else(|| key.to_owned()), recipients })
}
