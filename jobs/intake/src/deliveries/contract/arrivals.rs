//! What arrives.

use super::super::{Act, Decision, Status};
use super::sent::{Sender, at, day, failed, file, published};
use super::{Broken, Clause, Pair, ensure};
use crate::feed::Mode;

pub(super) const CLAUSES: [(&str, Clause); 9] = [
    ("keeps a delivery as it arrived", keeps),
    ("takes the same state of a file once, also after a correction", once),
    ("runs nothing for bytes that count already", duplicates),
    ("marks the same bytes of another delivery", marks_unchanged),
    ("lets the later content of an id count, whatever is heard of first", corrects),
    ("takes what comes after a failure as the delivery", after_failures),
    ("keeps what is older than a full feed serves", supersedes),
    ("takes an empty file for no state", empty),
    ("keeps files that no feed claims until they are assigned", sets_aside),
];

fn keeps(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "kept", Mode::Append);
    let claimed = sender.send(3, "a", 5)?;
    ensure(claimed.decision == Decision::New, "a first file is nothing new")?;
    let delivery = claimed.delivery;
    ensure(other.content(&delivery.id, &delivery.sha256, at(9))?.as_ref() == Some(&delivery), "it is not kept")?;
    let is_whole = delivery.status == Status::Waiting
        && delivery.attempts == 1
        && (delivery.arrived, delivery.received) == (at(5), at(5))
        && delivery.name == "kept 3"
        && delivery.raw == "intake/bayview/a"
        && delivery.id.to_string() == "kept/2026-08-03"
        && delivery.execution_name() == "kept-aaaaaaaaaaaaaaaa-260803-1";
    ensure(is_whole, "it is not kept as it arrived")?;
    let pending = other.pending(at(9))?;
    ensure(pending.iter().any(|pending| pending.id == delivery.id), "it is not told as pending")?;
    let last = other.feed("kept", at(9))?.last;
    ensure(
        last.is_some_and(|last| last.id == delivery.id && last.status == Status::Waiting),
        "the feed does not know",
    )?;
    let delivery = sender.run(&delivery, &published(), 6)?;
    ensure(delivery.status == Status::Published && delivery.published == Some(at(6)), "it is not published")?;
    ensure(!other.pending(at(9))?.iter().any(|pending| pending.id == delivery.id), "it is pending for ever")?;
    ensure(other.feed("kept", at(9))?.served == Some(day(3)), "it is not what is served")
}

fn once(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "once", Mode::Upsert);
    sender.publish(3, "a", 1)?;
    sender.publish(3, "b", 2)?;
    let again = Sender::new(other, "once", Mode::Upsert).send(3, "a", 1)?;
    ensure(again.decision == Decision::AlreadySeen, "an event that comes again is taken again")?;
    ensure(again.delivery.status == Status::Replaced && sender.accepted()? == "3b", "it undoes the correction")?;
    let seen = other.seen("bayview", "once 3", "once 3 1 a", at(9))?;
    ensure(seen.is_some_and(|seen| seen.sha256 == "a".repeat(64)), "a state of a file is not known again")?;
    ensure(other.seen("bayview", "once 3", "once 3 3 a", at(9))?.is_none(), "a state that never came is known")
}

fn duplicates(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "duplicates", Mode::Full);
    let first = sender.send(3, "a", 1)?.delivery;
    let other_name = file("another name", "a", 2);
    let waiting = other.claim(sender.terms, day(3), &other_name, at(2))?;
    ensure(waiting.decision == Decision::Duplicate, "bytes that wait are taken twice")?;
    sender.run(&first, &published(), 3)?;
    ensure(sender.send(3, "a", 4)?.decision == Decision::Duplicate, "bytes that count are taken twice")?;
    let delivery = other.content(&first.id, &first.sha256, at(9))?;
    ensure(
        delivery.is_some_and(|delivery| delivery.arrived == at(4) && delivery.name == "duplicates 3"),
        "when it came last is lost",
    )?;
    // Heard of last, and older than the bytes that came again.
    ensure(sender.send(3, "b", 3)?.decision == Decision::Replaced, "a resend does not count as later")?;
    ensure(sender.accepted()? == "3a", "something else counts")
}

