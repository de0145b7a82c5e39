//! Mistakes in what feeds share.

use super::told;

#[test]
fn they_are_told_with_their_place_and_the_nearest_name() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "{ M: male, F: female }",
            "{ M: male, ' m': male }",
            &["3:30: intake.code_lists.sex_mf. m: ` m` is there already; case and outer blanks do not count"],
        ),
        (
            "code_lists:",
            "defaults: { max_concurrency: 0 }\n  code_lists:",
            &["2:32: intake.defaults.max_concurrency: must be a whole number from 1 to 1000, not `0`"],
        ),
        (
            "code_lists:",
            "limits: { depths: 3 }\n  code_lists:",
            &[
                "2:13: intake.limits.depths: unknown key; accepted: unpacked_bytes, ratio, ratio_from_bytes, members, depth, value_bytes, columns, cells (nearest: depth)",
            ],
        ),
        (
            "code_lists:",
            "partners: { bai: {} }\n  code_lists:",
            &["2:15: intake.partners.bai: no feed is of `bai` (nearest: bay)"],
        ),
        (
            "code_lists:",
            "tables: { persons: {} }\n  code_lists:",
            &["2:13: intake.tables.persons: `persons` is there already; give the table another name"],
        ),
        (
            "code_lists:",
            "tables: { shots: { key: [shot_id], columns: { shot_id: identifer } } }\n  code_lists:",
            &[
                "2:22: intake.tables.shots.key: must be data_source and the columns that tell the rows of a feed apart",
                "2:28: intake.tables.shots.key[0]: the table has no column `shot_id`",
                "2:58: intake.tables.shots.columns.shot_id: must be one of text, identifier, date, past_date, timestamp, integer, boolean, list, diagnoses, medicare_id, state, zip_code, phone, email, npi, ccn, nubc, decimal, code, not `identifer` (nearest: identifier)",
            ],
        ),
        (
            "code_lists:",
            "tables: { shots: { key: [data_source, shotid], columns: { shot_id: identifier, delivery_date: date } } }\n  code_lists:",
            &[
                "2:41: intake.tables.shots.key[1]: the table has no column `shotid` (nearest: shot_id)",
                "2:97: intake.tables.shots.columns.delivery_date: is in every table; leave it out",
            ],
        ),
        (
            "code_lists:",
            "tables: { shots: { key: [data_source, a], columns: { a: { type: code, values: [x, y], otherwise: z } } } }\n  code_lists:",
            &["2:100: intake.tables.shots.columns.a.otherwise: must be one of x, y, not `z`"],
        ),
        (
            "code_lists:",
            "code_list:",
            &[
                "2:3: intake.code_list: unknown key; accepted: defaults, limits, landing, code_lists, tables, partners, feeds, files (nearest: code_lists)",
                "15:36: TABLE.columns.sex.map: there is no code list `sex_mf` in intake.code_lists",
            ],
        ),
    ];
    for (from, to, expected) in cases {
        assert_eq!(told(from, to), *expected, "{to}");
    }
}
