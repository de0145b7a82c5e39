//! Whose data a command works on, and what is outside of every tenant.

use carelake_core::names::Scope;
use carelake_tabular::config::Config;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;

/// What the name of a publication begins with that is outside of every tenant.
pub(crate) const SHARED: &str = "shared:";

/// Returns the scope of a tenant, which the configuration must have.
pub(crate) fn find_scope(config: &Config, tenant: Option<&str>) -> Result<Scope, Failure> {
    let Some(name) = tenant else { return Ok(Scope::default()) };
    let tenants = &config.head.tenants;
    if let Some(tenant) = tenants.iter().find(|tenant| tenant.scope.to_string() == name) {
        return Ok(tenant.scope.clone());
    }
    let known: Vec<String> = tenants.iter().map(|tenant| tenant.scope.to_string()).collect();
    let failure = Failure::unknown("--tenant", name, known.iter().map(String::as_str));
    Err(if known.is_empty() {
        failure.advise("the configuration has no `tenants`; leave out --tenant")
    } else {
        failure
    })
}

/// Opens the lake in which something is looked at by its name, and answers the name there: `shared:NAME` is outside of every tenant.
pub(crate) fn lake_of(global: &Global, name: &str) -> Result<(Lake, String), Failure> {
    match name.strip_prefix(SHARED) {
        Some(name) => Ok((shared_lake(global)?, name.to_owned())),
        None => Ok((Lake::open(global)?, name.to_owned())),
    }
}

/// Opens what is outside of every tenant, to look at it.
pub(crate) fn shared_lake(global: &Global) -> Result<Lake, Failure> {
    Lake::open(&Global { tenant: None, ..global.clone() })
}

/// Refuses what is outside of every tenant, where it would be changed.
pub(crate) fn refuse_shared(name: &str) -> Result<(), Failure> {
    let Some(bare) = name.strip_prefix(SHARED) else { return Ok(()) };
    let message = format!(
        "`{name}` is outside of every tenant: `query`, `describe` and `runs` look at it, and no tenant changes it"
    );
    Err(Failure::argument(message).advise(format!("leave out --tenant and name it {bare}")))
}
