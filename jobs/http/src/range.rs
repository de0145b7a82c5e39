//! Parts of what is at an address: whether a part fits to what came before it.

/// Returns a validator that is strong: equal ones mean equal bytes. A weak one promises less, and joins nothing.
pub(crate) fn strong(etag: &str) -> Option<&str> {
    let etag = etag.trim();
    (etag.len() >= 2 && etag.starts_with('"') && etag.ends_with('"')).then_some(etag)
}

/// What a `Content-Range` says: the first byte, and the size of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) start: u64,
    pub(crate) whole_bytes: u64,
}

/// Reads a `Content-Range` of a part that reaches to the end of a whole whose size is known; of no other a transfer can go on.
pub(crate) fn to_the_end(header: &str) -> Option<Part> {
    let (range, whole) = header.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, last) = range.split_once('-')?;
    let (start, last, whole_bytes): (u64, u64, u64) =
        (start.trim().parse().ok()?, last.trim().parse().ok()?, whole.trim().parse().ok()?);
    (start <= last && last.checked_add(1)? == whole_bytes).then_some(Part { start, whole_bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_part_that_reaches_to_the_end_goes_on() {
        assert_eq!(to_the_end("bytes 5-9/10"), Some(Part { start: 5, whole_bytes: 10 }));
        for other in ["bytes 5-8/10", "bytes 5-9/*", "bytes */10", "bytes 9-5/6", "5-9/10", "lines 5-9/10", ""] {
            assert_eq!(to_the_end(other), None, "{other}");
        }
    }

    #[test]
    fn a_weak_validator_is_none() {
        assert_eq!(strong(r#" "a-1" "#), Some(r#""a-1""#));
        for weak in [r#"W/"a-1""#, "a-1", "\"", ""] {
            assert_eq!(strong(weak), None, "{weak}");
        }
    }
}
