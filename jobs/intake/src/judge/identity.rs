//! Numbers of persons and providers, ways to reach them, and codes: each read from text, and written as the common schema has it.
//!
//! A reader appends what it read, or answers `None` for what is no value of its type; what it then appended counts for nothing.

use std::sync::LazyLock;

use carelake_core::value::{Ccn, Npi, Render, StateCodes, Zip};

/// How a value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// As it is.
    Plain,
    /// Without its leading zeros.
    Padded,
}

/// The 50 states, DC, the territories and military mail.
///
/// # Source
/// USPS Publication 28, appendix B.
static STATES: LazyLock<StateCodes> = LazyLock::new(|| {
    StateCodes::new(
        "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC \
         SD TN TX UT VT VA WA WV WI WY DC PR GU VI MP AS AA AE AP FM MH PW"
            .split(' '),
    )
});

/// Reads a social security number: nine digits less hyphens and blanks, none of those that nobody has.
pub(super) fn ssn(text: &[u8], to: &mut Vec<u8>) -> Option<As> {
    to.extend_from_slice(&nine_digits(text).filter(is_issued)?);
    Some(As::Plain)
}

/// Reads the last four digits: of a valid number, else the partner's own four.
pub(super) fn ssn_last4(text: &[u8], to: &mut Vec<u8>) -> Option<As> {
    let four = match nine_digits(text) {
        Some(number) => *is_issued(&number).then_some(number)?.last_chunk()?,
        None => own_four(text)?,
    };
    to.extend_from_slice(&four);
    Some(As::Plain)
}

/// # Source
/// SSA, "Social Security Number Randomization": areas 000, 666 and 900 to 999, group 00 and serial 0000 are never given.
/// 078-05-1120 and 219-09-9999 were printed in advertisements.
fn is_issued(number: &[u8; 9]) -> bool {
    let [a, b, c, d, e, serial @ ..] = number;
    !(matches!(&[*a, *b, *c], b"000" | b"666")
        || *a == b'9'
        || [*d, *e] == *b"00"
        || serial == b"0000"
        || matches!(number, b"078051120" | b"219099999" | b"123456789")
        || number.iter().all(|digit| digit == a))
}

fn nine_digits(text: &[u8]) -> Option<[u8; 9]> {
    if let [a, b, c, b'-', d, e, b'-', f, g, h, i] = text {
        let number = [*a, *b, *c, *d, *e, *f, *g, *h, *i];
        if number.iter().all(u8::is_ascii_digit) {
            return Some(number);
        }
    }
    let mut number = [0; 9];
    let mut kept = text.iter().filter(|byte| !matches!(byte, b'-' | b' '));
    for digit in &mut number {
        *digit = *kept.next().filter(|byte| byte.is_ascii_digit())?;
    }
    kept.next().is_none().then_some(number)
}

/// Four digits at the end of a masked number, or alone.
fn own_four(text: &[u8]) -> Option<[u8; 4]> {
    let (mask, four) = text.split_last_chunk()?;
    let is_masked = mask.iter().all(|byte| matches!(byte, b'X' | b'x' | b'*' | b'#' | b'-' | b' '));
    (is_masked && four.iter().all(u8::is_ascii_digit) && four != b"0000").then_some(*four)
}

/// Reads a Medicare beneficiary identifier.
///
/// # Source
/// CMS, "Understanding the Medicare Beneficiary Identifier (MBI) Format": positions `C A AN N A AN N A A N N`, letters without
/// S, L, O, I, B and Z.
pub(super) fn mbi(text: &[u8], to: &mut Vec<u8>) -> Option<As> {
    const FORMAT: &[u8; 11] = b"CAXNAXNAANN";
    let mut kept = text.iter().filter(|byte| **byte != b'-').map(u8::to_ascii_uppercase);
    for position in FORMAT {
        let byte = kept.next()?;
        let is_letter = byte.is_ascii_uppercase() && !matches!(byte, b'S' | b'L' | b'O' | b'I' | b'B' | b'Z');
        let fits = match position {
            b'C' => matches!(byte, b'1'..=b'9'),
            b'A' => is_letter,
            b'N' => byte.is_ascii_digit(),
            _ => is_letter || byte.is_ascii_digit(),
        };
        if !fits {
            return None;
        }
        to.push(byte);
    }
    kept.next().is_none().then_some(As::Plain)
}

/// Reads a state.
pub(super) fn state(text: &[u8], to: &mut Vec<u8>) -> Option<As> {
    to.extend_from_slice(&STATES.parse(text)?.letters());
    Some(As::Plain)
}

/// Reads a ZIP code; lost zeros come back.
pub(super) fn zip(text: &[u8], to: &mut Vec<u8>) -> Option<As> {
    if text.len() == 5 && text.iter().all(u8::is_ascii_digit) {
        to.extend_from_slice(text);
    } else {
        Zip::parse(text)?.render(to);
    }
    Some(As::Plain)
}

