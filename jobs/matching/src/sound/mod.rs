//! How a name sounds: Soundex, NYSIIS and double metaphone. Names are in normal form and without blanks.

mod letters;
mod metaphone;
mod nysiis;
mod soundex;

pub use metaphone::metaphone;
pub use nysiis::nysiis;
pub use soundex::soundex;

#[cfg(test)]
mod tests;
