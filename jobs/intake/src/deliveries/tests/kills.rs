//! A worker that is killed at any call leaves nothing half done, and whoever comes after it finishes.

use carelake_core::ledger::Rows;
use carelake_core::names::Scope;
use carelake_core::store::Moment;

use super::memory::MemoryRows;
use crate::deliveries::contract::Broken;
use crate::deliveries::contract::sent::{Sender, at, day, failed, file, published};
use crate::deliveries::{Act, Again, Deliveries, Delivery, End, FaultyRows, FeedState, Pending, Unclaimed};
use crate::feed::Mode;

type Step = fn(&Sender<'_>) -> Result<(), Broken>;

fn attempt(sender: &Sender<'_>, of: i8, bytes: &str, end: &End) -> Result<(), Broken> {
    let id = sender.id(day(of));
    let delivery = sender.of.content(&id, &bytes.repeat(64), at(0))?.ok_or(Broken::Unmet("it is lost"))?;
    sender.run(&delivery, end, 50)?;
    Ok(())
}

/// A history in which everything happens once. What a worker was killed at is done again by the next.
const HISTORY: [Step; 17] = [
    |sender| sender.send(5, "a", 1).map(drop),
    |sender| attempt(sender, 5, "a", &failed()),
    |sender| {
        let again = Again { accept_rejects: Some(Act { by: "ann".into(), at: at(2) }), accept_loss: None };
        Ok(sender.of.redrive(sender.terms, &sender.id(day(5)), &"a".repeat(64), &again, at(2)).map(drop)?)
    },
    |sender| attempt(sender, 5, "a", &published()),
    |sender| sender.send(3, "c", 3).map(drop),
    |sender| sender.send(4, "d", 3).map(drop),
    |sender| sender.send(5, "b", 4).map(drop),
    |sender| attempt(sender, 5, "b", &published()),
    |sender| sender.send(5, "a", 5).map(drop),
    |sender| attempt(sender, 5, "a", &published()),
    |sender| sender.send(7, "", 6).map(drop),
    |sender| {
        let act = Act { by: "ann".into(), at: at(7) };
        Ok(sender.of.withdraw(sender.terms, &sender.id(day(5)), &act, at(7)).map(drop)?)
    },
    |sender| attempt(sender, 4, "d", &failed()),
    |sender| attempt(sender, 3, "c", &published()),
    |sender| sender.send(5, "a", 8).map(drop),
    |sender| match sender.of.undo_withdraw(sender.terms, &sender.id(day(5)), at(9)) {
        Err(crate::deliveries::DeliveriesError::NotWithdrawn { .. }) | Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    },
    |sender| Ok(sender.of.set_aside(&file("minutes", "m", 9), "no feed", None, at(9)).map(drop)?),
];

type Kept = (Vec<Vec<Delivery>>, FeedState, Vec<Pending>, Vec<Unclaimed>);

fn kept(of: Deliveries<'_>) -> Kept {
    let now = at(99);
    (
        of.latest("feed", 99, now).unwrap(),
        of.feed("feed", now).unwrap(),
        of.pending(now).unwrap(),
        of.all_unclaimed(now).unwrap(),
    )
}

fn sender<'s>(rows: &'s dyn Rows, scope: &'s Scope) -> Sender<'s> {
    Sender::new(Deliveries::new(rows, scope), "feed", Mode::Full)
}

#[test]
fn a_kill_at_any_call_changes_nothing_in_the_end() {
    let (whole, scope) = (MemoryRows::default(), Scope::default());
    for step in HISTORY {
        step(&sender(&whole, &scope)).unwrap();
    }
    let expected = kept(Deliveries::new(&whole, &scope));
    assert_eq!(expected.0.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 1, 1]);
    assert_eq!((expected.2.len(), expected.3.len()), (1, 1));
    for moment in [Moment::Before, Moment::After] {
        let mut killed = 0;
        for number in 1.. {
            let rows = MemoryRows::default();
            let faulty = FaultyRows::new(&rows, number, moment);
            for step in HISTORY {
                if step(&sender(&faulty, &scope)).is_err() {
                    step(&sender(&rows, &scope)).unwrap();
                }
            }
            assert_eq!(kept(Deliveries::new(&rows, &scope)), expected, "killed at call {number}, {moment:?}");
            if !faulty.has_failed() {
                break;
            }
            killed += 1;
        }
        assert!(killed > 100, "{killed}");
    }
}
