//! The endpoint: messages over HTTP and MLLP, what is answered, who is let in, what is looked up.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::support::Place;

const SERVE: [&str; 6] = ["serve", "--json", "--listen", "127.0.0.1:0", "--mllp", "127.0.0.1:0"];

/// Something that serves messages.
pub(super) struct Endpoint {
    child: Child,
    pub(super) http: String,
    pub(super) mllp: String,
}

impl Endpoint {
    pub(super) fn start(place: &Place) -> Self {
        Self::start_as(place.as_typed(&SERVE), place)
    }

    fn start_as(mut command: Command, place: &Place) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(place.path().join("serve.log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = |name: &str| {
            let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            line.get(name).and_then(Value::as_str).unwrap().replace("http://", "")
        };
        let (http, mllp) = (told("listening"), told("mllp"));
        Self { child, http, mllp }
    }

    /// Ends it as the system does when memory is short.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn end(mut self) {
        Command::new("kill").args(["-s", "INT", &self.child.id().to_string()]).status().unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }

    /// Asks, and answers status, head and body.
    fn ask(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.http).unwrap();
        let mut head = format!("{line} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.http);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let at = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let (head, body) = answer.split_at(at);
        let head = String::from_utf8(head.to_vec()).unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), head, body.iter().skip(4).copied().collect())
    }

    fn post(&self, token: &str, message: &str) -> (u16, String, String) {
        let body = json!({ "msg": base64::engine::general_purpose::STANDARD.encode(message) }).to_string();
        let headers = [("authorization", token), ("content-type", "application/json")];
        let (status, head, body) = self.ask("POST /hl7v2/er7", &headers, body.as_bytes());
        (status, head, String::from_utf8(body).unwrap())
    }

    fn get(&self, token: &str, path: &str) -> (u16, Value) {
        let (status, _, body) = self.ask(&format!("GET {path}"), &[("authorization", token)], b"");
        (status, serde_json::from_slice(&body).unwrap())
    }
}

