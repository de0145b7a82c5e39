//! Which files are whole: a file that is still being written must not be read.
//!
//! A file is whole when it was seen under a temporary name before, and so was renamed into place; or when its size and time have not
//! moved between looks for as long as its feed says, by this machine's clock alone, since that of a network folder may be another.
//! Where the feed says `ready`, it is whole when the file beside it is there, and not before. Files beside others are never taken
//! themselves.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::claimed_by::{Claimant, claimed_by};
use super::landing::{Landed, Look, Stamp};
use crate::feed::Ready;

/// Seconds for which a file must not have moved that no feed claims.
pub const SETTLE_SECS: u64 = 10;

/// The most minutes for which an empty object waits: a week.
const MOST_GRACE_MINS: i64 = 7 * 24 * 60;

/// A file that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The file.
    pub file: Landed,
    /// The file beside it that says rows, bytes or SHA-256.
    pub control: Option<Landed>,
}

/// What looks have shown so far.
#[derive(Debug, Default)]
pub struct Settling {
    unmoved: BTreeMap<(String, String), (Stamp, Timestamp)>,
    temporary: BTreeSet<u64>,
}

impl Settling {
    /// Takes in a look, and returns the files that are whole.
    pub fn whole<F: Claimant>(&mut self, look: &Look, feeds: &[F], now: Timestamp) -> Vec<Whole> {
        let by_name: BTreeMap<(&str, &str), &Landed> =
            look.files.iter().map(|file| ((file.partner.as_str(), file.name.as_str()), file)).collect();
        let before = std::mem::take(&mut self.unmoved);
        for file in &look.files {
            let key = (file.partner.clone(), file.name.clone());
            let since = match before.get(&key) {
                Some((stamp, since)) if *stamp == file.stamp && *since <= now => *since,
                _ => now,
            };
            self.unmoved.insert(key, (file.stamp, since));
        }
        let mut whole = Vec::new();
        for file in look.files.iter().filter(|file| !is_beside(file, feeds)) {
            let feed = claimed_by(feeds, &file.partner, &file.name).ok().map(|(feed, _)| feed);
            let settle_secs = feed.map_or(SETTLE_SECS, Claimant::settle_secs);
            let beside = |end: &str| {
                let name = format!("{}{end}", file.name);
                by_name.get(&(file.partner.as_str(), name.as_str())).copied()
            };
            let found = match feed.and_then(Claimant::ready) {
                None if self.temporary.contains(&file.stamp.inode) || self.has_settled(file, settle_secs, now) => {
                    Some(None)
                }
                None => None,
                Some(Ready::Marker(end)) => beside(end).map(|_| None),
                // What it says must be whole too.
                Some(Ready::Control(end)) => beside(end)
                    .filter(|control| self.has_settled(control, settle_secs, now))
                    .map(|control| Some(control.clone())),
            };
            whole.extend(found.map(|control| Whole { file: file.clone(), control }));
        }
        self.temporary = look.temporary.iter().map(|file| file.stamp.inode).collect();
        whole
    }

    fn has_settled(&self, file: &Landed, settle_secs: u64, now: Timestamp) -> bool {
        let since = self.unmoved.get(&(file.partner.clone(), file.name.clone())).map(|(_, since)| *since);
        let secs = i64::try_from(settle_secs).unwrap_or(i64::MAX);
        since.is_some_and(|since| now.duration_since(since) >= SignedDuration::from_secs(secs))
    }
}

/// Returns until when an empty object waits that may still be filled; nothing of one that is not empty.
#[must_use]
pub fn waits_until(size_bytes: u64, modified: Timestamp, empty_grace_mins: u64) -> Option<Timestamp> {
    let mins = i64::try_from(empty_grace_mins).unwrap_or(i64::MAX).min(MOST_GRACE_MINS);
    (size_bytes == 0).then(|| modified.saturating_add(SignedDuration::from_mins(mins)).unwrap_or(Timestamp::MAX))
}

