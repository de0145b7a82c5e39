//! The four messages that come with the original, in both modes.

use super::given::{cases, decoded, texts};
use super::lake::Lake;
use crate::config::Hl7;
use crate::receive::message_id;

#[test]
#[ignore = "its cases lie elsewhere"]
fn the_messages_of_the_original_lie_where_it_has_them_and_as_we_do() {
    for case in cases("seed.jsonl") {
        let id = &case["id"];
        let bytes = decoded(&case["er7"]);
        let lake = Lake::new();
        assert_eq!(lake.send(&bytes).status.name(), "stored", "{id}");
        let uuid = lake.catalog(|catalog| catalog.message(&message_id(&bytes)).unwrap().unwrap().patients[0].clone());
        let patient = lake.catalog(|catalog| catalog.patient(&uuid).unwrap().unwrap());
        let mut wanted = texts(&case["local_ids"]);
        wanted.sort();
        assert_eq!(patient.local_ids, wanted, "{id}");

        let lake = Lake::with(Hl7 { is_original: true, ..Hl7::default() });
        let (receipt, compat) = (lake.send(&bytes), &case["compat"]);
        let [raw, staging, errors] = lake.zones();
        if compat["outcome"] == "stored" {
            assert_eq!((raw, staging), (vec![text(&compat["raw_key"])], vec![text(&compat["staging_key"])]), "{id}");
            let patient = lake.catalog(|catalog| {
                let message = catalog.message(&receipt.message_id).unwrap().unwrap();
                catalog.patient(&message.patients[0]).unwrap().unwrap()
            });
            let mut wanted = texts(&compat["local_ids"]);
            wanted.sort();
            assert_eq!(patient.local_ids, wanted, "{id}");
        } else {
            assert_eq!(
                (receipt.reason.unwrap().name(), errors),
                ("structure_unsupported", vec![text(&compat["error_key"])])
            );
        }
    }
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap().to_owned()
}
