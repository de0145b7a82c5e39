//! Several at once.

use std::thread;

use super::super::{Claimed, Decision};
use super::sent::{Sender, at, day, file};
use super::{Broken, Clause, Pair, ensure};
use crate::feed::Mode;

pub(super) const CLAUSES: [(&str, Clause); 2] =
    [("lets one of several take a file", takes_once), ("loses none of several that arrive at once", loses_none)];

fn takes_once(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let claim = |of: Sender<'_>| of.send(3, "a", 1);
    let claimed = race(&|n| claim(Sender::new(if n % 2 == 0 { one } else { other }, "raced", Mode::Full)))?;
    let new = claimed.iter().filter(|claimed| claimed.decision == Decision::New).count();
    let seen = claimed.iter().filter(|claimed| claimed.decision == Decision::AlreadySeen).count();
    ensure((new, seen) == (1, 7), "a file is taken by several, or by none")
}

fn loses_none(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    race(&|n| {
        let sender = Sender::new(if n % 2 == 0 { one } else { other }, "at_once", Mode::Append);
        let name = n.to_string();
        Ok(sender.of.claim(sender.terms, day(3), &file(&name, &name, n), at(n))?)
    })?;
    let contents = one.contents(&Sender::new(one, "at_once", Mode::Append).id(day(3)), at(9))?;
    let times: Vec<_> = contents.iter().map(|content| content.arrived).collect();
    ensure(times == (0..8).map(at).collect::<Vec<_>>(), "a content is lost")
}

fn race(claim: &(dyn Fn(i64) -> Result<Claimed, Broken> + Sync)) -> Result<Vec<Claimed>, Broken> {
    thread::scope(|scope| {
        let workers: Vec<_> = (0..8).map(|n| scope.spawn(move || claim(n))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or(Err(Broken::Unmet("a worker was lost")))).collect()
    })
}
