//! Files of synthetic rows.

use std::io::{Cursor, Write};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use zip::write::SimpleFileOptions;

use super::layout::Layout;

/// Returns the name of a file of a layout, and its bytes.
pub(super) fn file(layout: &Layout, rows: &[Vec<String>]) -> (String, Vec<u8>) {
    let headers: Vec<&str> = layout.columns.iter().map(|column| column.header.as_str()).collect();
    let (end, bytes) = match layout.format.as_str() {
        "csv" => ("csv", delimited(&headers, rows, if layout.detail == "tab" { "\t" } else { &layout.detail })),
        "fixed" => ("txt", fixed(&headers, rows)),
        "xlsx" => ("xlsx", workbook(&headers, rows, layout.detail.parse().unwrap())),
        "ndjson" => ("ndjson", lines(&headers, rows)),
        "xml" => ("xml", elements(&headers, rows)),
        _ => ("parquet", parquet(&headers, rows)),
    };
    (format!("{}_2026-09-01.{end}", layout.name), bytes)
}

fn delimited(headers: &[&str], rows: &[Vec<String>], delimiter: &str) -> Vec<u8> {
    let quoted = |cell: &str| {
        if cell.contains(delimiter) { format!("\"{cell}\"") } else { cell.to_owned() }
    };
    let line = |cells: Vec<String>| cells.join(delimiter) + "\r\n";
    let head = line(headers.iter().map(|header| quoted(header)).collect());
    let body = rows.iter().map(|row| line(row.iter().map(|cell| quoted(cell)).collect()));
    (head + &body.collect::<String>()).into_bytes()
}

fn fixed(headers: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let width = |at: usize| {
        let longest = rows.iter().map(|row| row[at].chars().count()).max().unwrap_or_default();
        longest.max(headers[at].len()) + 2
    };
    let widths: Vec<usize> = (0..headers.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<String>() + "\n"
    };
    let body = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    (line(headers.to_vec()) + &body.collect::<String>()).into_bytes()
}

fn parquet(headers: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let column = |at: usize| {
        let cells = rows.iter().map(|row| Some(row[at].as_str()).filter(|cell| !cell.is_empty()));
        Arc::new(cells.collect::<StringArray>()) as ArrayRef
    };
    let batch = RecordBatch::try_from_iter(headers.iter().enumerate().map(|(at, name)| (*name, column(at)))).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Writes a record a line, nested where a header has points.
fn lines(headers: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let mut text = String::new();
    for row in rows {
        let mut record = serde_json::Map::new();
        for (header, cell) in headers.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            let mut at = &mut record;
            let mut steps = header.split('.').peekable();
            while let Some(step) = steps.next() {
                if steps.peek().is_none() {
                    at.insert(step.to_owned(), cell.as_str().into());
                    break;
                }
                at = at.entry(step).or_insert_with(|| serde_json::json!({})).as_object_mut().unwrap();
            }
        }
        text += &(serde_json::Value::Object(record).to_string() + "\n");
    }
    text.into_bytes()
}

/// Writes an element a record; headers with one parent stand one after the other.
fn elements(headers: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Export>\n");
    for row in rows {
        text += "  <Item>";
        let mut open = "";
        for (header, cell) in headers.iter().zip(row) {
            let (parent, name) = header.split_once('/').unwrap_or(("", header));
            if parent != open {
                text += &if open.is_empty() { String::new() } else { format!("</{open}>") };
                text += &if parent.is_empty() { String::new() } else { format!("<{parent}>") };
                open = parent;
            }
            text += &format!("<{name}>{cell}</{name}>");
        }
        text += &if open.is_empty() { String::new() } else { format!("</{open}>") };
        text += "</Item>\n";
    }
    (text + "</Export>\n").into_bytes()
}

/// Writes a workbook of one sheet, with some rows of titles above the header.
fn workbook(headers: &[&str], rows: &[Vec<String>], titles: usize) -> Vec<u8> {
    const PARTS: [(&str, &str); 4] = [
        (
            "_rels/.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
        (
            "[Content_Types].xml",
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#,
        ),
        (
            "xl/workbook.xml",
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Export" sheetId="1" r:id="r1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
    ];
    let cell = |text: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        if text.is_empty() { "<c/>".to_owned() } else { format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#) }
    };
    let row = |cells: &[&str]| format!("<row>{}</row>", cells.iter().map(|text| cell(text)).collect::<String>());
    let mut data: String =
        (0..titles).map(|at| row(&[["Census Report", "All units", "As of today"][at % 3]])).collect();
    data += &row(headers);
    data += &rows.iter().map(|cells| row(&cells.iter().map(String::as_str).collect::<Vec<_>>())).collect::<String>();
    let sheet = format!(
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{data}</sheetData></worksheet>"#
    );
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in PARTS.into_iter().chain([("xl/worksheets/sheet1.xml", sheet.as_str())]) {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
