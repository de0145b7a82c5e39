//! A last line that is no record, and may count the records.
//!
//! Whether a line is the last is known at the end only: one that begins like a footer is taken as a row, which is taken back with
//! the blank ones below it.

use crate::batch::Place;
use crate::filling::{Filling, Mark};
use crate::format::Footer;
use crate::malformed::{Malformed, Reason};

/// Looks out for the footer.
pub(super) struct FooterWatch<'f> {
    footer: Option<&'f Footer>,
    candidate: Option<Candidate>,
    /// Records above the candidate, or all.
    records: u64,
}

/// A record that is the footer if no other follows.
struct Candidate {
    mark: Mark,
    place: Place,
    count: Option<u64>,
    /// Whether it was counted among the records that tables take.
    pub is_taken: bool,
}

impl<'f> FooterWatch<'f> {
    pub(super) const fn new(footer: Option<&'f Footer>) -> Self {
        Self { footer, candidate: None, records: 0 }
    }

    /// Returns whether the record may be the footer.
    #[inline]
    pub(super) fn may_be(&self, record: &[u8]) -> bool {
        self.footer.is_some_and(|footer| {
            let start = record.trim_ascii_start();
            let start = start.strip_prefix(b"\"").unwrap_or(start);
            start.starts_with(footer.starts_with.as_bytes())
        })
    }

    /// Counts a record; with the mark of the batch before its rows if it may be the footer.
    #[inline]
    pub(super) fn record(&mut self, record: &[u8], place: Place, is_taken: bool, mark: Option<Mark>) {
        self.records += u64::from(self.candidate.take().is_some());
        match mark {
            None => self.records += 1,
            Some(mark) => {
                let count = self.footer.and_then(|footer| count_in(record, &footer.starts_with));
                self.candidate = Some(Candidate { mark, place, count, is_taken });
            }
        }
    }

    /// Takes the footer's rows back and checks its count. Answers whether it was among the records that tables take.
    pub(super) fn settle(self, filling: &mut Filling<'_>) -> Result<bool, Malformed> {
        let Some(footer) = self.footer else { return Ok(false) };
        match self.candidate.filter(|candidate| filling.take_back(&candidate.mark)) {
            Some(candidate) => {
                if footer.counts_rows && candidate.count != Some(self.records) {
                    let message = match candidate.count {
                        Some(count) => format!("the last line says {count} rows, and there are {}", self.records),
                        None => "the last line should say how many rows there are, and has no number".to_owned(),
                    };
                    return Err(Malformed::new(Reason::CountMismatch, message).at(candidate.place));
                }
                Ok(candidate.is_taken)
            }
            None if footer.counts_rows && self.records > 0 => {
                Err(Malformed::new(Reason::Truncated, "the last line, which says how many rows there are, is missing"))
            }
            None => Ok(false),
        }
    }
}

/// Returns the first number behind what the footer begins with. Three digits behind a comma or point go on with it: `1,204`.
fn count_in(record: &[u8], starts_with: &str) -> Option<u64> {
    let text = record.trim_ascii_start();
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let text = text.strip_prefix(starts_with.as_bytes()).unwrap_or(text);
    let start = text.iter().position(u8::is_ascii_digit)?;
    let mut rest = text.get(start..)?;
    let mut number: Option<u64> = Some(0);
    loop {
        match rest {
            [digit @ b'0'..=b'9', after @ ..] => {
                number = number.and_then(|number| number.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
                rest = after;
            }
            [b',' | b'.', after @ ..] if is_group(after) => rest = after,
            _ => return number,
        }
    }
}

fn is_group(text: &[u8]) -> bool {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count() == 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_the_first_number_behind_the_beginning() {
        for (record, starts_with, count) in [
            ("TOTAL RECORDS: 12", "TOTAL", Some(12)),
            ("\"TOTAL 2\",12", "TOTAL 2", Some(12)),
            ("T2;0001204;7", "T2", Some(1204)),
            ("TOTAL 1,204 rows", "TOTAL", Some(1204)),
            ("TOTAL,12,34", "TOTAL", Some(12)),
            ("TOTAL", "TOTAL", None),
            ("TOTAL 99999999999999999999", "TOTAL", None),
        ] {
            assert_eq!(count_in(record.as_bytes(), starts_with), count, "{record}");
        }
    }
}