fn marks_unchanged(Pair { one, .. }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "unchanged", Mode::Append);
    ensure(!sender.publish(3, "a", 1)?.is_unchanged, "the first delivery is unchanged")?;
    ensure(!sender.publish(4, "b", 2)?.is_unchanged, "other bytes are unchanged")?;
    let same = sender.publish(5, "a", 3)?;
    ensure(same.is_unchanged && same.status == Status::Published, "the same bytes are not a delivery, or not marked")?;
    ensure(sender.accepted()? == "3a 4b 5a", "the same bytes are not a delivery like any other")
}

fn corrects(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "corrects", Mode::Append);
    sender.publish(3, "a", 10)?;
    let correction = sender.send(3, "b", 20)?;
    ensure(correction.decision == Decision::Correction, "other bytes are no correction")?;
    ensure(sender.accepted()? == "3a", "a correction counts before it is accepted")?;
    let correction = sender.run(&correction.delivery, &published(), 21)?;
    ensure(correction.replaces == Some("a".repeat(64)) && sender.accepted()? == "3b", "a correction replaces nothing")?;
    let late = Sender::new(other, "corrects", Mode::Append).send(3, "c", 15)?;
    ensure(late.decision == Decision::Replaced, "an event that comes late is a correction")?;
    ensure(late.delivery.status == Status::Replaced && sender.accepted()? == "3b", "it counts")?;
    let back = sender.send(3, "a", 30)?;
    ensure(
        back.decision == Decision::Correction && back.delivery.attempts == 2,
        "bytes that were replaced never return",
    )?;
    sender.run(&back.delivery, &published(), 31)?;
    ensure(sender.accepted()? == "3a", "bytes that were replaced do not count again")?;
    let history: Vec<Status> = one.contents(&sender.id(day(3)), at(99))?.iter().map(|content| content.status).collect();
    ensure(history == [Status::Replaced, Status::Replaced, Status::Published], "what was replaced is lost")?;
    // Of two at the same time the one with the greater hash counts, whichever is first.
    for (of, bytes) in [(4, ["a", "b"]), (5, ["b", "a"])] {
        for bytes in bytes {
            let claimed = sender.send(of, bytes, 40)?;
            if claimed.decision.runs() {
                sender.run(&claimed.delivery, &published(), 41)?;
            }
        }
    }
    ensure(sender.accepted()? == "3a 4b 5b", "files of the same moment count by chance")
}

fn after_failures(Pair { one, .. }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "failures", Mode::Append);
    let first = sender.send(3, "a", 1)?.delivery;
    let first = sender.run(&first, &failed(), 2)?;
    ensure(first.status == Status::Failed && first.error.as_deref() == Some("RejectThreshold"), "a failure is lost")?;
    ensure(sender.accepted()?.is_empty(), "a delivery that was refused is accepted")?;
    let again = sender.send(3, "a", 3)?;
    ensure(again.decision == Decision::Again && again.delivery.attempts == 2, "the same bytes are not tried again")?;
    sender.run(&again.delivery, &failed(), 4)?;
    let mended = sender.send(3, "b", 5)?;
    ensure(mended.decision == Decision::New, "what comes after a failure is a correction")?;
    let mended = sender.run(&mended.delivery, &published(), 6)?;
    ensure(mended.replaces.is_none() && sender.accepted()? == "3b", "it is not the delivery")?;
    // A correction that is refused leaves what counts as it is.
    let bad = sender.send(3, "c", 7)?.delivery;
    sender.run(&bad, &failed(), 8)?;
    ensure(sender.accepted()? == "3b", "a refused correction counts, or takes away what does")?;
    let older = sender.send(3, "a", 4)?;
    ensure(older.decision == Decision::Replaced && !older.decision.runs(), "an older failure is tried again")
}

