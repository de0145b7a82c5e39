//! A small file of each format, of two records.

use std::io::{Cursor, Write};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use carelake_records::{Delimited, Fixed, FixedField, Format, Json, Packed, Way, Workbook, Xml};
use encoding_rs::UTF_8;
use parquet::arrow::ArrowWriter;
use zip::write::SimpleFileOptions;

/// A name, a format, the paths of two sources, and the bytes.
pub type Seed = (&'static str, Format, [&'static str; 2], Vec<u8>);

/// Returns files of two records; one has this value.
pub fn all(planted: &str) -> Vec<Seed> {
    let csv = format!("id,name\n1,\"{planted}, x\"\n2,Bo\n").into_bytes();
    let field = |name: &str, start, width| FixedField { record: None, name: name.to_owned(), start, width };
    let fixed = Fixed {
        encoding: UTF_8,
        fields: vec![field("id", 1, 3), field("name", 4, 11)],
        record_type: None,
        trailers: Vec::new(),
    };
    let book = || Way::Workbook(Workbook { title_lines: 0, has_header: true });
    let named = ["id", "name"];
    let plain = |way| Format { packed: Vec::new(), way };
    let packed = |packed| Format { packed: vec![packed], way: delimited() };
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&csv).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(&csv).unwrap();
    let messages: String = ["1", "2"]
        .map(|id| format!("MSH|^~\\&|A|B|C|D|20260101||ADT^A04|{id}|P|2.3\rPID|1||{id}||{planted}^Ada\r"))
        .concat();
    let people = format!(r#"[{{"id":"1","name":{{"last":"{planted}"}}}},{{"id":2,"name":{{"last":"B"}}}}]"#);
    let rows = format!(
        "<?xml version=\"1.0\"?><Rows><Row id=\"1\"><Name>{planted}</Name></Row><Row id=\"2\"><Name>B</Name></Row></Rows>"
    );
    vec![
        ("csv", plain(delimited()), named, csv.clone()),
        ("gzip", packed(Packed::Gzip), named, gzip.finish().unwrap()),
        ("bzip2", packed(Packed::Bzip2), named, bzip2.finish().unwrap()),
        ("zstd", packed(Packed::Zstd), named, zstd::encode_all(csv.as_slice(), 3).unwrap()),
        ("zip", packed(Packed::Zip), named, zipped(&[("a.csv", &String::from_utf8_lossy(&csv))])),
        ("fixed", plain(Way::Fixed(fixed)), named, format!("  1{planted}\n  2Bo         \n").into_bytes()),
        ("json", plain(Way::Json(Json::Array { path: String::new() })), ["id", "name.last"], people.into_bytes()),
        (
            "lines",
            plain(Way::Json(Json::Lines)),
            ["id", "name[*]"],
            format!("{{\"id\":1,\"name\":[\"{planted}\",\"B\"]}}\n{{\"id\":2}}\n").into_bytes(),
        ),
        ("xml", plain(Way::Xml(Xml { record: "Row".to_owned() })), ["@id", "Name"], rows.into_bytes()),
        ("hl7", plain(Way::Hl7 { encoding: UTF_8 }), ["PID-3.1", "PID-5.1"], messages.into_bytes()),
        ("parquet", plain(Way::Parquet), named, parquet(planted)),
        ("xlsx", plain(book()), named, xlsx(planted)),
        ("ods", plain(book()), named, ods(planted)),
    ]
}

fn delimited() -> Way {
    Way::Delimited(Delimited {
        delimiter: ",".to_owned(),
        quote: Some(b'"'),
        has_escapes: false,
        encoding: UTF_8,
        title_lines: 0,
        has_header: true,
        footer: None,
    })
}

fn zipped(members: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn parquet(planted: &str) -> Vec<u8> {
    let column = |values: [&str; 2]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let columns = [("id", column(["1", "2"])), ("name", column([planted, "B"]))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn xlsx(planted: &str) -> Vec<u8> {
    let cell = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row = |id: &str, name: &str| format!("<row>{}{}</row>", cell(id), cell(name));
    let rows = [row("id", "name"), row("1", planted), row("2", "B")].concat();
    let sheet = format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    );
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    zipped(&[
        (
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>",
        ),
        ("_rels/.rels", &relation("officeDocument", "xl/workbook.xml")),
        (
            "xl/workbook.xml",
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>",
        ),
        ("xl/_rels/workbook.xml.rels", &relation("worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

fn ods(planted: &str) -> Vec<u8> {
    let cell = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let row = |id: &str, name: &str| format!("<table:table-row>{}{}</table:table-row>", cell(id), cell(name));
    let rows = [row("id", "name"), row("1", planted), row("2", "B")].concat();
    let content = format!(
        "<office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\"><office:body><office:spreadsheet><table:table table:name=\"S\">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    zipped(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)])
}
