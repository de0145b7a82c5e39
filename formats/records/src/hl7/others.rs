//! The fields that messages have and nobody wants.

use std::collections::BTreeSet;

use carelake_er7::{Message, Path};

use crate::limits::Limits;
use crate::malformed::{Malformed, Reason};

/// Paths that are told, at most.
const PATHS: usize = 1_000;

/// The fields of a segment that were met.
#[derive(Default)]
struct Seen {
    fields: Vec<bool>,
    /// A bit for each of the first 63, by which to tell that there is nothing new.
    bits: u64,
}

/// The fields that were met, of each segment that was.
pub(super) struct Others {
    segments: Vec<([u8; 3], Seen)>,
    wanted: BTreeSet<([u8; 3], usize)>,
    paths: Vec<String>,
}

impl Others {
    pub(super) fn new(wanted: impl Iterator<Item = Path>) -> Self {
        Self {
            segments: Vec::new(),
            wanted: wanted.map(|path| (path.segment, path.field)).collect(),
            paths: Vec::new(),
        }
    }

    /// Looks at the fields of a message.
    ///
    /// # Errors
    /// [`Malformed`] if a segment has more fields than the limit of columns.
    pub(super) fn look(&mut self, message: &Message<'_>, limits: &Limits) -> Result<(), Malformed> {
        for segment in message.segments() {
            let (name, count) = (segment.name(), segment.field_count());
            if count > limits.columns {
                return Err(Malformed::new(
                    Reason::TooWide,
                    format!("a segment has more than {} fields", limits.columns),
                ));
            }
            if self.paths.len() >= PATHS {
                continue;
            }
            let at = self.segments.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                self.segments.push((name, Seen::default()));
                self.segments.len() - 1
            });
            let Some((_, seen)) = self.segments.get_mut(at) else { continue };
            let bits = segment.filled_bits();
            if count < 64 && bits & !seen.bits == 0 {
                continue;
            }
            seen.bits |= bits;
            let seen = &mut seen.fields;
            if seen.len() <= count {
                seen.resize(count + 1, false);
            }
            for number in segment.filled() {
                let Some(seen) = seen.get_mut(number).filter(|seen| !**seen) else { continue };
                *seen = true;
                // What a segment is separated by is nobody's to want.
                let is_separators = number <= 2 && name == *b"MSH";
                if !is_separators && !self.wanted.contains(&(name, number)) {
                    self.paths.push(format!("{}-{number}", name.escape_ascii()));
                }
            }
        }
        self.paths.truncate(PATHS);
        Ok(())
    }

    /// Returns the paths, in the order in which they were met.
    pub(super) fn into_paths(self) -> Vec<String> {
        self.paths
    }
}
