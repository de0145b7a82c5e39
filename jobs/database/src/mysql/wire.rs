//! Numbers and texts as they lie in a packet.

/// What is left of a packet.
pub(super) struct Wire<'a>(pub(super) &'a [u8]);

impl<'a> Wire<'a> {
    /// Returns the next `count` bytes.
    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Returns a length; none where it is the mark of a null, or cut.
    #[inline]
    pub(super) fn length(&mut self) -> Option<u64> {
        match self.byte()? {
            small @ 0..=0xfa => Some(u64::from(small)),
            0xfc => self.array().map(|bytes| u64::from(u16::from_le_bytes(bytes))),
            0xfd => self.array().map(|[a, b, c]| u64::from(u32::from_le_bytes([a, b, c, 0]))),
            0xfe => self.array().map(u64::from_le_bytes),
            _ => None,
        }
    }

    /// Returns bytes that follow their length.
    #[inline]
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        self.take(usize::try_from(length).ok()?)
    }

    /// Returns a cell of a row of text: none inside where it is null.
    pub(super) fn cell(&mut self) -> Option<Option<&'a [u8]>> {
        if self.0.first() == Some(&0xfb) {
            self.byte()?;
            return Some(None);
        }
        self.bytes().map(Some)
    }
}

/// Writes bytes after their length.
pub(super) fn put(to: &mut Vec<u8>, bytes: &[u8]) {
    let length = bytes.len() as u64;
    match length {
        0..=0xfa => to.push(length as u8),
        0xfb..=0xffff => {
            to.push(0xfc);
            to.extend_from_slice(&(length as u16).to_le_bytes());
        }
        _ => {
            to.push(0xfe);
            to.extend_from_slice(&length.to_le_bytes());
        }
    }
    to.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::{Wire, put};

    #[test]
    fn lengths_of_every_width_come_back_and_a_cut_one_is_none() {
        for length in [0, 250, 251, 65_535, 65_536, 70_000] {
            let mut written = Vec::new();
            put(&mut written, &vec![7; length]);
            assert_eq!(Wire(&written).bytes().unwrap().len(), length);
            assert!(Wire(&written[..written.len().saturating_sub(1)]).bytes().is_none());
        }
    }
}
