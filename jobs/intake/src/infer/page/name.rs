//! What the files of a feed are called, by the name of one.

use jiff::civil::Date;

/// How dates stand in names, the longer first.
const FORMATS: [(&str, &[usize]); 12] = [
    ("%Y-%m-%d", &[4, 2, 2]),
    ("%Y_%m_%d", &[4, 2, 2]),
    ("%Y.%m.%d", &[4, 2, 2]),
    ("%m-%d-%Y", &[2, 2, 4]),
    ("%m_%d_%Y", &[2, 2, 4]),
    ("%m.%d.%Y", &[2, 2, 4]),
    ("%d-%m-%Y", &[2, 2, 4]),
    ("%Y%m%d", &[4, 2, 2]),
    ("%m%d%Y", &[2, 2, 4]),
    ("%d%m%Y", &[2, 2, 4]),
    ("%m-%d-%y", &[2, 2, 2]),
    ("%y%m%d", &[2, 2, 2]),
];
/// The years that deliveries are of.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2099;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Returns the pattern of a name, and whether it tells the delivery date.
pub(super) fn pattern(file: &str) -> (String, bool) {
    if let Some((start, end, format)) = date(file) {
        let before = file.get(..start).unwrap_or_default();
        let mut after = file.get(end..).unwrap_or_default();
        // A time behind the date is of the same delivery.
        let time: String = after.trim_start_matches(['_', '-', 'T']).chars().take_while(char::is_ascii_digit).collect();
        let has_time = matches!(time.len(), 4 | 6) && after.find(&time).is_some_and(|at| at <= 1);
        let star = if has_time { "*" } else { "" };
        if has_time {
            after = after.split_once(&time).map_or(after, |(_, rest)| rest);
        }
        return (format!("{}{{delivery:{format}}}{star}{}", escaped(before), escaped(after)), true);
    }
    let end = file.rfind(|letter: char| letter.is_ascii_digit()).map(|at| at + 1);
    let stem = file.find('.').unwrap_or(file.len());
    if let Some(end) = end.filter(|end| *end <= stem) {
        let head = file.get(..end).unwrap_or_default();
        let start = head.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
        let (before, after) = (file.get(..start).unwrap_or_default(), file.get(end..).unwrap_or_default());
        return (format!("{}{{sequence}}{}", escaped(before), escaped(after)), false);
    }
    (escaped(file), false)
}

/// Returns the name of a sheet or a member with what changes with the delivery.
pub(super) fn part(name: &str, path: &str) -> String {
    if !path.contains("{delivery:") {
        return name.to_owned();
    }
    for month in MONTHS {
        if let Some((before, after)) = name.split_once(month) {
            let year: String = after.trim_start().chars().take(4).collect();
            let blank = if after.starts_with(' ') { " " } else { "" };
            if year.parse::<i16>().is_ok_and(|year| YEARS.contains(&year)) {
                let rest = after.trim_start().get(4..).unwrap_or_default();
                return format!("{before}{{delivery:%b{blank}%Y}}{rest}");
            }
        }
    }
    match date(name) {
        Some((start, end, format)) => {
            let (before, after) = (name.get(..start).unwrap_or_default(), name.get(end..).unwrap_or_default());
            format!("{before}{{delivery:{format}}}{after}")
        }
        None => name.to_owned(),
    }
}

/// Finds a date: where it stands, and how it is written.
fn date(name: &str) -> Option<(usize, usize, &'static str)> {
    FORMATS.iter().find_map(|(format, widths)| {
        name.char_indices().find_map(|(start, _)| {
            let rest = name.get(start..)?;
            let before = name.get(..start)?.chars().next_back();
            let length = read(rest, format, widths)?;
            let after = rest.get(length..)?.chars().next();
            let is_number = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
            (!is_number(before) && (!is_number(after) || format.starts_with("%Y"))).then_some((
                start,
                start + length,
                *format,
            ))
        })
    })
}

/// Reads a date at the start of a text; answers its length.
fn read(text: &str, format: &str, widths: &[usize]) -> Option<usize> {
    let mut rest = text;
    let mut widths = widths.iter();
    let (mut year, mut month, mut day) = (None, None, None);
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            rest = rest.strip_prefix(letter)?;
            continue;
        }
        let width = *widths.next()?;
        let (digits, after) = rest.split_at_checked(width)?;
        let number: i16 = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
        match letters.next()? {
            'Y' => year = Some(number),
            'y' => year = Some(2000 + number),
            'm' => month = i8::try_from(number).ok(),
            _ => day = i8::try_from(number).ok(),
        }
        rest = after;
    }
    let is_day = Date::new(year?, month?, day?).is_ok() && YEARS.contains(&year?);
    is_day.then_some(text.len() - rest.len())
}

/// Returns a part of a name without what patterns would read as theirs.
fn escaped(text: &str) -> String {
    text.replace(['{', '}', '*'], "*")
}
