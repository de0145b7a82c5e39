//! Recorded arrivals: a list of what came and when, with the files beside it, to be delivered again as of then.
//!
//! The list is `arrivals.jsonl`, an object a line with `path` (`<partner>/<name>`) and `at`, and `n` where its folder has another number than its line.
//! The file of line 12 is `arrivals/0012/<path>` beside the list.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use carelake_core::store::Store;
use jiff::Timestamp;
use serde::Deserialize;

use super::landing::Landed;
use super::taking::{TakingError, take};
use super::whole::Whole;
use crate::deliveries::Arrival;
use crate::feed::Ready;

/// An arrival that was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The partner's folder.
    pub partner: String,
    /// The name from that folder.
    pub name: String,
    /// When it arrived.
    pub at: Timestamp,
    /// Where it is.
    pub file: PathBuf,
}

/// Why recorded arrivals cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordedError {
    /// The list cannot be read.
    #[error("the list of arrivals cannot be read")]
    Unreadable(#[source] io::Error),
    /// A line is none of an arrival.
    #[error("line {line} of the arrivals {why}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
}

#[derive(Deserialize)]
struct Line {
    /// The number of its folder, where that is not the number of its line: of a part of a list, or one in another order.
    n: Option<usize>,
    path: String,
    at: Timestamp,
}

impl Recorded {
    /// Reads a list of arrivals, in its order.
    ///
    /// # Errors
    /// [`RecordedError`] when the list cannot be read, or a line of it.
    pub fn read(list: &Path) -> Result<Vec<Self>, RecordedError> {
        let text = fs::read_to_string(list).map_err(RecordedError::Unreadable)?;
        let beside = list.parent().unwrap_or(Path::new("")).join("arrivals");
        let lines = text.lines().zip(1..).filter(|(text, _)| !text.trim().is_empty());
        lines.map(|(text, line)| Self::of_line(text, line, &beside)).collect()
    }

    fn of_line(text: &str, line: usize, beside: &Path) -> Result<Self, RecordedError> {
        let wrong = |why| RecordedError::Line { line, why };
        let Line { n, path, at } = serde_json::from_str(text).map_err(|_| wrong("has no `path` and `at`"))?;
        let is_inside = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let (partner, name) = path
            .split_once('/')
            .filter(|_| is_inside)
            .ok_or_else(|| wrong("has a path that is not a partner, a slash and a name inside its folder"))?;
        let file = beside.join(format!("{:04}", n.unwrap_or(line))).join(&path);
        Ok(Self { partner: partner.to_owned(), name: name.to_owned(), at, file })
    }

    /// Hashes and keeps the file, as [`take`] does, as of the time of its arrival. Delivered again, it is the same event.
    ///
    /// # Errors
    /// [`TakingError`] when it cannot be read, or the copy not be written.
    pub fn take(&self, ready: Option<&Ready>, raw: &dyn Store) -> Result<Option<Arrival>, TakingError> {
        let unreadable = |cause| TakingError::Unreadable { partner: self.partner.clone(), cause };
        let file = Landed::from(&self.file, &self.partner, &self.name).map_err(unreadable)?;
        let control = match ready {
            Some(Ready::Control(end)) => self.beside(end).map_err(unreadable)?,
            Some(Ready::Marker(_)) | None => None,
        };
        let arrival = take(&Whole { file, control }, raw)?;
        Ok(arrival.map(|arrival| {
            let version = format!("recorded {} {}", self.at, arrival.sha256);
            Arrival { version, modified: self.at, ..arrival }
        }))
    }

    fn beside(&self, end: &str) -> io::Result<Option<Landed>> {
        let mut path = self.file.clone().into_os_string();
        path.push(end);
        match Landed::from(Path::new(&path), &self.partner, &format!("{}{end}", self.name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use carelake_core::store::LocalStore;

    use super::*;

    fn list(lines: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("arrivals.jsonl");
        fs::write(&path, lines.join("\n")).unwrap();
        (folder, path)
    }

    #[test]
    fn what_was_recorded_arrives_as_of_then() {
        let (folder, path) = list(&[
            r#"{"n": 1, "at": "2026-08-03T11:00:00Z", "path": "bayview/PAT_20260803.csv", "feed": "x"}"#,
            r#"{"at": "2026-08-04T11:00:00Z", "path": "bayview/in/PAT_20260803.csv"}"#,
            "",
        ]);
        for (number, name, text) in [("0001", "PAT_20260803.csv", "one"), ("0002", "in/PAT_20260803.csv", "two")] {
            let file = folder.path().join("arrivals").join(number).join("bayview").join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
        }
        fs::write(folder.path().join("arrivals/0001/bayview/PAT_20260803.csv.ctl"), "bytes=3").unwrap();
        let raw = LocalStore::new(folder.path().join("raw"));
        let recorded = Recorded::read(&path).unwrap();
        let control = Ready::Control(".ctl".into());
        let arrivals: Vec<_> =
            recorded.iter().map(|recorded| recorded.take(Some(&control), &raw).unwrap().unwrap()).collect();
        assert_eq!(arrivals.len(), 2);
        assert_eq!((arrivals[0].partner.as_str(), arrivals[0].name.as_str()), ("bayview", "PAT_20260803.csv"));
        assert_eq!(arrivals[0].modified, "2026-08-03T11:00:00Z".parse().unwrap());
        assert_eq!(arrivals[0].control.as_ref().and_then(|control| control.bytes), Some(3));
        assert_eq!((arrivals[1].name.as_str(), &arrivals[1].control), ("in/PAT_20260803.csv", &None));
        assert_eq!(raw.read(&arrivals[1].raw).unwrap(), b"two");
        assert_eq!(
            recorded[0].take(Some(&control), &raw).unwrap().as_ref(),
            Some(&arrivals[0]),
            "the same event again"
        );
        fs::remove_file(&recorded[0].file).unwrap();
        assert!(recorded[0].take(None, &raw).is_err());
    }

    #[test]
    fn a_line_that_is_no_arrival_is_told_by_its_number() {
        let good = r#"{"at": "2026-08-03T11:00:00Z", "path": "bayview/a.csv"}"#;
        for bad in [
            "no json",
            r#"{"path": "bayview/a.csv"}"#,
            r#"{"at": "2026-08-03T11:00:00Z", "path": "a.csv"}"#,
            r#"{"at": "2026-08-03T11:00:00Z", "path": "/etc/passwd"}"#,
            r#"{"at": "2026-08-03T11:00:00Z", "path": "bayview/../../a.csv"}"#,
        ] {
            let (_folder, path) = list(&[good, bad]);
            let error = Recorded::read(&path).unwrap_err();
            assert!(matches!(error, RecordedError::Line { line: 2, .. }), "{bad}");
        }
        assert!(matches!(Recorded::read(Path::new("nothing")), Err(RecordedError::Unreadable(_))));
    }
}
