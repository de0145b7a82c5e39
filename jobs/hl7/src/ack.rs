//! Acknowledgements: a message back, in the words, separators and character set of the one that came.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Zoned;

use crate::read::Envelope;
use crate::reason::Reason;
use crate::receive::{Receipt, Status};
use crate::tables::Version;
use crate::zones::is_no_message;

/// What MSA-1 says, in either mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    Accept,
    Error,
    Reject,
}

/// When a sender wants to be told, by MSH-15 (table 0155).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Always,
    Never,
    OnError,
    OnSuccess,
}

/// What a receipt says of its message, where nothing came of it: what failed is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told<'r> {
    /// What came of it.
    Receipt(&'r Receipt),
    /// It is kept, and something failed behind that: it is to be sent again.
    Ours,
}

/// Returns the code of table 0357 and its words.
const fn condition(reason: Reason) -> (u16, &'static str) {
    match reason {
        Reason::Empty | Reason::NotEr7 | Reason::SeveralMessages | Reason::SegmentName => {
            (100, "Segment sequence error")
        }
        Reason::TypeMissing | Reason::ControlIdMissing => (101, "Required field missing"),
        Reason::Separators | Reason::CharsetUnknown | Reason::CharsetInvalid => (102, "Data type error"),
        Reason::StructureUnsupported => (200, "Unsupported message type"),
        Reason::ProcessingId => (202, "Unsupported processing id"),
        Reason::VersionUnsupported => (203, "Unsupported version id"),
        Reason::ControlIdConflict => (205, "Duplicate key identifier"),
        Reason::TooLarge | Reason::Internal => (207, "Application internal error"),
    }
}

fn code(told: Told<'_>) -> Code {
    let Told::Receipt(receipt) = told else { return Code::Reject };
    match (receipt.status, receipt.reason) {
        (Status::Stored | Status::Duplicate, _) => Code::Accept,
        (Status::Conflict, _) => Code::Reject,
        (Status::Error, Some(Reason::ProcessingId | Reason::TooLarge)) => Code::Reject,
        (Status::Error, Some(reason)) if is_no_message(reason) => Code::Reject,
        (Status::Error, _) => Code::Error,
    }
}

/// Returns the acknowledgement of a message; none where its sender wants none. `now` is the time that it bears.
#[must_use]
pub fn acknowledge(message: &[u8], encoding: Option<&str>, told: Told<'_>, now: &Zoned) -> Option<Vec<u8>> {
    let envelope = Envelope::of(message, encoding);
    let code = code(told);
    let is_enhanced = envelope.as_ref().is_some_and(|it| !it.raw(15).is_empty() || !it.raw(16).is_empty());
    if is_enhanced && !is_wanted(envelope.as_ref(), code) {
        return None;
    }
    let text = text(envelope.as_ref(), (code, is_enhanced), told, now);
    Some(envelope.map_or_else(|| text.clone().into_bytes(), |envelope| envelope.encoded(&text)))
}

fn is_wanted(envelope: Option<&Envelope>, code: Code) -> bool {
    let wanted = match envelope.map_or("", |it| it.raw(15)) {
        "NE" => Wanted::Never,
        "ER" => Wanted::OnError,
        "SU" => Wanted::OnSuccess,
        _ => Wanted::Always,
    };
    match wanted {
        Wanted::Always => true,
        Wanted::Never => false,
        Wanted::OnError => code != Code::Accept,
        Wanted::OnSuccess => code == Code::Accept,
    }
}

fn text(envelope: Option<&Envelope>, (code, is_enhanced): (Code, bool), told: Told<'_>, now: &Zoned) -> String {
    let raw = |number: usize| envelope.map_or("", |it| it.raw(number));
    let field = envelope.map_or('|', |it| it.field);
    let others = envelope.map_or("^~\\&", |it| it.others.as_str());
    let component = envelope.map_or('^', Envelope::component_separator);
    let version = match envelope.map(|it| it.component(12, 1)) {
        None | Some("") => "2.5",
        Some(version) => version,
    };
    let numbers = Version::nearest(version).map_or_else(|| "2.5".to_owned(), |(version, _)| version.name().to_owned());
    let at_least = |least: &str| compare(&numbers, least) != std::cmp::Ordering::Less;
    let event = envelope.map_or("", |it| it.component(9, 2));
    let kind = match event {
        "" => "ACK".to_owned(),
        event if at_least("2.3.1") => format!("ACK{component}{event}{component}ACK"),
        event if at_least("2.3") => format!("ACK{component}{event}"),
        _ => "ACK".to_owned(),
    };
    let at = now.strftime("%Y%m%d%H%M%S%z").to_string();
    let version_field = if raw(12).is_empty() { "2.5" } else { raw(12) };
    let fields = [
        raw(5),
        raw(6),
        raw(3),
        raw(4),
        &at,
        "",
        &kind,
        &unique(now),
        raw(11),
        version_field,
        "",
        "",
        "",
        "",
        "",
        raw(18),
    ];
    let separator = field.to_string();
    let mut header = format!("MSH{field}{others}{field}{}", fields.join(&separator));
    header.truncate(header.trim_end_matches(field).len());
    let word = match (code, is_enhanced) {
        (Code::Accept, false) => "AA",
        (Code::Error, false) => "AE",
        (Code::Reject, false) => "AR",
        (Code::Accept, true) => "CA",
        (Code::Error, true) => "CE",
        (Code::Reject, true) => "CR",
    };
    let mut text = format!("{header}\rMSA{field}{word}{field}{}\r", raw(10));
    if code != Code::Accept {
        text.push_str(&error(told, at_least("2.5"), (field, component)));
    }
    text
}

