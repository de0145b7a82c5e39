//! Workbooks with a part that is cut off: nothing of them is published in silence.

use carelake_records::{Limits, Malformed, ReadError, Reason};

use super::books::{Beside, ods, texts, xlsb_of, xlsx, zipped};
use super::{BOOK, read, rows, wanted};

/// Why a workbook cannot be read; nothing where it can.
fn refused(bytes: &[u8]) -> Option<Malformed> {
    match read(bytes, &BOOK, &wanted(&[("", &["id", "name"])]), &Limits::default()).1 {
        Ok(_) => None,
        Err(ReadError::Malformed(malformed)) => Some(malformed),
        Err(ReadError::Io(error)) => panic!("{error}"),
    }
}

#[test]
fn a_sheet_that_is_cut_off_anywhere_is_truncated() {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let lines = [texts(1, &["id", "name"]), texts(2, &["1", "Ada"])].concat();
    let sheet = format!(
        "<?xml version=\"1.0\"?><x:worksheet xmlns:x=\"{main}\" xmlns=\"{main}\"><sheetData>{lines}</sheetData><pageMargins/></x:worksheet >\n<!-- end -->"
    );
    let book = |length: usize| {
        let further: [(&str, &[u8]); 1] = [("xl/worksheets/sheet0.xml", &sheet.as_bytes()[..length])];
        xlsx(&[("People", "")], &Beside { further: &further, ..Beside::default() })
    };
    assert_eq!(rows(&book(sheet.len()), &BOOK, &[("", &["id", "name"])]), ["0:2 1|Ada"]);
    let end = sheet.rfind("</x:worksheet >").unwrap() + "</x:worksheet >".len();
    let begun = sheet.find("<sheetData>").unwrap();
    for length in 0..end {
        let malformed = refused(&book(length)).unwrap_or_else(|| panic!("{length} bytes of {end} are read"));
        // Without its first element it is no document at all.
        let reason = if (1..begun).contains(&length) { Reason::NotTheFormat } else { Reason::Truncated };
        assert_eq!(malformed.reason, reason, "{length} bytes: {malformed}");
    }
    for length in end..sheet.len() {
        assert_eq!(refused(&book(length)), None, "{length} bytes");
    }
}

#[test]
fn other_parts_and_other_workbooks_are_cut_off_as_well() {
    let lines = [texts(1, &["id", "name"]), texts(2, &["1", "Ada"])].concat();
    for (name, text) in [("xl/sharedStrings.xml", "<sst><si><t>x</t></si>"), ("xl/workbook.xml", "<workbook><sheets>")]
    {
        let further = [(name, text.as_bytes())];
        let book = xlsx(&[("People", &lines)], &Beside { further: &further, ..Beside::default() });
        assert_eq!(refused(&book).map(|malformed| malformed.reason), Some(Reason::Truncated), "{name}");
    }
    let content = "<x><body><spreadsheet><table name=\"a\"><table-row/></table>";
    let book = zipped(&[("mimetype", b"x"), ("content.xml", content.as_bytes())]);
    assert_eq!(refused(&book).map(|malformed| malformed.reason), Some(Reason::Truncated));
    assert_eq!(refused(&ods(&[("a", "")])), None);
    let whole = (0..1_000).find(|length| refused(&xlsb_of(*length)).is_none()).unwrap();
    assert_eq!(xlsb_of(whole).len(), xlsb_of(usize::MAX).len(), "cut off after {whole} bytes");
}
