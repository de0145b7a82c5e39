//! The folder of a partition: names and values, outermost first, as Hive writes them.

use std::fmt;
use std::fmt::Write as _;

/// What stands for a value that is null or empty.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";
/// Characters that are written as `%` and two digits besides control characters: those that Hive escapes, and the comma, which
/// separates values where a catalog enumerates them.
const ESCAPED: &[u8] = b"\"#%'*,/:=?\\{}[]^\x7f";

/// The folder of a partition in the folder of its run.
///
/// ```
/// use carelake_core::table::Folder;
/// let folder = Folder::default().with("state", Some("FL")).with("plan", Some("50/50"));
/// assert_eq!(folder.to_string(), "state=FL/plan=50%2F50");
/// assert_eq!(folder.file(0), "state=FL/plan=50%2F50/part-00000.snappy.parquet");
/// let read: Vec<_> = Folder::pairs(&folder.file(0)).collect();
/// assert_eq!(read, [("state".into(), Some("FL".into())), ("plan".into(), Some("50/50".into()))]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Folder {
    text: String,
}

impl Folder {
    /// Adds the next inner name and its value. What is null and what is empty are one partition, as everywhere in Hive.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<&str>) -> Self {
        if !self.text.is_empty() {
            self.text.push('/');
        }
        escape(&mut self.text, name);
        self.text.push('=');
        match value {
            Some(value) if !value.is_empty() => escape(&mut self.text, value),
            _ => self.text.push_str(NO_VALUE),
        }
        self
    }

    /// Returns the path of a file of the partition, by its number.
    #[must_use]
    pub fn file(&self, number: usize) -> String {
        let slash = if self.text.is_empty() { "" } else { "/" };
        format!("{}{slash}part-{number:05}.snappy.parquet", self.text)
    }

    /// Reads the names and values of a path, outermost first; parts that are none are passed over.
    pub fn pairs(path: &str) -> impl Iterator<Item = (String, Option<String>)> + '_ {
        path.split('/').filter_map(|part| {
            let (name, value) = part.split_once('=')?;
            Some((plain(name), (value != NO_VALUE).then(|| plain(value))))
        })
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn escape(to: &mut String, text: &str) {
    for character in text.chars() {
        match u8::try_from(character) {
            Ok(byte) if byte < 0x20 || ESCAPED.contains(&byte) => {
                // Writing to a string cannot fail.
                let _ = write!(to, "%{byte:02X}");
            }
            _ => to.push(character),
        }
    }
}

/// Undoes [`escape`]. What is no escape stands for itself.
fn plain(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_value_leads_out_of_the_folder() {
        let of = |value| Folder::default().with("x", value).to_string();
        assert_eq!(of(Some("../../etc")), "x=..%2F..%2Fetc");
        assert_eq!(of(Some("a\\b\0c")), "x=a%5Cb%00c");
        assert_eq!(
            (of(None), of(Some(""))),
            ("x=__HIVE_DEFAULT_PARTITION__".into(), "x=__HIVE_DEFAULT_PARTITION__".into())
        );
        assert_eq!(Folder::default().file(3), "part-00003.snappy.parquet");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_whatever_it_is(name in "[a-z=/%]{1,8}", value in any::<String>()) {
            let file = Folder::default().with(&name, Some(&value)).with("b", None).file(0);
            let expected = Some(value).filter(|value| !value.is_empty());
            let read: Vec<_> = Folder::pairs(&file).collect();
            if expected.as_deref() != Some(NO_VALUE) {
                prop_assert_eq!(read, [(name, expected), ("b".to_owned(), None)]);
            }
            prop_assert_eq!(file.split('/').count(), 3);
        }
    }
}
