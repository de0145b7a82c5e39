//! Code lists, looked up without case and outer blanks.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasherDefault;

use xxhash_rust::xxh3::Xxh3Default;

/// Lists up to this long are searched one by one.
const SHORT: usize = 12;
/// Codes up to this long are folded without memory of their own.
const CODE_BYTES: usize = 64;

/// A code list: from partner codes to values.
#[derive(Debug)]
pub(super) struct Codes<'f> {
    list: List<'f>,
    /// The value of each code that is one character of ASCII.
    single: Box<[Option<&'f [u8]>; 128]>,
}

#[derive(Debug)]
enum List<'f> {
    Short(Vec<(Box<[u8]>, &'f [u8])>),
    Long(HashMap<Box<[u8]>, &'f [u8], BuildHasherDefault<Xxh3Default>>),
}

impl<'f> Codes<'f> {
    /// Takes a list.
    pub(super) fn new(list: &'f BTreeMap<String, String>) -> Self {
        let folded = list.iter().map(|(code, value)| (folded(code), value.as_bytes()));
        Self::of(if list.len() <= SHORT { List::Short(folded.collect()) } else { List::Long(folded.collect()) })
    }

    /// Takes values that stand for themselves.
    pub(super) fn of_values(values: &'f [String]) -> Self {
        Self::of(List::Short(values.iter().map(|value| (folded(value), value.as_bytes())).collect()))
    }

    /// Takes a list whose values are all among these, and the values that stand for themselves: one look instead of two. `None`
    /// where a value is none of them.
    pub(super) fn onto_values(list: &BTreeMap<String, String>, values: &'f [String]) -> Option<Self> {
        let known = Self::of_values(values);
        let listed = list.iter().map(|(code, value)| Some((folded(code), known.get(value.as_bytes())?)));
        let mut all = listed.collect::<Option<Vec<_>>>()?;
        all.extend(values.iter().map(|value| (folded(value), value.as_bytes())));
        Some(Self::of(List::Short(all)))
    }

    fn of(list: List<'f>) -> Self {
        let single = |code: usize| {
            let code = u8::try_from(code).ok().filter(u8::is_ascii_graphic)?;
            list.find(&[code.to_ascii_lowercase()])
        };
        Self { single: Box::new(std::array::from_fn(single)), list }
    }

    /// Returns the value of a code.
    #[inline]
    pub(super) fn get(&self, code: &[u8]) -> Option<&'f [u8]> {
        if let [code @ b'!'..=b'~'] = code {
            return self.single.get(usize::from(*code)).copied().flatten();
        }
        let code = code.trim_ascii();
        let mut lower = [0; CODE_BYTES];
        match lower.get_mut(..code.len()) {
            Some(lower) if code.is_ascii() => {
                lower.copy_from_slice(code);
                lower.make_ascii_lowercase();
                self.list.find(lower)
            }
            _ => self.list.find(&folded(std::str::from_utf8(code).ok()?)),
        }
    }
}

impl<'f> List<'f> {
    #[inline]
    fn find(&self, lower: &[u8]) -> Option<&'f [u8]> {
        match self {
            Self::Short(codes) => codes.iter().find(|(code, _)| **code == *lower).map(|(_, value)| *value),
            Self::Long(codes) => codes.get(lower).copied(),
        }
    }
}

fn folded(code: &str) -> Box<[u8]> {
    code.trim().to_lowercase().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_onto_values_answers_as_the_list_and_then_the_values_do() {
        let values = ["male", "female", "unknown"].map(str::to_owned);
        let list: BTreeMap<String, String> = [("M", "Male"), ("female", "male"), ("2", "female")]
            .map(|(code, value)| (code.into(), value.into()))
            .into();
        let codes = Codes::onto_values(&list, &values).unwrap();
        let (first, then) = (Codes::new(&list), Codes::of_values(&values));
        for code in ["m", " M ", "FEMALE", "2", "male", "Unknown", "3", ""] {
            let two = first.get(code.as_bytes()).unwrap_or(code.as_bytes());
            assert_eq!(codes.get(code.as_bytes()), then.get(two), "{code:?}");
        }
        let other = BTreeMap::from([("X".to_owned(), "diverse".to_owned())]);
        assert!(Codes::onto_values(&other, &values).is_none(), "its values are judged by the column");
    }

    #[test]
    fn codes_are_found_without_case_and_outer_blanks_in_short_and_long_lists() {
        let mut list: BTreeMap<String, String> =
            [("M", "male"), (" F ", "female"), ("No Dicho", "unknown"), ("Ñ", "other")]
                .map(|(code, value)| (code.to_owned(), value.to_owned()))
                .into();
        for _ in 0..2 {
            let codes = Codes::new(&list);
            let get = |code: &str| codes.get(code.as_bytes()).map(|value| std::str::from_utf8(value).unwrap());
            assert_eq!(get("m"), Some("male"));
            assert_eq!(get(" f"), Some("female"));
            assert_eq!(get("NO DICHO"), Some("unknown"));
            assert_eq!(get("ñ"), Some("other"));
            assert_eq!(get("x"), None);
            assert_eq!(get(&"m".repeat(100)), None);
            list.extend((0..20).map(|n| (format!("{n}"), "other".to_owned())));
        }
    }
}
