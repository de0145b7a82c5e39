//! What was told of each run and execution: a file of events beside what it keeps, one a line, each told once.
//!
//! A line is one write at the end of the file. Of a process that is killed the last may be cut off; it counts as not told. What a receiver
//! does not have yet is marked ([`mark`](crate::mark)) before it is written, so that nothing is forgotten.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::event::Event;
use crate::mark::{self, Mark};

/// The file of the events, in the folder of a run or an execution.
const EVENTS: &str = "lineage.jsonl";
/// The file whose lock is held while something is told: another process may tell of the same run, which it found dead.
const TELLING: &str = "telling";

/// The events of one lake on this machine.
#[derive(Debug)]
pub struct Book {
    output: PathBuf,
}

/// The book could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The file system refused.
    #[error("{}: cannot be read or written: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not hold what was written into it.
    #[error("{}: line {line} is no event", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

impl Book {
    /// Opens the book of an output.
    #[must_use]
    pub fn new(output: &Path) -> Self {
        Self { output: output.to_owned() }
    }

    /// Returns what was told of a run or an execution, whose folder is `place`, in order.
    ///
    /// # Errors
    /// [`BookError`] when the file cannot be read, or is damaged.
    pub fn told(&self, place: &str) -> Result<Vec<Event>, BookError> {
        let lines = self.lines(place)?;
        let damaged = |line| BookError::Damaged { path: self.file(place), line };
        lines.iter().zip(1..).map(|(line, number)| serde_json::from_str(line).map_err(|_| damaged(number))).collect()
    }

    /// Tells events of a run or an execution that were not told yet: one beginning of each run, and one end. Answers how many were new.
    ///
    /// An end is no earlier than its beginning: what is told of a process that died is as of its last sign of life.
    ///
    /// # Errors
    /// [`BookError`] when the file cannot be read or written; what was written before stays.
    pub fn tell(&self, place: &str, events: Vec<Event>) -> Result<usize, BookError> {
        let _turn = mark::turn(&self.output, TELLING)?;
        let mut told = self.told(place)?;
        let before = told.len();
        for mut event in events {
            let mut of_run = told.iter().filter(|other| other.run.run_id == event.run.run_id);
            if of_run.clone().any(|other| other.event_type.is_end() == event.event_type.is_end()) {
                continue;
            }
            if let Some(begun) = of_run.next()
                && event.event_time < begun.event_time
            {
                event.event_time.clone_from(&begun.event_time);
            }
            told.push(event);
        }
        let new = told.get(before..).unwrap_or_default();
        let (Some(first), false) = (told.first(), new.is_empty()) else { return Ok(0) };
        mark::leave(&self.output, &first.run.run_id, &Mark { place: place.to_owned(), sent: before })?;
        self.append(place, new)?;
        Ok(new.len())
    }

    /// Returns the first run that was begun in a place and has not ended, if there is one.
    ///
    /// # Errors
    /// As [`Book::told`].
    pub fn open_run(&self, place: &str) -> Result<Option<String>, BookError> {
        let told = self.told(place)?;
        let ended = |run: &str| told.iter().any(|event| event.event_type.is_end() && event.run.run_id == run);
        Ok(told.iter().map(|event| &event.run.run_id).find(|run| !ended(run)).cloned())
    }

    /// Returns the folders of runs and executions with something that a receiver does not have, or that have not ended.
    ///
    /// # Errors
    /// [`BookError`] when the marks cannot be read.
    pub fn unfinished(&self) -> Result<Vec<String>, BookError> {
        Ok(mark::all(&self.output)?.into_iter().map(|(_, mark)| mark.place).collect())
    }

    /// Returns the lines that were written whole.
    pub(crate) fn lines(&self, place: &str) -> Result<Vec<String>, BookError> {
        let path = self.file(place);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            text => text.map_err(failed(&path))?,
        };
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let text = String::from_utf8_lossy(text.get(..whole).unwrap_or_default()).into_owned();
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Returns where the book is.
    pub(crate) fn output(&self) -> &Path {
        &self.output
    }

    fn file(&self, place: &str) -> PathBuf {
        self.output.join(place).join(EVENTS)
    }

