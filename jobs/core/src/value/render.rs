//! Writing values as text without the formatting machinery, which is too slow for tens of millions of cells.

use super::{Ccn, EnrollmentId, Npi, PacId, Phone, StateCode, Zip};

/// A value that can append its text to a column.
pub trait Render {
    /// Appends the text, the same as `Display` gives.
    fn render(&self, text: &mut Vec<u8>);
}

/// Appends a number in decimal, left-padded with zeros to `width` (at most 20).
fn decimal(mut number: u64, width: usize, text: &mut Vec<u8>) {
    let start = text.len();
    text.resize(start + width, b'0');
    for byte in text.iter_mut().skip(start).rev() {
        *byte = b'0' + (number % 10) as u8;
        number /= 10;
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
