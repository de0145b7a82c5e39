//! One row per key: which rows of a source win, without keeping any row in memory.
//!
//! A row is kept as 32 bytes: its packed key, the first order columns packed so that less is better, and where it is.
//! What is still equal after those is decided by reading the few rows in question again, and at last by the line.

use std::cmp::Ordering;

use carelake_core::value::EnrollmentId;
use rayon::prelude::*;

use crate::config::{ColumnKind, Direction, OrderBy, SourceSpec};
use crate::source::{Reader, Row, Source, flatten};

/// Where a row is: the number of its folder and its position in the file, in one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(u64);

const OFFSET_BITS: u32 = 48;

impl Place {
    /// Takes the number of the row's folder, as its [`Placing`](crate::placing::Placing) has it, and the row's position.
    #[must_use]
    pub const fn new(folder: u16, offset: u64) -> Self {
        Self((folder as u64) << OFFSET_BITS | offset)
    }

    /// Returns the number of the row's folder.
    #[must_use]
    pub const fn folder(self) -> u16 {
        (self.0 >> OFFSET_BITS) as u16
    }

    /// Returns the position of the row in its file.
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.0 & ((1 << OFFSET_BITS) - 1)
    }
}

/// A row that may win its key.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// The packed key.
    pub key: u128,
    /// The first order columns, packed so that the smaller number wins and null is largest.
    pub lead: u64,
    /// Where the row is.
    pub place: Place,
}

/// Why a key or an order of the configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContestError {
    /// The column is not declared, or is of a type that cannot be a key.
    #[error("source {source_name}: key column `{column}` must be declared as one of {}", ColumnKind::keys())]
    Key {
        /// The source.
        source_name: String,
        /// Our name of the column.
        column: String,
    },
    /// The key columns do not fit into 128 bits.
    #[error("source {source_name}: the key has too many columns")]
    TooLong {
        /// The source.
        source_name: String,
    },
    /// The column is not declared.
    #[error("source {source_name}: order column `{column}` is not declared")]
    Order {
        /// The source.
        source_name: String,
        /// Our name of the column.
        column: String,
    },
}

/// A column that decides between rows, and which end of it wins.
#[derive(Debug, Clone)]
struct Tie {
    index: usize,
    name: String,
    is_text: bool,
    direction: Direction,
}

/// How rows of a source are compared.
#[derive(Debug, Clone)]
pub struct Contest {
    key: Vec<(usize, u32)>,
    lead: Vec<(LeadColumn, Direction)>,
    ties: Vec<Tie>,
    line: Direction,
}

#[derive(Debug, Clone, Copy)]
enum LeadColumn {
    Packed(usize),
    /// The day in an enrollment id.
    EnrollmentDate(usize),
}

/// The pseudo column that stands for the order of the file.
const LINE: &str = "line";
/// The day in `enrollment_id`, which is no column of its own.
const ENROLLMENT_DATE: &str = "enrollment_date";

