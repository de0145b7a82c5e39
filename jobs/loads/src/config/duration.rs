//! Spans of time as the configuration writes them: `90s`, `10m`, `1h`, `30d`.

use std::time::Duration;

use carelake_core::config::reader::{Fields, Form, Key, Mistakes, Preset, Spot};

/// What a span may be.
pub(super) const SPAN: Form = Form::Like("^[0-9]+[smhd]$");
/// How messages say it.
const A_SPAN: &str = "a span such as 90s, 10m, 1h or 30d";
/// The longest span: a year and a day.
const LONGEST_SECS: u64 = 366 * 86_400;

/// Reads a text as a span.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let number: u64 = text.trim_end_matches(char::is_alphabetic).parse().ok()?;
    let secs = number.checked_mul(unit).filter(|secs| *secs <= LONGEST_SECS)?;
    // One letter only.
    (text.len() == number_width(text) + 1).then(|| Duration::from_secs(secs))
}

fn number_width(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Reads a span at a place.
pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Duration> {
    let text = spot.text(A_SPAN, mistakes)?;
    let span = parse(&text);
    if span.is_none() {
        spot.expected(A_SPAN, mistakes);
    }
    span
}

/// Reads a span, or answers what is declared to hold when the key is not set.
pub(super) fn of(fields: &Fields<'_>, keys: &[Key], name: &str, mistakes: &mut Mistakes) -> Duration {
    let given = fields.get(name).and_then(|spot| read(&spot, mistakes));
    given.unwrap_or_else(|| preset(keys, name))
}

/// Returns the span that is declared to hold when a key is not set.
pub(super) fn preset(keys: &[Key], name: &str) -> Duration {
    let declared = keys.iter().find(|key| key.name == name).and_then(|key| key.preset);
    match declared {
        Some(Preset::Text(text)) => parse(text).unwrap_or_default(),
        _ => Duration::ZERO,
    }
}
