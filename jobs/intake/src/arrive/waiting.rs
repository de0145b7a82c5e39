//! What waits to be worked on, and what of it is next.
//!
//! Of a feed one delivery after the other is worked on, the oldest first: each is judged against the one before it. Of the feeds that
//! are free the one with the smallest file is next, and no partner has more under way than its share, so that nobody waits for
//! another's large file.

use std::collections::BTreeSet;

use jiff::Timestamp;

/// Something to be worked on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    /// When its file was written; the older of two of a feed is first.
    pub modified: Timestamp,
    /// What tells it from every other, as `bayview/PAT_20260803.csv`.
    pub name: String,
    /// Who sent it.
    pub partner: String,
    /// Its feed; none of a file that no feed claims.
    pub feed: Option<String>,
    /// The size of its file in bytes.
    pub size_bytes: u64,
}

/// What waits, and what is under way.
#[derive(Debug)]
pub struct Waiting<T> {
    tasks: Vec<(Task, T)>,
    under_way: BTreeSet<Task>,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self { tasks: Vec::new(), under_way: BTreeSet::new() }
    }
}

impl<T> Waiting<T> {
    /// Adds a task, unless it waits or is under way. Answers whether it is new.
    pub fn add(&mut self, task: Task, work: T) -> bool {
        let is_known = self.under_way.contains(&task) || self.tasks.iter().any(|(known, _)| *known == task);
        if !is_known {
            self.tasks.push((task, work));
        }
        !is_known
    }

    /// Takes the task that is next, which is under way from then on. `share` says how many a partner may have under way.
    pub fn next(&mut self, share: impl Fn(&str) -> usize) -> Option<(Task, T)> {
        let is_free = |task: &Task| {
            let of_partner = self.under_way.iter().filter(|other| other.partner == task.partner);
            let is_busy = self.under_way.iter().any(|other| other.feed == task.feed);
            task.feed.is_none() || !is_busy && of_partner.count() < share(&task.partner)
        };
        let is_first = |task: &Task| {
            task.feed.is_none() || !self.tasks.iter().any(|(other, _)| other.feed == task.feed && other < task)
        };
        let free = self.tasks.iter().enumerate().filter(|(_, (task, _))| is_free(task) && is_first(task));
        let (at, _) = free.min_by_key(|(_, (task, _))| (task.size_bytes, task.clone()))?;
        let (task, work) = self.tasks.swap_remove(at);
        self.under_way.insert(task.clone());
        Some((task, work))
    }

    /// Notes that a task is over.
    pub fn done(&mut self, task: &Task) {
        self.under_way.remove(task);
    }

    /// Returns whether nothing waits and nothing is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.tasks.is_empty() && self.under_way.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A task as `PARTNER FEED SECOND BYTES`; of no feed where that is `-`.
    fn task(text: &str) -> Task {
        let parts: Vec<&str> = text.split(' ').collect();
        Task {
            modified: Timestamp::from_second(parts[2].parse().unwrap()).unwrap(),
            name: text.to_owned(),
            partner: parts[0].to_owned(),
            feed: Some(parts[1].to_owned()).filter(|feed| feed != "-"),
            size_bytes: parts[3].parse().unwrap(),
        }
    }

    fn waiting(tasks: &[&str]) -> Waiting<()> {
        let mut waiting = Waiting::default();
        tasks.iter().for_each(|text| assert!(waiting.add(task(text), ())));
        waiting
    }

    /// Takes what may be under way at once.
    fn all(waiting: &mut Waiting<()>, share: usize) -> Vec<String> {
        std::iter::from_fn(|| waiting.next(|_| share)).map(|(task, ())| task.name).collect()
    }

    #[test]
    fn what_is_next_follows_from_size_feed_and_partner() {
        let cases: [(&str, usize, &[&str], &[&str]); 5] = [
            ("small first", 9, &["a f 1 900", "b g 2 5", "c h 3 70"], &["b g 2 5", "c h 3 70", "a f 1 900"]),
            ("of a feed the oldest, and one at a time", 9, &["a f 2 5", "a f 1 900"], &["a f 1 900"]),
            ("of a partner its share", 1, &["a f 1 5", "a g 1 6", "b h 1 7"], &["a f 1 5", "b h 1 7"]),
            ("what no feed claims needs no turn", 1, &["a - 1 5", "a - 2 6"], &["a - 1 5", "a - 2 6"]),
            ("nothing", 1, &[], &[]),
        ];
        for (case, share, tasks, expected) in cases {
            assert_eq!(all(&mut waiting(tasks), share), expected, "{case}");
        }
    }

    #[test]
    fn a_feed_is_free_again_when_its_delivery_is_done() {
        let mut waiting = waiting(&["a f 1 900", "a f 2 5"]);
        let (first, ()) = waiting.next(|_| 1).unwrap();
        assert_eq!(waiting.next(|_| 1), None);
        assert!(!waiting.add(first.clone(), ()), "it is under way");
        waiting.done(&first);
        assert_eq!(waiting.next(|_| 1).unwrap().0.name, "a f 2 5");
        assert!(!waiting.is_idle());
        waiting.done(&task("a f 2 5"));
        assert!(waiting.is_idle() && waiting.add(first, ()));
    }
}
