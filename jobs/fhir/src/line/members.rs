//! A few members of a text that is known to be JSON, or is none: of bundles, whose entries are read one by one.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Returns members of an object, the last where there are several; nothing of a text that is none.
pub(crate) fn members<'t, const N: usize>(text: &'t str, names: [&str; N]) -> Option<[Option<&'t RawValue>; N]> {
    struct Members<'n, const N: usize>([&'n str; N]);
    impl<'t, const N: usize> Visitor<'t> for Members<'_, N> {
        type Value = [Option<&'t RawValue>; N];

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("an object")
        }

        fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = [None; N];
            while let Some(key) = map.next_key::<Cow<'t, str>>()? {
                match self.0.iter().position(|name| *name == key).and_then(|at| found.get_mut(at)) {
                    Some(place) => *place = Some(map.next_value()?),
                    None => drop(map.next_value::<IgnoredAny>()?),
                }
            }
            Ok(found)
        }
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = reader.deserialize_map(Members(names)).ok()?;
    reader.end().ok()?;
    Some(found)
}

/// Returns a member that is text.
pub(crate) fn plain(value: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(value?.get()).ok()
}

/// Reads an instant, in microseconds since 1970; what is finer is cut towards the past.
pub(crate) fn instant(text: &str) -> Option<i64> {
    let at: Timestamp = text.parse().ok()?;
    i64::try_from(at.as_nanosecond().div_euclid(1_000)).ok()
}
