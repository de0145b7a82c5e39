//! What each normal form answers, beside the list that is shared.

use super::*;

fn as_of() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 1)
}

#[test]
fn text_is_lower_case_without_marks_and_with_single_blanks() {
    for (cell, expected) in [
        ("O’Brien", Some("obrien")),
        ("Nuñez-Cruz", Some("nunez cruz")),
        ("nun\u{303}ez", Some("nunez")),
        ("Łukasz  Straße", Some("lukasz strasse")),
        ("Æsa Þór", Some("aesa thor")),
        ("İlknur", Some("ilknur")),
        ("１２３", Some("123")),
        ("李小龙", Some("李小龙")),
        ("  --- ", None),
        ("", None),
    ] {
        assert_eq!(text(cell).as_deref(), expected, "{cell}");
    }
}

#[test]
fn a_suffix_moves_and_a_title_goes() {
    let shown = |first, last, given| {
        let names = names(Some(first), None, Some(last), given);
        [names.first, names.last, names.suffix].map(Option::unwrap_or_default).join("|")
    };
    assert_eq!(shown("Robert", "HALE JR", None), "robert|hale|jr");
    assert_eq!(shown("Robert Jr", "Hale 3rd", None), "robert|hale|iii");
    assert_eq!(shown("Robert", "Hale Jr", Some("Sr.")), "robert|hale|sr");
    assert_eq!(shown("Sr. Agnes", "Hill", None), "agnes|hill|");
    assert_eq!(shown("Sr", "Jr", None), "sr|jr|");
}

#[test]
fn placeholders_of_names_are_missing() {
    for first in ["UNKNOWN", "Baby Boy", "N/A", "xxx", "12 345", "Twin A", "refused"] {
        assert_eq!(names(Some(first), None, Some("Lopez"), None).first, None, "{first}");
    }
    let does = ["John", "JANE", "baby", "unknown", ""];
    for first in does {
        assert_eq!(names(Some(first), None, Some("Doe"), None).last, None, "{first}");
    }
    assert_eq!(names(Some("Ann"), None, Some("Doe"), None).last.as_deref(), Some("doe"));
    assert_eq!(names(Some("xx"), None, Some("xyx"), None).first.as_deref(), Some("xx"));
}

#[test]
fn days_that_are_none_are_missing() {
    for cell in ["1900-01-01", "1911-11-11", "1879-12-31", "2026-11-02", "1983-02-29", "19840307", "1984-3-7", "", "x"]
    {
        assert_eq!(date(cell, as_of()), None, "{cell}");
    }
    for cell in ["1880-01-01", "2026-11-01", "1984-02-29"] {
        assert_eq!(date(cell, as_of()).as_deref(), Some(cell));
    }
}

#[test]
fn numbers_that_nobody_has_are_missing() {
    for cell in [
        "000123456",
        "666123456",
        "912345678",
        "261004871",
        "261530000",
        "111111111",
        "0000",
        "26153487",
        "２６１５３４８７１",
    ] {
        assert_eq!(ssn(cell), None, "{cell}");
    }
    assert_eq!(ssn("261 53 4871").as_deref(), Some("261534871"));
    assert_eq!(last4("261-53-4871").as_deref(), Some("4871"));
    for cell in ["0275861234", "7270861234", "7275550123", "5555555555", "7272222222", "727586123"] {
        assert_eq!(phone(cell), None, "{cell}");
    }
    assert_eq!(phone("1-727-555-0200").as_deref(), Some("7275550200"));
    for (cell, state) in [("00000", None), ("12345", Some("FL")), ("3377", None), ("33770-12", None)] {
        assert_eq!(zip_code(cell, state), None, "{cell}");
    }
    assert_eq!(zip_code("12345", Some("ny")).as_deref(), Some("12345"));
    for cell in ["a@@b.com", "a@b@c.com", "@x.org", "x@y.org", "none@gmail.com", "a@none.com", "nobody"] {
        assert_eq!(email(cell), None, "{cell}");
    }
    assert_eq!(email("jo+x+y@mail.org").as_deref(), Some("jo@mail.org"));
    assert_eq!((sex(" Female "), sex("u")), (Some("female".to_owned()), None));
}

#[test]
fn an_address_has_a_street() {
    let shown = |one, two| address(one, two).as_ref().map(address_text);
    for (one, two, expected) in [
        ("12 Oak Street", Some("Apt 4"), Some("12|oak st|4")),
        ("12 OAK ST #4", None, Some("12|oak st|4")),
        ("P.O. Box 12", None, Some("12|pobox|")),
        ("po box", None, Some("|pobox|")),
        ("P O Box 7 Oak St", Some("PO Box 9"), Some("9|pobox|")),
        ("450 Fifth Avenue", Some("Suite 210"), Some("450|5th ave|210")),
        ("Oak Street", None, Some("|oak st|")),
        ("12 Oak Street", Some("Floor 2 Room 7"), Some("12|oak st|27")),
        ("Homeless", Some("Apt 4"), None),
        ("12", None, None),
        ("", Some(""), None),
    ] {
        assert_eq!(shown(Some(one), two).as_deref(), expected, "{one}");
    }
}
