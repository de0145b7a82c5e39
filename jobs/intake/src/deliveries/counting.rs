//! Which of several contents of a delivery id counts: a function of the contents alone, not of the order in which they were heard
//! of.
//!
//! The later by the time of its file or object does; of two at the same time, the one with the greater hash. Contents that were
//! refused, are empty or still open do not take part, but those do that were set aside before anybody judged them. Where the latest
//! was withdrawn none counts: the one before it was wrong already.

use super::delivery::{Delivery, Position, Status, Verdict};
use crate::feed::Mode;

/// Returns which of the contents of one delivery id counts.
#[must_use]
pub fn counting(contents: &[Delivery]) -> Option<&Delivery> {
    latest(contents).filter(|content| content.withdrawn.is_none())
}

/// Returns the latest content that takes part, be it withdrawn.
pub(super) fn latest(contents: &[Delivery]) -> Option<&Delivery> {
    contents.iter().filter(|content| takes_part(content)).max_by_key(|content| content.order())
}

fn takes_part(content: &Delivery) -> bool {
    let is_kept = matches!(content.status, Status::Superseded | Status::Replaced);
    content.withdrawn.is_some()
        || match content.verdict {
            Verdict::Accepted => true,
            Verdict::Open => is_kept,
            Verdict::Refused => false,
        }
}

/// Returns whether a delivery of a feed is older than the one that is its state.
#[must_use]
pub fn is_superseded(mode: Mode, position: Position, served: Option<Position>) -> bool {
    mode == Mode::Full && served.is_some_and(|served| position < served)
}

/// Gives the contents of one id the status that follows from all of them. `served` is the latest delivery of the feed that is
/// accepted. What is to be judged now, since nothing later of the id counts any more, waits.
pub(super) fn settle(contents: &mut [Delivery], mode: Mode, served: Option<Position>) {
    let latest = latest(contents).map(|content| content.sha256.clone());
    for content in contents {
        let is_settled = matches!(content.status, Status::Published | Status::Superseded | Status::Replaced);
        if content.withdrawn.is_some() {
            content.status = Status::Withdrawn;
        } else if is_settled && latest.as_ref() != Some(&content.sha256) {
            content.status = Status::Replaced;
        } else if content.status == Status::Replaced {
            content.counts_again(mode, served);
        }
    }
}

impl Delivery {
    /// Gives the content the status that it has when nothing of its id is in its way.
    pub(super) fn counts_again(&mut self, mode: Mode, served: Option<Position>) {
        match self.verdict {
            _ if is_superseded(mode, self.id.position, served) => self.status = Status::Superseded,
            Verdict::Accepted => self.status = Status::Published,
            Verdict::Open | Verdict::Refused => self.wait(),
        }
    }

    /// Has the content judged and published, by another attempt.
    pub(super) fn wait(&mut self) {
        self.status = Status::Waiting;
        self.attempts = self.attempts.saturating_add(1);
        (self.execution, self.error, self.reason) = (None, None, None);
    }
}
