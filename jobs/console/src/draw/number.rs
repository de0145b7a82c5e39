//! Numbers, sizes and times as people read them.

use carelake_pipeline::page::Cell;
use jiff::Timestamp;
use maud::{Markup, html};

/// Stands between groups of three digits: narrow, and no line ends there.
const BETWEEN: char = '\u{202f}';

/// Returns a number with its thousands apart.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(BETWEEN);
        }
        text.push(digit);
    }
    text
}

/// Returns a size as people say it.
pub(crate) fn size(bytes: u64) -> String {
    let (number, unit) = match bytes {
        0..1_000 => return format!("{bytes}{BETWEEN}B"),
        1_000..1_000_000 => (bytes as f64 / 1e3, "kB"),
        1_000_000..1_000_000_000 => (bytes as f64 / 1e6, "MB"),
        _ => (bytes as f64 / 1e9, "GB"),
    };
    format!("{number:.1}{BETWEEN}{unit}")
}

/// Returns a length of time as people say it.
pub(crate) fn length(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..10 => format!("{:.1}{BETWEEN}s", seconds.max(0.0)),
        10..120 => format!("{whole}{BETWEEN}s"),
        120..7_200 => format!("{}{BETWEEN}min {}{BETWEEN}s", whole / 60, whole % 60),
        7_200..172_800 => format!("{}{BETWEEN}h {}{BETWEEN}min", whole / 3600, whole % 3600 / 60),
        _ => format!("{}{BETWEEN}d {}{BETWEEN}h", whole / 86_400, whole % 86_400 / 3600),
    }
}

/// Returns a share in per cent; what is there is never shown as nothing.
pub(crate) fn share(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.1 {
        return format!("<{BETWEEN}0.1{BETWEEN}%");
    }
    format!("{percent:.1}{BETWEEN}%")
}

/// Draws a moment: in UTC, and for a script to say in the zone of who reads it.
pub(crate) fn moment(at: Timestamp) -> Markup {
    html! { time datetime=(format!("{at:.0}")) { (at.strftime("%Y-%m-%d %H:%M:%S").to_string()) (BETWEEN) "UTC" } }
}

/// Returns whether a cell is a number, which stands at the right.
pub(crate) const fn is_number(cell: &Cell) -> bool {
    matches!(cell, Cell::Count(_) | Cell::Share(_) | Cell::Bytes(_) | Cell::Seconds(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_people_say_them() {
        assert_eq!([0, 999, 1_378_617].map(thousands), ["0", "999", "1\u{202f}378\u{202f}617"]);
        assert_eq!([999, 82_699_296].map(size), ["999\u{202f}B", "82.7\u{202f}MB"]);
        let lengths = [0.25, 59.6, 125.0, 7_260.0, 180_000.0].map(|it| length(it).replace('\u{202f}', ""));
        assert_eq!(lengths, ["0.2s", "60s", "2min 5s", "2h 1min", "2d 2h"]);
        assert_eq!([0.0, 0.0001, 0.125].map(|it| share(it).replace('\u{202f}', "")), ["0.0%", "<0.1%", "12.5%"]);
        let drawn = moment(Timestamp::UNIX_EPOCH).into_string();
        assert_eq!(drawn, "<time datetime=\"1970-01-01T00:00:00Z\">1970-01-01 00:00:00\u{202f}UTC</time>");
    }
}
