//! Messages as tables.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int16Type, Int32Type, TimestampMicrosecondType};
use carelake_core::publish::{Served, current};
use carelake_core::store::{FaultyStore, Moment, Store};
use jiff::SignedDuration;

use super::lake::{Lake, admission};
use crate::config::Hl7;
use crate::day::{TABLES, make, plan, publication, settle};
use crate::world::{Hl7Error, World};

const RESULT: &str = "MSH|^~\\&|LAB|H|RCV|X|20240714093015+0200||ORU^R01^ORU_R01|L1|P|2.5.1\rPID|1||7^^^H^MR||DOE^JANE||19600229|\"\"|||||^^^^||||||123456789\rORC|RE|P1|F1\rOBR|1|P1|F1|718-7^Hemoglobin^LN|||20240714080000\rOBX|1|NM|718-7^Hemoglobin^LN^HB^Hb^L||13.5|g/dL^^UCUM|12.0-16.0|N~L|||F|||20240714\rNTE|1||first\rNTE|2||second\\.br\\third\rOBX|2|SN|a^b^L||>^100~<^5|||||F\rOBX|3|ED|doc||^AP^PDF^Base64^QUJD|||||F\rOBX|4|CE|x||K^Known^L|||||F\rOBX|5|NM|y||high|||||F\rOBX|6|TS|z||20241301|||||F\r";

/// Publishes what changed; answers how many pointers were moved.
pub(super) fn publish(world: &World<'_>) -> Result<u64, Hl7Error> {
    let (parts, through) = plan(world, &[])?;
    let made = parts.iter().map(|part| make(world, part, Some("hl7-1"))).collect::<Result<Vec<_>, _>>()?;
    Ok(settle(world, &made, Some(through), Some("hl7-1"))?.moved)
}

pub(super) fn served(lake: &Lake, name: &str) -> Vec<RecordBatch> {
    let table = TABLES.iter().find(|table| table.name == name).unwrap();
    let served = Served::of(&lake.output, &publication(table)).unwrap().unwrap();
    let schema = served.schema().unwrap();
    served.batches(&lake.output, &schema).map(Result::unwrap).filter(|batch| batch.num_rows() > 0).collect()
}

/// Returns the rows of a text column, in order.
fn texts(batches: &[RecordBatch], name: &str) -> Vec<Option<String>> {
    let of = |batch: &RecordBatch| {
        let column = batch.column_by_name(name).unwrap().as_string::<i32>().clone();
        column.iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>()
    };
    batches.iter().flat_map(of).collect()
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| (!text.is_empty()).then(|| (*text).to_owned())).collect()
}

#[test]
fn results_are_typed_and_stand_under_their_order_and_patient() {
    let lake = Lake::new();
    lake.send(RESULT.as_bytes());
    assert_eq!(lake.act(publish).unwrap(), 8);
    let rows = served(&lake, "observations");
    assert_eq!(texts(&rows, "value_type"), some(&["NM", "SN", "SN", "ED", "CE", "NM", "TS"]));
    assert_eq!(texts(&rows, "value_text"), some(&["13.5", ">^100", "<^5", "", "K^Known^L", "high", "20241301"]));
    assert_eq!(texts(&rows, "value_comparator"), some(&["", ">", "<", "", "", "", ""]));
    assert_eq!(texts(&rows, "value_decimal"), some(&["13.5", "100", "5", "", "", "", ""]));
    assert_eq!(texts(&rows, "value_code"), some(&["", "", "", "", "K", "", ""]));
    assert_eq!(texts(&rows, "value_at_text"), some(&["", "", "", "", "", "", "20241301"]));
    assert_eq!(texts(&rows, "loinc")[0].as_deref(), Some("718-7"));
    assert_eq!(texts(&rows, "notes")[0].as_deref(), Some("first\nsecond\nthird"));
    assert!(texts(&rows, "notes")[1].is_none());
    assert!(texts(&rows, "placer").iter().all(|placer| placer.as_deref() == Some("P1")));
    let number = |name: &str| rows[0].column_by_name(name).unwrap().as_primitive::<Float64Type>().value(0);
    assert_eq!((number("value_number"), number("low"), number("high")), (13.5, 12.0, 16.0));
    // MSH-7 has an offset, which holds for times that have none.
    let at = rows[0].column_by_name("observed_at").unwrap().as_primitive::<TimestampMicrosecondType>().value(0);
    assert_eq!(at, "2024-07-13T22:00:00Z".parse::<jiff::Timestamp>().unwrap().as_microsecond());
    let orders = served(&lake, "orders");
    assert_eq!((texts(&orders, "control"), texts(&orders, "service_code")), (some(&["RE"]), some(&["718-7"])));
    let patients = served(&lake, "patients");
    assert_eq!((texts(&patients, "family"), texts(&patients, "sex")), (some(&["DOE"]), some(&[""])));
    let deleted = patients[0].column_by_name("deleted").unwrap().as_list::<i32>().value(0);
    assert_eq!(deleted.as_string::<i32>().value(0), "sex");
    let uuid = lake.catalog(|catalog| catalog.find("H#MR#7").unwrap().unwrap().uuid);
    for table in ["observations", "patients", "messages", "orders"] {
        assert!(texts(&served(&lake, table), "patient_uuid").iter().all(|it| it.as_deref() == Some(&uuid)), "{table}");
    }
}

