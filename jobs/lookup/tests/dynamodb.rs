//! Tables of DynamoDB on servers: moto, and dynalite, which leaves keys open as DynamoDB does (moto and MiniStack never do).

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../aws/tests/servers/tool.rs"]
#[expect(dead_code, reason = "where a server is missing, its tests are passed over")]
mod tool;

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType as Role, ScalarAttributeType,
};
use carelake_lookup::config::{LookupSpec, Place};
use carelake_lookup::{Answers, DynamoTable, Key, KeyColumn, KeyType, Lookup, LookupError, Machine, Wish, get_many};

/// A server of DynamoDB on a port of its own.
struct Server {
    process: Child,
    port: u16,
    runtime: tokio::runtime::Runtime,
}

const DYNALITE: &str = "
const server = require('dynalite')({createTableMs: 0, deleteTableMs: 0})
server.listen(0, '127.0.0.1', () => console.error('Running on http://127.0.0.1:' + server.address().port))
process.stdin.on('end', () => process.exit(0)).resume()
";

impl Server {
    /// Starts moto.
    fn moto() -> Option<Self> {
        let program = tool::venv().join("bin/moto_server");
        if !program.exists() {
            return passed_over(&program.display().to_string());
        }
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", "0"]).env("PYTHONUNBUFFERED", "1").stdin(Stdio::null());
        Some(Self::start(command))
    }

    /// Starts dynalite.
    fn dynalite() -> Option<Self> {
        let modules = tool::venv().join("node_modules");
        if !modules.join("dynalite").is_dir() {
            return passed_over(&modules.join("dynalite").display().to_string());
        }
        let mut command = Command::new("node");
        // It ends when its standard input does, also if this test dies.
        command.args(["-e", DYNALITE]).env("NODE_PATH", modules).stdin(Stdio::piped());
        Some(Self::start(command))
    }

    fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut said = String::new();
        // It says where it listens, or what it died of.
        let port = loop {
            let Some(Ok(line)) = lines.next() else { panic!("the server is dead: {:?}\n{said}", process.wait()) };
            if let Some((_, port)) = line.split_once("Running on http://127.0.0.1:") {
                break port.trim().parse().unwrap();
            }
            said = said + &line + "\n";
        };
        // Whoever logs every call stops when nobody reads it.
        thread::spawn(move || lines.for_each(drop));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { process, port, runtime }
    }

    fn client(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&config(self.port))
    }

    /// Makes a table, and waits until it is there.
    fn table(&self, name: &str, key: &[(&str, ScalarAttributeType)]) {
        let client = self.client();
        let mut call = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
        for ((name, kind), role) in key.iter().zip([Role::Hash, Role::Range]) {
            let attribute = AttributeDefinition::builder().attribute_name(*name).attribute_type(kind.clone());
            call = call
                .attribute_definitions(attribute.build().unwrap())
                .key_schema(KeySchemaElement::builder().attribute_name(*name).key_type(role).build().unwrap());
        }
        self.runtime.block_on(call.send()).unwrap();
        for _ in 0..200 {
            let told = self.runtime.block_on(client.describe_table().table_name(name).send()).unwrap();
            if told.table.and_then(|table| table.table_status).is_some_and(|status| status.as_str() == "ACTIVE") {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("table {name} is not ready");
    }

    fn put(&self, table: &str, item: Vec<(&str, AttributeValue)>) {
        let item: HashMap<String, AttributeValue> =
            item.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.runtime.block_on(self.client().put_item().table_name(table).set_item(Some(item)).send()).unwrap();
    }

    fn lookup(&self, table: &str, key: &[(&str, KeyType)]) -> DynamoTable {
        let key = key.iter().map(|(name, kind)| KeyColumn { name: (*name).to_owned(), kind: *kind }).collect();
        let place = Place::DynamoDb { table: table.to_owned(), region: None };
        let spec = LookupSpec { name: "it".to_owned(), place, key, deadline: Duration::from_secs(60) };
        DynamoTable::from_config(&spec, table, &config(self.port)).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
fn passed_over<T>(what: &str) -> Option<T> {
    eprintln!("passed over: {what} is missing; ./bootstrap.sh test installs it");
    None
}

fn config(port: u16) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .build()
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(text: &str) -> AttributeValue {
    AttributeValue::N(text.to_owned())
}

fn wish(columns: &[&str]) -> Wish {
    let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    Wish { columns: (!columns.is_empty()).then_some(columns), is_consistent: true, deadline: Duration::from_secs(60) }
}

fn ask(lookup: &DynamoTable, keys: &[Vec<String>], wish: &Wish) -> Result<Answers, LookupError> {
    let keys: Vec<Key> = keys
        .iter()
        .map(|texts| Key::parse(&texts.iter().map(String::as_str).collect::<Vec<_>>(), lookup.key()).unwrap())
        .collect();
    get_many(lookup, &keys, wish, &Machine::start())
}

fn json(answers: &Answers) -> Vec<String> {
    let json = |row: &Option<std::sync::Arc<carelake_lookup::Row>>| {
        let mut json = Vec::new();
        match row {
            Some(row) => row.write_json(&mut json),
            None => json.extend_from_slice(b"null"),
        }
        String::from_utf8(json).unwrap()
    };
    answers.rows.iter().map(json).collect()
}

fn keys(texts: &[&[&str]]) -> Vec<Vec<String>> {
    texts.iter().map(|texts| texts.iter().map(|text| (*text).to_owned()).collect()).collect()
}

/// What every server must answer alike.
fn answers_one_row_a_key(server: &Server) {
    const LONG: &str = "12345678901234567890123456789012345678";
    server.table("pairs", &[("pk", ScalarAttributeType::S), ("sk", ScalarAttributeType::N)]);
    let nested = AttributeValue::M(HashMap::from([
        ("list".to_owned(), AttributeValue::L(vec![n("1.50"), AttributeValue::Null(true), s("q\"")])),
        ("set".to_owned(), AttributeValue::Ns(vec!["7".to_owned()])),
    ]));
    server.put("pairs", vec![("pk", s("a")), ("sk", n("1")), ("name", s("Ada")), ("more", nested)]);
    server.put("pairs", vec![("pk", s("a")), ("sk", n(LONG)), ("name", s("long"))]);
    server
        .put("pairs", vec![("pk", s("b")), ("sk", n("-0.5")), ("size", n("120")), ("ok", AttributeValue::Bool(true))]);
    let lookup = server.lookup("pairs", &[("pk", KeyType::Text), ("sk", KeyType::Number)]);
    let asked = keys(&[
        &["b", "-5e-1"],
        &["a", "1.0"],
        &["a", "2"],
        &["a", "1"],
        &["a", LONG],
        // What no table can have is no row, and does not have the others refused.
        &["", "1"],
        &["a", "123456789012345678901234567890123456789"],
        &["a", "1e200"],
    ]);
    // `name` and `size` are words of theirs.
    let found = ask(&lookup, &asked, &wish(&["name", "size"])).unwrap();
    assert_eq!(
        json(&found),
        [
            "{\"name\":null,\"size\":120}",
            "{\"name\":\"Ada\",\"size\":null}",
            "null",
            "{\"name\":\"Ada\",\"size\":null}",
            "{\"name\":\"long\",\"size\":null}",
            "null",
            "null",
            "null",
        ]
    );
    assert_eq!((found.distinct, found.missing, found.requests), (7, 4, 1));
    let whole = ask(&lookup, &keys(&[&["a", "1"], &["b", "-0.5"]]), &wish(&[])).unwrap();
    assert_eq!(
        json(&whole),
        [
            "{\"more\":{\"list\":[1.5,null,\"q\\\"\"],\"set\":[7]},\"name\":\"Ada\",\"pk\":\"a\",\"sk\":1}",
            "{\"ok\":true,\"pk\":\"b\",\"size\":120,\"sk\":-0.5}",
        ]
    );
    server.table("bytes", &[("id", ScalarAttributeType::B)]);
    server.put("bytes", vec![("id", AttributeValue::B(Blob::new([0, 255]))), ("name", s("two"))]);
    let lookup = server.lookup("bytes", &[("id", KeyType::Binary)]);
    let found = ask(&lookup, &keys(&[&["AP8="], &["AA=="]]), &wish(&[])).unwrap();
    assert_eq!(json(&found), ["{\"id\":\"AP8=\",\"name\":\"two\"}", "null"]);
    let missing = server.lookup("nowhere", &[("id", KeyType::Text)]);
    let error = ask(&missing, &keys(&[&["a"]]), &wish(&[])).unwrap_err();
    assert_eq!(error.to_string(), "lookups.it.table: there is no `nowhere`");
    let other = server.lookup("pairs", &[("pk", KeyType::Text)]);
    let error = ask(&other, &keys(&[&["secret"]]), &wish(&[])).unwrap_err();
    assert!(
        error.to_string().contains("table pairs has another key") && !error.to_string().contains("secret"),
        "{error}"
    );
}

#[test]
fn moto_answers_one_row_a_key() {
    if let Some(server) = Server::moto() {
        answers_one_row_a_key(&server);
    }
}

#[test]
fn dynalite_answers_one_row_a_key() {
    if let Some(server) = Server::dynalite() {
        answers_one_row_a_key(&server);
    }
}

#[test]
fn more_keys_than_a_request_may_have_are_several() {
    let Some(server) = Server::moto() else { return };
    server.table("many", &[("id", ScalarAttributeType::N)]);
    (0..10).for_each(|it| server.put("many", vec![("id", n(&(it * 30).to_string()))]));
    let lookup = server.lookup("many", &[("id", KeyType::Number)]);
    let asked: Vec<Vec<String>> = (0..301).chain(0..301).map(|it| vec![it.to_string()]).collect();
    let found = ask(&lookup, &asked, &wish(&["id"])).unwrap();
    assert_eq!((found.rows.len(), found.distinct, found.missing, found.requests), (602, 301, 582, 4));
    assert!(found.rows[30].is_some() && found.rows[301 + 270].is_some() && found.rows[31].is_none());
}

#[test]
fn keys_that_the_service_leaves_open_are_asked_for_again() {
    let Some(server) = Server::dynalite() else { return };
    server.table("large", &[("id", ScalarAttributeType::S)]);
    let text = "x".repeat(390_000);
    (0..60).for_each(|it| server.put("large", vec![("id", s(&it.to_string())), ("text", s(&text))]));
    let lookup = server.lookup("large", &[("id", KeyType::Text)]);
    let asked: Vec<Vec<String>> = (0..70).map(|it| vec![it.to_string()]).collect();
    // The server itself: one request is not all of it.
    let once = lookup.ask(
        &asked.iter().map(|texts| Key::parse(&[&texts[0]], lookup.key()).unwrap()).collect::<Vec<_>>(),
        &wish(&[]),
        Duration::from_secs(60),
    );
    let once = once.unwrap();
    assert!(!once.open.is_empty() && once.found.len() + once.open.len() <= 70, "{} are open", once.open.len());
    let found = ask(&lookup, &asked, &wish(&[])).unwrap();
    assert_eq!((found.rows.len(), found.missing), (70, 10));
    assert!(found.requests > 1, "{} requests", found.requests);
    let whole = |row: &std::sync::Arc<carelake_lookup::Row>| row.get("text").and_then(|it| it.text()).unwrap().len();
    assert!(found.rows.iter().flatten().all(|row| whole(row) == text.len()));
}

#[test]
fn who_has_no_credentials_is_refused_at_once() {
    let bare = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .endpoint_url("http://127.0.0.1:9")
        .build();
    let spec = LookupSpec {
        name: "it".to_owned(),
        place: Place::DynamoDb { table: "t".to_owned(), region: None },
        key: vec![KeyColumn { name: "id".to_owned(), kind: KeyType::Text }],
        deadline: Duration::from_secs(60),
    };
    let lookup = DynamoTable::from_config(&spec, "t", &bare).unwrap();
    let error = ask(&lookup, &keys(&[&["a"]]), &wish(&[])).unwrap_err();
    assert_eq!(error.kind().name, "Refused", "{error}");
}

#[test]
fn a_service_that_does_not_answer_is_unavailable_with_what_is_open() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let spec = LookupSpec {
        name: "it".to_owned(),
        place: Place::DynamoDb { table: "t".to_owned(), region: None },
        key: vec![KeyColumn { name: "id".to_owned(), kind: KeyType::Text }],
        deadline: Duration::from_secs(1),
    };
    let lookup = DynamoTable::from_config(&spec, "t", &config(port)).unwrap();
    let wish = Wish { deadline: Duration::from_secs(1), ..wish(&[]) };
    let asked: Vec<Vec<String>> = (0..130).map(|it| vec![it.to_string()]).collect();
    let error = ask(&lookup, &asked, &wish).unwrap_err();
    assert_eq!(error.kind().name, "Unavailable");
    assert!(error.to_string().contains("130 keys are open after 1 s"), "{error}");
}
