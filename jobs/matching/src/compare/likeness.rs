//! How like two texts are: Jaro–Winkler, and the slips between them.

/// The longest texts, in bytes, that are compared without an allocation.
const SHORT: usize = 64;

/// Returns the Jaro–Winkler likeness of two texts, 0 to 1.
///
/// The scale of the prefix is 0.1, at most four characters of it count, and only where Jaro alone is above 0.7.
///
/// # Source
/// W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of Record Linkage", 1990.
///
/// ```
/// use carelake_matching::compare::jaro_winkler;
/// assert!((jaro_winkler("martha", "marhta") - 0.961_111).abs() < 1e-6);
/// ```
#[must_use]
pub fn jaro_winkler(a: &str, b: &str) -> f64 {
    let is_short = |text: &str| !text.is_empty() && text.len() <= SHORT && text.is_ascii();
    if is_short(a) && is_short(b) { short(a.as_bytes(), b.as_bytes()) } else { strsim::jaro_winkler(a, b) }
}

/// The same of short texts of ASCII: which bytes have met is a bit each.
fn short(a: &[u8], b: &[u8]) -> f64 {
    let range = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut met_a, mut met_b) = (0_u64, 0_u64);
    for (i, byte) in a.iter().enumerate() {
        let from = i.saturating_sub(range);
        let window = b.iter().enumerate().take(i + range + 1).skip(from);
        for (j, other) in window {
            if byte == other && met_b & (1 << j) == 0 {
                met_a |= 1 << i;
                met_b |= 1 << j;
                break;
            }
        }
    }
    let met = met_a.count_ones();
    if met == 0 {
        return 0.0;
    }
    let of = |text: &[u8], place: u32| text.get(place as usize).copied();
    let mut crossed = 0_u32;
    let (mut rest_a, mut rest_b) = (met_a, met_b);
    while rest_a != 0 {
        crossed += u32::from(of(a, rest_a.trailing_zeros()) != of(b, rest_b.trailing_zeros()));
        rest_a &= rest_a - 1;
        rest_b &= rest_b - 1;
    }
    let both = f64::from(met);
    let share = |text: &[u8]| both / f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    let jaro = (share(a) + share(b) + f64::from(met - crossed / 2) / both) / 3.0;
    if jaro <= 0.7 {
        return jaro;
    }
    let prefix = a.iter().zip(b).take(4).take_while(|(one, other)| one == other).count();
    jaro + 0.1 * f64::from(u32::try_from(prefix).unwrap_or(4)) * (1.0 - jaro)
}

/// Returns the number of slips between two texts where there are no more than two: a letter other, more or less, or two neighbours
/// exchanged (optimal string alignment).
///
/// ```
/// use carelake_matching::compare::edits;
/// assert_eq!(edits("abcd", "abdc"), Some(1));
/// assert_eq!(edits("ca", "abc"), None);
/// ```
#[must_use]
pub fn edits(a: &str, b: &str) -> Option<u8> {
    if a.is_ascii() && b.is_ascii() {
        return within(a.as_bytes(), b.as_bytes(), 2);
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    within(&a, &b, 2)
}

/// Returns the slips between two texts, if they are no more than `most`.
pub(crate) fn within<T: PartialEq>(a: &[T], b: &[T], most: u8) -> Option<u8> {
    let ahead = a.iter().zip(b).take_while(|(one, other)| one == other).count();
    let (a, b) = (a.get(ahead..)?, b.get(ahead..)?);
    let behind = a.iter().rev().zip(b.iter().rev()).take_while(|(one, other)| one == other).count();
    let (a, b) = (a.get(..a.len() - behind)?, b.get(..b.len() - behind)?);
    match (a, b) {
        ([], []) => return Some(0),
        ([], rest) | (rest, []) => return u8::try_from(rest.len()).ok().filter(|slips| *slips <= most),
        _ if most == 0 => return None,
        _ => {}
    }
    let less = most - 1;
    let other = within(a.get(1..)?, b.get(1..)?, less);
    let more = within(a, b.get(1..)?, less);
    let fewer = within(a.get(1..)?, b, less);
    let exchanged = match (a, b) {
        ([a0, a1, a_rest @ ..], [b0, b1, b_rest @ ..]) if a0 == b1 && a1 == b0 => within(a_rest, b_rest, less),
        _ => None,
    };
    [other, more, fewer, exchanged].into_iter().flatten().min().map(|slips| slips + 1)
}
