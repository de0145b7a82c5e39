//! Writing values as text without the formatting machinery, which is too slow for tens of millions of cells.

use super::{Ccn, EnrollmentId, Npi, PacId, Phone, StateCode, Zip};

/// A value that can append its text to a column.
pub trait Render {
    /// Appends the text, the same as `Display` gives.
    fn render(&self, text: &mut Vec<u8>);
}

/// Appends a number in decimal, left-padded with zeros to `width`, at most 16; digits beyond it are left out.
#[inline]
fn decimal(number: u64, width: usize, text: &mut Vec<u8>) {
    let (high, low) = (number / 100_000_000, number % 100_000_000);
    let low = eight_digits(low);
    if width <= 8 {
        text.extend_from_slice(low.get(8 - width..).unwrap_or_default());
        return;
    }
    let mut both = [0; 16];
    let (first, second) = both.split_at_mut(8);
    first.copy_from_slice(&eight_digits(high));
    second.copy_from_slice(&low);
    text.extend_from_slice(both.get(16 - width.min(16)..).unwrap_or_default());
}

/// Returns the last eight decimal digits in ASCII, all at once: the number is split into fours, fours into pairs, pairs into digits.
#[inline]
const fn eight_digits(number: u64) -> [u8; 8] {
    let fours = (number / 10_000 % 10_000) | ((number % 10_000) << 32);
    // Dividing by 100 and by 10 is multiplying and shifting, exact for numbers this small.
    let hundreds = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
    let pairs = hundreds + ((fours - hundreds * 100) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens + ((pairs - tens * 10) << 8);
    (digits + 0x3030_3030_3030_3030).to_le_bytes()
}

impl Render for &[u8] {
    #[inline]
    fn render(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(self);
    }
}

impl Render for &str {
    #[inline]
    fn render(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(self.as_bytes());
    }
}

impl Render for Npi {
    fn render(&self, text: &mut Vec<u8>) {
        decimal(self.packed(), 10, text);
    }
}

impl Render for PacId {
    fn render(&self, text: &mut Vec<u8>) {
        decimal(self.packed(), 10, text);
    }
}

impl Render for EnrollmentId {
    fn render(&self, text: &mut Vec<u8>) {
        text.push(if self.is_organization() { b'O' } else { b'I' });
        decimal(self.number(), 14, text);
    }
}

impl Render for Zip {
    fn render(&self, text: &mut Vec<u8>) {
        let (number, width) = self.parts();
        decimal(number, width, text);
    }
}

impl Render for Phone {
    fn render(&self, text: &mut Vec<u8>) {
        let (number, width) = self.parts();
        decimal(number, width, text);
    }
}

impl Render for Ccn {
    fn render(&self, text: &mut Vec<u8>) {
        text.extend(self.bytes());
    }
}

impl Render for StateCode {
    fn render(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(&self.letters());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn decimals_are_written_as_the_standard_library_writes_them(number in 0..10_000_000_000_000_000u64, width in 1usize..=16) {
            let mut text = Vec::new();
            decimal(number, width, &mut text);
            let expected = format!("{number:016}");
            proptest::prop_assert_eq!(&text, &expected.as_bytes()[16 - width..]);
        }
    }

    fn agrees<T: Render + ToString>(value: Option<T>) {
        let mut text = Vec::new();
        let value = value.unwrap();
        value.render(&mut text);
        assert_eq!(String::from_utf8(text).unwrap(), value.to_string());
    }

    #[test]
    fn every_value_renders_as_it_displays() {
        agrees(Npi::parse(b"6", false).ok().map(|npi| npi.value));
        agrees(PacId::parse(b"42"));
        agrees(EnrollmentId::parse(b"O20031103000042"));
        agrees(Zip::parse(b"501"));
        agrees(Zip::parse(b"041011234"));
        agrees(Phone::parse(b"(001) 555-0100"));
        agrees(Ccn::parse(b"01t011").map(|ccn| ccn.value));
        agrees(StateCode::parse(b"me"));
    }
}
