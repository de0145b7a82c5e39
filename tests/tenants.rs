//! Two tenants in one installation: each has what the other has not, under the same names.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use crate::support::{Place, Ran, clinician, dac, npi};
use carelake_arrivals::letters::Letters;
use carelake_core::ledger::{Acquired, Ask, Claim, Claimed, Leases, SqliteLedger};
use carelake_core::names::{Publication, Scope};
use jiff::Timestamp;

const TENANTS: &str = "tenants:\n  acme: { name: Acme Health, recipients: [oncall@acme.example] }\n  zenith: {}\n";
const DAC: &str = "DAC_NationalDownloadableFile.csv";

/// Returns an installation with two tenants, each with files of its own under `files/beds`, and some outside of both.
fn place() -> Place {
    let place = Place::new();
    place.configure("prices:\n", &format!("{TENANTS}prices:\n"));
    for (tenant, beds) in [(Some("acme"), "1"), (Some("zenith"), "2\n3"), (None, "4\n5\n6")] {
        place.write("beds.csv", format!("beds\n{beds}\n"));
        let ran = publish(&place, tenant);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    place
}

fn publish(place: &Place, tenant: Option<&str>) -> Ran {
    as_tenant(place, tenant, &["publish", "files/beds", "beds.csv", "--schema", "beds:int16"])
}

fn as_tenant(place: &Place, tenant: Option<&str>, arguments: &[&str]) -> Ran {
    let tenant: Vec<&str> = tenant.into_iter().flat_map(|tenant| ["--tenant", tenant]).collect();
    place.carelake(&[arguments, &tenant].concat())
}

fn beds(place: &Place, tenant: Option<&str>, table: &str) -> String {
    let ran =
        as_tenant(place, tenant, &["query", "--csv", &format!("select group_concat(beds, ' ') from \"{table}\"")]);
    ran.stdout.lines().nth(1).map_or(ran.stderr, str::to_owned)
}

fn ledger(place: &Place, tenant: &str) -> SqliteLedger {
    SqliteLedger::open(&place.path().join(format!("output/_tenants/{tenant}/_carelake/ledger.sqlite"))).unwrap()
}

#[test]
fn publications_of_one_name_are_each_tenants_own() {
    let place = place();
    for (tenant, rows) in [(Some("acme"), "1"), (Some("zenith"), "2 3"), (None, "4 5 6")] {
        assert_eq!(beds(&place, tenant, "files/beds"), rows);
        let kept = as_tenant(&place, tenant, &["runs", "files/beds", "--json"]).json();
        assert_eq!(kept[0]["rows"], rows.split(' ').count());
    }
    place.write("more.csv", "beds\n7\n");
    let more = ["publish", "files/more", "more.csv", "--schema", "beds:int16"];
    assert_eq!(as_tenant(&place, Some("acme"), &more).code, Some(0));
    assert!(beds(&place, Some("zenith"), "files/more").contains("files/more"), "it is not there");
    assert!(beds(&place, None, "files/more").contains("files/more"), "nor there");
    assert_eq!(as_tenant(&place, Some("zenith"), &["describe", "files/more"]).code, Some(2));
}

#[test]
fn what_is_removed_or_rolled_back_for_one_stays_for_the_other() {
    let place = place();
    place.write("beds.csv", "beds\n8\n");
    for tenant in ["acme", "zenith"] {
        assert_eq!(publish(&place, Some(tenant)).code, Some(0));
    }
    assert_eq!(as_tenant(&place, Some("acme"), &["rollback", "files/beds"]).code, Some(0));
    assert_eq!(
        (beds(&place, Some("acme"), "files/beds"), beds(&place, Some("zenith"), "files/beds")),
        ("1".into(), "8".into())
    );
    let stray =
        |tenant: &str| place.path().join(format!("output/_tenants/{tenant}/files/beds/_runs/2020-01-01.1/a.parquet"));
    for tenant in ["acme", "zenith"] {
        place.write(stray(tenant).strip_prefix(place.path()).unwrap().to_str().unwrap(), "unfinished");
    }
    assert_eq!(as_tenant(&place, Some("acme"), &["gc"]).code, Some(0));
    assert_eq!((stray("acme").exists(), stray("zenith").exists()), (false, true));
    // What no configuration declares outside of tenants is not what tenants have.
    assert_eq!(place.carelake(&["gc", "--orphans"]).code, Some(0));
    assert_eq!(
        (beds(&place, Some("acme"), "files/beds"), beds(&place, None, "files/beds")),
        ("1".into(), "4 5 6".into())
    );
}

#[test]
fn executions_inputs_and_rejected_rows_are_each_tenants_own() {
    let place = place();
    place.write(&format!("input/_tenants/acme/{DAC}"), dac(3));
    let broken = clinician(9).replacen(&npi(9), "1", 1);
    place.write(&format!("input/_tenants/zenith/{DAC}"), format!("{}{broken}\n", dac(200)));
    let run = |tenant: &str| {
        as_tenant(&place, Some(tenant), &["run", "--as-of", "2026-11-01", "--dataset", "clinicians", "--json"])
    };
    run("acme").published();
    let executions = |tenant: Option<&str>| as_tenant(&place, tenant, &["runs", "--json"]);
    assert_eq!(executions(Some("acme")).json().as_array().unwrap().len(), 1);
    assert_eq!(executions(Some("zenith")).json(), serde_json::json!([]));
    assert_eq!(executions(None).json(), serde_json::json!([]));
    let status = as_tenant(&place, Some("zenith"), &["status", "2026-11-01.1"]);
    assert!(status.stderr.contains("there is no run 2026-11-01.1"), "{status:?}");
    // The number is each tenant's own, too.
    let outcome = run("zenith").published();
    assert_eq!(outcome["run_id"].as_str().unwrap_or("2026-11-01.1"), "2026-11-01.1");
    let count = "select (select count(*) from clinicians), (select count(*) from rejects)";
    let count = |tenant| as_tenant(&place, tenant, &["query", "--csv", count]).stdout.lines().nth(1).map(str::to_owned);
    assert_eq!((count(Some("acme")), count(Some("zenith"))), (Some("3,0".into()), Some("200,1".into())));
    assert!(
        place.path().join("rejects/_tenants/zenith/clinicians").is_dir()
            && !place.path().join("output/clinicians").exists()
    );
}

#[test]
fn leases_slots_and_rows_are_each_tenants_own() {
    let place = place();
    let (acme, now) = (ledger(&place, "acme"), Timestamp::now());
    let publication: Publication = "files/beds".parse().unwrap();
    let claim = Claim { publication: &publication, owner: "somebody", retake: false, now, ttl_secs: 600 };
    assert!(matches!(acme.acquire_lease(&claim).unwrap(), Acquired::Lease(_)));
    place.write("beds.csv", "beds\n9\n");
    assert_eq!(publish(&place, Some("zenith")).code, Some(0), "its lease is free");
    let held = publish(&place, Some("acme"));
    assert!(held.code != Some(0) && held.stderr.contains("PublishConflict"), "{held:?}");
    let ask = Ask { owner: "one", retake: false, now, ttl_secs: 600 };
    // What is claimed is held as long as its ledger is open.
    let open = ["acme", "acme", "zenith"].map(|tenant| ledger(&place, tenant));
    let is_taken = |ledger: &SqliteLedger| matches!(ledger.claim_slot("crm", 1, &ask).unwrap(), Claimed::Taken(_));
    assert_eq!(open.each_ref().map(is_taken), [true, false, true]);
    let scope: Scope = "acme".parse().unwrap();
    let letter = serde_json::json!({
        "id": "a", "room": "intake", "subject": "labs", "function": "take", "error": "Storage", "reason": "no header", "message": {},
        "attempts": 4, "first_failed_at": now, "failed_at": now, "execution": null, "location": null, "sha256": null, "redrive": null,
    });
    Letters::new(&acme, &scope).add(&serde_json::from_value(letter).unwrap()).unwrap();
    let letters = |tenant| as_tenant(&place, tenant, &["letters", "--json"]).json().as_array().unwrap().len();
    assert_eq!([letters(Some("acme")), letters(Some("zenith")), letters(None)], [1, 0, 0]);
}

#[test]
fn what_is_outside_of_every_tenant_is_read_by_each_and_written_by_none() {
    let place = place();
    assert_eq!(beds(&place, Some("acme"), "shared:files/beds"), "4 5 6");
    let both = "select (select count(*) from \"files/beds\") + 10 * (select count(*) from \"shared:files/beds\")";
    assert!(as_tenant(&place, Some("zenith"), &["query", "--csv", both]).stdout.ends_with("\n32\n"));
    let described = as_tenant(&place, Some("acme"), &["describe", "shared:files/beds", "--json"]).json();
    assert_eq!(described["publications"][0]["served"]["rows"], 3);
    assert_eq!(as_tenant(&place, Some("acme"), &["runs", "shared:files/beds", "--json"]).json()[0]["rows"], 3);
    let before = tree(&place);
    for arguments in [
        ["publish", "shared:files/beds", "beds.csv"].as_slice(),
        &["rollback", "shared:files/beds"],
        &["compact", "shared:files/beds"],
        &["retract", "shared:files/beds", "2026-11-01.1"],
        &["gc", "shared:files/beds"],
        &["run", "--dataset", "shared:clinicians", "--as-of", "2026-11-01"],
    ] {
        let ran = as_tenant(&place, Some("acme"), arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?} {ran:?}");
        assert!(ran.stderr.contains("no tenant changes it"), "{arguments:?} {}", ran.stderr);
    }
    assert_eq!(tree(&place), before);
}

/// Returns what is in the output outside of tenants, with when it was changed.
fn tree(place: &Place) -> Vec<(String, std::time::SystemTime)> {
    let mut found = Vec::new();
    let mut folders = vec![place.path().join("output/files")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let kept = fs::symlink_metadata(entry.path()).unwrap();
            found.push((entry.path().display().to_string(), kept.modified().unwrap()));
            if kept.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_tenant_is_named_before_or_after_the_verb_and_must_be_known() {
    let place = place();
    let before = place.carelake(&["--tenant", "acme", "runs", "files/beds", "--json"]);
    assert_eq!(before.stdout, as_tenant(&place, Some("acme"), &["runs", "files/beds", "--json"]).stdout);
    let wrong = as_tenant(&place, Some("acne"), &["runs"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("--tenant: there is no `acne`\n  next: did you mean `acme`?"), "{}", wrong.stderr);
    let none = as_tenant(&Place::new(), Some("acme"), &["runs"]);
    assert!(none.stderr.contains("the configuration has no `tenants`; leave out --tenant"), "{}", none.stderr);
    let on_aws = as_tenant(&place, Some("acme"), &["run", "--env", "dev", "--as-of", "2026-11-01"]);
    assert_ne!(on_aws.code, Some(0));
}

#[test]
fn a_lake_that_is_named_has_its_tenants_below_it_and_places_of_the_configuration_too() {
    let place = place();
    let ran = as_tenant(
        &place,
        Some("acme"),
        &["publish", "files/beds", "beds.csv", "--schema", "beds:int16", "--output", "other"],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(place.path().join("other/_tenants/acme/files/beds/_current.json").is_file());
    let place = Place::new();
    let places = "places: { local: { state: kept, scratch: fast } }";
    place.configure("\nprices:\n", &format!("\n{places}\n{TENANTS}prices:\n"));
    place.write("beds.csv", "beds\n1\n");
    for (tenant, ledger) in [(Some("acme"), "kept/_tenants/acme/ledger.sqlite"), (None, "kept/ledger.sqlite")] {
        assert_eq!(publish(&place, tenant).code, Some(0));
        assert!(place.path().join(ledger).is_file() && !place.path().join("output/_carelake/ledger.sqlite").exists());
    }
    place.write(&format!("input/{DAC}"), dac(1));
    place.run_clinicians(&[]).published();
    assert!(place.path().join("fast").is_dir() && !place.path().join("kept/scratch").exists());
}