/// Reads a provider's number; lost zeros come back.
pub(super) fn npi(text: &[u8], to: &mut Vec<u8>) -> Option<As> {
    let npi = Npi::parse(text, false).ok()?;
    npi.value.render(to);
    Some(if npi.padded { As::Padded } else { As::Plain })
}

/// Reads a hospital's certification number; lost zeros come back.
pub(super) fn ccn(text: &[u8], to: &mut Vec<u8>) -> Option<As> {
    let ccn = Ccn::parse(text)?;
    ccn.value.render(to);
    Some(if ccn.padded { As::Padded } else { As::Plain })
}

/// Reads a telephone number of North America: ten digits, whatever stands between them.
pub(super) fn phone(text: &[u8], to: &mut Vec<u8>) -> Option<As> {
    let mut digits = [0; 11];
    let mut count = 0;
    for byte in text.iter().filter(|byte| byte.is_ascii_digit()) {
        *digits.get_mut(count)? = *byte;
        count += 1;
    }
    let ten: &[u8; 10] = match (count, &digits) {
        (11, [b'1', ten @ ..]) => ten,
        (10, [ten @ .., _]) => ten,
        _ => return None,
    };
    let [area, _, _, exchange, ..] = ten;
    (*area >= b'2' && *exchange >= b'2').then(|| to.extend_from_slice(ten))?;
    Some(As::Plain)
}

/// Reads an e-mail address: one `@`, something before it, a dot within what is after it, no white space, of which cleaning left
/// blanks only.
pub(super) fn email(text: &[u8], to: &mut Vec<u8>) -> Option<As> {
    let (mut at, mut dot, mut is_ascii) = (None, 0, true);
    for (place, byte) in text.iter().enumerate() {
        match byte {
            b' ' => return None,
            b'@' if at.is_some() => return None,
            b'@' => at = Some(place),
            b'.' => dot = place,
            byte => is_ascii &= byte.is_ascii(),
        }
    }
    at.filter(|at| *at > 0 && at + 1 < dot && dot + 1 < text.len())?;
    if is_ascii {
        let start = to.len();
        to.extend_from_slice(text);
        to.get_mut(start..)?.make_ascii_lowercase();
    } else {
        to.extend_from_slice(std::str::from_utf8(text).ok()?.to_lowercase().as_bytes());
    }
    Some(As::Plain)
}

/// Reads a NUBC code of so many letters and digits; lost zeros come back.
pub(super) fn nubc(text: &[u8], width: u8, to: &mut Vec<u8>) -> Option<As> {
    let zeros = usize::from(width).checked_sub(text.len())?;
    let is_code = text.iter().all(u8::is_ascii_alphanumeric);
    let is_padded = zeros > 0;
    if !is_code || (is_padded && !text.iter().all(u8::is_ascii_digit)) {
        return None;
    }
    to.extend(std::iter::repeat_n(b'0', zeros));
    to.extend(text.iter().map(u8::to_ascii_uppercase));
    Some(As::Plain)
}

