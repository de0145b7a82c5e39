//! Claims of names, their marks and slots.

use std::thread;

use super::{Broken, Clause, Pair, at, end, ensure, new_run};
use crate::ledger::{Acquired, Ask, Claim, Claimed, Ledger, LedgerError, Status, Taken};
use crate::names::{Publication, Scope};

pub(super) const CLAUSES: [(&str, Clause); 5] = [
    ("gives a name to one at a time", claims_once),
    ("has a publication's lease as the claim of a name", leases_are_claims),
    ("keeps a mark for the owner of a name", keeps_marks),
    ("loses no mark between looking and giving back", loses_no_mark),
    ("gives no more slots than there are", gives_slots),
];

fn ask(owner: &str, second: i64) -> Ask<'_> {
    Ask { owner, retake: false, now: at(second), ttl_secs: 10 }
}

fn take(leases: &dyn Ledger, name: &str, ask: &Ask<'_>) -> Result<Taken, Broken> {
    match leases.claim(name, ask)? {
        Claimed::Taken(taken) => Ok(taken),
        Claimed::Busy { .. } => Err(Broken::Unmet("a name that is free cannot be taken")),
    }
}

fn is_busy(claimed: &Claimed, by: &str) -> bool {
    matches!(claimed, Claimed::Busy { owner, .. } if owner == by)
}

fn claims_once(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let name = "loads/é#1 and more";
    let first = take(one, name, &ask("a", 0))?;
    ensure(first == Taken { name: name.into(), owner: "a".into(), generation: 1, until: at(10) }, "what was taken")?;
    let busy = Claimed::Busy { owner: "a".into(), since: at(0), until: at(10) };
    ensure(other.claim(name, &ask("b", 9))? == busy, "a name that is taken is given to another")?;
    let renewed = other.renew_claim(&first, at(9), 10)?;
    let busy = Claimed::Busy { owner: "a".into(), since: at(0), until: at(19) };
    ensure(renewed.until == at(19) && other.claim(name, &ask("b", 18))? == busy, "renewing does not last")?;
    ensure(one.holder(name, at(18))? == Some(renewed), "who has a name")?;
    let second = take(other, name, &ask("b", 19))?;
    ensure(second.generation == 2, "the generation does not grow")?;
    let lost = one.renew_claim(&first, at(20), 10);
    ensure(matches!(lost, Err(LedgerError::ClaimLost { .. })), "a claim that was lost is renewed")?;
    one.release_claim(&first)?;
    ensure(is_busy(&one.claim(name, &ask("c", 20))?, "b"), "who lost a name gives it back for another")?;
    let again = take(one, name, &Ask { retake: true, ..ask("b", 21) })?;
    ensure(again.generation == 3, "retaking does not fence off the earlier attempt")?;
    one.release_claim(&again)?;
    ensure(other.holder(name, at(22))?.is_none(), "a name that was given back is taken")?;
    let acme: Scope = "acme".parse().map_err(|_| Broken::Unmet("a scope cannot be read"))?;
    take(one, name, &ask("a", 22))?;
    take(other, &acme.qualify(name), &ask("b", 22))?;
    Ok(())
}

fn leases_are_claims(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let publication = Publication::of_feed("claimed", "too");
    let claim = Claim { publication: &publication, owner: "a", retake: false, now: at(0), ttl_secs: 10 };
    let Acquired::Lease(lease) = one.acquire_lease(&claim)? else { return Err(Broken::Unmet("a lease is not free")) };
    let taken = other.holder("publication/claimed/too", at(1))?.ok_or(Broken::Unmet("a lease is no claim"))?;
    ensure(taken.generation == lease.fencing && taken.owner == "a", "a lease is another than its claim")?;
    other.release_claim(&taken)?;
    ensure(one.lease(&publication, at(1))?.is_none(), "a lease outlives its claim")?;
    let run_id = one.start_run(&new_run(jiff::civil::date(2025, 8, 1)))?;
    take(one, "of a run", &ask(&run_id.to_string(), 0))?;
    one.finish_run(&run_id, &end(Status::Aborted))?;
    ensure(other.holder("of a run", at(1))?.is_none(), "a name outlives the run that took it")
}