impl Contest {
    /// Takes key and order by the names of the source's columns.
    ///
    /// # Errors
    /// [`ContestError`] names the column that cannot be used.
    pub fn new(source: &SourceSpec, key: &[String], order: &[OrderBy]) -> Result<Self, ContestError> {
        let source_name = source.name.clone();
        let find = |name: &str| source.columns.iter().enumerate().find(|(_, column)| column.name == name);
        let mut packed = Vec::new();
        for name in key {
            let bits = find(name).and_then(|(index, column)| column.kind.key_bits().map(|bits| (index, bits)));
            packed.push(
                bits.ok_or_else(|| ContestError::Key { source_name: source_name.clone(), column: name.clone() })?,
            );
        }
        if packed.iter().map(|(_, bits)| bits).sum::<u32>() > u128::BITS {
            return Err(ContestError::TooLong { source_name });
        }
        let mut contest = Self { key: packed, lead: Vec::new(), ties: Vec::new(), line: Direction::Asc };
        for by in order {
            if by.column == LINE {
                contest.line = by.direction;
                break;
            }
            let lookup = if by.column == ENROLLMENT_DATE { "enrollment_id" } else { &by.column };
            let (index, column) = find(lookup)
                .ok_or_else(|| ContestError::Order { source_name: source_name.clone(), column: by.column.clone() })?;
            let lead = match column.kind {
                ColumnKind::EnrollmentId if by.column == ENROLLMENT_DATE => Some(LeadColumn::EnrollmentDate(index)),
                ColumnKind::Integer { max, .. } if max < i64::from(u32::MAX) - 1 => Some(LeadColumn::Packed(index)),
                kind => kind.bits().filter(|bits| *bits <= u32::BITS).map(|_| LeadColumn::Packed(index)),
            };
            match lead {
                Some(lead) if contest.lead.len() < 2 && contest.ties.is_empty() => {
                    contest.lead.push((lead, by.direction))
                }
                _ => contest.ties.push(Tie {
                    index,
                    name: by.column.clone(),
                    is_text: column.kind == ColumnKind::Text,
                    direction: by.direction,
                }),
            }
        }
        Ok(contest)
    }

    /// Packs a row, with the number of its folder.
    #[inline]
    #[must_use]
    pub fn candidate(&self, row: &Row<'_>, folder: u16) -> Candidate {
        let key = self.key.iter().fold(0u128, |key, (index, bits)| {
            // Null sorts first in a key; no type packs a value into all ones of its width.
            let value = row.packed(*index).map_or(0, |packed| packed + 1);
            key << bits | u128::from(value)
        });
        Candidate { key, lead: self.lead(row), place: Place::new(folder, row.offset()) }
    }

    /// Packs the first order columns of a row, so that the smaller number wins.
    #[inline]
    #[must_use]
    pub fn lead(&self, row: &Row<'_>) -> u64 {
        let mut lead = 0;
        for at in 0..2 {
            let place = self.lead.get(at).map_or(0, |(column, direction)| {
                let value = match column {
                    LeadColumn::Packed(index) => row.packed(*index),
                    LeadColumn::EnrollmentDate(index) => {
                        row.packed(*index).map(|packed| EnrollmentId::unpacked(packed).yyyymmdd())
                    }
                };
                match (value, direction) {
                    (None, _) => u64::from(u32::MAX),
                    (Some(value), Direction::Asc) => value,
                    (Some(value), Direction::Desc) => u64::from(u32::MAX) - 1 - value,
                }
            });
            lead = lead << 32 | place;
        }
        lead
    }

    /// Keeps one candidate per key: sorted by key, and how many lost.
    #[must_use]
    pub fn winners(&self, source: &Source, parts: Vec<Vec<Candidate>>) -> (Vec<Candidate>, u64) {
        let mut all = flatten(parts);
        let rank = |candidate: &Candidate| (candidate.key, candidate.lead, candidate.place.offset());
        if !all.is_sorted_by_key(rank) {
            all.par_sort_unstable_by_key(rank);
        }
        let before = all.len();
        // Winners move to the front of their piece, and then of the list: a second list would be the largest of the whole run.
        let moved =
            split_at_keys(&mut all, 1 << 16).into_par_iter().map(|piece| (piece.len(), self.win(source, piece)));
        let pieces: Vec<(usize, usize)> = moved.collect();
        let (mut from, mut to) = (0, 0);
        for (length, winners) in pieces {
            all.copy_within(from..from + winners, to);
            from += length;
            to += winners;
        }
        all.truncate(to);
        all.shrink_to_fit();
        (all, (before - to) as u64)
    }

    /// Adds a candidate to those of a piece of the file, unless the one before it has the same key and one of them has already lost.
    ///
    /// Answers whether a row was dropped.
    #[inline]
    pub fn push(&self, candidates: &mut Vec<Candidate>, candidate: Candidate) -> bool {
        if let Some(last) = candidates.last_mut()
            && last.key == candidate.key
        {
            match candidate.lead.cmp(&last.lead) {
                Ordering::Less => *last = candidate,
                Ordering::Equal if self.ties.is_empty() && self.line == Direction::Desc => *last = candidate,
                Ordering::Equal if self.ties.is_empty() => {}
                Ordering::Greater => {}
                Ordering::Equal => {
                    candidates.push(candidate);
                    return false;
                }
            }
            return true;
        }
        candidates.push(candidate);
        false
    }

