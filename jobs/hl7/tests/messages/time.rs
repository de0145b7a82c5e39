//! Times: their grammar, offsets, zones.

use carelake_hl7::{Moment, Precision, Time};
use jiff::Timestamp;
use jiff::tz::TimeZone;

fn zone(name: &str) -> TimeZone {
    match name {
        "New York" => TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap(),
        _ => TimeZone::UTC,
    }
}

#[test]
fn a_time_is_the_lowest_moment_that_it_can_mean() {
    for (text, zoned, moment, precision, offset) in [
        ("1987", "", "1987-01-01T00:00:00Z", Precision::Year, None),
        ("198702", "", "1987-02-01T00:00:00Z", Precision::Month, None),
        ("19870203", "", "1987-02-03T00:00:00Z", Precision::Day, None),
        ("1987020304", "", "1987-02-03T04:00:00Z", Precision::Hour, None),
        ("198702030405", "", "1987-02-03T04:05:00Z", Precision::Minute, None),
        ("19870203040506", "", "1987-02-03T04:05:06Z", Precision::Second, None),
        ("19870203040506.7", "", "1987-02-03T04:05:06.7Z", Precision::Fraction, None),
        ("19870203040506.0078", "", "1987-02-03T04:05:06.0078Z", Precision::Fraction, None),
        ("19870203040506+0530", "New York", "1987-02-02T22:35:06Z", Precision::Second, Some(330)),
        ("1987-0100", "", "1987-01-01T01:00:00Z", Precision::Year, Some(-60)),
        ("20000229", "", "2000-02-29T00:00:00Z", Precision::Day, None),
        (" 19870203 ^D", "", "1987-02-03T00:00:00Z", Precision::Day, None),
        ("18450101", "", "1845-01-01T00:00:00Z", Precision::Day, None),
        ("20240714093015", "New York", "2024-07-14T13:30:15Z", Precision::Second, None),
        // A fold: the earlier; a gap: the offset before it.
        ("20241103013000", "New York", "2024-11-03T05:30:00Z", Precision::Second, None),
        ("20240310023000", "New York", "2024-03-10T07:30:00Z", Precision::Second, None),
    ] {
        let micros = moment.parse::<Timestamp>().unwrap().as_microsecond();
        let expected = Time::At(Moment { micros, precision, offset });
        assert_eq!(Time::read(text, '^', &zone(zoned)), expected, "{text}");
        assert!(!precision.name().is_empty());
    }
    // Later than what a timestamp can hold.
    let Time::At(last) = Time::read("99991231", '^', &TimeZone::UTC) else { panic!("it is a day") };
    assert_eq!(last.micros, 253_402_214_400_000_000);
}

#[test]
fn what_is_no_time_is_told_from_nothing_and_from_a_deletion() {
    for text in [
        "20230229",
        "20241301",
        "20240732",
        "202407142400",
        "20240714096015",
        "20240714093060",
        "2007509101832132",
        "01/10/1948",
        "2024-07-14",
        "20240714T0930",
        "0000",
        "00000000",
        "20240714093015+2500",
        "20240714093015+01",
        "20240714093015.12345",
        "20240714093015.",
        "202407140930.5",
        "202",
        "2024071",
        "+0100",
        "20240714+0160",
        "\u{e9}024",
    ] {
        assert_eq!(Time::read(text, '^', &TimeZone::UTC), Time::Unreadable, "{text}");
    }
    assert_eq!(Time::read(" ", '^', &TimeZone::UTC), Time::Absent);
    assert_eq!(Time::read("^D", '^', &TimeZone::UTC), Time::Absent);
    assert_eq!(Time::read("\"\"", '^', &TimeZone::UTC), Time::Delete);
}
