//! Mistakes in what a page says of the format.

use super::told;

#[test]
fn they_are_told_with_their_place_and_the_nearest_name() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "{ type: csv }",
            "{ type: cvs }",
            &[
                "8:23: FEED.format.type: must be one of csv, fixed_width, workbook, json, ndjson, json_columns, fhir_bundle, xml, hl7, parquet, not `cvs` (nearest: csv)",
            ],
        ),
        (
            "{ type: csv }",
            "{ delimiter: ',' }",
            &[
                "8:7: FEED.format.type: missing; give one of csv, fixed_width, workbook, json, ndjson, json_columns, fhir_bundle, xml, hl7, parquet",
            ],
        ),
        (
            "{ type: csv }",
            "{ type: csv, delimeter: ',' }",
            &[
                "8:28: FEED.format.delimeter: unknown key; accepted: type, packed, delimiter, quote, escape, encoding, title_lines, header, footer, record_type (nearest: delimiter)",
            ],
        ),
        (
            "{ type: csv }",
            "{ type: csv, encoding: windows-1253x }",
            &[
                "8:38: FEED.format.encoding: `windows-1253x` is no encoding of the WHATWG standard (nearest: windows-1252)",
            ],
        ),
        (
            "{ type: csv }",
            "{ type: csv, packed: [gzip, zip, bzip2] }",
            &["8:28: FEED.format.packed: a file is packed twice at most"],
        ),
        (
            "{ type: csv }",
            "{ type: csv, packed: gz }",
            &["8:36: FEED.format.packed: must be one of gzip, zip, zstd, bzip2, not `gz` (nearest: gzip)"],
        ),
        (
            "{ type: csv }",
            "{ type: csv, quote: '|' }",
            &["8:35: FEED.format.quote: must be one of \", ', none, not `|`"],
        ),
        (
            "{ type: csv }",
            "{ type: xml }",
            &["8:7: FEED.format.records: missing; give the path of a record below the root, such as Patients/Patient"],
        ),
        (
            "{ type: csv }",
            "{ type: fixed_width }",
            &["8:7: FEED.format: needs `fields`, or `records` with the fields of each type, not both"],
        ),
        (
            "{ type: csv }",
            "{ type: fixed_width, fields: { MRN: 8-2 } }",
            &["8:51: FEED.format.fields.MRN: must be characters from 1, both included, such as 11-18, not `8-2`"],
        ),
        (
            "{ type: csv }",
            "{ type: fixed_width, records: { P: { MRN: 8 } } }",
            &["8:7: FEED.format.record_type: missing; give where the type of a record stands, such as 1-1"],
        ),
        (
            "{ type: csv }",
            "{ type: fixed_width, record_type: 1, records: { P: { MRN: 8 } }, trailer: { record: T, counts: { Q: 2-8 } } }",
            &["8:115: FEED.format.trailer.counts.Q: there are no records `Q`"],
        ),
    ];
    for (from, to, expected) in cases {
        assert_eq!(told(from, to), *expected, "{to}");
    }
}
