//! A store that fails at each of its calls, before or after it did what was asked.

use carelake_core::ledger::{Ask, Claimed, Leases as _};
use carelake_core::publish::current;
use carelake_core::store::{FaultyStore, Moment};

use super::world::{Lake, files, resource, run_on};
use crate::config::Source;
use crate::run::RunRequest;

const DAYS: [&str; 3] = ["2026-03-01T02:00:00Z", "2026-03-02T02:00:00Z", "2026-03-03T02:00:00Z"];

fn begin(source: &Source) -> Lake {
    let lake = Lake::new();
    let line = |at: usize| resource("Patient", &format!("p{at}"), 1, DAYS[0]);
    lake.take(source, "1.ndjson", &(0..6).map(line).collect::<Vec<_>>());
    let newer = |at: usize| resource("Patient", &format!("p{at}"), 2, DAYS[1]);
    lake.put("2/Patient.ndjson", (3..9).map(newer).chain(["{".to_owned(), newer(9)]).collect::<Vec<_>>().join("\n"));
    let gone = r#"{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Patient/p0"}}]}"#;
    lake.put("2/gone.ndjson", gone);
    let manifest = format!(
        r#"{{"transactionTime":"{}","output":[{{"type":"Patient","url":"Patient.ndjson"}}],"deleted":[{{"type":"Bundle","url":"gone.ndjson"}}]}}"#,
        DAYS[2]
    );
    lake.put("2/manifest.json", manifest);
    lake
}

fn assert_whole(lake: &Lake, source: &Source, what: &str) {
    let there: Vec<String> = (1..10).map(|at| format!("Patient/p{at}@{}", if at < 3 { 1 } else { 2 })).collect();
    assert_eq!(lake.there(source), there, "{what}");
    assert_eq!(lake.changes(source).len(), 6 + 7 + 1, "{what}");
    let pointer = current(&lake.store, &source.changes()).unwrap().unwrap();
    assert_eq!(pointer.runs.len(), 2, "{what}");
    assert!(carelake_core::store::Store::list(&lake.rejects, "fhir/_handed/").unwrap().is_empty(), "{what}");
}

#[test]
fn whatever_call_of_a_run_fails_the_next_one_makes_up_for_it() {
    let source = files(", buckets: 2");
    for moment in [Moment::Before, Moment::After] {
        for is_of_rejects in [false, true] {
            let mut failed = 0;
            for call in 1..300 {
                let lake = begin(&source);
                let done = match is_of_rejects {
                    false => {
                        let store = FaultyStore::failing_from(&lake.store, call, moment);
                        lake.on((&store, &lake.rejects), |world| run_on(world, &source, &RunRequest::default()))
                    }
                    true => {
                        let rejects = FaultyStore::failing_from(&lake.rejects, call, moment);
                        lake.on((&lake.store, &rejects), |world| run_on(world, &source, &RunRequest::default()))
                    }
                };
                if done.is_ok() {
                    break;
                }
                failed += 1;
                // In the very same moment: nothing that the attempt left is in the way.
                lake.with(|world| run_on(world, &source, &RunRequest::default())).unwrap();
                assert_whole(&lake, &source, &format!("call {call} {moment:?} {is_of_rejects}"));
            }
            assert!(failed > 5, "only {failed} calls");
        }
    }
}

#[test]
fn one_run_at_a_time_and_who_comes_meanwhile_leaves_its_work_to_it() {
    let (lake, source) = (Lake::new(), files(""));
    lake.put("1.ndjson", resource("Patient", "a", 1, DAYS[0]));
    let now = "2026-03-07T06:00:00Z".parse().unwrap();
    let other = Ask { owner: "fhir another", retake: false, now, ttl_secs: 900 };
    let Claimed::Taken(taken) = lake.ledger.claim("fhir/ehr", &other).unwrap() else { panic!() };
    let result = lake.run(&source);
    assert_eq!(result.busy.unwrap().0, "fhir another");
    assert_eq!(lake.changes(&source), [""; 0]);
    assert!(lake.ledger.release_unless_marked(&taken).unwrap().is_some(), "there is a mark");
    // Whoever lost the claim publishes nothing.
    lake.pass(jiff::SignedDuration::from_secs(1_000));
    assert!(lake.run(&source).busy.is_none());
    assert_eq!(lake.there(&source), ["Patient/a@1"]);
}
