//! Mistakes in the tables of a page.

use super::told;

#[test]
fn they_are_told_with_their_place_and_the_nearest_name() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "persons:",
            "person:",
            &[
                "12:9: FEED.tables.person: there is no common table `person`; declare it under intake.tables (nearest: persons)",
            ],
        ),
        ("sex: { from", "sexe: { from", &["15:13: TABLE.columns.sexe: persons has no such column (nearest: sex)"]),
        (
            "sex: { from",
            "delivery_date: { from",
            &["15:13: TABLE.columns.delivery_date: is filled in by intake; leave it out"],
        ),
        (
            "            patient_id: MRN\n",
            "",
            &["13:11: TABLE.columns.patient_id: missing; no row may lack it, so say where it comes from"],
        ),
        (
            "columns:",
            "required: [last_name]\n          columns:",
            &["14:11: TABLE.columns.last_name: missing; no row may lack it, so say where it comes from"],
        ),
        (
            "columns:",
            "complete: [lastname]\n          columns:",
            &["13:22: TABLE.complete[0]: persons has no column `lastname` (nearest: last_name)"],
        ),
        (
            "columns:",
            "key: [member_id]\n          columns:",
            &["13:11: TABLE.key: must be [patient_id], which rows of persons are told apart by"],
        ),
        (
            "columns:",
            "order: [updatet_at desc]\n          columns:",
            &["13:19: TABLE.order[0]: persons has no column `updatet_at` (nearest: updated_at)"],
        ),
        (
            "columns:",
            "order: [updated_at down]\n          columns:",
            &["13:19: TABLE.order[0]: must end with asc or desc, not `down`"],
        ),
        (
            "columns:",
            "record: P\n          columns:",
            &["13:19: TABLE.record: needs `record_type` in the format, which tells where the type of a record stands"],
        ),
        ("columns:", "sheet: Census\n          columns:", &["13:18: TABLE.sheet: needs a format of `type: workbook`"]),
        ("columns:", "member: a.csv\n          columns:", &["13:19: TABLE.member: needs a format of `packed: zip`"]),
        (
            "columns:",
            "operation: { from: op, remove: D }\n          columns:",
            &["13:11: TABLE.operation: needs `delivery: upsert`; other deliveries remove nothing"],
        ),
        (
            "columns:",
            "operation: { from: op }\n          columns:",
            &[
                "13:11: TABLE.operation.remove: missing; give what it says when a row takes its key out",
                "13:11: TABLE.operation: needs `delivery: upsert`; other deliveries remove nothing",
            ],
        ),
        (
            "columns:",
            "filter: [{ column: last, equals: X, rule: test }]\n          columns:",
            &["13:30: TABLE.filter[0].column: persons has no column `last`"],
        ),
        (
            "columns:",
            "filter: [{ column: last_name, equals: X }]\n          columns:",
            &["13:20: TABLE.filter[0].rule: missing; give a name for the rows that are left out"],
        ),
        (
            "columns:",
            "filter: [{ column: last_name, rule: test }]\n          columns:",
            &["13:20: TABLE.filter[0]: needs one of equals, not_equals, empty: true"],
        ),
        (
            "columns:",
            "filter: [{ column: last_name, empty: false, rule: Test }]\n          columns:",
            &[
                "13:48: TABLE.filter[0].empty: must be one of true, not `false`",
                "13:61: TABLE.filter[0].rule: `Test` must be lower-case letters, digits and single `_`, and start with a letter",
            ],
        ),
    ];
    for (from, to, expected) in cases {
        assert_eq!(told(from, to), *expected, "{to}");
    }
}
