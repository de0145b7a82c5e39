//! Synthetic values: as a file has them, and as they are published.

use jiff::civil::{Date, date};

use super::layout::Column;

const LAST: [&str; 20] = [
    "Smith",
    "Garcia",
    "Okafor",
    "Nguyen",
    "Lindqvist",
    "Johnson",
    "Hernandez",
    "Marsh",
    "Brown",
    "Petrov",
    "Williams",
    "Abara",
    "Lee",
    "Rossi",
    "Miller",
    "O'Neil",
    "Davis",
    "Ruiz-Soto",
    "Kowalski",
    "Martinez",
];
const FIRST: [&str; 20] = [
    "Mary", "James", "Ngozi", "Linda", "Per", "Robert", "Lucia", "Dana", "Michael", "Ife", "Patricia", "Omar", "Susan",
    "Kai", "David", "Renee", "Barbara", "Tomas", "Jennifer", "William",
];
const STREETS: [&str; 6] = ["Oak St", "Maple Avenue", "Bay Dr", "Palm Blvd", "Lake Road", "N Main St"];
const CITIES: [&str; 8] =
    ["Tampa", "Saint Cloud", "Ocala", "Fort Myers", "Naples", "Bradenton", "Key West", "Miami Gardens"];
const STATES: [&str; 5] = ["FL", "FL", "GA", "AL", "FL"];
const HOSPITALS: [&str; 3] = ["Bayfront Medical Center", "Lakeside Hospital", "Gulf Coast Regional"];
const PAYERS: [&str; 5] = ["Medicare", "Blue Cross Blue Shield", "Sunshine Health", "Aetna", "Self Pay"];
const CODES: [&str; 10] = ["E11.9", "I10", "J44.1", "N18.3", "Z79.4", "F32.9", "M54.50", "K21.9", "S72.001A", "R07.9"];
const COUNTIES: [&str; 5] = ["Hillsborough", "Pinellas", "Orange", "Lee", "Collier"];

/// Returns numbers that look like chance, the same in every run.
fn chance(row: usize, of: &str) -> usize {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ (row as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    for byte in of.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        state ^= state >> 29;
    }
    (state >> 11) as usize
}

