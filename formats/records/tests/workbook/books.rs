//! Small workbooks, written as their formats are.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Packs members into an archive.
pub fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// What a workbook of XLSX has beside its sheets.
#[derive(Default)]
pub struct Beside<'a> {
    pub shared: &'a [&'a str],
    pub is_1904: bool,
    pub further: &'a [(&'a str, &'a [u8])],
}

/// A workbook of sheets, each with its name and its rows as they are written. Style 1 is a date, style 2 a date and a time.
pub fn xlsx(sheets: &[(&str, &str)], beside: &Beside<'_>) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let (mut listed, mut related, mut members) = (String::new(), String::new(), Vec::new());
    for (at, (name, rows)) in sheets.iter().enumerate() {
        let state = if name.starts_with("Hidden") { " state=\"hidden\"" } else { "" };
        listed += &format!("<sheet name=\"{name}\" sheetId=\"{at}\" r:id=\"r{at}\"{state}/>");
        related +=
            &format!("<Relationship Id=\"r{at}\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet{at}.xml\"/>");
        let dimension = "<dimension ref=\"A1:XFD1048576\"/>";
        let sheet = format!("<worksheet xmlns=\"{main}\">{dimension}<sheetData>{rows}</sheetData></worksheet>");
        members.push((format!("xl/worksheets/sheet{at}.xml"), sheet));
    }
    related += &format!("<Relationship Id=\"s\" Type=\"{office}/sharedStrings\" Target=\"sharedStrings.xml\"/>");
    related += &format!("<Relationship Id=\"t\" Type=\"{office}/styles\" Target=\"styles.xml\"/>");
    let system = if beside.is_1904 { "<workbookPr date1904=\"1\"/>" } else { "" };
    let strings: String = beside.shared.iter().map(|text| format!("<si><t>{text}</t></si>")).collect();
    let styles = "<numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd hh:mm\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/></cellXfs>";
    let fixed = [
        ("[Content_Types].xml", format!("<Types xmlns=\"{package}/content-types\"/>")),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!("<workbook xmlns=\"{main}\" xmlns:r=\"{office}\">{system}<sheets>{listed}</sheets></workbook>"),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!("<Relationships xmlns=\"{package}/relationships\">{related}</Relationships>"),
        ),
        ("xl/sharedStrings.xml", format!("<sst xmlns=\"{main}\">{strings}</sst>")),
        ("xl/styles.xml", format!("<styleSheet xmlns=\"{main}\">{styles}</styleSheet>")),
    ];
    let fixed = fixed.iter().map(|(name, text)| (*name, text.as_bytes()));
    let sheets = members.iter().map(|(name, text)| (name.as_str(), text.as_bytes()));
    let all: Vec<_> =
        fixed.chain(sheets).filter(|(name, _)| !beside.further.iter().any(|(other, _)| other == name)).collect();
    zipped(&[all.as_slice(), beside.further].concat())
}

/// A row of text cells.
pub fn texts(number: u32, values: &[&str]) -> String {
    let cell = |(at, value): (usize, &&str)| {
        let column = char::from(b'A' + u8::try_from(at).unwrap());
        format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{value}</t></is></c>")
    };
    format!("<row r=\"{number}\">{}</row>", values.iter().enumerate().map(cell).collect::<String>())
}

/// A workbook of open documents, of sheets with their names and their rows as they are written.
pub fn ods(sheets: &[(&str, &str)]) -> Vec<u8> {
    let spaces: String = ["office", "table", "text"]
        .map(|name| format!(" xmlns:{name}=\"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0\""))
        .concat();
    let tables: String = sheets
        .iter()
        .map(|(name, rows)| format!("<table:table table:name=\"{name}\">{rows}</table:table>\n"))
        .collect();
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<office:document-content{spaces}><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    );
    let manifest = "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>";
    let kind = b"application/vnd.oasis.opendocument.spreadsheet";
    zipped(&[("mimetype", kind), ("META-INF/manifest.xml", manifest.as_bytes()), ("content.xml", content.as_bytes())])
}

/// A workbook of XLSB with one sheet, `Visits`: a header, a row of one cell of each kind, and an error.
pub fn xlsb() -> Vec<u8> {
    xlsb_of(usize::MAX)
}

/// The same with so many bytes of its sheet, at most.
pub fn xlsb_of(sheet_bytes: usize) -> Vec<u8> {
    let number = |value: u32| value.to_le_bytes().to_vec();
    let text = |value: &str| {
        [number(value.encode_utf16().count() as u32), value.encode_utf16().flat_map(u16::to_le_bytes).collect()]
            .concat()
    };
    let cell = |column: u32, style: u32, value: Vec<u8>| [number(column), number(style), value].concat();
    let string = |column, value: &str| record(6, &cell(column, 0, text(value)));
    let real = |column, style, value: f64| record(5, &cell(column, style, value.to_le_bytes().to_vec()));
    let row = |at: u32| record(0, &[number(at), vec![0; 21]].concat());
    let book = [
        record(0x83, &[]),
        record(0x99, &[0; 12]),
        record(0x8f, &[]),
        record(0x9c, &[number(0), number(1), text("r1"), text("Visits")].concat()),
        record(0x90, &[]),
        record(0x9d, &[0; 26]),
        record(0x84, &[]),
    ];
    let styles = [
        record(0x269, &number(2)),
        record(0x2f, &[0; 16]),
        record(0x2f, &[&[0, 0, 22, 0][..], &[0; 12]].concat()),
        record(0x26a, &[]),
    ];
    let sheet = [
        record(0x81, &[]),
        record(0x94, &[number(0), number(2_000_000), number(0), number(2_000_000)].concat()),
        record(0x91, &[]),
        row(0),
        string(0, "Id"),
        string(1, "Seen At"),
        string(2, "Weight"),
        row(4),
        string(0, "007"),
        real(1, 1, 46_265.586_805_555_555),
        real(2, 0, 72.5),
        row(5),
        record(3, &cell(0, 0, vec![0x2a])),
        record(4, &cell(2, 0, vec![1])),
        record(0x92, &[]),
    ]
    .concat();
    let package = "http://schemas.openxmlformats.org/package/2006";
    let related = format!(
        "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Target=\"worksheets/sheet1.bin\"/></Relationships>"
    );
    zipped(&[
        ("[Content_Types].xml", format!("<Types xmlns=\"{package}/content-types\"/>").as_bytes()),
        ("xl/workbook.bin", &book.concat()),
        ("xl/_rels/workbook.bin.rels", related.as_bytes()),
        ("xl/styles.bin", &styles.concat()),
        ("xl/worksheets/sheet1.bin", &sheet[..sheet_bytes.min(sheet.len())]),
    ])
}

/// A record of XLSB: its kind and its length in seven bits a byte, then its bytes.
fn record(kind: u16, bytes: &[u8]) -> Vec<u8> {
    let kind = if kind < 0x80 { vec![kind as u8] } else { vec![(kind & 0x7f | 0x80) as u8, (kind >> 7) as u8] };
    let length = u8::try_from(bytes.len()).unwrap();
    assert!(length < 0x80);
    [kind, vec![length], bytes.to_vec()].concat()
}