    /// Moves the winner of each run of equal keys to the front, and answers how many there are.
    fn win(&self, source: &Source, sorted: &mut [Candidate]) -> usize {
        let mut reader = source.reader();
        let (mut start, mut winners) = (0, 0);
        while let Some(same_key) =
            sorted.get(start..).and_then(|rest| rest.chunk_by(|one, other| one.key == other.key).next())
            && let Some(first) = same_key.first()
        {
            let equal = same_key.iter().take_while(|other| other.lead == first.lead);
            let winner = match (self.ties.is_empty(), self.line) {
                (true, Direction::Asc) => *first,
                (true, Direction::Desc) => equal.last().copied().unwrap_or(*first),
                (false, _) => self.break_tie(&mut reader, *first, equal.skip(1)),
            };
            start += same_key.len();
            if let Some(front) = sorted.get_mut(winners) {
                *front = winner;
            }
            winners += 1;
        }
        winners
    }

    fn break_tie<'c>(
        &self,
        reader: &mut Reader<'_>,
        first: Candidate,
        others: impl Iterator<Item = &'c Candidate>,
    ) -> Candidate {
        let mut best = first;
        let mut best_cells = None;
        for other in others {
            let mine = match best_cells.take() {
                Some(cells) => cells,
                None => self.tie_cells(reader, best.place.offset()),
            };
            let theirs = self.tie_cells(reader, other.place.offset());
            let wins = match self.compare_ties(&theirs, &mine) {
                Ordering::Less => true,
                Ordering::Equal => self.line == Direction::Desc,
                Ordering::Greater => false,
            };
            if wins {
                best = *other;
                best_cells = Some(theirs);
            } else {
                best_cells = Some(mine);
            }
        }
        best
    }

    fn tie_cells(&self, reader: &mut Reader<'_>, offset: u64) -> Vec<Option<Vec<u8>>> {
        let Some(row) = reader.row_at(offset) else { return Vec::new() };
        self.ties
            .iter()
            .map(|tie| match tie.is_text {
                true => row.text_at(tie.index).map(|text| text.into_owned()),
                false if tie.name == ENROLLMENT_DATE => {
                    row.packed(tie.index).map(|packed| EnrollmentId::unpacked(packed).yyyymmdd().to_be_bytes().to_vec())
                }
                false => row.packed(tie.index).map(|packed| packed.to_be_bytes().to_vec()),
            })
            .collect()
    }

    /// Compares what is left after the lead; null is last in either direction.
    fn compare_ties(&self, left: &[Option<Vec<u8>>], right: &[Option<Vec<u8>>]) -> Ordering {
        for ((left, right), tie) in left.iter().zip(right).zip(&self.ties) {
            let order = match (left, right) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(left), Some(right)) if tie.direction == Direction::Asc => left.cmp(right),
                (Some(left), Some(right)) => right.cmp(left),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

/// Returns the folders of winners and where their rows are.
pub fn places(winners: &[Candidate]) -> impl Iterator<Item = (u16, u64)> + Clone {
    winners.iter().map(|winner| (winner.place.folder(), winner.place.offset()))
}

/// Cuts sorted candidates into pieces of about `size` that do not tear a key apart.
fn split_at_keys(sorted: &mut [Candidate], size: usize) -> Vec<&mut [Candidate]> {
    let mut pieces = Vec::new();
    let mut rest = sorted;
    while rest.len() > size {
        let Some(last) = rest.get(size - 1).map(|last| last.key) else { break };
        let cut = size + rest.get(size..).unwrap_or_default().iter().take_while(|next| next.key == last).count();
        let (piece, after) = rest.split_at_mut(cut);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}
