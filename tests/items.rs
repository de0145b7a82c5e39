//! Tables of DynamoDB, loaded through the real command from an emulator of AWS. Passed over, aloud, where none is installed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../jobs/aws/tests/servers/tool.rs"]
#[expect(dead_code, reason = "where the emulator is missing, its tests are passed over")]
mod tool;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::{Place, Ran};
use serde_json::{Value, json};

/// More scans that are refused than the client of AWS gets over by itself: five for each of four segments.
const THROTTLED: usize = 24;

/// An emulator of AWS.
pub struct Moto {
    server: Child,
    /// Where it listens.
    pub port: u16,
}

impl Moto {
    /// Starts it on a port of its own choice; none where it is not installed.
    #[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
    pub fn start() -> Option<Self> {
        let program = tool::venv().join("bin/moto_server");
        if !program.exists() {
            eprintln!("passed over: {} is missing; ./bootstrap.sh test installs it", program.display());
            return None;
        }
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", "0"]).env("PYTHONUNBUFFERED", "1");
        let mut server = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let mut said = String::new();
        // It says where it listens, or what it died of.
        let port = loop {
            let Some(Ok(line)) = lines.next() else { panic!("the emulator is dead: {:?}\n{said}", server.wait()) };
            if let Some((_, port)) = line.split_once("Running on http://127.0.0.1:") {
                break port.trim().parse().unwrap();
            }
            said = said + &line + "\n";
        };
        // Whoever logs every call stops when nobody reads it.
        thread::spawn(move || lines.for_each(drop));
        Some(Self { server, port })
    }

    /// Calls DynamoDB.
    fn call(&self, operation: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let credential = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";
        let head = format!(
            "POST / HTTP/1.1\r\nConnection: close\r\nHost: 127.0.0.1\r\nX-Amz-Target: DynamoDB_20120810.{operation}\r\nAuthorization: {credential}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 "), "{operation}: {answer}");
        serde_json::from_str(body).unwrap()
    }

    /// Makes a table whose key is a text and a number.
    pub fn table(&self, name: &str) {
        let attribute = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
        self.call(
            "CreateTable",
            &json!({
                "TableName": name, "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [attribute("pk", "S"), attribute("n", "N")],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
            }),
        );
    }

    /// Writes an item.
    pub fn put(&self, name: &str, item: Value) {
        self.call("PutItem", &json!({"TableName": name, "Item": item}));
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A proxy that answers the first scans with an error; answers its port, and counts scans.
fn refusing(server: u16, code: &'static str, first: usize) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let scans = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&scans);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let counted = Arc::clone(&counted);
            // A connection that the client closes is none of the test's.
            thread::spawn(move || drop(pass_on(client, server, (code, first), &counted)));
        }
    });
    (port, scans)
}

fn pass_on(
    mut client: TcpStream,
    server: u16,
    (code, first): (&str, usize),
    scans: &AtomicUsize,
) -> std::io::Result<()> {
    let mut from = BufReader::new(client.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    let is_scan = head.to_ascii_lowercase().contains("dynamodb_20120810.scan");
    if is_scan && scans.fetch_add(1, Ordering::SeqCst) < first {
        let error = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"MARKER"}}"#);
        let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.0\r\nConnection: close";
        write!(client, "{head}\r\nContent-Length: {}\r\n\r\n{error}", error.len())?;
        return client.shutdown(Shutdown::Write);
    }
    let mut upstream = TcpStream::connect(("127.0.0.1", server))?;
    upstream.write_all(head.as_bytes())?;
    upstream.write_all(b"Connection: close\r\n\r\n")?;
    upstream.write_all(&body)?;
    std::io::copy(&mut upstream, &mut client)?;
    client.shutdown(Shutdown::Both)
}

/// A folder whose configuration loads tables of DynamoDB.
fn place(more: &str) -> Place {
    let place = Place::new();
    let config = std::fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    let section = format!("\nloads:\n  sources:\n    shop:\n      engine: dynamodb\n      region: us-east-1\n{more}");
    place.write("pipeline_config.yaml", config + &section);
    place
}

fn carelake(place: &Place, port: u16, arguments: &[&str]) -> Ran {
    let mut command = place.command(arguments);
    command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")).envs([
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    let ran = Ran::of(&mut command);
    assert!(!ran.stdout.contains("MARKER") && !ran.stderr.contains("MARKER"), "{}{}", ran.stdout, ran.stderr);
    ran
}