#[test]
fn from_its_values_in_long_form_a_message_can_be_made_again() {
    let lake = Lake::new();
    let message = "MSH|^~\\&|A|B||D|20240102||ORU^R01|1|P|2.5.1\rPID|1||7^^^H&1.2&ISO^MR~8||DOE^J\rOBR|1|||x\rOBX|1|CE|c||A^B~\"\"\rZZZ|a^b&c|~d\r";
    lake.send(message.as_bytes());
    lake.act(publish).unwrap();
    let mut fields: BTreeMap<(i32, i16, i16, i16, i16), String> = BTreeMap::new();
    let mut names: BTreeMap<i32, String> = BTreeMap::new();
    for batch in served(&lake, "segments") {
        let small = |name: &str, at: usize| batch.column_by_name(name).unwrap().as_primitive::<Int16Type>().value(at);
        let text = |name: &str, at: usize| batch.column_by_name(name).unwrap().as_string::<i32>().value(at).to_owned();
        for at in 0..batch.num_rows() {
            let segment = batch.column_by_name("segment").unwrap().as_primitive::<Int32Type>().value(at);
            names.insert(segment, text("name", at));
            let place =
                (segment, small("field", at), small("repetition", at), small("component", at), small("sub", at));
            fields.insert(place, text("value", at));
        }
    }
    let mut made = String::new();
    for (segment, name) in &names {
        let of = |at: &(i32, i16, i16, i16, i16)| at.0 == *segment;
        let (mut text, mut last) = (name.clone(), (0, 1, 1, 1));
        for ((_, field, repetition, component, sub), value) in fields.iter().filter(|(at, _)| of(at)) {
            if name == "MSH" && *field <= 2 {
                text.push_str(value);
                last = (2, 1, 1, 1);
                continue;
            }
            let new = (*field, *repetition, *component, *sub);
            if new.0 > last.0 {
                text.push_str(&"|".repeat((new.0 - last.0) as usize));
                last = (new.0, 1, 1, 1);
            }
            for (separator, by) in [("~", new.1 - last.1)] {
                if by > 0 {
                    text.push_str(&separator.repeat(by as usize));
                    last = (new.0, new.1, 1, 1);
                }
            }
            if new.2 > last.2 {
                text.push_str(&"^".repeat((new.2 - last.2) as usize));
                last = (new.0, new.1, new.2, 1);
            }
            text.push_str(&"&".repeat((new.3 - last.3) as usize));
            last = new;
            text.push_str(value);
        }
        made.push_str(&text);
        made.push('\r');
    }
    assert_eq!(made, message);
    let rows = served(&lake, "segments");
    let types: Vec<_> = texts(&rows, "name").into_iter().zip(texts(&rows, "type")).collect();
    assert!(
        types.contains(&(Some("PID".to_owned()), Some("FN".to_owned())))
            || types.contains(&(Some("PID".to_owned()), Some("ST".to_owned())))
    );
    assert!(texts(&rows, "group").contains(&Some("ORU_R01_PATIENT_RESULT/ORU_R01_PATIENT".to_owned())));
}

#[test]
fn a_day_is_one_run_that_is_made_anew_when_it_changed_and_only_then() {
    let mut lake = Lake::with(Hl7 { processing_ids: vec!["T".to_owned()], ..Hl7::default() });
    lake.send(&admission("1", "7"));
    lake.config.processing_ids.clear();
    lake.send(&admission("2", "8"));
    lake.act(publish).unwrap();
    let pointer = || current(&lake.output, &publication(TABLES.last().unwrap())).unwrap().unwrap();
    let first = pointer();
    assert_eq!((first.runs.len(), first.runs[0].part.as_deref(), first.runs[0].rows), (1, Some("2024-07-14"), 1));
    assert_eq!(lake.act(publish).unwrap(), 0, "nothing changed");
    let standing = lake.act(|world| settle(world, &[], None, None)).unwrap();
    assert!(standing.moved == 0 && standing.rows > 20, "{standing:?}");
    lake.pass(SignedDuration::from_hours(24 * 3));
    lake.send(&admission("3", "9"));
    lake.act(publish).unwrap();
    assert_eq!(pointer().runs.len(), 2);
    lake.act(|world| crate::replay::replay(world, &Default::default())).unwrap();
    assert_eq!(lake.act(publish).unwrap(), 8, "a message of the first day can be used now");
    let after = pointer();
    assert_eq!(after.runs.iter().map(|run| run.rows).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(texts(&served(&lake, "messages"), "control_id").len(), 3);
    // A month that is over is one part.
    lake.pass(SignedDuration::from_hours(24 * 70));
    lake.send(&admission("4", "9"));
    lake.act(publish).unwrap();
    let parts: Vec<_> = pointer().runs.iter().map(|run| (run.part.clone().unwrap(), run.rows)).collect();
    assert!(parts.contains(&("2024-07".to_owned(), 3)) && parts.len() == 2, "{parts:?}");
}

#[test]
fn a_store_that_fails_at_any_call_serves_nothing_by_half() {
    for call in (1..).step_by(7) {
        let lake = Lake::new();
        lake.send(&admission("1", "7"));
        lake.raw.settle().unwrap();
        let faulty = FaultyStore::failing_once(&lake.output, call, Moment::Before);
        let failed = lake.on((&lake.raw, &faulty, &lake.rejects), &lake.ledger, publish).is_err();
        if call > faulty.calls() {
            break;
        }
        // Warnings behind a moved pointer are no failure.
        if failed {
            let last = current(&lake.output, &publication(TABLES.last().unwrap())).unwrap();
            assert!(last.is_none_or(|pointer| pointer.runs.len() == 1));
        }
        lake.act(publish).unwrap();
        for table in &TABLES {
            let pointer = current(&lake.output, &publication(table)).unwrap().unwrap();
            assert_eq!(pointer.runs.len(), 1, "call {call}, {}", table.name);
        }
        assert_eq!(texts(&served(&lake, "messages"), "control_id"), some(&["1"]));
    }
}