fn token(place: &Place, scopes: &[&str]) -> String {
    let mut arguments = vec!["hl7", "token"];
    scopes.iter().for_each(|scope| arguments.extend(["--scope", scope]));
    let ran = place.carelake(&arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.stdout.trim().to_owned()
}

fn message(control_id: &str, patient: &str, sent: &str) -> String {
    format!(
        "MSH|^~\\&|SND|FAC|RCV|X|{sent}||ADT^A01|{control_id}|P|2.5\rPID|1||{patient}^^^H^MR||PLANTED^NAME\rPV1|1|I\r"
    )
}

#[test]
fn messages_are_answered_as_they_deserve_and_found_again() {
    let place = Place::new();
    let serve = Endpoint::start(&place);
    let write = token(&place, &["hl7/write"]);
    let read = token(&place, &["hl7/read"]);
    let first = message("A1", "7", "20240101");
    let (status, head, body) = serve.post(&write, &first);
    assert_eq!((status, body.as_str()), (200, "\"Message A1 successfully written\""));
    assert!(head.contains("x-hl7-status: stored"), "{head}");
    assert_eq!(serve.post(&write, &first).2, "\"Message A1 already written\"");
    let (status, head, body) = serve.post(&write, &message("A1", "8", "20240101"));
    assert_eq!((status, body.as_str()), (409, "\"Message A1 not written: control_id_conflict\""));
    assert!(head.contains("x-hl7-reason: control_id_conflict"), "{head}");
    assert_eq!(serve.post(&write, "hello").2, "\"Could not convert to ER7 object: not_er7\"");
    assert_eq!(serve.post(&write, &first.replace("PID|", "1ID|").replace("A1", "A2")).0, 400);
    let large = format!("{first}{}", "x".repeat(4 << 20));
    assert_eq!(serve.post(&write, &large).0, 413);
    for (given, wanted) in [("", 401), ("none", 401), (read.as_str(), 403)] {
        assert_eq!(serve.post(given, &first).0, wanted, "{given}");
    }
    let plain = [("authorization", write.as_str()), ("content-type", "x-application/hl7-v2+er7")];
    let (status, _, ack) = serve.ask("POST /hl7v2/er7", &plain, message("A3", "7", "20240103").as_bytes());
    assert!(status == 200 && String::from_utf8(ack).unwrap().contains("\rMSA|AA|A3\r"));
    let accept = [plain[0], plain[1], ("accept", "application/vnd.carelake.hl7+json")];
    let (_, _, object) = serve.ask("POST /hl7v2/er7", &accept, message("A4", "7", "20240102").as_bytes());
    let object: Value = serde_json::from_slice(&object).unwrap();
    assert_eq!((&object["status"], &object["structure"]), (&json!("stored"), &json!("ADT_A01")));
    assert_eq!(serve.ask("POST /hl7v2/er7", &[plain[0], ("content-type", "text/html")], b"x").0, 415);

    let search = json!({ "local_id": "H#MR#7" }).to_string();
    let (status, _, body) = serve.ask("POST /hl7v2/patients/search", &[("authorization", &read)], search.as_bytes());
    let patient: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &patient["local_ids"]), (200, &json!(["H#MR#7"])));
    let uuid = patient["uuid"].as_str().unwrap();
    assert_eq!(serve.get(&read, "/hl7v2/patients/H%23MR%237").0, 400, "an identifier is never in an address");
    assert_eq!(serve.get(&write, &format!("/hl7v2/patients/{uuid}")).0, 403);
    let mut met = Vec::new();
    let mut path = format!("/hl7v2/patients/{uuid}/messages?limit=1");
    let mut next = String::new();
    for page in 0..3 {
        let (status, lines) = serve.get(&read, &format!("{path}{next}"));
        assert_eq!(status, 200, "{lines}");
        met.push(lines["messages"][0]["provided_id"].as_str().unwrap().to_owned());
        if page == 0 {
            // A page that was read does not shift when messages arrive.
            serve.post(&write, &message("A5", "7", "20240109"));
        }
        next = lines["token"].as_str().map(|token| format!("&token={token}")).unwrap_or_default();
        assert_eq!(next.is_empty(), page == 2);
    }
    assert_eq!(met, ["A3", "A4", "A1"], "the last one by MSH-7 first");
    path = format!("/hl7v2/patients/{uuid}/messages?limit=2");
    let token_of_page = serve.get(&read, &path).1["token"].as_str().unwrap().to_owned();
    for bad in [
        format!("{path}&token=A{token_of_page}"),
        format!("{path}&type=ADT&token={token_of_page}"),
        format!("{path}&token=xx"),
        format!("/hl7v2/patients/{uuid}/messages?limit=0"),
    ] {
        assert_eq!(serve.get(&read, &bad).0, 400, "{bad}");
    }
    let other = token(&place, &["hl7/read", "hl7/write"]);
    assert_eq!(serve.get(&other, &format!("{path}&token={token_of_page}")).0, 200, "the same subject asks");
    let errors = serve.get(&read, "/hl7v2/errors?reason=segment_name").1;
    let id = errors["errors"][0]["message_id"].as_str().unwrap();
    assert_eq!((&errors["errors"][0]["provided_id"], errors["errors"].as_array().unwrap().len()), (&json!("A2"), 1));
    assert_eq!(serve.get(&read, &format!("/hl7v2/messages/{id}")).0, 409);
    let whole = carelake_id(&first);
    let (_, json) = serve.get(&read, &format!("/hl7v2/messages/{whole}"));
    assert_eq!(json["PID"]["PID_3"][0]["CX_1"], "7");
    let as_sent = [("authorization", read.as_str()), ("accept", "x-application/hl7-v2+er7")];
    assert_eq!(serve.ask(&format!("GET /hl7v2/messages/{whole}"), &as_sent, b"").2, first.as_bytes());
    assert_eq!(serve.get("", "/hl7v2/jwks.json").1["keys"][0]["crv"], "P-256");
    serve.end();
    let log = std::fs::read_to_string(place.path().join("serve.log")).unwrap();
    assert!(!log.contains("PLANTED") && !log.contains("H#MR"), "{log}");
    let audit = place.carelake(&["audit", "hl7"]).stdout;
    assert!(!audit.contains("PLANTED") && !audit.contains("H#MR"), "{audit}");
}

