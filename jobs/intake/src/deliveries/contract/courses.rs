//! The course of deliveries.

use super::super::{Accepted, Act, Again, Decision, DeliveriesError, End, Status, Verdict};
use super::sent::{Sender, at, day, failed, file, published};
use super::{Broken, Clause, Pair, ensure};
use crate::feed::Mode;

pub(super) const CLAUSES: [(&str, Clause); 7] = [
    ("lets one execution at a time have a delivery", takes_over),
    ("keeps what is accepted, whatever fails afterwards", stays_accepted),
    ("tells what will be accepted with a content", foresees),
    ("tries again what failed, once", redrives),
    ("takes a delivery out, and back", withdraws),
    ("knows bytes that were withdrawn, under any id", knows_withdrawn),
    ("answers deliveries in order", in_order),
];

fn takes_over(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "taken", Mode::Append);
    let delivery = sender.send(3, "a", 1)?.delivery;
    let (id, sha256) = (&delivery.id, delivery.sha256.as_str());
    let begun = one.begin(id, sha256, "first", at(2))?;
    ensure(begun.status == Status::Running && begun.started == Some(at(2)), "it is not running")?;
    ensure(one.begin(id, sha256, "first", at(3))? == begun, "a retry of the same execution begins anew")?;
    other.begin(id, sha256, "second", at(4))?;
    let late = one.accept(sender.terms, (id, sha256, "first"), &Accepted::default(), at(5));
    ensure(matches!(late, Err(DeliveriesError::TakenOver { .. })), "an execution that lost it goes on")?;
    let late = one.finish(sender.terms, (id, sha256, "first"), &failed(), at(5));
    ensure(matches!(late, Err(DeliveriesError::TakenOver { .. })), "an execution that lost it ends it")?;
    let second = (id, sha256, "second");
    let accepted = Accepted { accounts: Default::default(), mapping: "m1".into() };
    ensure(other.accept(sender.terms, second, &accepted, at(6))?.mapping.as_deref() == Some("m1"), "not accepted")?;
    let end = other.finish(sender.terms, second, &published(), at(7))?;
    let direct = sender.send(4, "b", 1)?.delivery;
    one.begin(&direct.id, &direct.sha256, "direct", at(2))?;
    one.finish(sender.terms, (&direct.id, &direct.sha256, "direct"), &published(), at(3))?;
    ensure(sender.accepted()? == "3a 4b", "what is published is not accepted")?;
    ensure(other.finish(sender.terms, second, &published(), at(8))? == end, "an end that is told twice counts twice")?;
    ensure(other.begin(id, sha256, "third", at(9))? == end, "what has ended begins again")?;
    ensure(end.tables.get("persons").is_some_and(|table| table.run_id.is_some()), "its runs are lost")?;
    let unknown = one.begin(&sender.id(day(9)), sha256, "first", at(9));
    ensure(matches!(unknown, Err(DeliveriesError::Unknown { .. })), "what never arrived begins")
}

fn stays_accepted(Pair { one, .. }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "stays", Mode::Append);
    let delivery = sender.send(3, "a", 1)?.delivery;
    let held = (&delivery.id, delivery.sha256.as_str(), "first");
    one.begin(held.0, held.1, "first", at(2))?;
    one.accept(sender.terms, held, &Accepted::default(), at(3))?;
    ensure(sender.accepted()? == "3a", "what is accepted is not there before it is published")?;
    let storage = End::Failed { error: "Storage".into(), reason: None, accounts: Default::default() };
    let ended = one.finish(sender.terms, held, &storage, at(4))?;
    ensure(ended.status == Status::Failed && ended.verdict == Verdict::Accepted, "a failure takes back a verdict")?;
    ensure(sender.accepted()? == "3a", "a failure takes out what is accepted")?;
    let again = one.redrive(sender.terms, held.0, held.1, &Again::default(), at(5))?;
    let ended = sender.run(&again, &published(), 6)?;
    ensure(ended.status == Status::Published && ended.error.is_none(), "a redrive does not finish it")
}

fn foresees(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "foreseen", Mode::Append);
    sender.publish(2, "z", 1)?;
    let first = sender.send(3, "a", 10)?.delivery;
    let with = |of: i8, bytes: &str| -> Result<Vec<String>, Broken> {
        let with = other.accepted_with(&sender.id(day(of)), &bytes.repeat(64), at(99))?;
        Ok(with.iter().map(|delivery| delivery.sha256.chars().take(1).collect()).collect())
    };
    ensure(with(3, "a")? == ["z", "a"], "a first content is not among them")?;
    ensure(sender.accepted()? == "2z", "foreseeing changes what is")?;
    // A later content is accepted before the first, whose execution was slow.
    sender.publish(3, "b", 20)?;
    ensure(with(3, "a")? == ["z", "b"], "an older content takes the place of a later one")?;
    ensure(sender.run(&first, &published(), 30)?.status == Status::Replaced, "an older content counts")?;
    ensure(sender.accepted()? == "2z 3b", "an older content is accepted in the place of a later one")?;
    sender.send(3, "c", 40)?;
    ensure(with(3, "c")? == ["z", "c"], "a correction is not among them")
}

fn redrives(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "redriven", Mode::Append);
    let delivery = sender.send(3, "a", 1)?.delivery;
    let failed = sender.run(&delivery, &failed(), 2)?;
    let act = Act { by: "ann".into(), at: at(3) };
    let again = Again { accept_rejects: Some(act.clone()), accept_loss: None };
    let waiting = one.redrive(sender.terms, &failed.id, &failed.sha256, &again, at(3))?;
    ensure(waiting.status == Status::Waiting && waiting.attempts == 2, "what failed does not wait")?;
    ensure(waiting.accept_rejects == Some(act) && waiting.error.is_none(), "what was let pass is not recorded")?;
    let twice = other.redrive(sender.terms, &failed.id, &failed.sha256, &Again::default(), at(4))?;
    ensure(twice == waiting, "what was asked twice is tried twice")?;
    let ended = sender.run(&waiting, &published(), 5)?;
    let done = other.redrive(sender.terms, &failed.id, &failed.sha256, &Again::default(), at(6))?;
    ensure(done == ended && done.status == Status::Published, "what succeeded is tried again")
}

