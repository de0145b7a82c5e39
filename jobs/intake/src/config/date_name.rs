//! A date in the name of a file.
//!
//! Stricter than dates in files: years are from 1900 to 2099, and all of it is digits or the English name of a month.

use jiff::civil::Date;

use carelake_core::value::MONTHS;

/// How the date is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DateName {
    pieces: Vec<Piece>,
}

/// A piece of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Character(char),
    Year,
    ShortYear,
    Month,
    /// The month with or without a zero before it.
    BareMonth,
    MonthName {
        is_short: bool,
    },
    Day,
    /// The day with or without a zero before it.
    BareDay,
    DayOfYear,
    Hour,
    Sixtieth,
}

/// What one character may be: from and to.
pub(super) type Range = (char, char);

#[derive(Debug, Clone, Copy, Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    day_of_year: Option<i16>,
}

impl DateName {
    /// Reads a format, which must name a day.
    pub(super) fn parse(format: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut characters = format.chars();
        while let Some(character) = characters.next() {
            if character != '%' {
                pieces.push(Piece::Character(character));
                continue;
            }
            let directive = match characters.next() {
                Some('-') => characters.next().map(|letter| format!("-{letter}")),
                other => other.map(String::from),
            };
            pieces.push(match directive.as_deref() {
                Some("Y") => Piece::Year,
                Some("y") => Piece::ShortYear,
                Some("m") => Piece::Month,
                Some("-m") => Piece::BareMonth,
                Some("b") => Piece::MonthName { is_short: true },
                Some("B") => Piece::MonthName { is_short: false },
                Some("d") => Piece::Day,
                Some("-d") => Piece::BareDay,
                Some("j") => Piece::DayOfYear,
                Some("H") => Piece::Hour,
                Some("M" | "S") => Piece::Sixtieth,
                _ => return Err(format!("`{format}` must be made of %Y %y %m %-m %b %B %d %-d %j %H %M %S")),
            });
        }
        let name = Self { pieces };
        if !name.names_a_day() {
            return Err(format!("`{format}` names no date; it needs a year, a month and a day"));
        }
        if name.is_ambiguous() {
            return Err(format!("`{format}` can be read in two ways; put a sign after %-m and %-d"));
        }
        Ok(name)
    }

    fn has(&self, wanted: impl Fn(&Piece) -> bool) -> bool {
        self.pieces.iter().any(wanted)
    }

    fn names_a_day(&self) -> bool {
        let month = self.has(|piece| matches!(piece, Piece::Month | Piece::BareMonth | Piece::MonthName { .. }));
        let day = self.has(|piece| matches!(piece, Piece::Day | Piece::BareDay));
        self.has(|piece| matches!(piece, Piece::Year | Piece::ShortYear))
            && (month && day || self.has(|piece| *piece == Piece::DayOfYear))
    }

    /// Tells whether a number without a width stands before another number.
    fn is_ambiguous(&self) -> bool {
        let is_bare = |piece: &Piece| matches!(piece, Piece::BareMonth | Piece::BareDay);
        let is_number = |piece: &Piece| match piece {
            Piece::Character(character) => character.is_ascii_digit(),
            Piece::MonthName { .. } => false,
            _ => true,
        };
        self.pieces.iter().zip(self.pieces.iter().skip(1)).any(|(piece, next)| is_bare(piece) && is_number(next))
    }

    /// Returns the real dates that a name begins with, and how many characters each has.
    pub(super) fn readings(&self, name: &[char]) -> Vec<(usize, Date)> {
        let mut ways = vec![(0, Parts::default())];
        for piece in &self.pieces {
            ways = ways.into_iter().flat_map(|(at, parts)| piece.readings(name, at, parts)).collect();
        }
        ways.into_iter().filter_map(|(length, parts)| Some((length, parts.date()?))).collect()
    }

    /// Returns the texts that it may be, piece by piece: each piece is one of several texts, and each character of one is of one of
    /// several ranges. That a day is one of its month is not told.
    pub(super) fn shapes(&self) -> Vec<Vec<Vec<Vec<Range>>>> {
        self.pieces.iter().map(Piece::shapes).collect()
    }
}

