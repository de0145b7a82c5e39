//! What a partner is told of a feed: what its files are called, how they are written, and what happens to them. Nothing of what is
//! made of them, and of no other partner.

use std::fmt::Write;

use carelake_records::{Format, Json, Packed, Way};

use crate::feed::{Expected, Feed, Mode, Ready};

/// The day of the example of a name.
const EXAMPLE: jiff::civil::Date = jiff::civil::Date::constant(2026, 10, 5);

/// Returns the page of a feed for its partner, as Markdown.
#[must_use]
pub fn partner_page(feed: &Feed) -> String {
    let mut page = format!("# {}: files for {}\n", feed.partner, feed.name);
    let mut section = |title: &str, lines: &[String]| {
        let lines: String = lines.iter().map(|line| format!("- {line}\n")).collect();
        // Writing to a string does not fail.
        let _ = write!(page, "\n## {title}\n\n{lines}");
    };
    section("What a file is called", &names(feed));
    section("How it is written", &[format!("{}.", format_of(&feed.format))]);
    section("What a delivery is", &[mode(feed.mode).to_owned(), expected(feed)]);
    section("What happens to a file", &happens(feed));
    section("Whom we tell", &[told(feed)]);
    page
}

fn names(feed: &Feed) -> Vec<String> {
    let mut lines = vec![format!("like `{}`, in your own folder", example(feed.path.as_str()))];
    lines.push(if feed.path.has_delivery() {
        "the date in the name is the day that the file speaks for: a new date is a new delivery, the same date a correction".to_owned()
    } else if feed.declared_in.is_some() {
        "the day that the file speaks for is the one that it declares inside".to_owned()
    } else {
        "the day that the file speaks for is the day on which it arrives".to_owned()
    });
    lines.push(match &feed.ready {
        Some(Ready::Marker(end)) => {
            format!("when it is whole, put an empty file beside it that has its name and `{end}` after it")
        }
        Some(Ready::Control(end)) => format!(
            "beside it goes a file of its name and `{end}`, which tells its rows, bytes or SHA-256; both are compared"
        ),
        None => "write it under another name that ends in `.part`, and rename it when it is whole".to_owned(),
    });
    lines
}

/// Returns a name that a pattern fits.
fn example(pattern: &str) -> String {
    let (mut name, mut rest) = (String::new(), pattern);
    while let Some((before, after)) = rest.split_once('{') {
        name.push_str(before);
        let (inside, after) = after.split_once('}').unwrap_or((after, ""));
        match inside.split_once(':') {
            Some(("delivery", format)) => name.push_str(&EXAMPLE.strftime(format).to_string()),
            _ if inside == "sequence" => name.push('1'),
            _ => name.push_str(&inside.to_uppercase()),
        }
        rest = after;
    }
    name.push_str(rest);
    name.replace('*', "")
}

fn format_of(format: &Format) -> String {
    let packed: Vec<&str> = format.packed.iter().rev().map(|packed| packing(*packed)).collect();
    let way = match &format.way {
        Way::Delimited(text) => {
            let delimiter = match text.delimiter.as_str() {
                "\t" => "a tabulator".to_owned(),
                other if other.chars().any(char::is_control) => {
                    let codes: Vec<String> = other.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect();
                    format!("the character {}", codes.join(" "))
                }
                other => format!("`{other}`"),
            };
            let header = if text.has_header { "with a header line" } else { "without a header line" };
            format!("text in {}, with {delimiter} between values, {header}", text.encoding.name())
        }
        Way::Fixed(fixed) => format!("text in {}, in columns of fixed width", fixed.encoding.name()),
        Way::Workbook(book) => {
            let header = if book.has_header { "with a header row" } else { "without a header row" };
            format!("a workbook (XLSX, XLSB, XLS or ODS), {header}, not protected by a password")
        }
        Way::Json(Json::Bundle) => "a FHIR Bundle in JSON".to_owned(),
        Way::Json(Json::Lines) => "JSON, one record after the other".to_owned(),
        Way::Json(_) => "JSON".to_owned(),
        Way::Xml(xml) => format!("XML, whose records are `{}`", xml.record),
        Way::Hl7 { .. } => "HL7 v2 messages, in a batch or one after the other".to_owned(),
        Way::Parquet => "Parquet".to_owned(),
    };
    if packed.is_empty() { way } else { format!("{way}; packed with {}", packed.join(", then ")) }
}

const fn packing(packed: Packed) -> &'static str {
    match packed {
        Packed::Gzip => "gzip",
        Packed::Zip => "zip",
        Packed::Zstd => "zstd",
        Packed::Bzip2 => "bzip2",
    }
}

const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Full => "all rows: what the newest file lacks is gone",
        Mode::Append => {
            "further rows: what was sent before stays as it is, and a row that comes again with other values is refused"
        }
        Mode::Upsert => "new and changed rows: of several rows of a key the newest counts, and what a file lacks stays",
    }
}

fn expected(feed: &Feed) -> String {
    match feed.expected {
        None => "it comes when there is something to send".to_owned(),
        Some(Expected::Day) => "we expect one every day".to_owned(),
        Some(Expected::Week(day)) => {
            let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
            let day = usize::try_from(day - 1).ok().and_then(|at| days.get(at)).unwrap_or(&"Sunday");
            format!("we expect one every week, by {day}")
        }
        Some(Expected::Month(day)) => format!("we expect one every month, by day {day}"),
        Some(Expected::Quarter(day)) => format!("we expect one every quarter, by day {day} of its first month"),
    }
}

fn happens(feed: &Feed) -> Vec<String> {
    let older = match feed.mode {
        Mode::Full => "a file of an older day than the newest is kept, and changes nothing",
        Mode::Append | Mode::Upsert => {
            "a file of an older day takes its place in order, and never overwrites newer rows"
        }
    };
    let percent = feed.thresholds.max_reject_ratio * 100.0;
    let empty = if feed.allow_empty { "says that there are no rows" } else { "changes nothing, and we ask you" };
    vec![
        "a correction is sent under the name of the file that it corrects: the later file takes its place as a whole".to_owned(),
        "the same file sent twice changes nothing".to_owned(),
        older.to_owned(),
        "one that does not come in time: we ask you once it is late, and every week until it is there".to_owned(),
        format!("an empty file, or one with a header only, {empty}"),
        "one that is not what is described above, or is cut off, changes nothing: we tell you why, and ask for it again".to_owned(),
        format!("a row that cannot be used is left out; of more than {percent} % of them the whole file is refused"),
        "one whose name fits nothing is kept, and we ask you what it is".to_owned(),
    ]
}

fn told(feed: &Feed) -> String {
    if feed.notify.is_empty() { "nobody yet: name an address".to_owned() } else { feed.notify.join(", ") }
}