    fn append(&self, place: &str, events: &[Event]) -> Result<(), BookError> {
        let path = self.file(place);
        let mut lines = Vec::new();
        for event in events {
            serde_json::to_writer(&mut lines, event)
                .map_err(|error| BookError::File { path: path.clone(), source: error.into() })?;
            lines.push(b'\n');
        }
        append(&path, &lines).map_err(failed(&path))
    }
}

/// Writes whole lines at the end of a file, which is made when it is not there yet. What was cut off before is taken away, and so is what
/// cannot be written whole.
pub(crate) fn append(path: &Path, lines: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::options().read(true).append(true).create(true).open(path)?;
    // Several lakes may add to one file: what one is writing is not taken for what was cut off.
    file.lock()?;
    let whole = whole(&mut file)?;
    file.set_len(whole)?;
    file.write_all(lines).inspect_err(|_| drop(file.set_len(whole)))
}

/// How much is read at once to find the end of the last line.
const BLOCK: u64 = 1 << 16;

/// Returns how long a file is up to the end of its last whole line.
fn whole(file: &mut File) -> io::Result<u64> {
    let mut end = file.metadata()?.len();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let mut block = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        Read::by_ref(file).take(end - start).read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Says which file it was.
pub(crate) fn failed(path: &Path) -> impl Fn(io::Error) -> BookError {
    let path = path.to_owned();
    move |source| BookError::File { path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::event::{EventType, Facets, Job, RunOf};

    fn event(event_type: EventType, run: &str, at: &str) -> Event {
        let at: Timestamp = at.parse().unwrap();
        let run = RunOf { run_id: run.to_owned(), facets: Facets::new() };
        let job = Job { namespace: "lake".to_owned(), name: "pipeline".to_owned(), facets: Facets::new() };
        Event::new(event_type, at, run, job)
    }

    const AT: &str = "2026-11-01T06:00:00Z";

    #[test]
    fn a_run_begins_once_and_ends_once_whoever_tells_it() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::new(folder.path());
        let (start, end) = (event(EventType::Start, "a", AT), event(EventType::Complete, "a", AT));
        assert_eq!(book.tell("runs/1", vec![start.clone()]).unwrap(), 1);
        assert_eq!(book.open_run("runs/1").unwrap().as_deref(), Some("a"));
        assert_eq!(book.tell("runs/1", vec![start.clone(), end.clone()]).unwrap(), 1);
        assert_eq!(book.tell("runs/1", vec![event(EventType::Abort, "a", AT), start, end]).unwrap(), 0);
        assert_eq!(book.open_run("runs/1").unwrap(), None);
        let types: Vec<EventType> = book.told("runs/1").unwrap().iter().map(|event| event.event_type).collect();
        assert_eq!(types, [EventType::Start, EventType::Complete]);
    }

    #[test]
    fn an_end_is_no_earlier_than_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::new(folder.path());
        let end = event(EventType::Abort, "a", "2026-11-01T05:00:00Z");
        book.tell("runs/1", vec![event(EventType::Start, "a", AT), end]).unwrap();
        let told = book.told("runs/1").unwrap();
        assert_eq!(told[1].event_time, told[0].event_time);
    }

    #[test]
    fn a_line_that_was_cut_off_was_not_told_and_is_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::new(folder.path());
        book.tell("runs/1", vec![event(EventType::Start, "a", AT)]).unwrap();
        let path = folder.path().join("runs/1").join(EVENTS);
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"{\"eventType\":\"COMP").unwrap();
        assert_eq!(book.told("runs/1").unwrap().len(), 1);
        book.tell("runs/1", vec![event(EventType::Complete, "a", AT)]).unwrap();
        assert_eq!(book.told("runs/1").unwrap().len(), 2);
    }

    #[test]
    fn the_end_of_the_last_line_is_found_however_long_what_follows_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        let block = usize::try_from(BLOCK).unwrap();
        for rest in [0, 1, block - 1, block, block + 1, 3 * block] {
            fs::write(&path, ["one\n".as_bytes(), &vec![b'x'; rest]].concat()).unwrap();
            append(&path, b"two\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n", "{rest}");
        }
    }
}
