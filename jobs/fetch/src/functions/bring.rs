//! Brings the releases of one source.

use carelake_core::ErrorKind;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::course::{BringTask, Brought};
use super::{answer, read};
use crate::bring::{Accepts, Desk, Mode};
use crate::catalog::Catalog;
use crate::config::Fetch;
use crate::record::{Look, Records};
use crate::site::Site;
use crate::way;

/// Brings what is new of a source.
pub(crate) fn bring(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let BringTask { execution, source } = read(payload)?;
    let fetch = section(context)?;
    let name = [source.name.clone()];
    let chosen = fetch.chosen(&name)?;
    let Some(wanted) = chosen.into_iter().find(|wanted| wanted.name == source.name) else {
        return Err(Failure::new(ErrorKind::INVALID_CONFIG, format!("fetch.sources: there is no `{}`", source.name)));
    };
    let accepts = source.accepted_by.as_deref().map(|by| Accepts { by });
    let (outcomes, unreadable) = with_desk(context, (&fetch, &execution), |desk| {
        let outcomes = desk.fetch(wanted, Mode::Bring, source.until, accepts)?;
        Ok((outcomes, desk.unreadable(wanted)))
    })?;
    let now = (context.services.now)();
    records(context).looked(&wanted.name, &Look { at: now, error: None }, now)?;
    answer(&Brought { name: source.name, outcomes, unreadable })
}

fn with_desk<T>(
    context: &Context<'_>,
    (fetch, execution): (&Fetch, &str),
    work: impl FnOnce(&Desk<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let services = &context.services;
    let site = Site::open(fetch, way::proxy(), None)?.with_catalog(Catalog::of_execution(execution));
    work(&Desk {
        config: services.config,
        site: &site,
        store: services.inputs.store(),
        records: records(context),
        meter: services.inputs.meter(),
        now: services.now,
    })
}

pub(crate) fn records<'c>(context: &Context<'c>) -> Records<'c> {
    Records::new(context.services.ledger, context.scope)
}

fn section(context: &Context<'_>) -> Result<Fetch, Failure> {
    Fetch::of_config(context.services.config).ok_or_else(|| {
        let why = "the configuration has no section `fetch`; docs/rooms/fetch.md has one";
        Failure::new(ErrorKind::INVALID_CONFIG, why)
    })
}