fn supersedes(Pair { one, .. }: Pair<'_>) -> Result<(), Broken> {
    let full = Sender::new(one, "full", Mode::Full);
    full.publish(5, "e", 1)?;
    let old = full.send(3, "c", 2)?;
    ensure(
        old.decision == Decision::Superseded && old.delivery.status == Status::Superseded,
        "an older one is judged",
    )?;
    ensure(full.send(3, "c", 3)?.decision == Decision::Duplicate, "one that is kept is taken twice")?;
    full.send(4, "d", 4)?;
    let corrected = full.send(3, "b", 5)?;
    ensure(corrected.decision == Decision::Superseded, "a correction of an older one is judged")?;
    ensure(full.accepted()? == "5e", "one that was not judged is accepted")?;
    let act = Act { by: "ann".into(), at: at(6) };
    one.withdraw(full.terms, &full.id(day(5)), &act, at(6))?;
    ensure(full.accepted()?.is_empty() && one.feed("full", at(9))?.served.is_none(), "what was withdrawn is served")?;
    let due = one.contents(&full.id(day(4)), at(9))?.pop();
    let due = due.filter(|due| due.status == Status::Waiting).ok_or(Broken::Unmet("the one before is not due"))?;
    full.run(&due, &failed(), 7)?;
    let due = one.contents(&full.id(day(3)), at(9))?.pop();
    let due = due.filter(|due| due.status == Status::Waiting).ok_or(Broken::Unmet("after a refusal none is due"))?;
    full.run(&due, &failed(), 8)?;
    let replaced = one.content(&due.id, &"c".repeat(64), at(9))?;
    let replaced = replaced.filter(|content| content.status == Status::Waiting);
    full.run(&replaced.ok_or(Broken::Unmet("what it had replaced unjudged is not due"))?, &published(), 9)?;
    ensure(full.accepted()? == "3c", "the one before is not accepted")?;
    for (feed, mode) in [("append", Mode::Append), ("upsert", Mode::Upsert)] {
        let sender = Sender::new(one, feed, mode);
        sender.publish(5, "e", 1)?;
        let old = sender.publish(3, "c", 2)?;
        ensure(old.status == Status::Published && sender.accepted()? == "3c 5e", "an older one takes not its place")?;
    }
    Ok(())
}

fn empty(Pair { one, .. }: Pair<'_>) -> Result<(), Broken> {
    let sender = Sender::new(one, "empty", Mode::Full);
    let claimed = sender.send(3, "", 1)?;
    ensure(claimed.decision == Decision::Empty && claimed.delivery.status == Status::Empty, "no bytes are a delivery")?;
    ensure(!one.pending(at(9))?.iter().any(|pending| pending.id.feed == "empty"), "no bytes are to be judged")?;
    let filled = sender.publish(3, "a", 2)?;
    ensure(filled.status == Status::Published && filled.replaces.is_none(), "what is filled later is no delivery")?;
    let header = sender.send(4, "b", 3)?.delivery;
    let header = sender.run(&header, &super::super::End::Empty, 4)?;
    ensure(header.status == Status::Empty && sender.accepted()? == "3a", "a header is a state")?;
    let mut allowed = Sender::new(one, "allowed", Mode::Full);
    allowed.terms.allow_empty = true;
    ensure(allowed.send(3, "", 1)?.decision == Decision::New, "a feed that allows it takes nothing for no state")
}

fn sets_aside(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let arrival = file("minutes.docx", "m", 1);
    let (kept, is_news) = one.set_aside(&arrival, "no feed", Some("roster"), at(2))?;
    ensure(is_news && kept.arrival == arrival && kept.nearest.as_deref() == Some("roster"), "it is not kept as it is")?;
    let (again, is_news) = other.set_aside(&file("minutes.docx", "m", 5), "no feed", None, at(6))?;
    ensure(one.is_heard("bayview", "minutes.docx", "minutes.docx 5 m", at(6))?, "it is not heard of")?;
    ensure(!is_news && again == kept, "the same bytes are set aside twice")?;
    let (next, is_news) = other.set_aside(&file("minutes.docx", "n", 7), "no feed", None, at(8))?;
    ensure(is_news && next.id != kept.id, "other bytes are lost")?;
    ensure(one.all_unclaimed(at(9))? == [kept.clone(), next], "what is unclaimed is not listed")?;
    let sender = Sender::new(one, "assigned", Mode::Full);
    let claimed = one.claim(sender.terms, day(3), &arrival, at(10))?;
    ensure(claimed.decision == Decision::New, "what was unclaimed cannot be claimed")?;
    one.assign(&kept.id, &claimed.delivery.id, at(11))?;
    ensure(other.all_unclaimed(at(12))?.len() == 1, "what was assigned is unclaimed")?;
    let again = other.claim(sender.terms, day(3), &arrival, at(13))?;
    ensure(again.decision == Decision::AlreadySeen, "what was assigned is taken twice")
}
