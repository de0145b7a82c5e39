//! Mistakes in the columns of a table.

use super::told;

#[test]
fn they_are_told_with_their_place_and_the_nearest_name() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "patient_id: MRN",
            "patient_id: { pad: 8 }",
            &[
                "14:13: TABLE.columns.patient_id: says not where the value comes from; give one of from, position, slice, constant, capture, parent, all, concat, list",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, constant: x }",
            &["14:13: TABLE.columns.patient_id: has `from` and `constant`; a value comes from one of them"],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, padd: 8 }",
            &[
                "14:38: TABLE.columns.patient_id.padd: unknown key; accepted: from, position, slice, constant, capture, parent, all, concat, list, split, extract, replace, case, pad, strip, map, lookup, date, datetime, number, with, up, steps, when (nearest: pad)",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, pad: 0 }",
            &["14:43: TABLE.columns.patient_id.pad: must be a width in characters from 1 to 100, not `0`"],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, pad: { width: 8, left: '00' } }",
            &["14:61: TABLE.columns.patient_id.pad.left: must be one character, not the text \"00\""],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, with: x }",
            &["14:44: TABLE.columns.patient_id.with: goes with `concat` only"],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: [] }",
            &["14:27: TABLE.columns.patient_id.from: is empty; give at least one source"],
        ),
        (
            "patient_id: MRN",
            "patient_id: { all: MRN }",
            &[
                "14:13: TABLE.columns.patient_id: is a list, and the column holds one value; take a `part` of it, or `concat`",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, split: ';' }",
            &[
                "14:13: TABLE.columns.patient_id: is a list, and the column holds one value; take a `part` of it, or `concat`",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, split: { on: ';' } }",
            &[
                "14:38: TABLE.columns.patient_id.split: needs `part` (1 the first, -1 the last) or `rest` (2: the second and all after it)",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, split: { on: ';', part: 0 } }",
            &[
                "14:62: TABLE.columns.patient_id.split.part: must be 1, 2 … from the start or -1, -2 … from the end, not `0`",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, extract: '([0-9]+' }",
            &[
                "14:47: TABLE.columns.patient_id.extract: is no regular expression that can be read in linear time: found open group without closing ')'",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, extract: '(a)\\1' }",
            &[
                "14:47: TABLE.columns.patient_id.extract: is no regular expression that can be read in linear time: backreferences are not supported",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, strip: {} }",
            &["14:38: TABLE.columns.patient_id.strip: needs `start` or `end`, the text that is taken away there"],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, case: title }",
            &["14:44: TABLE.columns.patient_id.case: must be one of upper, lower, not `title`"],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, date: '%Y-%m' }",
            &["14:44: TABLE.columns.patient_id.date: `%Y-%m` names no date; it needs a year, a month and a day"],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, date: '%Y-%Q-%d' }",
            &[
                "14:44: TABLE.columns.patient_id.date: `%Q` is no directive; there are %Y %y %m %b %B %d %e %F %D %H %I %M %S %T %p %f %.f %z, also with `-`",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, date: ISO }",
            &[
                "14:44: TABLE.columns.patient_id.date: must be a format such as \"%m/%d/%Y\", or one of iso, hl7, excel, excel_1904, epoch_s, epoch_ms, not `ISO` (nearest: iso)",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, date: [] }",
            &[
                "14:38: TABLE.columns.patient_id.date: must be a format such as \"%m/%d/%Y\", or one of iso, hl7, excel, excel_1904, epoch_s, epoch_ms, not a list",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, number: { scale: 1e3 } }",
            &[
                "14:55: TABLE.columns.patient_id.number.scale: must be an exact decimal above 0, such as 0.45359237, not `1e3`",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, number: { decimal: ',', thousands: ',' } }",
            &["14:38: TABLE.columns.patient_id.number: has one sign for decimals and for thousands"],
        ),
        (
            "patient_id: MRN",
            "patient_id: { capture: sight }",
            &["14:36: TABLE.columns.patient_id.capture: the path has no {sight}"],
        ),
        (
            "patient_id: MRN",
            "patient_id: { slice: 18-11 }",
            &[
                "14:34: TABLE.columns.patient_id.slice: must be characters from 1, both included, such as 11-18, not `18-11`",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { position: 0 }",
            &["14:37: TABLE.columns.patient_id.position: must be the number of a column, from 1 to 16384, not `0`"],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, steps: [{ padd: 1 }] }",
            &[
                "14:48: TABLE.columns.patient_id.steps[0].padd: unknown key; accepted: split, extract, replace, case, pad, strip, map, lookup, date, datetime, number (nearest: pad)",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, lookup: { file: no.csv, key: a, column: b } }",
            &[
                "14:54: TABLE.columns.patient_id.lookup.file: no.csv: cannot be read: No such file or directory (os error 2)",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, lookup: { file: ../no.csv, key: a, column: b } }",
            &[
                "14:54: TABLE.columns.patient_id.lookup.file: must be a file below the folder of the configuration, without `..`",
            ],
        ),
        (
            "patient_id: MRN",
            "patient_id: { from: MRN, when: { from: A } }",
            &["14:38: TABLE.columns.patient_id.when.is: missing; give the values with which the column is filled"],
        ),
        (
            "map: sex_mf",
            "map: sex_fm",
            &["15:36: TABLE.columns.sex.map: there is no code list `sex_fm` in intake.code_lists (nearest: sex_mf)"],
        ),
        (
            "map: sex_mf",
            "map: { M: man }",
            &[
                "15:31: TABLE.columns.sex.map: leads to `man`, which the column cannot have; accepted: female, male, other, unknown (nearest: male)",
            ],
        ),
        (
            "map: sex_mf",
            "map: { M: male, else: femal }",
            &[
                "15:53: TABLE.columns.sex.map.else: leads to `femal`, which the column cannot have; accepted: female, male, other, unknown (nearest: female)",
            ],
        ),
        (
            "map: sex_mf",
            "map: { list: sex_mf, els: null }",
            &["15:52: TABLE.columns.sex.map.els: unknown key; accepted: list, else (nearest: else)"],
        ),
        (
            "map: sex_mf",
            "map: {}",
            &["15:31: TABLE.columns.sex.map: is empty; give codes and what they mean, such as { M: male }"],
        ),
    ];
    for (from, to, expected) in cases {
        assert_eq!(told(from, to), *expected, "{to}");
    }
}
