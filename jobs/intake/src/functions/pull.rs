//! Fetching what feeds say that is to be fetched, and telling of servers that fail.

use carelake_core::ErrorKind;
use carelake_core::ledger::{Subjects, Turn};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::desk::Desk;
use super::{answer, read, shown, tell};
use crate::course::{PullTask, Pulled, PulledFeed};
use crate::feed::Feed;
use crate::publish::ROOM;
use crate::pull::{self, PullStatus, PulledFile, Pulling};

/// Brings what is new of every feed that is asked for, or whose time has come. A server that fails keeps nobody else's files back.
pub(crate) fn pull(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let PullTask { execution, asked } = read(payload)?;
    let (mut feeds, mut told) = (Vec::new(), Vec::new());
    // It is looked every hour, also where nobody has anything fetched.
    let Some(desk) = Desk::find(context)? else { return answer(&Pulled { feeds, tell: told }) };
    let subjects = Subjects::new(context.services.ledger, context.scope, ROOM);
    for feed in wanted(&desk, &asked.feeds)? {
        if (context.services.is_cancelled)() {
            break;
        }
        if !asked.now && !pull::is_due(&desk, feed)? {
            continue;
        }
        let subject = format!("pull/{}", feed.name);
        let pulled = pull::pull(&desk, feed, Pulling { owner: &execution, is_dry: false });
        let turn = match &pulled {
            Ok(None) => {
                feeds.push(summary(feed, &pulled));
                continue;
            }
            Ok(Some(_)) => subjects.succeeded(&subject, desk.now())?,
            Err(failure) => subjects.failed(&subject, &execution, failure.kind.name, desk.now())?,
        };
        match (&turn, &pulled) {
            (Turn::Failed, Err(failure)) => told.extend(tell::unfetched(&desk, feed, failure)?),
            (Turn::Recovered { since, times }, _) => told.extend(tell::fetched_again(&desk, feed, *since, *times)?),
            _ => {}
        }
        feeds.push(summary(feed, &pulled));
    }
    answer(&Pulled { feeds, tell: told })
}

fn summary(feed: &Feed, pulled: &Result<Option<Vec<PulledFile>>, Failure>) -> PulledFeed {
    let of = |wanted: PullStatus| {
        let files = pulled.iter().flatten().flatten();
        files.filter(|file| file.status == wanted).count()
    };
    PulledFeed {
        feed: feed.name.clone(),
        brought: of(PullStatus::Brought),
        unsettled: of(PullStatus::Unsettled),
        passed_over: of(PullStatus::PassedOver),
        busy: matches!(pulled, Ok(None)),
        error: pulled.as_ref().err().map(|failure| failure.kind.name.to_owned()),
        reason: pulled.as_ref().err().map(|failure| shown(&failure.reason)),
    }
}

/// Returns the feeds of these names, or all, that have something fetched.
fn wanted<'d>(desk: &'d Desk<'_>, names: &[String]) -> Result<Vec<&'d Feed>, Failure> {
    for name in names {
        if desk.feed(name)?.fetch.is_none() {
            let reason = format!("feed `{name}` has no `fetch`; docs/adding-a-feed.md says how it gets one");
            return Err(Failure::new(ErrorKind::INVALID_CONFIG, reason));
        }
    }
    let is_wanted = |feed: &&Feed| feed.fetch.is_some() && (names.is_empty() || names.contains(&feed.name));
    Ok(desk.intake.feeds.iter().map(AsRef::as_ref).filter(is_wanted).collect())
}

/// What came of a feed: its files; nothing where somebody else is fetching them.
pub type Fetched<'f> = Result<Option<Vec<PulledFile>>, &'f Failure>;

/// Brings what is new of some feeds, or of all that have something fetched, whether their time has come or not. What comes of each is
/// handed on as it comes.
///
/// # Errors
/// `InvalidConfig` when a feed is not there or has nothing fetched; else that of the first feed that failed, after all.
pub fn pull_now(
    context: &Context<'_>,
    names: &[String],
    pulling: Pulling<'_>,
    told: &mut dyn FnMut(&str, Fetched<'_>),
) -> Result<(), Failure> {
    let desk = Desk::open(context)?;
    let mut first = Ok(());
    for feed in wanted(&desk, names)? {
        match pull::pull(&desk, feed, pulling) {
            Ok(files) => told(&feed.name, Ok(files)),
            Err(failure) => {
                told(&feed.name, Err(&failure));
                first = first.and(Err(failure));
            }
        }
    }
    first
}
