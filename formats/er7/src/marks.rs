//! Where a byte stands in a text. Texts between separators are short, so eight bytes at a time are enough.

/// Hands over every position of a byte, in order.
#[inline]
pub(crate) fn each(byte: u8, text: &[u8], mut take: impl FnMut(usize)) {
    let (chunks, rest) = text.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let mut marks = marked(*chunk, byte);
        while marks != 0 {
            take(index * 8 + first(marks));
            marks &= marks - 1;
        }
    }
    let before = chunks.len() * 8;
    rest.iter().enumerate().filter(|(_, other)| **other == byte).for_each(|(at, _)| take(before + at));
}

/// Returns the first position of a byte.
#[inline]
pub(crate) fn find(byte: u8, text: &[u8]) -> Option<usize> {
    let (chunks, rest) = text.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let marks = marked(*chunk, byte);
        if marks != 0 {
            return Some(index * 8 + first(marks));
        }
    }
    let at = rest.iter().position(|other| *other == byte)?;
    Some(chunks.len() * 8 + at)
}

/// Marks those of eight bytes that are a given one, and no others, with their highest bits.
#[inline]
const fn marked(chunk: [u8; 8], byte: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const ONES: u64 = 0x0101_0101_0101_0101;
    let others = u64::from_le_bytes(chunk) ^ (ONES * byte as u64);
    !(((others & LOW) + LOW) | others | LOW)
}

/// Returns which of eight bytes is the first that is marked.
#[inline]
const fn first(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_position_is_found_and_no_other(
            text in prop::collection::vec(prop_oneof![Just(b'|'), Just(b'}'), Just(b'{'), Just(0xfc), any::<u8>()], 0..40),
            byte in prop_oneof![Just(b'|'), any::<u8>()],
        ) {
            let expected: Vec<usize> = (0..text.len()).filter(|at| text[*at] == byte).collect();
            let mut found = Vec::new();
            each(byte, &text, |at| found.push(at));
            prop_assert_eq!(&found, &expected);
            prop_assert_eq!(find(byte, &text), expected.first().copied());
        }
    }
}
