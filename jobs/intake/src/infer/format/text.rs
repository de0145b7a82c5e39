//! The encoding of a text, by its bytes.
//!
//! `chardetng` tells scripts apart, as browsers do. What it does not know is what old systems write: Macintosh and ISO-8859-15,
//! which the letters that come out tell.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_8859_15, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::packed::Member;

/// Letters that English, Spanish, French, German, Portuguese and the Nordic languages write with a mark.
const MARKED: &str = "áàâäãåæçéèêëíìîïñóòôöõøœúùûüýÿßÁÀÂÄÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜÝŠšŽž";

/// A text, and how it is encoded.
pub(super) struct Decoded {
    /// The text, without its byte order mark.
    pub text: String,
    /// The encoding, as a page says it.
    pub encoding: &'static Encoding,
    /// What is to be known about it.
    pub doubt: Option<String>,
    /// The end of the text, if it is not in it.
    pub tail: String,
    /// Whether the text is all of the file.
    pub is_whole: bool,
}

impl Decoded {
    /// Returns the name of the encoding as a page says it.
    pub(super) fn name(&self) -> String {
        self.encoding.name().to_lowercase()
    }
}

/// Decodes the start and the end of a content.
pub(super) fn decode(member: &Member) -> Decoded {
    let (encoding, doubt) = detect(member);
    let (text, _) = encoding.decode_with_bom_removal(&member.head);
    let (tail, _) = encoding.decode_without_bom_handling(&member.tail);
    Decoded { text: text.into_owned(), encoding, doubt, tail: tail.into_owned(), is_whole: member.is_whole }
}

fn detect(member: &Member) -> (&'static Encoding, Option<String>) {
    if let Some((encoding, _)) = Encoding::for_bom(&member.head) {
        return (encoding, None);
    }
    if let Some(encoding) = wide(&member.head) {
        return (encoding, Some("no byte order mark; told by the zeros".to_owned()));
    }
    let pieces = [member.head.as_slice(), &member.middle, &member.tail];
    if pieces.iter().all(|piece| piece.is_ascii()) {
        return (UTF_8, Some("nothing but ASCII was seen: any encoding of the West fits".to_owned()));
    }
    let (good, bad) =
        pieces.iter().map(|piece| utf8_letters(piece)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    if good > 4 * bad {
        let doubt = (bad > 0).then(|| format!("{bad} places are not UTF-8; their rows are refused"));
        return (UTF_8, doubt);
    }
    single_byte(&pieces)
}

/// Tells UTF-16 without a mark by where the zeros are.
fn wide(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.chunks_exact(2).take(2000);
    let (mut all, mut first, mut second) = (0, 0, 0);
    for pair in pairs {
        all += 1;
        first += usize::from(pair.first() == Some(&0));
        second += usize::from(pair.last() == Some(&0));
    }
    match (first * 2 > all, second * 2 > all) {
        (true, false) => Some(UTF_16BE),
        (false, true) => Some(UTF_16LE),
        _ => None,
    }
}

/// Counts sequences of more than one byte that are UTF-8, and places that are not.
fn utf8_letters(piece: &[u8]) -> (usize, usize) {
    let (mut good, mut bad) = (0, 0);
    for chunk in piece.utf8_chunks() {
        good += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    // A sample may begin or end within a letter.
    (good, bad.saturating_sub(1))
}

fn single_byte(pieces: &[&[u8]]) -> (&'static Encoding, Option<String>) {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for piece in pieces {
        detector.feed(piece, false);
    }
    detector.feed(b"", true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let western = [WINDOWS_1252, MACINTOSH, ISO_8859_15];
    let scores = western.map(|encoding| pieces.iter().map(|piece| likeness(encoding, piece)).sum::<i64>());
    let [windows, macintosh, latin9] = scores;
    let best = scores.iter().copied().max().unwrap_or_default();
    let is_western = best > 0 && best * 2 > high_bytes(pieces) as i64;
    if !is_western && guess != WINDOWS_1252 {
        return (guess, Some("told by how often its letters come; check the accents".to_owned()));
    }
    if macintosh > windows {
        return (MACINTOSH, None);
    }
    if latin9 == windows && !pieces.iter().any(|piece| piece.iter().any(|byte| tells_apart(*byte))) {
        let is_windows = pieces.iter().any(|piece| piece.windows(2).any(|pair| pair == b"\r\n"));
        return if is_windows {
            (WINDOWS_1252, Some("ISO-8859-1 and -15 read the same here".to_owned()))
        } else {
            (ISO_8859_15, Some("windows-1252 and ISO-8859-1 read the same here".to_owned()))
        };
    }
    if latin9 > windows { (ISO_8859_15, None) } else { (WINDOWS_1252, None) }
}

fn high_bytes(pieces: &[&[u8]]) -> usize {
    pieces.iter().map(|piece| piece.iter().filter(|byte| !byte.is_ascii()).count()).sum()
}

/// Tells whether windows-1252 and ISO-8859-15 differ in a byte.
const fn tells_apart(byte: u8) -> bool {
    matches!(byte, 0x80..=0x9f | 0xa4 | 0xa6 | 0xa8 | 0xb4 | 0xb8 | 0xbc..=0xbe)
}

/// Counts the letters with a mark that stand among letters, less what does not belong into a word.
fn likeness(encoding: &'static Encoding, piece: &[u8]) -> i64 {
    let (text, _) = encoding.decode_without_bom_handling(piece);
    let mut score = 0;
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if !letter.is_ascii() {
            let after = letters.peek().copied().unwrap_or(' ');
            let in_word = before.is_alphabetic() || after.is_alphabetic();
            let rises = before.is_lowercase() && letter.is_uppercase();
            score += match (MARKED.contains(letter), in_word) {
                (true, true) if !rises => 1,
                (false, true) if letter != '\u{a0}' && letter != '\u{2019}' => -1,
                _ => 0,
            };
        }
        before = letter;
    }
    score
}
