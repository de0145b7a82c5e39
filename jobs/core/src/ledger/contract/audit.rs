//! Audit, which any rows keep.

use std::collections::BTreeSet;
use std::thread;

use serde_json::json;

use super::{Broken, Clause, Pair, at, ensure};
use crate::ledger::{Audit, Event, Ledger, LedgerError, Object, Partition, Verdict, Write, object};
use crate::names::Scope;

pub(super) const CLAUSES: [(&str, Clause); 3] = [
    ("adds events in one order", adds_events),
    ("adds every one of several events at once", adds_events_at_once),
    ("tells the first entry of a stream that is not what was written", tells_what_is_broken),
];

fn event(id: &str) -> Event {
    let what = json!({"verb": "rollback", "to": {"z": [1, 0.1, {"b": null, "a": "é"}], "a": 2}});
    let what = what.as_object().cloned().unwrap_or_default();
    Event { id: id.into(), at: at(0), actor: "ann".into(), what }
}

fn adds_events(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let scope = Scope::default();
    let (one, other) = (Audit::new(one, &scope), Audit::new(other, &scope));
    ensure(one.verify("empty")? == Verdict::Whole { entries: 0, hash: String::new() }, "an empty stream is broken")?;
    for (id, sequence) in [("a", 1), ("b", 2), ("a", 1), ("c", 3)] {
        ensure(one.append("stream", &event(id))? == sequence, "an event has another number")?;
    }
    ensure(other.append("elsewhere", &event("a"))? == 1, "streams share their numbers")?;
    let entries = other.read("stream", 1, 9)?;
    ensure(entries.iter().map(|entry| entry.sequence).eq([2, 3]), "entries are not read in order")?;
    let chained = entries.iter().zip(entries.iter().skip(1)).all(|(one, next)| one.hash == next.previous);
    ensure(chained && entries.iter().all(|entry| entry.event == event(&entry.event.id)), "an event is not as it was")?;
    ensure(other.read("stream", 0, 1)?.len() == 1, "more entries are read than were asked for")?;
    let last: Vec<u64> = other.last("stream", 2)?.iter().map(|entry| entry.sequence).collect();
    ensure(last == [2, 3] && other.last("empty", 2)?.is_empty(), "the last entries are others, or out of order")?;
    let streams = one.streams()?;
    ensure(["elsewhere", "stream"].iter().all(|it| streams.contains(&(*it).to_owned())), "a stream is not named")?;
    ensure(!streams.contains(&"empty".to_owned()), "a stream without entries is named")?;
    let hash = entries.last().map(|entry| entry.hash.clone()).unwrap_or_default();
    ensure(other.verify("stream")? == Verdict::Whole { entries: 3, hash }, "a stream that is whole is broken")
}

fn adds_events_at_once(pair: Pair<'_>) -> Result<(), Broken> {
    let scope = Scope::default();
    let add = |ledger: &dyn Ledger, part: usize| -> Result<Vec<u64>, LedgerError> {
        (0..5).map(|n| Audit::new(ledger, &scope).append("raced", &event(&format!("{part}/{n}")))).collect()
    };
    let added: Result<Vec<Vec<u64>>, LedgerError> = thread::scope(|scope| {
        let add = &add;
        let ledgers = [pair.one, pair.other].into_iter().cycle().take(4).enumerate();
        let threads: Vec<_> = ledgers.map(|(part, ledger)| scope.spawn(move || add(ledger, part))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let added = added?;
    ensure(added.iter().all(|part| part.is_sorted()), "events of one writer are in another order")?;
    let numbers: BTreeSet<u64> = added.into_iter().flatten().collect();
    ensure(numbers.into_iter().eq(1..=20), "events that are added at once share a number, or leave one out")?;
    let verdict = Audit::new(pair.other, &scope).verify("raced")?;
    ensure(matches!(verdict, Verdict::Whole { entries: 20, .. }), "a stream that was added to at once is broken")
}

fn tells_what_is_broken(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let scope = Scope::default();
    let audit = Audit::new(one, &scope);
    let fill = |stream: &str| -> Result<Partition, LedgerError> {
        ["a", "b", "c"].iter().try_for_each(|id| audit.append(stream, &event(id)).map(drop))?;
        Ok(Partition::new(&scope, "audit", stream))
    };
    let second = "entry/00000000000000000002";
    let entry = object(&event("b"), one)?;
    let tampered = [("sequence", json!(3)), ("previous", json!("0")), ("hash", json!("0")), ("event", json!(null))];
    for (member, value) in tampered {
        let stream = fill(&format!("broken {member}"))?;
        let members = Object::from_iter([(member.to_owned(), value)]);
        other.write(&Write::update(stream.key(second), members), at(1))?;
        ensure(audit.verify(&stream.name)? == Verdict::Broken { sequence: 2 }, "an entry that was changed is whole")?;
    }
    for (member, value) in [("id", json!("d")), ("at", json!(at(1))), ("actor", json!("bob")), ("what", json!({}))] {
        let stream = fill(&format!("broken event {member}"))?;
        let mut event = entry.clone();
        event.insert(member.to_owned(), value);
        let members = Object::from_iter([("event".to_owned(), json!(event))]);
        other.write(&Write::update(stream.key(second), members), at(1))?;
        ensure(audit.verify(&stream.name)? == Verdict::Broken { sequence: 2 }, "an event that was changed is whole")?;
    }
    for (cut, sequence) in [(1, 1), (2, 2), (3, 3)] {
        let stream = fill(&format!("cut {cut}"))?;
        other.write(&Write::delete(stream.key(&format!("entry/{cut:020}"))), at(1))?;
        ensure(audit.verify(&stream.name)? == Verdict::Broken { sequence }, "an entry that is gone is not missed")?;
    }
    let stream = fill("headless")?;
    other.write(&Write::delete(stream.key("head")), at(1))?;
    ensure(matches!(audit.verify(&stream.name)?, Verdict::Broken { .. }), "a stream without its head is whole")?;
    ensure(audit.append(&stream.name, &event("d")).is_err(), "an event overwrites another")
}