/// Returns whether a file is there to say something of another, which may not be there yet.
fn is_beside<F: Claimant>(file: &Landed, feeds: &[F]) -> bool {
    let ends = feeds.iter().filter(|feed| feed.partner() == file.partner).filter_map(Claimant::ready);
    ends.into_iter().any(|ready| {
        let (Ready::Marker(end) | Ready::Control(end)) = ready;
        let of = file.name.strip_suffix(end.as_str()).filter(|_| !end.is_empty());
        let feed = of.and_then(|of| claimed_by(feeds, &file.partner, of).ok());
        feed.is_some_and(|(feed, _)| feed.ready() == Some(ready))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::Pattern;
    use super::*;

    const PLAIN: Pattern = Pattern::new("plain", "bayview", "PAT_{delivery:%Y%m%d}.csv");

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    /// A file of a size, written at a second, with a number.
    fn landed(name: &str, size_bytes: u64, second: i64, inode: u64) -> Landed {
        let stamp = Stamp { size_bytes, modified: at(second), inode };
        Landed { partner: "bayview".into(), name: name.into(), path: name.into(), stamp }
    }

    fn look(files: &[Landed]) -> Look {
        let (temporary, files) = files.iter().cloned().partition(|file| file.name.ends_with(".part"));
        Look { files, temporary, ..Look::default() }
    }

    fn names(whole: &[Whole]) -> Vec<&str> {
        whole.iter().map(|whole| whole.file.name.as_str()).collect()
    }

    #[test]
    fn a_file_is_whole_when_it_has_not_moved_for_long_enough() {
        const NAME: &str = "PAT_20260803.csv";
        /// When it is looked at, size, time and number of the file then, and whether it is whole.
        type At = (i64, u64, i64, u64, bool);
        let cases: [(&str, Vec<At>); 6] = [
            ("it stays as it is", vec![(0, 5, 0, 1, false), (9, 5, 0, 1, false), (10, 5, 0, 1, true)]),
            ("it is old already", vec![(0, 5, -9999, 1, false), (10, 5, -9999, 1, true)]),
            ("it grows", vec![(0, 5, 0, 1, false), (10, 6, 10, 1, false), (19, 6, 10, 1, false), (20, 6, 10, 1, true)]),
            ("it is touched", vec![(0, 5, 0, 1, false), (10, 5, 8, 1, false), (20, 5, 8, 1, true)]),
            ("another takes its name", vec![(0, 5, 0, 1, false), (10, 5, 0, 2, false), (20, 5, 0, 2, true)]),
            ("the clock goes back", vec![(0, 5, 0, 1, false), (-60, 5, 0, 1, false), (-50, 5, 0, 1, true)]),
        ];
        for (case, looks) in cases {
            let mut settling = Settling::default();
            for (second, size, modified, inode, is_whole) in looks {
                let whole = settling.whole(&look(&[landed(NAME, size, modified, inode)]), &[PLAIN], at(second));
                assert_eq!(!whole.is_empty(), is_whole, "{case}, at {second}");
            }
        }
    }

    #[test]
    fn a_file_that_was_renamed_into_place_is_whole_at_once() {
        let mut settling = Settling::default();
        let writing = look(&[landed("PAT_20260803.csv.part", 5, 0, 1)]);
        assert_eq!(names(&settling.whole(&writing, &[PLAIN], at(0))), [] as [&str; 0]);
        let renamed = look(&[landed("PAT_20260803.csv", 9, 1, 1), landed("PAT_20260804.csv", 9, 1, 2)]);
        assert_eq!(names(&settling.whole(&renamed, &[PLAIN], at(1))), ["PAT_20260803.csv"]);
    }

    #[test]
    fn a_file_with_a_marker_is_whole_when_the_marker_is_there() {
        let feeds = [PLAIN.with(Ready::Marker(".done".into()))];
        let mut settling = Settling::default();
        let (file, marker) = (landed("PAT_20260803.csv", 5, 0, 1), landed("PAT_20260803.csv.done", 0, 0, 2));
        let mut whole = |files: &[Landed], second| names(&settling.whole(&look(files), &feeds, at(second))).join(" ");
        assert_eq!(whole(std::slice::from_ref(&marker), 0), "", "a marker that comes first is no file");
        assert_eq!(whole(std::slice::from_ref(&file), 99), "", "not without its marker, however old");
        assert_eq!(whole(&[file.clone(), marker.clone()], 100), "PAT_20260803.csv");
        let other = landed("notes.done", 3, 0, 3);
        assert_eq!(whole(&[other.clone(), marker], 101), "");
        assert_eq!(whole(&[other], 111), "notes.done", "what marks nothing is a file");
    }

    #[test]
    fn a_file_with_a_control_file_is_whole_when_that_is() {
        let feeds = [PLAIN.with(Ready::Control(".ctl".into()))];
        let mut settling = Settling::default();
        let (file, control) = (landed("PAT_20260803.csv", 5, 0, 1), landed("PAT_20260803.csv.ctl", 9, 0, 2));
        let both = look(&[file.clone(), control.clone()]);
        assert_eq!(settling.whole(&both, &feeds, at(0)), []);
        assert_eq!(settling.whole(&both, &feeds, at(10)), [Whole { file, control: Some(control) }]);
    }

    #[test]
    fn only_an_empty_object_waits_to_be_filled() {
        assert_eq!(waits_until(0, at(0), 15), Some(at(900)));
        assert_eq!(waits_until(1, at(0), 15), None);
        assert_eq!(waits_until(0, at(0), u64::MAX), Some(at(7 * 86_400)));
    }
}
