//! The endpoint is killed at random while senders send, and nothing that was acknowledged is lost.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use super::endpoint::{Endpoint, carelake_id, zone};
use crate::support::Place;

/// How often it is killed; more where somebody wants to be surer.
const KILLS: &str = "CARELAKE_HL7_KILLS";
const SENDERS: usize = 8;

/// Sends a message; answers whether it was acknowledged.
fn acknowledged(address: &str, message: &str, control_id: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    if stream.write_all(format!("\u{b}{message}\u{1c}\r").as_bytes()).is_err() {
        return false;
    }
    let (mut answer, mut chunk) = (Vec::new(), [0; 512]);
    while !answer.contains(&0x1c) {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return false,
            Ok(count) => answer.extend(chunk.iter().take(count)),
        }
    }
    let answer = String::from_utf8(answer).unwrap();
    ["AA", "AE"].iter().any(|code| answer.contains(&format!("MSA|{code}|{control_id}\r")))
}

/// Every seventh message is broken.
fn message(sender: usize, number: u64) -> (String, String) {
    let control_id = format!("K{sender}.{number}");
    let name = if number % 7 == 3 { "1V1" } else { "PV1" };
    let patient = number % 5;
    let text = format!(
        "MSH|^~\\&|SND{sender}|FAC|RCV|X|20240101||ADT^A01|{control_id}|P|2.5\rPID|1||{patient}^^^H^MR||A^B\r{name}|1|I\r"
    );
    (text, control_id)
}

#[test]
fn what_was_acknowledged_is_kept_and_lies_in_one_place_however_often_the_endpoint_is_killed() {
    let kills: u64 = std::env::var(KILLS).ok().and_then(|kills| kills.parse().ok()).unwrap_or(3);
    let place = Place::new();
    let address = RwLock::new(String::new());
    let (kept, is_over) = (Mutex::new(BTreeSet::new()), AtomicBool::new(false));
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (address, kept, is_over) = (&address, &kept, &is_over);
            scope.spawn(move || {
                for number in 0.. {
                    let (text, control_id) = message(sender, number);
                    // What was not acknowledged is sent again.
                    loop {
                        let to = address.read().unwrap().clone();
                        if !to.is_empty() && acknowledged(&to, &text, &control_id) {
                            kept.lock().unwrap().insert(carelake_id(&text));
                            break;
                        }
                        if is_over.load(Ordering::Acquire) {
                            return;
                        }
                        thread::sleep(Duration::from_millis(5));
                    }
                }
            });
        }
        let begun = Instant::now();
        for kill in 0..kills {
            let serve = Endpoint::start(&place);
            *address.write().unwrap() = serve.mllp.clone();
            // Some time that is another each time, with something acknowledged in it.
            let before = kept.lock().unwrap().len();
            while kept.lock().unwrap().len() == before && begun.elapsed() < Duration::from_secs(60 * (kill + 2)) {
                thread::sleep(Duration::from_millis(5));
            }
            let millis = (begun.elapsed().as_nanos() % 400) as u64;
            thread::sleep(Duration::from_millis(millis));
            serve.kill();
            address.write().unwrap().clear();
        }
        is_over.store(true, Ordering::Release);
    });
    let swept = place.carelake(&["hl7", "sweep", "--now", "--all", "--json"]);
    assert_eq!(swept.code, Some(0), "{}", swept.stderr);
    let kept = kept.into_inner().unwrap();
    assert!(kept.len() >= usize::try_from(kills).unwrap(), "too little was sent: {}", kept.len());
    let raw: BTreeSet<String> = zone(&place, "input/raw", ".er7").into_iter().collect();
    assert!(kept.is_subset(&raw), "{} acknowledged messages are lost", kept.difference(&raw).count());
    let staging: BTreeSet<String> = zone(&place, "output/staging", ".json").into_iter().collect();
    let errors: BTreeSet<String> = zone(&place, "rejects/error", ".er7").into_iter().collect();
    assert_eq!(staging.intersection(&errors).count(), 0, "nothing is in both");
    assert_eq!(staging.union(&errors).cloned().collect::<BTreeSet<_>>(), raw, "everything is somewhere");
    let again = place.carelake(&["hl7", "sweep", "--now", "--all", "--json"]).json();
    assert_eq!((&again["stored"], &again["errors"], &again["mended"]), (&0.into(), &0.into(), &0.into()));
}
