//! Publishing: the state of a feed with a delivery that has just arrived.

use std::cell::RefCell;
use std::collections::BTreeMap;

use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::desk::{Desk, accepted};
use super::judge::{fail, forget, judge_delivery, taken};
use super::tables::follow;
use super::{answer, read};
use crate::course::{Published, Step};
use crate::deliveries::{self, Delivery, End, Status, Verdict};
use crate::error::IntakeError;
use crate::feed::Feed;
use crate::state::{Accepted, Admission, Settled, Settlement, settle};

pub(crate) fn publish(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let step: Step = read(payload)?;
    let desk = Desk::open(context)?;
    let (feed, delivery) = desk.delivery(&step)?;
    if !delivery.status.is_pending() {
        // An attempt whose answer was lost came to its end.
        forget(&desk, &step.execution)?;
        return answer(&Published { status: delivery.status.name().to_owned(), rows: rows_of(&delivery) });
    }
    let owner = step.execution.as_str();
    let work = || desk.in_turn(&feed.name, owner, || admit(&desk, &feed, &delivery, owner));
    let admitted = desk.in_slot(&feed.partner, owner, work);
    let settled = match admitted {
        Ok(settled) => settled,
        Err(error) if matches!(error, IntakeError::Empty { .. }) => {
            fail(&desk, &feed, &delivery, &step.execution, error)?;
            forget(&desk, &step.execution)?;
            return answer(&Published { status: Status::Empty.name().to_owned(), rows: 0 });
        }
        Err(error) => return Err(fail(&desk, &feed, &delivery, &step.execution, error)?),
    };
    settled.warnings.iter().for_each(|warning| context.log.warning(warning));
    follow(context.tables, &desk.intake, &feed)?;
    let ended = note(&desk, &feed, &delivery, &step.execution, &settled)?;
    forget(&desk, &step.execution)?;
    answer(&Published { status: ended.status.name().to_owned(), rows: rows_of(&ended) })
}

/// Serves the accepted deliveries of the feed with this one, if its thresholds let it pass.
fn admit(desk: &Desk<'_>, feed: &Feed, delivery: &Delivery, execution: &str) -> Result<Settled, IntakeError> {
    // Without it where a later content of its id was accepted meanwhile.
    let counting = desk.deliveries().accepted_with(&delivery.id, &delivery.sha256, desk.now())?;
    let counts = counting.iter().any(|other| other.id == delivery.id && other.sha256 == delivery.sha256);
    let set: Vec<Accepted> = counting.iter().map(accepted).collect();
    let judged = RefCell::new(taken(desk, feed, delivery, execution)?);
    let judge = |one: &Accepted| {
        if one.id == delivery.id.to_string()
            && one.sha256 == delivery.sha256
            && let Some(judged) = judged.borrow_mut().take()
        {
            return Ok(judged);
        }
        let found = counting.iter().find(|other| other.id.to_string() == one.id);
        found.map_or_else(
            || Err(IntakeError::NoTable { table: one.id.clone() }),
            |other| judge_delivery(desk, feed, other, None),
        )
    };
    let id = delivery.id.to_string();
    settle(
        desk.services(),
        &Settlement {
            feed,
            accepted: &set,
            judge: &judge,
            rebuild: false,
            replay: None,
            // What was accepted once is not refused when it is published again.
            admission: (counts && delivery.verdict != Verdict::Accepted).then_some(Admission {
                delivery: &id,
                accept_rejects: delivery.accept_rejects.is_some(),
                accept_loss: delivery.accept_loss.is_some(),
            }),
            execution: Some(&format!("intake-{execution}")),
            code_version: desk.context.code_version,
        },
    )
}

/// Notes that the delivery is accepted and served, with what became of its rows.
fn note(
    desk: &Desk<'_>,
    feed: &Feed,
    delivery: &Delivery,
    execution: &str,
    settled: &Settled,
) -> Result<Delivery, Failure> {
    let (mut accounts, mut runs) = (BTreeMap::new(), BTreeMap::new());
    let id = delivery.id.to_string();
    for table in &settled.tables {
        let mut all = table.state.deliveries.iter();
        let Some(held) = all.find(|held| held.id == id && held.sha256 == delivery.sha256) else { continue };
        if let Some(account) = &held.account {
            accounts.insert(table.table.clone(), account.clone());
        }
        if let Some(run) = &held.run {
            runs.insert(table.table.clone(), run.clone());
        }
    }
    let content = (&delivery.id, delivery.sha256.as_str(), execution);
    let passed = deliveries::Accepted { accounts, mapping: feed.mapping.clone() };
    desk.deliveries().accept(feed.into(), content, &passed, desk.now())?;
    Ok(desk.deliveries().finish(feed.into(), content, &End::Published(runs), desk.now())?)
}

fn rows_of(delivery: &Delivery) -> u64 {
    delivery.tables.values().map(|table| table.account.published).sum()
}
