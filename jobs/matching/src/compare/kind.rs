//! The comparisons and their levels.

use std::fmt;

/// How the values of a field are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Equal or not.
    Exact,
    /// By the number of slips between them.
    Edit,
    /// By Jaro–Winkler.
    Text,
    /// First and middle names: nicknames, initials.
    FirstName,
    /// Last names: parts, sounds.
    LastName,
    /// Days.
    Date,
    /// Social security numbers, or their last four.
    Ssn,
    /// ZIP codes.
    Zip,
    /// Telephone numbers.
    Phone,
    /// E-mail addresses.
    Email,
    /// Postal addresses.
    Address,
    /// Numbers.
    Number,
}

/// The place of a level among those of its comparison, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Level(pub u8);

impl Level {
    /// Both are equal.
    pub const EQUAL: Self = Self(0);
    /// A side is missing: neither agreement nor disagreement.
    pub const NULL: Self = Self(15);
    /// The names are exchanged; of first names only.
    pub const SWAPPED: Self = Self(1);

    /// Returns whether a side is missing.
    #[must_use]
    pub const fn is_null(self) -> bool {
        self.0 == Self::NULL.0
    }

    /// Returns the set that has this level only, a bit a level.
    #[must_use]
    pub const fn bit(self) -> u16 {
        1 << self.0
    }
}

impl Kind {
    /// All, by their words in the configuration.
    pub const WORDS: [(&'static str, Self); 12] = [
        ("exact", Self::Exact),
        ("edit", Self::Edit),
        ("text", Self::Text),
        ("first_name", Self::FirstName),
        ("last_name", Self::LastName),
        ("date", Self::Date),
        ("ssn", Self::Ssn),
        ("zip", Self::Zip),
        ("phone", Self::Phone),
        ("email", Self::Email),
        ("address", Self::Address),
        ("number", Self::Number),
    ];

    /// Returns the names of its levels, from the best to the worst.
    #[must_use]
    pub const fn levels(self) -> &'static [&'static str] {
        match self {
            Self::Exact => &["equal", "else"],
            Self::Edit => &["equal", "edit1", "edit2", "else"],
            Self::Text => &["equal", "close", "near", "else"],
            Self::FirstName => &["equal", "swapped", "nickname", "close", "initial", "near", "else"],
            Self::LastName => &["equal", "part", "close", "sounds", "near", "else"],
            Self::Date => &["equal", "transposed", "edit1", "year", "else"],
            Self::Ssn => &["equal", "last4", "edit1", "else"],
            Self::Zip => &["equal", "area", "else"],
            Self::Phone => &["equal", "last7", "else"],
            Self::Email => &["equal", "local", "else"],
            Self::Address => &["equal", "building", "close", "else"],
            Self::Number => &["equal", "within", "else"],
        }
    }

    /// Returns its worst level: both sides are there and do not agree.
    #[must_use]
    pub const fn worst(self) -> Level {
        match self {
            Self::Exact => Level(1),
            Self::Zip | Self::Phone | Self::Email | Self::Number => Level(2),
            Self::Edit | Self::Text | Self::Ssn | Self::Address => Level(3),
            Self::Date => Level(4),
            Self::LastName => Level(5),
            Self::FirstName => Level(6),
        }
    }

    /// Returns the level of a name.
    #[must_use]
    pub fn level(self, name: &str) -> Option<Level> {
        let place = self.levels().iter().position(|level| *level == name)?;
        u8::try_from(place).ok().map(Level)
    }

    /// Returns the name of a level; `null` where a side is missing.
    #[must_use]
    pub fn name(self, level: Level) -> &'static str {
        self.levels().get(usize::from(level.0)).copied().unwrap_or("null")
    }

    /// Returns whether how often a value occurs says something unless the configuration says otherwise.
    #[must_use]
    pub const fn is_frequent(self) -> bool {
        matches!(self, Self::FirstName | Self::LastName | Self::Zip)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::WORDS.iter().find(|(_, kind)| kind == self).map_or("", |(word, _)| *word);
        f.write_str(word)
    }
}