/// Reads a diagnosis: ICD-10-CM `[A-Z][0-9][0-9AB][0-9A-Z]{0,4}`, or ICD-9-CM `[0-9]{3,5}`, `V[0-9]{2,4}`, `E[0-9]{3,4}`; dots
/// are dropped.
pub(super) fn diagnosis(text: &[u8], is_icd9: bool, to: &mut Vec<u8>) -> Option<As> {
    let start = to.len();
    to.extend(text.iter().filter(|byte| **byte != b'.').map(u8::to_ascii_uppercase));
    let code = to.get(start..)?;
    let are_digits =
        |digits: &[u8], fewest, most| (fewest..=most).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let fits = match (is_icd9, code) {
        (true, [b'V', digits @ ..]) => are_digits(digits, 2, 4),
        (true, [b'E', digits @ ..]) => are_digits(digits, 3, 4),
        (true, digits) => are_digits(digits, 3, 5),
        (false, [letter, digit, third, rest @ ..]) => {
            letter.is_ascii_uppercase()
                && digit.is_ascii_digit()
                && (third.is_ascii_digit() || matches!(third, b'A' | b'B'))
                && rest.len() <= 4
                && rest.iter().all(u8::is_ascii_alphanumeric)
        }
        (false, _) => false,
    };
    fits.then_some(As::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Reader = fn(&[u8], &mut Vec<u8>) -> Option<As>;

    fn check(reader: Reader, rows: &[(&str, Option<&str>)]) {
        for (text, value) in rows {
            let mut written = Vec::new();
            let read = reader(text.as_bytes(), &mut written).map(|_| String::from_utf8(written).unwrap());
            assert_eq!(read.as_deref(), *value, "{text}");
        }
    }

    #[test]
    fn social_security_numbers_that_nobody_has_are_invalid() {
        check(
            ssn,
            &[
                ("219-09-9998", Some("219099998")),
                ("219 09 9998", Some("219099998")),
                ("219099998", Some("219099998")),
                ("000-12-3456", None),
                ("666-12-3456", None),
                ("900-12-3456", None),
                ("999-12-3456", None),
                ("219-00-9998", None),
                ("219-09-0000", None),
                ("078-05-1120", None),
                ("219-09-9999", None),
                ("123456789", None),
                ("111111111", None),
                ("12345", None),
                ("2190999981", None),
                ("21909999X", None),
                ("XXX-XX-1234", None),
            ],
        );
    }

    #[test]
    fn the_last_four_are_those_of_a_valid_number_or_the_partners_own() {
        check(
            ssn_last4,
            &[
                ("219-09-9998", Some("9998")),
                ("666-12-3456", None),
                ("XXX-XX-1234", Some("1234")),
                ("***-**-1234", Some("1234")),
                ("xxxxx1234", Some("1234")),
                ("1234", Some("1234")),
                ("0000", None),
                ("XXX-XX-0000", None),
                ("123", None),
                ("12345", None),
                ("A1234", None),
                ("", None),
            ],
        );
    }

    #[test]
    fn medicare_numbers_follow_their_format() {
        check(
            mbi,
            &[
                ("1EG4-TE5-MK73", Some("1EG4TE5MK73")),
                ("1eg4te5mk73", Some("1EG4TE5MK73")),
                ("1EG4TE5MK7", None),
                ("1EG4TE5MK733", None),
                ("0EG4TE5MK73", None),
                ("1SG4TE5MK73", None),
                ("1EG4TE5MB73", None),
            ],
        );
    }

    #[test]
    fn states_zip_codes_npis_and_ccns_are_those_of_every_room() {
        check(state, &[("fl", Some("FL")), ("PW", Some("PW")), ("XX", None), ("Florida", None)]);
        check(
            zip,
            &[
                ("33701", Some("33701")),
                ("2134", Some("02134")),
                ("337011234", Some("337011234")),
                ("33701-1234", Some("337011234")),
                ("2134123", Some("002134123")),
                ("K1A 0B1", None),
                ("3370112345", None),
            ],
        );
        check(npi, &[("1234567893", Some("1234567893")), ("6", Some("0000000006")), ("1234567890", None), ("x", None)]);
        check(ccn, &[("10001", Some("010001")), ("01t011", Some("01T011")), ("100", Some("000100")), ("A10001", None)]);
    }

    #[test]
    fn lost_zeros_that_came_back_are_told() {
        assert_eq!(npi(b"6", &mut Vec::new()), Some(As::Padded));
        assert_eq!(ccn(b"10001", &mut Vec::new()), Some(As::Padded));
        assert_eq!(ccn(b"010001", &mut Vec::new()), Some(As::Plain));
    }

    #[test]
    fn phones_are_ten_digits_whose_area_and_exchange_begin_with_two_to_nine() {
        check(
            phone,
            &[
                ("(727) 555-0134", Some("7275550134")),
                ("+1 727 555 0134", Some("7275550134")),
                ("17275550134", Some("7275550134")),
                ("727.555.0134", Some("7275550134")),
                ("27275550134", None),
                ("1275550134", None),
                ("7271550134", None),
                ("555-1234", None),
                ("0000000000", None),
                ("727-555-0134 x12", None),
                ("call daughter", None),
            ],
        );
    }

    #[test]
    fn mail_addresses_have_one_at_and_a_dot_after_it() {
        check(
            email,
            &[
                ("Ana.Ruiz@Mail.Example", Some("ana.ruiz@mail.example")),
                ("Ñ@mail.example", Some("ñ@mail.example")),
                ("none@", None),
                ("n/a", None),
                ("a b@mail.example", None),
                ("two@@mail.example", None),
                ("a@b@mail.example", None),
                ("a@example", None),
                ("a@.example", None),
                ("a@example.", None),
                ("@mail.example", None),
            ],
        );
    }

    #[test]
    fn nubc_codes_get_their_zeros_back() {
        check(
            |text, to| nubc(text, 2, to),
            &[("1", Some("01")), ("01", Some("01")), ("a1", Some("A1")), ("a", None), ("100", None), ("-1", None)],
        );
        check(|text, to| nubc(text, 1, to), &[("7", Some("7")), ("e", Some("E")), ("07", None)]);
    }

    #[test]
    fn diagnoses_fit_their_code_system() {
        check(
            |text, to| diagnosis(text, false, to),
            &[
                ("e11.9", Some("E119")),
                ("C7A.1", Some("C7A1")),
                ("M1A.0110", Some("M1A0110")),
                ("S72.001A", Some("S72001A")),
                ("I10", Some("I10")),
                ("UNK", None),
                ("1234567", None),
                ("E1", None),
                ("E11.90000", None),
                ("250.00", None),
            ],
        );
        check(
            |text, to| diagnosis(text, true, to),
            &[
                ("250.00", Some("25000")),
                ("V10", Some("V10")),
                ("v58.69", Some("V5869")),
                ("E888", Some("E888")),
                ("E88", None),
                ("25", None),
                ("250001", None),
                ("E11.9", Some("E119")),
                ("I10", None),
            ],
        );
    }
}