fn keeps_marks(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let name = "marked";
    ensure(!other.leave_mark(name, at(0))?, "a name that nobody has is marked")?;
    let first = take(one, name, &ask("a", 0))?;
    ensure(other.leave_mark(name, at(1))? && other.leave_mark(name, at(2))?, "a name that is taken is not marked")?;
    let first = one.renew_claim(&first, at(3), 10)?;
    let again = one.release_unless_marked(&first)?.ok_or(Broken::Unmet("a mark is lost"))?;
    ensure(again == Taken { generation: 2, ..first.clone() }, "what stands in for a claim that was marked")?;
    let repeated = other.release_unless_marked(&first)?;
    ensure(repeated.as_ref() == Some(&again), "a call that is repeated answers otherwise")?;
    ensure(one.renew_claim(&first, at(4), 10).is_err(), "a claim outlives the round it was for")?;
    ensure(one.release_unless_marked(&again)?.is_none(), "a mark is found twice")?;
    ensure(one.holder(name, at(4))?.is_none(), "a name without a mark is not given back")?;
    ensure(one.release_unless_marked(&again)?.is_none(), "a name that was given back is marked")?;
    take(one, name, &ask("a", 4))?;
    ensure(other.leave_mark(name, at(5))? && !other.leave_mark(name, at(14))?, "a name whose time is over is marked")?;
    let next = take(other, name, &ask("b", 14))?;
    ensure(other.release_unless_marked(&next)?.is_none(), "a mark for the owner before is one for the next")
}

/// Whoever could leave a mark counts on the owner to look again.
fn loses_no_mark(pair: Pair<'_>) -> Result<(), Broken> {
    let name = "marked in a race";
    for round in 0..6 {
        let taken = take(pair.one, name, &ask("a", round))?;
        let (left, answer) = thread::scope(|scope| {
            let leaving = scope.spawn(|| pair.other.leave_mark(name, at(round)));
            let answer = pair.one.release_unless_marked(&taken);
            (leaving.join(), answer)
        });
        let left = left.map_err(|_| Broken::Unmet("marking a name panics"))??;
        let answer = answer?;
        ensure(left == answer.is_some(), "a mark is left that nobody finds, or one is found that nobody left")?;
        if let Some(again) = answer {
            pair.other.release_claim(&again)?;
        }
    }
    Ok(())
}

fn gives_slots(pair: Pair<'_>) -> Result<(), Broken> {
    let Pair { one, other } = pair;
    let raced: Result<Vec<Claimed>, LedgerError> = thread::scope(|scope| {
        let threads: Vec<_> = ["a", "b", "c", "d", "e", "f"]
            .iter()
            .enumerate()
            .map(|(n, owner)| (if n.is_multiple_of(2) { pair.one } else { pair.other }, ask(owner, 0)))
            .map(|(leases, ask)| scope.spawn(move || leases.claim_slot("slots", 3, &ask)))
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let raced = raced?;
    let taken: Vec<&Taken> = raced
        .iter()
        .filter_map(|claimed| if let Claimed::Taken(taken) = claimed { Some(taken) } else { None })
        .collect();
    ensure(raced.len() == 6 && taken.len() == 3, "not as many slots are given as there are")?;
    let [first, second, ..] = taken.as_slice() else { return Err(Broken::Unmet("a slot is lost")) };
    let again = other.claim_slot("slots", 3, &Ask { retake: true, ..ask(&first.owner, 1) })?;
    let retaken = Taken { generation: 2, until: at(11), ..(*first).clone() };
    ensure(again == Claimed::Taken(retaken), "who retakes a slot gets another one")?;
    let busy = other.claim_slot("slots", 3, &ask("g", 1))?;
    let is_soonest = matches!(busy, Claimed::Busy { owner, until, .. } if owner != first.owner && until == at(10));
    ensure(is_soonest, "not the slot is told that ends first")?;
    one.release_claim(second)?;
    let Claimed::Taken(next) = other.claim_slot("slots", 3, &ask("g", 1))? else {
        return Err(Broken::Unmet("a slot that was given back cannot be taken"));
    };
    ensure(next.name == second.name, "a slot that is taken is given to another")?;
    ensure(
        matches!(one.claim_slot("slots", 0, &ask("g", 1))?, Claimed::Busy { .. }),
        "a slot is given where there is none",
    )
}
