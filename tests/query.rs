//! What `query` and `diff` answer and refuse, through the real command.

use std::fs;
use std::process::Command;

use crate::support::{DAC, Place, Ran, clinician, dac, npi};

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
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{sql}");
        assert!(says.iter().all(|says| ran.stderr.contains(says)), "{sql}: {}", ran.stderr);
    }
    assert!(!place.path().join("other.sqlite").exists());
}

#[test]
fn a_damaged_file_is_a_storage_failure() {
    let place = published();
    let run = "output/clinicians/_runs/2026-11-01.1/state=ME/source=dac/part-00000.snappy.parquet";
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

/// Publishes the two feeds of hospitals as of their fixtures.
fn with_hospitals() -> Place {
    let place = published();
    let enrollments = include_bytes!("fixtures/hospitals/typical/input/Hospital_Enrollments_2026.07.01.csv");
    place.write("input/Hospital_Enrollments_2026.07.01.csv", enrollments);
    let general = include_bytes!("fixtures/hospitals/typical/input/Hospital_General_Information.csv");
    place.write("input/Hospital_General_Information.csv", general);
    let ran = place.carelake(&["run", "--as-of", "2026-11-01", "--dataset", "hospitals"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    place
}

#[test]
fn a_feed_is_a_table_by_its_full_name_and_by_one_that_needs_no_quotes() {
    let place = with_hospitals();
    let of = |table: &str| place.query(&format!("select count(*), min(source), max(source) from {table}"));
    let enrollments = of("\"hospitals/hospital_enrollments\"");
    assert!(enrollments[0].ends_with(",hospital_enrollments,hospital_enrollments"), "{enrollments:?}");
    assert_eq!(of("hospitals__hospital_enrollments"), enrollments);
    assert!(of("hospitals")[0].ends_with(",hospital_enrollments,hospital_general_information"));
    let ran = place.carelake(&["query", "select * from hospital_enrollments"]);
    assert!(ran.stderr.contains("did you mean `hospitals__hospital_enrollments`?"), "{}", ran.stderr);

    // A feed that is damaged is told to who asks for it or for its dataset; the other is answered.
    place.write("output/hospitals/hospital_enrollments/_current.json", "");
    for table in ["hospitals", "hospitals__hospital_enrollments"] {
        let ran = place.carelake(&["query", &format!("select 1 from {table}")]);
        assert_eq!(ran.code, Some(16), "{table}: {}", ran.stderr);
    }
    assert_eq!(of("hospitals__hospital_general_information").len(), 1);
}

#[test]
fn tables_and_columns_are_listed_in_the_words_of_other_engines() {
    let place = with_hospitals();
    let list = |text: &str| {
        let ran = place.carelake(&["query", "--csv", text]);
        assert_eq!(ran.code, Some(0), "{text}: {}", ran.stderr);
        ran.stdout
    };
    let tables = list("show tables");
    assert_eq!(tables, list(".tables"));
    let names: Vec<&str> = tables.lines().map(|line| line.split(',').next().unwrap()).collect();
    let expected = [
        "table",
        "clinicians",
        "hospitals",
        "hospitals/hospital_general_information",
        "hospitals/hospital_enrollments",
        "rejects",
    ];
    assert_eq!(names, expected);
    assert!(tables.contains("clinicians,60,"), "{tables}");
    let columns = list("show columns from clinicians");
    assert_eq!(
        columns.lines().take(4).collect::<Vec<_>>(),
        [
            "column,type,holds",
            "state,text,two-letter code of the state",
            "source,text,source that the row was read from",
            "npi,text,\"National Provider Identifier, 10 digits\"",
        ]
    );
    for text in ["describe clinicians", "DESC Clinicians;", ".schema clinicians"] {
        assert_eq!(list(text), columns, "{text}");
    }
    assert_eq!(
        list(".schema").lines().filter(|line| line.starts_with("clinicians,")).count(),
        columns.lines().count() - 1
    );
    assert!(list("describe hospitals__hospital_enrollments").contains("facility_id,text,"));
    assert!(list("describe rejects").contains("rule,text,the rule that the row broke"));
    let wrong = place.carelake(&["query", "describe clinicans"]);
    assert!(wrong.code != Some(0) && wrong.stderr.contains("did you mean `clinicians`?"), "{wrong:?}");
}

#[test]
fn rejected_rows_are_a_table_without_the_rows_themselves() {
    let place = Place::new();
    place.write(DAC, dac(200) + &clinician(200).replace(&npi(200), "1234567890") + "\n");
    place.run_clinicians(&[]).published();
    let sql = "select publication, run_id, source, file, line, rule, \"column\" from rejects";
    let one =
        |run: &str, line: u32| format!("clinicians,{run},dac,DAC_NationalDownloadableFile.csv,{line},npi_checksum,npi");
    assert_eq!(place.query(sql), [one("2026-11-01.1", 202)]);
    assert_eq!(place.query("select count(*) from rejects where line > 202 or rule = 'x'"), ["0"]);
    let all = place.carelake(&["query", "--json", "select * from rejects"]);
    assert!(!all.stdout.contains("1234567890") && !all.stdout.contains("LAST200"), "{}", all.stdout);
    assert!(place.carelake(&["query", "--csv", "show tables"]).stdout.contains("rejects,1,"));

    // The last try counts, also when it failed and another run is served.
    let bad = (200..270).map(|n| clinician(n).replace(&npi(n), "1234567890") + "\n");
    place.write(DAC, dac(200) + &bad.collect::<String>());
    place.run_clinicians(&[]).refused("RejectThreshold", 13);
    assert_eq!(place.query("select run_id, count(*) from rejects group by 1"), ["2026-11-01.2,70"]);

    let rejects = place.path().join("rejects/clinicians/2026-11-01.2/dac.snappy.parquet");
    fs::write(&rejects, "PAR1").unwrap();
    assert_eq!(place.carelake(&["query", "select * from rejects"]).code, Some(16));
    assert_eq!(place.query("select count(*) from clinicians"), ["200"], "others are answered");
}

#[test]
fn a_row_is_shown_as_lines() {
    let place = published();
    let sql = format!("select npi, suffix, telehealth from clinicians where npi >= '{}' order by npi", npi(58));
    let ran = place.carelake(&["query", "--vertical", "--limit", "1", &sql]);
    let expected =
        format!("row 1\nnpi         {}\nsuffix\ntelehealth  true\n... 1 of 2 rows; --limit 0 shows all\n", npi(58));
    assert_eq!(ran.stdout, expected);
}

/// Runs the command on a terminal of 60 columns.
fn on_a_terminal(place: &Place, arguments: &str) -> Vec<String> {
    let typed = format!("stty rows 24 cols 60; '{}' {arguments}", env!("CARGO_BIN_EXE_carelake"));
    let mut command = Command::new("script");
    command.args(["-qec", &typed, "/dev/null"]).current_dir(place.path()).env("NO_COLOR", "1");
    let ran = Ran::of(&mut command);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.stdout.lines().map(|line| line.trim_end_matches('\r').to_owned()).collect()
}

#[test]
fn a_wide_answer_fits_on_a_narrow_terminal() {
    let place = published();
    let lines = on_a_terminal(&place, "query 'select * from clinicians limit 3'");
    assert!(lines.iter().take(4).all(|line| line.chars().count() <= 60), "{lines:#?}");
    assert_eq!(lines[4], "... 6 of 35 columns; --vertical shows a column a line, --wide shows all", "{lines:#?}");
    let cut = on_a_terminal(&place, "query \"select npi, printf('%.80c', 'x') as long from clinicians limit 1\"");
    assert!(cut[1].ends_with("xx…") && cut[1].chars().count() <= 60, "{cut:#?}");
    assert!(cut[2].starts_with("... cells are cut; "), "{cut:#?}");
    let wide = on_a_terminal(&place, "query --wide 'select * from clinicians limit 1'");
    assert!(wide[0].contains("_source_file") && wide.len() == 2, "{wide:#?}");
    let narrow = on_a_terminal(&place, "query 'select npi, city from clinicians limit 1'");
    assert_eq!(narrow.len(), 2, "{narrow:#?}");
}

#[test]
fn diff_tells_old_and_new_values_on_request() {
    let place = published();
    let text = dac(60)
        .replace(&clinician(5), &clinician(5).replace("PORTLAND", "BANGOR").replace(",,,,,,Y,", ",,,,,,,"))
        .replace(&format!("{}\n", clinician(9)), "");
    place.write(DAC, text + &clinician(70) + "\n");
    place.run_clinicians(&[]).published();
    let told = place.carelake(&["diff", "clinicians", "--values"]).stdout;
    let expected = format!(
        "old and new values\nnpi         state  COLUMN      OLD       NEW\n{0}  ME     telehealth  true      false\n\
         {0}  ME     city        PORTLAND  BANGOR\n",
        npi(5)
    );
    assert!(told.ends_with(&expected), "{told}");
    assert!(!place.carelake(&["diff", "clinicians"]).stdout.contains("BANGOR"), "only on request");
    let answer = place.carelake(&["diff", "clinicians", "--values", "--json"]).json();
    let key = serde_json::json!({"npi": npi(5), "state": "ME"});
    assert_eq!(
        answer["values"],
        serde_json::json!([
            {"key": key, "column": "telehealth", "old": true, "new": false},
            {"key": key, "column": "city", "old": "PORTLAND", "new": "BANGOR"},
        ])
    );
    let table = place.carelake(&["diff", "clinicians", "--csv"]).stdout;
    let expected = format!(
        "change,npi,state,column,old,new\nadded,{},ME,,,\nremoved,{},ME,,,\nchanged,{2},ME,telehealth,true,false\n\
         changed,{2},ME,city,PORTLAND,BANGOR\n",
        npi(70),
        npi(9),
        npi(5)
    );
    assert_eq!(table, expected);
}