/// Returns the id of a message.
pub(super) fn carelake_id(message: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(message).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn messages_by_mllp_are_answered_in_their_order_and_by_the_command() {
    let place = Place::new();
    let serve = Endpoint::start(&place);
    let mut stream = TcpStream::connect(&serve.mllp).unwrap();
    let framed = |message: &str| format!("\u{b}{message}\u{1c}\r");
    let all: String = (0..5).map(|n| framed(&message(&format!("M{n}"), "7", "20240101"))).collect();
    stream.write_all(all.as_bytes()).unwrap();
    let mut answer = String::new();
    let mut chunk = [0; 1024];
    while answer.matches('\u{1c}').count() < 5 {
        let count = stream.read(&mut chunk).unwrap();
        answer.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
    }
    let places: Vec<usize> = (0..5).map(|n| answer.find(&format!("MSA|AA|M{n}\r")).unwrap()).collect();
    assert!(places.is_sorted(), "{answer}");
    place.write("good.hl7", message("M9", "7", "20240101"));
    place.write("bad.hl7", message("M9", "8", "20240101"));
    let to = format!("mllp://{}", serve.mllp);
    let ran = place.carelake(&["hl7", "send", "good.hl7", "--to", &to]);
    assert!(ran.code == Some(0) && ran.stdout.contains("MSA|AA|M9"), "{} {}", ran.stdout, ran.stderr);
    let ran = place.carelake(&["hl7", "send", "bad.hl7", "--to", &to, "--json"]);
    assert_eq!((ran.code, &ran.json()["accepted"]), (Some(1), &json!(false)));
    serve.end();
    assert_eq!(place.carelake(&["serve", "--mllp", "0.0.0.0:0"]).code, Some(2), "others could reach it");
}

/// Returns the ids of the messages in a zone.
pub(super) fn zone(place: &Place, folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![place.path().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            match path.file_name().unwrap().to_str().unwrap().strip_suffix(ending) {
                Some(name) if name.len() == 64 => found.push(name.to_owned()),
                _ if path.is_dir() => folders.push(path),
                _ => {}
            }
        }
    }
    let distinct: BTreeSet<&String> = found.iter().collect();
    assert_eq!(distinct.len(), found.len(), "a message lies there twice");
    found
}

