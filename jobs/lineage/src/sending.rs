//! Handing over what a receiver does not have yet, in the order of the runs; and what is known of how that went.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::book::{Book, BookError};
use crate::event::Event;
use crate::mark::{self, FOLDER, Mark};
use crate::receiver::{Receiver, Untaken};

/// The file whose lock is held meanwhile, so that one process sends at a time.
const LOCK: &str = "sending";
/// Where it is kept how sending went.
const STANDING: &str = "standing.json";

/// What one sending did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Events that the receiver took.
    pub sent: u64,
    /// Events that it refused for good.
    pub refused: u64,
    /// Events that still wait.
    pub waiting: u64,
    /// Why they wait, or why the last one was refused.
    pub trouble: Option<String>,
}

/// How sending has gone so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// How often sending stopped because the receiver was not there.
    pub failures: u64,
    /// Events that the receiver refused for good.
    pub refused: u64,
    /// The last time that an event was not taken; nothing when all since then were.
    pub last: Option<Trouble>,
}

/// That an event was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: String,
}

impl Standing {
    /// Reads how sending has gone; nothing is known where nothing was sent.
    #[must_use]
    pub fn of(output: &Path) -> Self {
        let text = fs::read(output.join(FOLDER).join(STANDING)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

/// Hands over everything that waits, until the receiver takes no more. Waits while another process sends.
///
/// # Errors
/// [`BookError`] when the book cannot be read, or it cannot be kept how far the receiver was told.
pub fn send(book: &Book, receiver: &dyn Receiver, now: Timestamp) -> Result<Sent, BookError> {
    let output = book.output();
    let _turn = mark::turn(output, LOCK)?;
    let mut sent = Sent::default();
    let mut is_there = true;
    for (name, mut mark) in mark::all(output)? {
        let lines = book.lines(&mark.place)?;
        if is_there {
            is_there = hand_over(output, (&name, &mut mark), &lines, receiver, &mut sent)?;
        }
        let waiting = lines.len().saturating_sub(mark.sent);
        sent.waiting += waiting as u64;
        if waiting == 0 && !lines.is_empty() && is_whole(&lines) {
            mark::remove(output, &name)?;
        }
    }
    keep_standing(output, &sent, is_there, now)?;
    Ok(sent)
}

/// Hands over the events of one place; answers whether the receiver is there.
fn hand_over(
    output: &Path,
    (name, mark): (&str, &mut Mark),
    lines: &[String],
    receiver: &dyn Receiver,
    sent: &mut Sent,
) -> Result<bool, BookError> {
    // A sender that was killed may have handed over the first without noting it.
    let mut is_doubtful = true;
    for line in lines.get(mark.sent..).unwrap_or_default() {
        let taken = if is_doubtful && receiver.has(line) { Ok(()) } else { receiver.take(line) };
        is_doubtful = false;
        match taken {
            Ok(()) => sent.sent += 1,
            Err(Untaken::Ever(why)) => {
                sent.refused += 1;
                sent.trouble = Some(why);
            }
            Err(Untaken::Now(why)) => {
                sent.trouble = Some(why);
                return Ok(false);
            }
        }
        mark.sent += 1;
        mark::set(output, name, mark)?;
    }
    Ok(true)
}

/// Returns whether everything that began has ended: nothing more will be told then.
fn is_whole(lines: &[String]) -> bool {
    let events: Vec<Event> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let ends = events.iter().filter(|event| event.event_type.is_end()).count();
    ends * 2 == events.len()
}

fn keep_standing(output: &Path, sent: &Sent, is_there: bool, now: Timestamp) -> Result<(), BookError> {
    let before = Standing::of(output);
    let mut standing = before.clone();
    standing.failures += u64::from(!is_there);
    standing.refused += sent.refused;
    match &sent.trouble {
        Some(why) => standing.last = Some(Trouble { at: now, why: why.clone() }),
        None if sent.sent > 0 => standing.last = None,
        None => {}
    }
    if standing == before { Ok(()) } else { mark::write(&output.join(FOLDER).join(STANDING), &standing) }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;
    use crate::event::{EventType, Facets, Job, RunOf};

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    /// Takes so many events and then no more; what has a name in `refuses` never.
    struct Patient {
        left: Cell<usize>,
        refuses: &'static str,
        taken: RefCell<Vec<String>>,
    }

    impl Patient {
        fn new(left: usize) -> Self {
            Self { left: Cell::new(left), refuses: "nothing", taken: RefCell::default() }
        }
    }

    impl Receiver for Patient {
        fn take(&self, event: &str) -> Result<(), Untaken> {
            if event.contains(self.refuses) {
                return Err(Untaken::Ever("refused".to_owned()));
            }
            if self.left.get() == 0 {
                return Err(Untaken::Now("down".to_owned()));
            }
            self.left.set(self.left.get() - 1);
            self.taken.borrow_mut().push(event.to_owned());
            Ok(())
        }

        fn has(&self, event: &str) -> bool {
            self.taken.borrow().iter().any(|taken| taken == event)
        }
    }

    fn events(run: &str) -> Vec<Event> {
        let of = |event_type| {
            let of = RunOf { run_id: run.to_owned(), facets: Facets::new() };
            let job = Job { namespace: "lake".to_owned(), name: "pipeline".to_owned(), facets: Facets::new() };
            Event::new(event_type, AT, of, job)
        };
        vec![of(EventType::Start), of(EventType::Complete)]
    }

    fn book(folder: &tempfile::TempDir) -> Book {
        let book = Book::new(folder.path());
        book.tell("runs/1", events("id-1")).unwrap();
        book.tell("runs/2", events("id-2")).unwrap();
        book
    }

    #[test]
    fn what_a_receiver_missed_comes_later_in_order_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let book = book(&folder);
        let receiver = Patient::new(3);
        let first = send(&book, &receiver, AT).unwrap();
        assert_eq!((first.sent, first.waiting, first.trouble.as_deref()), (3, 1, Some("down")));
        assert_eq!(Standing::of(folder.path()).failures, 1);
        receiver.left.set(9);
        let second = send(&book, &receiver, AT).unwrap();
        assert_eq!(second, Sent { sent: 1, ..Sent::default() });
        assert_eq!(send(&book, &receiver, AT).unwrap(), Sent::default());
        let lines = [book.lines("runs/1").unwrap(), book.lines("runs/2").unwrap()].concat();
        assert_eq!(*receiver.taken.borrow(), lines);
        let standing = Standing::of(folder.path());
        assert_eq!((standing.failures, standing.last), (1, None));
    }

    #[test]
    fn what_is_refused_for_good_holds_nothing_up() {
        let folder = tempfile::tempdir().unwrap();
        let receiver = Patient { refuses: "id-1", ..Patient::new(9) };
        let sent = send(&book(&folder), &receiver, AT).unwrap();
        assert_eq!((sent.sent, sent.refused, sent.waiting), (2, 2, 0));
        assert_eq!(Standing::of(folder.path()).refused, 2);
    }

    #[test]
    fn a_sender_that_was_killed_before_it_noted_an_event_does_not_repeat_it() {
        let folder = tempfile::tempdir().unwrap();
        let book = book(&folder);
        let receiver = Patient::new(1);
        send(&book, &receiver, AT).unwrap();
        mark::set(folder.path(), "id-1", &Mark { place: "runs/1".to_owned(), sent: 0 }).unwrap();
        receiver.left.set(9);
        send(&book, &receiver, AT).unwrap();
        assert_eq!(receiver.taken.borrow().len(), 4);
    }

    #[test]
    fn a_run_under_way_stays_marked_until_it_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::new(folder.path());
        let [start, end] = <[Event; 2]>::try_from(events("id-1")).unwrap();
        let receiver = Patient::new(9);
        book.tell("runs/1", vec![start]).unwrap();
        assert_eq!(send(&book, &receiver, AT).unwrap().sent, 1);
        assert_eq!(mark::all(folder.path()).unwrap().len(), 1);
        book.tell("runs/1", vec![end]).unwrap();
        assert_eq!(send(&book, &receiver, AT).unwrap().sent, 1);
        assert_eq!(mark::all(folder.path()).unwrap(), []);
        assert_eq!(receiver.taken.borrow().len(), 2);
    }
}
