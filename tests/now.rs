//! The rows that tables of databases have now, by `query`. Passed over, aloud, where no PostgreSQL is installed.

use serde_json::json;

use crate::load::{carelake, place};

#[test]
fn the_rows_that_are_there_now_are_asked_for_in_the_same_way_whether_they_are_kept_or_not() {
    let more = "      overrides: { crm.accounts: { latest: view }, udt.u2: { mode: full, deleted: gone_at } }\n";
    let Some((place, server)) = place(more) else { return };
    place.configure("prices:\n", "tenants:\n  acme: {}\nprices:\n");
    server.run(
        "CREATE TABLE udt.u2 (id int, gone_at timestamptz); INSERT INTO udt.u2 VALUES (1, NULL), (2, now()), (3, NULL)",
    );
    let load = || assert_eq!(carelake(&place, &["load", "--reconcile"]).code, Some(0));
    let asked = |sql: &str| carelake(&place, &["query", sql, "--json"]).json();
    load();
    server.run(
        "UPDATE crm.accounts SET name = 'new', updated_at = now() WHERE id <= 3; DELETE FROM crm.accounts WHERE id = 100",
    );
    load();
    assert!(!place.path().join("output/loads/crm/crm/accounts__latest").exists());
    let now = "SELECT count(*) AS n, sum(name = 'new') AS new, max(id) AS most FROM ";
    let row = json!([{"n": 99, "new": 3, "most": 99}]);
    assert_eq!(asked(&format!("{now}\"loads/crm/crm/accounts__latest\"")), row);
    assert_eq!(asked(&format!("{now}crm__accounts__latest")), row);
    assert_eq!(asked("SELECT count(*) AS n FROM crm__order_lines__latest"), json!([{"n": 1}]));
    assert_eq!(asked("SELECT id FROM \"loads/crm/udt/u2__latest\" ORDER BY id"), json!([{"id": 1}, {"id": 3}]));
    let all = carelake(&place, &["query", "SELECT * FROM crm__accounts__latest LIMIT 0", "--csv"]).stdout;
    assert!(all.contains("_seq") && !all.contains("_nth"), "{all}");
    // A tenant asks what is outside of it in the same way, beside what it has itself.
    let shared = format!("{now}\"shared:loads/crm/crm/accounts__latest\"");
    assert_eq!(carelake(&place, &["query", &shared, "--json", "--tenant", "acme"]).json(), row);
    let listed = carelake(&place, &["query", "show tables", "--csv"]).stdout;
    assert!(listed.contains("loads/crm/crm/accounts__latest,,\"the rows that a source has now"), "{listed}");
    let columns = carelake(&place, &["query", "describe crm__accounts__latest", "--csv"]).stdout;
    assert!(columns.contains("\n_seq,integer") && !columns.contains("name 1"), "{columns}");
}