impl Piece {
    /// Returns where a name may go on after this piece.
    fn readings(self, name: &[char], at: usize, parts: Parts) -> Vec<(usize, Parts)> {
        self.shapes()
            .into_iter()
            .filter_map(|shape| {
                let read = name.get(at..at + shape.len())?;
                let fits = read
                    .iter()
                    .zip(&shape)
                    .all(|(character, ranges)| ranges.iter().any(|(from, to)| (from..=to).contains(&character)));
                fits.then(|| (at + shape.len(), self.noted(read, parts)))
            })
            .collect()
    }

    /// Returns the parts with what this piece says.
    fn noted(self, read: &[char], parts: Parts) -> Parts {
        let number = read.iter().collect::<String>().parse::<i16>().ok();
        let small = number.and_then(|number| i8::try_from(number).ok());
        match self {
            Self::Year => Parts { year: number, ..parts },
            Self::ShortYear => Parts { year: number.map(|year| 2000 + year), ..parts },
            Self::Month | Self::BareMonth => Parts { month: small, ..parts },
            Self::MonthName { .. } => {
                Parts { month: month_of(&read.iter().collect::<String>().to_lowercase()), ..parts }
            }
            Self::Day | Self::BareDay => Parts { day: small, ..parts },
            Self::DayOfYear => Parts { day_of_year: number, ..parts },
            Self::Hour | Self::Sixtieth | Self::Character(_) => parts,
        }
    }

    fn shapes(&self) -> Vec<Vec<Vec<Range>>> {
        let digits = |shape: &[Range]| shape.iter().map(|range| vec![*range]).collect::<Vec<_>>();
        let nine = ('0', '9');
        match self {
            Self::Character(character) => vec![digits(&[(*character, *character)])],
            Self::Year => {
                vec![digits(&[('1', '1'), ('9', '9'), nine, nine]), digits(&[('2', '2'), ('0', '0'), nine, nine])]
            }
            Self::ShortYear => vec![digits(&[nine, nine])],
            Self::Month => vec![digits(&[('0', '0'), ('1', '9')]), digits(&[('1', '1'), ('0', '2')])],
            Self::BareMonth => {
                vec![digits(&[('1', '1'), ('0', '2')]), digits(&[('0', '0'), ('1', '9')]), digits(&[('1', '9')])]
            }
            Self::Day => two_digit_days(&digits),
            Self::BareDay => two_digit_days(&digits).into_iter().chain([digits(&[('1', '9')])]).collect(),
            Self::DayOfYear => vec![digits(&[('0', '2'), nine, nine]), digits(&[('3', '3'), ('0', '6'), nine])],
            Self::Hour => vec![digits(&[('0', '1'), nine]), digits(&[('2', '2'), ('0', '3')])],
            Self::Sixtieth => vec![digits(&[('0', '5'), nine])],
            Self::MonthName { is_short } => MONTHS.iter().map(|month| name_shape(month, *is_short)).collect(),
        }
    }
}

fn two_digit_days(digits: &impl Fn(&[Range]) -> Vec<Vec<Range>>) -> Vec<Vec<Vec<Range>>> {
    vec![digits(&[('0', '0'), ('1', '9')]), digits(&[('1', '2'), ('0', '9')]), digits(&[('3', '3'), ('0', '1')])]
}

/// Returns the shape of the name of a month, in capitals or not.
fn name_shape(month: &str, is_short: bool) -> Vec<Vec<Range>> {
    let letters = month.chars().take(if is_short { 3 } else { month.len() });
    letters.map(|letter| [letter, letter.to_ascii_uppercase()].map(|letter| (letter, letter)).to_vec()).collect()
}

/// Returns the number of a month by its name, or by the first three letters of it.
fn month_of(name: &str) -> Option<i8> {
    let place = MONTHS.iter().position(|month| month.starts_with(name))?;
    i8::try_from(place + 1).ok()
}

impl Parts {
    /// Returns the date, if it is a real one.
    fn date(self) -> Option<Date> {
        let year = self.year?;
        match self.day_of_year {
            Some(day) => {
                let first = Date::new(year, 1, 1).ok()?;
                first.with().day_of_year(day).build().ok()
            }
            None => Date::new(year, self.month?, self.day?).ok(),
        }
    }
}