fn withdraws(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "withdrawn", Mode::Upsert);
    for (of, bytes, second) in [(3, "a", 1), (3, "b", 2), (4, "c", 3)] {
        sender.publish(of, bytes, second)?;
    }
    let (id, act) = (sender.id(day(3)), Act { by: "ann".into(), at: at(5) });
    let out = one.withdraw(sender.terms, &id, &act, at(5))?;
    ensure(out.status == Status::Withdrawn && out.withdrawn == Some(act.clone()), "it is not noted who did it")?;
    ensure(sender.accepted()? == "4c", "what was withdrawn is accepted, or what it had replaced is again")?;
    let later = Act { by: "bob".into(), at: at(6) };
    ensure(other.withdraw(sender.terms, &id, &later, at(6))? == out, "what was asked twice is done twice")?;
    ensure(sender.send(3, "b", 7)?.decision == Decision::Withdrawn, "bytes that were withdrawn are taken")?;
    ensure(sender.send(3, "f", 0)?.decision == Decision::Replaced, "what is older than it is taken")?;
    let back = other.undo_withdraw(sender.terms, &id, at(8))?;
    ensure(back.status == Status::Waiting && back.withdrawn.is_none(), "it does not wait to be published again")?;
    ensure(sender.accepted()? == "3b 4c", "it is not accepted again")?;
    sender.run(&back, &published(), 9)?;
    ensure(sender.accepted()? == "3b 4c", "it is not accepted again after its attempt")?;
    one.withdraw(sender.terms, &id, &act, at(10))?;
    sender.publish(3, "d", 11)?;
    ensure(sender.accepted()? == "3d 4c", "a later content does not count after it")?;
    let none = one.withdraw(sender.terms, &sender.id(day(9)), &act, at(12));
    ensure(matches!(none, Err(DeliveriesError::Unknown { .. })), "what never arrived is withdrawn")?;
    let none = one.undo_withdraw(sender.terms, &sender.id(day(4)), at(12));
    ensure(matches!(none, Err(DeliveriesError::NotWithdrawn { .. })), "what was not withdrawn is taken back")?;
    let refused = sender.send(6, "e", 13)?.delivery;
    sender.run(&refused, &failed(), 14)?;
    let none = one.withdraw(sender.terms, &refused.id, &act, at(15));
    ensure(matches!(none, Err(DeliveriesError::NotAccepted { .. })), "what was refused is withdrawn")?;
    // One that is under way is out whatever becomes of it.
    let running = sender.send(7, "9", 16)?.delivery;
    one.begin(&running.id, &running.sha256, "e", at(17))?;
    one.withdraw(sender.terms, &running.id, &act, at(18))?;
    let held = (&running.id, running.sha256.as_str(), "e");
    one.accept(sender.terms, held, &Accepted::default(), at(19))?;
    ensure(
        one.finish(sender.terms, held, &published(), at(20))?.status == Status::Withdrawn,
        "it comes back by itself",
    )?;
    ensure(sender.accepted()? == "3d 4c", "what was withdrawn under way is accepted")
}

fn knows_withdrawn(Pair { one, .. }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "bytes", Mode::Append);
    sender.publish(3, "a", 1)?;
    sender.publish(4, "b", 2)?;
    one.withdraw(sender.terms, &sender.id(day(3)), &Act { by: "ann".into(), at: at(3) }, at(3))?;
    let again = sender.send(4, "a", 4)?;
    ensure(again.decision == Decision::Withdrawn, "bytes that were withdrawn are taken under another id")?;
    ensure(sender.accepted()? == "4b", "what is kept out is in the way of what counts")?;
    let back = one.undo_withdraw(sender.terms, &sender.id(day(4)), at(5))?;
    ensure(back.status == Status::Waiting, "what is kept out cannot be let in")?;
    sender.run(&back, &published(), 6)?;
    ensure(sender.accepted()? == "4a", "what was let in does not count")
}

fn in_order(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "ordered", Mode::Append);
    for (n, (of, sequence)) in [(9, 10), (4, 0), (9, 2), (9, 1), (1, 3)].into_iter().enumerate() {
        let position = super::super::Position { sequence, ..day(of) };
        let claimed =
            one.claim(sender.terms, position, &file(&format!("{of} {sequence}"), &n.to_string(), 1), at(1))?;
        sender.run(&claimed.delivery, &published(), 2)?;
    }
    ensure(sender.accepted()? == "14 41 93 92 90", "deliveries are not in order of date and sequence")?;
    let last = other.accepted_before("ordered", None, at(9))?;
    ensure(last.is_some_and(|last| last.id.position.sequence == 10), "the last is not the last")?;
    let before = other.accepted_before("ordered", Some(day(9)), at(9))?;
    ensure(before.is_some_and(|before| before.id.position == day(4)), "the one before is another")?;
    ensure(other.accepted_before("ordered", Some(day(1)), at(9))?.is_none(), "there is one before the first")?;
    let latest = other.latest("ordered", 2, at(9))?;
    let sequences: Vec<u32> = latest.iter().flatten().map(|delivery| delivery.id.position.sequence).collect();
    ensure(sequences == [10, 2], "the latest are not answered, newest first")
}
