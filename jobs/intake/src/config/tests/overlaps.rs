//! Whether two patterns can fit one name.

use crate::config::overlap::overlap;
use crate::config::path::PathPattern;

#[test]
fn patterns_overlap_where_one_name_fits_both() {
    for (one, other, expected) in [
        ("a.csv", "a.csv", true),
        ("a.csv", "b.csv", false),
        ("a*.csv", "*b.csv", true),
        ("a*.csv", "a*.txt", false),
        ("PAT_{delivery:%Y%m%d}.csv", "PAT_*.csv", true),
        ("PAT_{delivery:%Y%m%d}.csv", "VIS_{delivery:%Y%m%d}.csv", false),
        ("PAT_{delivery:%Y%m%d}.csv", "PAT_{delivery:%Y%m%d}_resend.csv", false),
        ("PAT_{delivery:%Y%m%d}*.csv", "PAT_{delivery:%Y%m%d}_resend.csv", true),
        ("PAT_{delivery:%Y%m%d}.csv", "PAT_{delivery:%d%m%Y}.csv", false),
        ("PAT_{delivery:%m%d%Y}.csv", "PAT_{delivery:%d%m%Y}.csv", true),
        ("PAT_{delivery:%Y%m%d}.csv", "PAT_{delivery:%m-%d-%Y}.csv", false),
        ("PAT_{delivery:%Y%m%d}.csv", "PAT_{sequence}.csv", true),
        ("PAT_{delivery:%Y%m%d}.csv", "PAT_2026083.csv", false),
        ("PAT_{delivery:%Y%m%d}.csv", "PAT_20261301.csv", false),
        ("PAT_{delivery:%Y%m%d}.csv", "PAT_20261201.csv", true),
        ("PAT_{delivery:%-m-%-d-%Y}.csv", "PAT_1-2-2026.csv", true),
        ("{delivery:%b%d%Y}", "AUG{sequence}", true),
        ("{delivery:%b%d%Y}", "XUG{sequence}", false),
        ("{site}.csv", ".csv", false),
        ("*.csv", ".csv", true),
        ("*.csv", "in/a.csv", false),
        ("{site}/a.csv", "in/*.csv", true),
        ("{sequence}", "{site}", true),
        ("{sequence}", "a{site}", false),
        ("*a*b", "*b*a", false),
        ("*a*b*", "*b*a*", true),
    ] {
        let patterns = [one, other].map(|text| PathPattern::parse(text).unwrap());
        let [one, other] = &patterns;
        assert_eq!([overlap(one, other), overlap(other, one)], [expected; 2], "{} {}", one.as_str(), other.as_str());
    }
}