/// What a column has in one row: as the file has it, and as it is published, a value for each target.
pub(super) fn value(column: &Column, row: usize) -> (String, Vec<String>) {
    let dice = chance(row, &column.header);
    if column.may_be_empty && dice % 10 < 4 {
        return (String::new(), column.targets().iter().map(|_| String::new()).collect());
    }
    let pick = |list: &[&str]| list[dice / 16 % list.len()].to_owned();
    let same = |text: String| (text.clone(), vec![text]);
    match column.kind.as_str() {
        "mrn" => same(format!("{:07}", 4_100_000 + row * 13)),
        "visit" => same(format!("{:09}", 700_200_000 + row * 37)),
        "member" => {
            let number = format!("M{:08}", 30_000_000 + row * 101);
            (number.clone(), vec![number.clone(), number])
        }
        "medicaid" => same(format!("{:010}", 9_400_000_000_usize + row * 977)),
        "number" => same(format!("{}", 20_000 + dice % 900)),
        "last" => same(pick(&LAST)),
        "first" | "middle" => same(pick(&FIRST)),
        "initial" => same(pick(&["A", "J", "M", "R", "L", "T"])),
        "suffix" => same(pick(&["Jr", "Sr", "III"])),
        "last_first" => {
            let (last, first) = (pick(&LAST), FIRST[dice / 999 % FIRST.len()].to_owned());
            (format!("{}, {}", last.to_uppercase(), first.to_uppercase()), vec![last, first])
        }
        "born" => day(date(1931, 1, 17), dice % 30_000, &column.details),
        "died" if dice % 10 < 9 => (String::new(), vec![String::new()]),
        "died" => day(date(2024, 1, 3), dice % 500, &column.details),
        "start" => day(date(2026, 1, 2), chance(row, "stay") % 240, &column.details),
        "end" => day(date(2026, 1, 2), chance(row, "stay") % 240 + 1 + dice % 9, &column.details),
        "stamp" => day(date(2026, 8, 1), dice % 60, &column.details),
        "codes" => code(&column.details, dice / 16),
        "text" => same(pick(&column.details.split(';').collect::<Vec<_>>())),
        "ssn" => same(format!("{:03}-{:02}-{:04}", 101 + dice % 560, 11 + row % 80, 1000 + dice % 8999)),
        "ssn_n" => same(format!("{:03}{:02}{:04}", 101 + dice % 560, 11 + row % 80, 1000 + dice % 8999)),
        "mbi" => same(format!("1EG{}TE{}MK{:02}", row % 10, dice % 10, dice % 100)),
        "street" => same(format!("{} {}", 100 + dice % 9000, pick(&STREETS))),
        "unit" => same(format!("Apt {}", 1 + dice % 90)),
        "city" => same(pick(&CITIES)),
        "state" => same(pick(&STATES)),
        "zip" => same(format!("{:05}", 33_101 + dice % 900)),
        "zip9" => same(format!("{:05}-{:04}", 33_101 + dice % 900, 1000 + dice % 8000)),
        "county" => same(pick(&COUNTIES)),
        "phone" => phone(&column.details, dice),
        "email" => same(format!("{}.{}@example.org", FIRST[dice % 20].to_lowercase(), row)),
        "npi" => same(npi(dice % 7)),
        "ccn" => same(format!("{:06}", 100_001 + dice % 4)),
        "hospital" => same(pick(&HOSPITALS)),
        "doctor" => same(format!("{}, {}", pick(&LAST), FIRST[dice / 999 % FIRST.len()])),
        "icd" => same(pick(&CODES)),
        "icd_n" => same(pick(&CODES).replace('.', "")),
        "drg" => same(pick(&["291", "470", "871", "190", "065"])),
        "payer" => same(pick(&PAYERS)),
        "money" => money(&column.details, dice),
        "kg" => same(format!("{}.{}", 48 + dice % 70, dice % 10)),
        kind => panic!("{kind}: no such kind"),
    }
}

fn day(first: Date, days: usize, format: &str) -> (String, Vec<String>) {
    let day = first.checked_add(jiff::Span::new().days(days as i64)).unwrap();
    let moment = day.at((8 + days % 9) as i8, (days % 60) as i8, 0, 0);
    (moment.strftime(format).to_string(), vec![day.to_string()])
}

fn code(codes: &str, dice: usize) -> (String, Vec<String>) {
    let codes: Vec<(&str, &str)> = codes.split(' ').map(|code| code.split_once('=').unwrap()).collect();
    let (code, meaning) = codes[dice % codes.len()];
    (code.replace('_', " "), vec![meaning.to_owned()])
}

fn phone(signs: &str, dice: usize) -> (String, Vec<String>) {
    let (area, exchange, line) = (813 + dice % 3, 222 + dice % 700, 1000 + dice % 9000);
    let written = match signs {
        "-" => format!("{area}-{exchange}-{line}"),
        "(" => format!("({area}) {exchange}-{line}"),
        _ => format!("{area}{exchange}{line}"),
    };
    (written, vec![format!("{area}{exchange}{line}")])
}

fn money(currency: &str, dice: usize) -> (String, Vec<String>) {
    let (dollars, cents) = (120 + dice % 48_000, dice % 100);
    let written = match currency {
        "$" if dollars >= 1000 => format!("${},{:03}.{cents:02}", dollars / 1000, dollars % 1000),
        "$" => format!("${dollars}.{cents:02}"),
        _ => format!("{dollars}.{cents:02}"),
    };
    (written, vec![format!("{dollars}.{cents:02}")])
}

/// Returns a number of a provider with its check digit (ISO/IEC 7812 with the prefix 80840).
fn npi(which: usize) -> String {
    let body = format!("12345{:04}", 6000 + which * 7);
    let digits = format!("80840{body}");
    let doubled = digits.bytes().rev().enumerate().map(|(at, byte)| {
        let digit = u32::from(byte - b'0') * if at % 2 == 0 { 2 } else { 1 };
        digit / 10 + digit % 10
    });
    format!("{body}{}", (10 - doubled.sum::<u32>() % 10) % 10)
}
