//! Where the files of a feed are fetched from.

use carelake_core::config::Secret;
use jiff::civil::Date;

use crate::config::PathPattern;

/// From where, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// How often it is looked.
    pub every: Every,
    /// From where.
    pub origin: Origin,
}

/// How often it is looked for new files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Every hour.
    Hour,
    /// Once a day, in the zone of the feed.
    Day,
}

/// A partner's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// One file, or one a day, at an address.
    Https(Https),
    /// The files in a folder.
    Sftp(Box<Sftp>),
}

/// Files at addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Https {
    /// The address.
    pub url: Dated,
    /// What the file is called here.
    pub name: Dated,
    /// For how many days an address with a date is asked, today among them.
    pub days: u32,
    /// Who we are there.
    pub credential: Option<Credential>,
}

/// Who we are to a server that speaks HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A token.
    Bearer(Secret),
    /// A user with a password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A certificate with its chain and key, as PEM.
    ClientCertificate(Secret),
}

/// A folder of a server that speaks SFTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sftp {
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who we are.
    pub user: String,
    /// The keys that it may have, as they were agreed on.
    pub host_keys: Vec<String>,
    /// How we prove who we are.
    pub login: Login,
    /// The folder.
    pub folder: String,
    /// Which of its files are meant; those that the path of the feed fits when not said.
    pub pattern: Option<PathPattern>,
    /// What becomes of a file that was brought.
    pub after: After,
}

/// How we prove who we are to a server that speaks SFTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// By a private key.
    Key(Secret),
    /// By a password.
    Password(Secret),
}

/// What becomes of a file that was brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// It stays.
    Leave,
    /// It goes to another folder.
    Move(String),
    /// It is deleted.
    Delete,
}

/// A text with the delivery date in it, `{delivery:FORMAT}`, or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Date(String),
}

impl Dated {
    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let (inner, next) = after.split_once('}').ok_or("has a `{` without `}`")?;
            let format = inner.strip_prefix("delivery:");
            let format = format.ok_or_else(|| format!("`{{{inner}}}` must be {{delivery:FORMAT}}"))?;
            PathPattern::parse(&format!("{{delivery:{format}}}"))?;
            pieces.extend([Piece::Text(before.to_owned()), Piece::Date(format.to_owned())]);
            rest = next;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self { pieces })
    }

    /// Returns whether there is a date in it.
    #[must_use]
    pub fn has_date(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Date(_)))
    }

    /// Returns the text of a day.
    #[must_use]
    pub fn on(&self, date: Date) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Date(format) => date.strftime(format).to_string(),
        };
        self.pieces.iter().map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_into_an_address_as_its_format_says() {
        let dated = Dated::parse("https://a.example/{delivery:%Y}/PAT_{delivery:%Y%m%d}.csv");
        assert!(dated.is_err(), "a year alone is no date");
        let dated = Dated::parse("https://a.example/{delivery:%Y/%m/%d}/PAT_{delivery:%b-%-d-%y}.csv").unwrap();
        assert_eq!(dated.on(jiff::civil::date(2026, 3, 7)), "https://a.example/2026/03/07/PAT_Mar-7-26.csv");
        assert!(dated.has_date() && !Dated::parse("https://a.example/b.csv").unwrap().has_date());
        for wrong in ["{name}.csv", "{delivery}.csv", "{delivery:%Q}", "{delivery:%Y%m%d"] {
            assert!(Dated::parse(wrong).is_err(), "{wrong}");
        }
    }
}
