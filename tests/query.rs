//! What `query` and `diff` answer and refuse, through the real command.

#[cfg(test)]
#[expect(dead_code, reason = "the other tests use the rest")]
mod support;

use support::{DAC, Place, clinician, dac, npi};

fn published() -> Place {
    let place = Place::new();
    place.write(DAC, dac(60));
    place.run_clinicians(&[]).published();
    place
}

#[test]
fn json_keeps_numbers_booleans_and_nulls() {
    let place = published();
    let sql = format!(
        "select npi, years_enrolled as years, telehealth, enrollment_date as day, suffix, _ingested_at as at, 5 / 2.0 as half \
         from clinicians where npi = '{}'",
        npi(7)
    );
    let expected = format!(
        "[{{\"npi\":\"{}\",\"years\":16,\"telehealth\":true,\"day\":\"2010-03-15\",\"suffix\":null,\
         \"at\":\"2026-11-01T00:00:00+00:00\",\"half\":2.5}}]\n",
        npi(7)
    );
    assert_eq!(place.carelake(&["query", "--json", &sql]).stdout, expected);
    assert_eq!(place.carelake(&["query", "--json", "select npi from clinicians where 1 = 0"]).stdout, "[]\n");
}

#[test]
fn csv_has_a_header_and_shows_booleans_of_columns() {
    let place = published();
    let sql = "select count(*) as n, telehealth, sum(telehealth) as some, null as none, 'a,b' as text from clinicians group by 2";
    assert_eq!(place.carelake(&["query", "--csv", sql]).stdout, "n,telehealth,some,none,text\n60,true,60,,\"a,b\"\n");
}

#[test]
fn a_table_is_cut_at_the_limit_and_says_so() {
    let place = published();
    let ran = place.carelake(&["query", "--limit", "2", "select last_name, 10 as ten from clinicians order by npi"]);
    assert_eq!(ran.stdout, "last_name  ten\nLAST0       10\nLAST1       10\n... 2 of 60 rows; --limit 0 shows all\n");
    let all = place.carelake(&["query", "--limit", "0", "select npi from clinicians"]);
    assert_eq!(all.stdout.lines().count(), 61);
}

#[test]
fn a_refusal_says_what_to_do_next() {
    let place = published();
    for (sql, says) in [
        (
            "select * from clinicans",
            vec!["there is no table `clinicans`; there are clinicians", "did you mean `clinicians`?"],
        ),
        ("select * from hospitals", vec!["there is no table `hospitals`", "hospitals was never published into"]),
        (
            "select lastname from clinicians",
            vec!["no column `lastname` at line 1, column 8", "did you mean `last_name`?"],
        ),
        ("select npi form clinicians", vec!["near \"clinicians\": syntax error at line 1, column 17"]),
        ("delete from clinicians", vec!["only one SELECT, WITH, VALUES or EXPLAIN is answered"]),
        ("attach 'other.sqlite' as other", vec!["only one SELECT"]),
        ("select 1; select 2", vec!["more than one statement"]),
    ] {
        let ran = place.carelake(&["query", sql]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(10), ""), "{sql}");
        assert!(says.iter().all(|says| ran.stderr.contains(says)), "{sql}: {}", ran.stderr);
    }
    assert!(!place.path().join("other.sqlite").exists());
}

#[test]
fn a_damaged_file_is_a_storage_failure() {
    let place = published();
    let run = "output/clinicians/runs/2026-11-01.1/state=ME/source=dac/part-00000.snappy.parquet";
    place.write(run, "PAR1");
    let ran = place.carelake(&["query", "select max(npi) from clinicians"]);
    assert_eq!(ran.code, Some(16), "{}", ran.stderr);
    assert!(ran.stderr.contains("is damaged"), "{}", ran.stderr);
    place.write(run, b"");
    assert_eq!(place.carelake(&["query", "select max(npi) from clinicians"]).code, Some(16));
}

#[test]
fn diff_tells_the_rows_that_two_runs_do_not_share() {
    let place = published();
    let text =
        dac(60).replace(",PORTLAND,ME,041011234,2075550101,Y,M,ME5\n", ",BANGOR,ME,041011234,2075550101,Y,M,ME5\n");
    let text = text.replace(&format!("{}\n", clinician(9)), "");
    place.write(DAC, text + &clinician(70) + "\n");
    place.run_clinicians(&[]).published();
    let expected = format!(
        "clinicians: run 2026-11-01.1 to run 2026-11-01.2, by npi, state\n\n\
         1 added\nnpi         state\n{}  ME\n\n1 removed\nnpi         state\n{}  ME\n\n\
         1 changed\nnpi         state\n{}  ME\n\nchanged columns\nCOLUMN  ROWS\ncity       1\n",
        npi(70),
        npi(9),
        npi(5)
    );
    assert_eq!(place.carelake(&["diff", "clinicians"]).stdout, expected);
    let answer = place.carelake(&["diff", "clinicians", "2026-11-01.2", "2026-11-01.1", "--json"]).json();
    assert_eq!((&answer["added"], &answer["removed"], &answer["changed"]), (&1.into(), &1.into(), &1.into()));
    assert_eq!(answer["changed_columns"], serde_json::json!({"city": 1}));
    assert_eq!(answer["key"], serde_json::json!(["npi", "state"]));
}
