//! Separators that are not ASCII. Senders have them where `~` was lost on its way through another character set.
//!
//! What takes messages apart looks for bytes. So such a separator is written as a control character that the message does not hold,
//! and is itself again in what is written.

/// A separator that is not ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Foreign {
    pub(crate) separator: char,
    /// What stands for it.
    pub(crate) stand_in: u8,
}

/// A text in which others stand for such separators.
#[derive(Debug)]
pub(super) struct StoodIn {
    pub(super) text: String,
    pub(super) foreign: Vec<Foreign>,
}

/// Returns a message with others for its foreign separators; none where it has none, or has them and cannot be read.
pub(super) fn stand_in(text: &str) -> Option<StoodIn> {
    let mut rest = text.strip_prefix("MSH")?.chars();
    let field = rest.next()?;
    let others: String = rest.take_while(|c| *c != field && !matches!(c, '\r' | '\n')).take(6).collect();
    if field.is_ascii() && others.is_ascii() {
        return None;
    }
    let mut stood_in = StoodIn { text: text.to_owned(), foreign: Vec::new() };
    for separator in std::iter::once(field).chain(others.chars()).filter(|c| !c.is_ascii()) {
        if separator.is_alphanumeric() || separator.is_whitespace() {
            return None;
        }
        if stood_in.foreign.iter().any(|foreign| foreign.separator == separator) {
            continue;
        }
        let is_free = |byte: &u8| !stood_in.text.as_bytes().contains(byte);
        let stand_in = (1..=8).chain(14..=27).find(is_free)?;
        stood_in.text = stood_in.text.replace(separator, char::from(stand_in).encode_utf8(&mut [0; 4]));
        stood_in.foreign.push(Foreign { separator, stand_in });
    }
    Some(stood_in)
}

/// Returns a text with its foreign separators.
pub(super) fn restored(text: String, foreign: &[Foreign]) -> String {
    foreign.iter().fold(text, |text, it| text.replace(char::from(it.stand_in), it.separator.encode_utf8(&mut [0; 4])))
}
