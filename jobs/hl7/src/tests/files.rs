//! What comes of files.

use super::given::{cases, decoded};
use super::lake::{Lake, admission};
use crate::load::{Loaded, Outcome, load};

fn loaded(lake: &Lake, name: &str, bytes: &[u8]) -> Loaded {
    lake.act(|world| load(world, name, bytes, "tester")).unwrap()
}

#[test]
#[ignore = "its cases lie elsewhere"]
fn every_given_file_comes_to_what_is_said() {
    for case in cases("files.jsonl") {
        let lake = Lake::new();
        let id = case["id"].as_str().unwrap();
        let name = if id.contains("gzip") { "messages.hl7.gz" } else { "messages.hl7" };
        let found = serde_json::to_value(loaded(&lake, name, &decoded(&case["file"]))).unwrap();
        for member in ["messages", "stored", "errors", "outcome"] {
            assert_eq!(found[member], case[member], "{id}: {member}");
        }
        for member in ["duplicates", "junk"] {
            assert_eq!(found[member].as_u64(), Some(case[member].as_u64().unwrap_or_default()), "{id}: {member}");
        }
    }
}

#[test]
fn a_file_has_a_report_and_its_neighbours_do_not_suffer() {
    let lake = Lake::new();
    let bad = admission("3", "9").iter().map(|byte| if *byte == b'E' { b'1' } else { *byte }).collect::<Vec<u8>>();
    let file = [&admission("1", "7")[..], &admission("2", "8"), &bad, &admission("1", "7")].concat();
    let report = loaded(&lake, "m.hl7", &file);
    assert_eq!((report.messages, report.stored, report.duplicates, report.outcome), (4, 2, 1, Outcome::Errors));
    assert_eq!(report.errors, [("segment_name".to_owned(), 1)].into());
    assert_eq!(loaded(&lake, "m.hl7", &file).duplicates, 3, "a second time nothing is new");
    let [raw, staging, errors] = lake.zones();
    assert_eq!((raw.len(), staging.len(), errors.len()), (3, 2, 1));
}

#[test]
fn a_file_in_utf_16_and_one_that_is_packed_are_read_as_others() {
    let text = String::from_utf8([admission("1", "7"), admission("2", "\u{e9}")].concat()).unwrap();
    let wide: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let lake = Lake::new();
    assert_eq!(loaded(&lake, "m.hl7", &wide).stored, 2);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    assert_eq!(loaded(&lake, "m.hl7.gz", &packed.finish().unwrap()).duplicates, 2);
}

#[test]
fn a_file_that_is_loaded_beside_senders_loses_nothing_and_makes_nobody_twice() {
    let lake = Lake::new();
    let file: Vec<u8> = (0..200).flat_map(|n| admission(&format!("f{n}"), &(n % 10).to_string())).collect();
    let report = std::thread::scope(|scope| {
        for sender in 0..4 {
            let lake = &lake;
            scope.spawn(move || {
                for n in 0..50 {
                    assert!(lake.send(&admission(&format!("s{sender}.{n}"), &(n % 10).to_string())).status.is_well());
                }
            });
        }
        loaded(&lake, "m.hl7", &file)
    });
    assert_eq!((report.messages, report.stored, report.outcome), (200, 200, Outcome::Ok));
    let [raw, staging, errors] = lake.zones();
    assert_eq!((raw.len(), staging.len(), errors.len()), (400, 400, 0));
    for n in 0..10 {
        let patient = lake.catalog(|catalog| catalog.find(&format!("HOSP#MR#{n}")).unwrap().unwrap());
        let of = lake.catalog(|catalog| catalog.messages(&[patient.uuid], None, 1_000, &|_, _| true).unwrap());
        assert_eq!((patient.local_ids.len(), patient.conflicts.len(), of.len()), (1, 0, 40));
    }
}