fn items(moto: &Moto) {
    moto.table("orders");
    for n in 0..150 {
        moto.put(
            "orders",
            json!({"pk": {"S": format!("k{n:03}")}, "n": {"N": "1.50"}, "total": {"N": format!("{n}.10")}}),
        );
    }
    let odd = json!({
        "pk": {"S": "odd"}, "n": {"N": "0"}, "total": {"S": "MARKER"}, "flag": {"BOOL": true}, "exp": {"N": "1E-5"},
        "raw": {"B": "AAH+"}, "tags": {"SS": ["b", "a"]}, "list": {"L": [{"N": "1.0"}, {"NULL": true}]}, "nil": {"NULL": true},
    });
    moto.put("orders", odd);
}

#[test]
fn tables_come_whole_by_a_scan_that_is_throttled_and_values_that_do_not_fit_are_counted() {
    let Some(moto) = Moto::start() else { return };
    items(&moto);
    let (port, scans) = refusing(moto.port, "ProvisionedThroughputExceededException", THROTTLED);
    let place = place("      overrides: { dynamodb.orders: { columns: { total: \"decimal(10,2)\", flag: bool } } }\n");
    let tables = carelake(&place, port, &["loads", "tables", "shop", "--why", "--json"]).json();
    assert_eq!(tables["tables"][0]["mode"], "full");
    let why = tables["tables"][0]["reason"].as_str().unwrap();
    assert!(why.contains("no point-in-time recovery") && why.contains("no snapshot"), "{why}");
    let ran = carelake(&place, port, &["load", "--json"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let told = ran.json();
    let account = &told["tables"][0]["account"];
    assert_eq!((&account["published"], &account["counted"]["total_special"]), (&json!(151), &json!(1)), "{account}");
    assert!(scans.load(Ordering::SeqCst) > THROTTLED);
    let rows = place.query("SELECT pk, n, total, flag, \"_item\" FROM \"loads/shop/dynamodb/orders\" WHERE pk IN ('k007', 'odd') ORDER BY pk");
    assert!(rows[0].contains("k007") && rows[0].contains("1.5") && rows[0].contains("7.10"), "{rows:?}");
    assert!(
        rows[1].contains(r#"""exp"":{""N"":""0.00001""}"#) && rows[1].contains(r#"""tags"":{""SS"":[""a"",""b""]}"#),
        "{rows:?}"
    );
    let manifest = manifest(&place);
    assert!(manifest.contains("\"snapshot\": \"none\"") || manifest.contains("\"snapshot\":\"none\""), "{manifest}");
    // Another attempt of the definition would have begun another run.
    let runs = place.query("SELECT DISTINCT _run_id FROM \"loads/shop/dynamodb/orders\"");
    assert!(runs.len() == 1 && runs[0].ends_with(".1"), "the scan itself did not wait: {runs:?}");
}

fn manifest(place: &Place) -> String {
    let mut found = String::new();
    let mut folders = vec![place.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if name.contains("/loads/shop/") && name.ends_with(".json") {
                found.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn declarations_are_proposed_from_what_items_have_and_no_value_is_shown() {
    let Some(moto) = Moto::start() else { return };
    items(&moto);
    let place = place("");
    let ran = carelake(&place, moto.port, &["loads", "tables", "shop", "--infer"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    for line in ["dynamodb.orders", "flag: bool", "exp: \"decimal(", "raw: binary", "tags: json", "total: json"] {
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("nil"), "{}", ran.stdout);
}

#[test]
fn the_doctor_names_a_right_that_is_lacking_and_says_no_more_than_it_knows() {
    let Some(moto) = Moto::start() else { return };
    items(&moto);
    let place = place("");
    let ran = carelake(&place, moto.port, &["doctor"]);
    assert!(ran.stdout.contains("its tables may be read. What else"), "{}{}", ran.stdout, ran.stderr);
    let (port, _) = refusing(moto.port, "AccessDeniedException", usize::MAX);
    let ran = carelake(&place, port, &["doctor"]);
    assert!(ran.stdout.contains("no dynamodb:Scan") && ran.stdout.contains("in a policy of IAM: {"), "{}", ran.stdout);
}

#[test]
fn nobody_gets_a_comparison_that_there_is_none_of() {
    let Some(moto) = Moto::start() else { return };
    items(&moto);
    let place = place("");
    let ran = carelake(&place, moto.port, &["load", "shop", "--reconcile"]);
    assert_ne!(ran.code, Some(0));
    let said = ran.stdout + &ran.stderr;
    assert!(said.contains("answers no checksums") && said.contains("--full"), "{said}");
    // Of all sources those are compared that can be.
    let ran = carelake(&place, moto.port, &["load", "--reconcile"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
}