#[test]
fn files_are_loaded_and_errors_listed_replayed_and_shown() {
    let place = Place::new();
    let bad = message("L2", "8", "20240101").replace("PV1|", "1V1|");
    place.write("night.hl7", format!("{}{bad}{}", message("L1", "7", "20240101"), message("L1", "7", "20240101")));
    let ran = place.carelake(&["hl7", "load", "night.hl7", "--json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let report = &ran.json()["files"][0];
    assert_eq!((&report["stored"], &report["duplicates"]), (&json!(1), &json!(1)));
    assert_eq!((&report["errors"], &report["outcome"]), (&json!({"segment_name": 1}), &json!("errors")));
    let errors = place.carelake(&["hl7", "errors", "--reason", "segment_name", "--json"]).json();
    assert_eq!(errors["errors"][0]["message_id"], json!(carelake_id(&bad)));
    assert_eq!(place.carelake(&["hl7", "errors", "--reason", "segment_nam"]).code, Some(2));
    let replayed = place.carelake(&["hl7", "replay", "--all", "--json"]);
    assert_eq!((replayed.code, &replayed.json()["tried"]), (Some(1), &json!(1)));
    let shown = place.carelake(&["hl7", "show", &carelake_id(&message("L1", "7", "20240101")), "--mask"]).stdout;
    assert!(shown.contains("ADT_A01") && !shown.contains("PLANTED"), "{shown}");
    let swept = place.carelake(&["hl7", "sweep", "--now", "--all", "--json"]).json();
    assert_eq!((&swept["looked_at"], &swept["mended"]), (&json!(2), &json!(0)));
    let day = place.carelake(&["hl7", "day", "--json"]);
    assert_eq!(day.code, Some(0), "{}", day.stderr);
    assert_eq!(day.json()["parts"][0]["account"]["published"], 1, "{}", day.stdout);
    assert_eq!(place.query("select count(*) from \"hl7/messages\"").last().unwrap().trim(), "1");
}

/// Sends a message over a connection of its own; answers the acknowledgement, if one came.
fn exchanged(mut stream: impl Read + Write, message: &str) -> Option<String> {
    stream.write_all(format!("\u{b}{message}\u{1c}\r").as_bytes()).ok()?;
    let (mut answer, mut chunk) = (Vec::new(), [0; 1024]);
    while !answer.contains(&0x1c) {
        let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
        answer.extend(chunk.iter().take(count));
    }
    String::from_utf8(answer).ok()
}

#[test]
fn a_message_for_which_the_disk_has_no_room_is_not_acknowledged_and_those_after_it_are_taken() {
    let place = Place::new();
    let typed = place.as_typed(&SERVE);
    let mut command = Command::new("sh");
    // No file may be larger than a MiB, and who tries is told so in place of being ended.
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$0\" \"$@\""])
        .arg(typed.get_program())
        .args(typed.get_args());
    for (name, value) in typed.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(place.path());
    let serve = Endpoint::start_as(command, &place);
    let connect = || TcpStream::connect(&serve.mllp).unwrap();
    let small = message("F1", "7", "20240101");
    assert!(exchanged(connect(), &small).unwrap().contains("MSA|AA|F1\r"));
    let large = format!("{}NTE|1||{}\r", message("F2", "7", "20240101"), "x".repeat(2 << 20));
    assert_eq!(exchanged(connect(), &large), None, "it is not kept");
    let next = message("F3", "7", "20240101");
    assert!(exchanged(connect(), &next).unwrap().contains("MSA|AA|F3\r"), "there is room for others");
    serve.kill();
    assert_eq!(place.carelake(&["hl7", "sweep", "--now", "--all"]).code, Some(0));
    let mut kept = zone(&place, "input/raw", ".er7");
    let mut wanted = vec![carelake_id(&small), carelake_id(&next)];
    kept.sort();
    wanted.sort();
    assert_eq!(kept, wanted);
}

#[test]
fn connections_on_which_nothing_comes_make_room_for_others() {
    let place = Place::new();
    let serve = Endpoint::start(&place);
    let mut idle: Vec<TcpStream> = (0..512).map(|_| TcpStream::connect(&serve.mllp).unwrap()).collect();
    // The last of them is seen after all others, and is served.
    assert!(exchanged(idle.last().unwrap(), &message("I1", "7", "20240101")).unwrap().contains("MSA|AA|I1\r"));
    let more = TcpStream::connect(&serve.mllp).unwrap();
    assert!(exchanged(&more, &message("I2", "7", "20240101")).unwrap().contains("MSA|AA|I2\r"));
    // Which of the silent was heard of first is up to the queue of the socket; that whoever spoke stays is not.
    idle.iter().for_each(|one| one.set_nonblocking(true).unwrap());
    let last = idle.pop().unwrap();
    let is_gone = |mut one: &TcpStream| matches!(one.read(&mut [0; 1]), Ok(0));
    let mut gone = 0;
    while gone == 0 {
        std::thread::sleep(Duration::from_millis(20));
        gone = idle.iter().filter(|one| is_gone(one)).count();
    }
    assert_eq!(gone, 1, "one that was silent is gone");
    last.set_nonblocking(false).unwrap();
    assert!(exchanged(&last, &message("I3", "7", "20240101")).unwrap().contains("MSA|AA|I3\r"));
    serve.end();
}