/// Returns the segment ERR, with what stands between fields and components.
fn error(told: Told<'_>, is_new: bool, (field, component): (char, char)) -> String {
    let (reason, place) = match told {
        Told::Receipt(receipt) => (receipt.reason.unwrap_or(Reason::Internal), receipt.place.clone()),
        Told::Ours => (Reason::Internal, Default::default()),
    };
    let (code, words) = condition(reason);
    let number = |number: usize| if number > 0 { number.to_string() } else { String::new() };
    let at = [place.name.to_owned(), number(place.segment), number(place.field)];
    let c = component.to_string();
    let at = at.join(&c).trim_end_matches(component).to_owned();
    if is_new {
        format!("ERR{field}{field}{at}{field}{code}{c}{words}{c}HL70357{field}E\r")
    } else {
        let parts = [place.name.to_owned(), number(place.segment), number(place.field), code.to_string()];
        format!("ERR{field}{}\r", parts.join(&c))
    }
}

/// Returns a control id that no other acknowledgement has.
fn unique(now: &Zoned) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{:x}{:04x}{count:x}", now.timestamp().as_microsecond(), std::process::id() & 0xffff)
}

fn compare(one: &str, other: &str) -> std::cmp::Ordering {
    let numbers =
        |version: &str| version.split('.').map(|part| part.parse::<u32>().unwrap_or_default()).collect::<Vec<_>>();
    numbers(one).cmp(&numbers(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receive::Place;

    fn receipt(status: Status, reason: Option<Reason>) -> Receipt {
        Receipt { status, reason, place: Place { name: "MSH", segment: 1, field: 12 }, ..Receipt::too_large("7") }
    }

    fn told(message: &str, status: Status, reason: Option<Reason>) -> Option<String> {
        let now: Zoned = "2024-07-14T09:30:15+02:00[+02:00]".parse().unwrap();
        let ack = acknowledge(message.as_bytes(), None, Told::Receipt(&receipt(status, reason)), &now);
        let text = String::from_utf8(ack?).unwrap();
        // The control id is another each time.
        let mut lines: Vec<String> = text.split_terminator('\r').map(str::to_owned).collect();
        let mut fields: Vec<&str> = lines[0].split('|').collect();
        if fields.len() > 9 {
            fields[9] = "*";
        }
        lines[0] = fields.join("|");
        Some(lines.join("\r"))
    }

    #[test]
    fn an_acknowledgement_mirrors_the_header() {
        for (version, kind) in [("2.2", "ACK"), ("2.3", "ACK^A01"), ("2.3.1", "ACK^A01^ACK"), ("2.8", "ACK^A01^ACK")] {
            let message = format!("MSH|^~\\&|A|B^1|C|D|2024||ADT^A01|7|P|{version}||||||8859/1\r");
            let wanted = format!("MSH|^~\\&|C|D|A|B^1|20240714093015+0200||{kind}|*|P|{version}||||||8859/1\rMSA|AA|7");
            assert_eq!(told(&message, Status::Stored, None).unwrap(), wanted);
        }
        let other = told("MSH#*~\\&#A#B#C#D###ADT*A01#7#P#2.5\r", Status::Duplicate, None).unwrap();
        assert!(
            other.starts_with("MSH#*~\\&#C#D#A#B#") && other.contains("#ACK*A01*ACK#") && other.ends_with("\rMSA#AA#7")
        );
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_the_version() {
        let message = |version: &str| format!("MSH|^~\\&|A|B|C|D|||ADT^A01|7|P|{version}\r");
        let new = told(&message("2.5"), Status::Error, Some(Reason::VersionUnsupported)).unwrap();
        assert!(new.ends_with("MSA|AE|7\rERR||MSH^1^12|203^Unsupported version id^HL70357|E"), "{new}");
        let old = told(&message("2.3"), Status::Conflict, Some(Reason::ControlIdConflict)).unwrap();
        assert!(old.ends_with("MSA|AR|7\rERR|MSH^1^12^205"), "{old}");
        let none = told("hello", Status::Error, Some(Reason::NotEr7)).unwrap();
        assert!(none.starts_with("MSH|^~\\&|") && none.contains("||ACK|*||2.5\rMSA|AR|\r"), "{none}");
    }

    #[test]
    fn in_enhanced_mode_the_sender_says_when_it_wants_to_be_told() {
        for (wanted, well, ill) in
            [("AL", Some("CA"), Some("CE")), ("NE", None, None), ("ER", None, Some("CE")), ("SU", Some("CA"), None)]
        {
            let message = format!("MSH|^~\\&|A|B|C|D|||ADT^A01|7|P|2.5|||{wanted}\r");
            let word = |told: Option<String>| {
                told.map(|told| {
                    told.split('|').rev().find(|it| it.starts_with('C') && it.len() == 2).unwrap_or_default().to_owned()
                })
            };
            assert_eq!(word(told(&message, Status::Stored, None)).as_deref(), well, "{wanted}");
            assert_eq!(word(told(&message, Status::Error, Some(Reason::SegmentName))).as_deref(), ill, "{wanted}");
        }
    }
}
