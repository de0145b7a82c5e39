//! Files that are fetched: from servers of partners, over the landing folder, into what a feed serves.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(test)]
#[expect(dead_code, reason = "the other tests use the rest")]
#[path = "support/sftp.rs"]
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use crate::support::{Place, Ran};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use server::{HOST, Server, fingerprint, key};

const CONFIG: &str = "\
version: 2
environments:
  local: { input: ./input, output: ./output, rejects: ./rejects }
intake:
  defaults: { settle_secs: 0 }
  feeds:
    bay_roster:
      partner: bay
      path: \"PAT_{delivery:%Y%m%d}.csv\"
      format: { type: csv, delimiter: \"|\" }
      delivery: full
      time_zone: UTC
      notify: [it@bay.example]
      fetch: FETCH
      tables:
        persons:
          columns: { patient_id: MRN, last_name: NAME }
";

const ABLE: &str = "MRN|NAME\n1|ABLE\n2|BAKER\n";
const CHARLIE: &str = "MRN|NAME\n1|ABLE\n3|CHARLIE\n";

/// Starts a server over a folder that goes with it.
fn start() -> Server {
    Server::over(tempfile::tempdir().unwrap())
}

/// A folder whose feed is fetched from there.
fn place(fetch: &str) -> Place {
    let place = Place::new();
    place.write("pipeline_config.yaml", CONFIG.replace("FETCH", fetch));
    place
}

/// A feed that is fetched from a server of this process.
fn of_sftp(server: &Server, host_key: &str, after: &str) -> Place {
    let port = server.port;
    place(&format!(
        "{{ sftp: {{ host: 127.0.0.1, port: {port}, user: me, host_key: [\"{host_key}\"], password: {{ env: BAY_SECRET }}, folder: /out, after: {after} }} }}"
    ))
}

fn pull(place: &Place, secret: &str, options: &[&str]) -> Ran {
    let mut command = place.as_typed(&[&["intake", "pull", "--json"], options].concat());
    command.env("BAY_SECRET", secret).env_remove("HTTPS_PROXY").env_remove("https_proxy");
    let ran = Ran::of(&mut command);
    assert!(!format!("{ran:?}").contains(secret), "a secret is shown: {ran:?}");
    ran
}

/// Returns name and status of each line.
fn told(ran: &Ran) -> Vec<String> {
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |line: &Value, name: &str| line.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
    lines.map(|line| format!("{} {}", text(&line, "name"), text(&line, "status"))).collect()
}

/// Returns the names in the landing folder of the partner, and those of what is on the way.
fn landed(place: &Place) -> Vec<String> {
    let Ok(entries) = fs::read_dir(place.path().join("landing/bay")) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

/// Counts what killed processes left there.
fn hidden(place: &Place) -> usize {
    fs::read_dir(place.path().join("landing/bay")).map_or(0, |entries| entries.count() - landed(place).len())
}

fn bytes(place: &Place, name: &str) -> String {
    fs::read_to_string(place.path().join("landing/bay").join(name)).unwrap()
}

/// Files by path, for those who have the token.
type Pages = Arc<Mutex<BTreeMap<String, &'static str>>>;

/// A server that has a tag for each content.
fn pages() -> (u16, Pages) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, pages) = (listener.local_addr().unwrap().port(), Pages::default());
    let there = Arc::clone(&pages);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(&stream).lines().map(Result::unwrap);
            let asked: Vec<String> =
                lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase()).collect();
            let has = |text: &str| asked.iter().any(|line| *line == text);
            let path = asked.first().unwrap().split(' ').nth(1).unwrap().split('?').next().unwrap().to_owned();
            let is_head = asked.first().unwrap().starts_with("head");
            let page = there.lock().unwrap().get(&path).copied();
            let answer = match page {
                _ if !has("authorization: bearer t0ken") => "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
                None => "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
                Some(page) if has(&format!("if-none-match: \"{}\"", tag(page))) => {
                    "HTTP/1.1 304 Same\r\n\r\n".to_owned()
                }
                Some(page) => {
                    let head =
                        format!("HTTP/1.1 200 OK\r\nETag: \"{}\"\r\nContent-Length: {}\r\n\r\n", tag(page), page.len());
                    if is_head { head } else { head + page }
                }
            };
            let answer = answer.replacen("\r\n", "\r\nConnection: close\r\n", 1);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (port, pages)
}

fn tag(page: &str) -> String {
    format!("v{}", page.bytes().map(usize::from).sum::<usize>())
}

#[test]
fn files_at_addresses_come_once_and_again_when_they_changed() {
    let (port, pages) = pages();
    let place = place(&format!(
        "{{ https: \"http://127.0.0.1:{port}/out/PAT_{{delivery:%Y%m%d}}.csv?k=HIDDEN\", days: 3, credential: {{ bearer: {{ env: BAY_SECRET }} }} }}"
    ));
    let day = |back: i64| {
        let day = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().checked_sub(back.days()).unwrap();
        format!("PAT_{}.csv", day.strftime("%Y%m%d"))
    };
    let put = |back: i64, page: &'static str| {
        pages.lock().unwrap().insert(format!("/out/{}", day(back)).to_lowercase(), page)
    };
    put(0, ABLE);
    put(2, ABLE);
    put(3, ABLE);
    let both = |status: [&str; 2]| vec![format!("{} {}", day(2), status[0]), format!("{} {}", day(0), status[1])];

    let dry = pull(&place, "t0ken", &["--dry-run"]);
    assert_eq!((dry.code, told(&dry)), (Some(0), both(["new", "new"])), "{}", dry.stderr);
    assert!(landed(&place).is_empty());
    let first = pull(&place, "t0ken", &[]);
    assert_eq!((first.code, told(&first)), (Some(0), both(["brought", "brought"])), "{}", first.stderr);
    assert_eq!(landed(&place), [day(2), day(0)]);
    assert_eq!(told(&pull(&place, "t0ken", &["bay_roster"])), both(["unchanged", "unchanged"]));
    let taken = place.carelake(&["intake", "watch", "landing", "--once", "--json"]);
    assert_eq!((taken.code, taken.stdout.matches("\"published\"").count()), (Some(0), 2), "{taken:?}");

    // Other bytes under the same name are a correction; the same bytes under another tag are nothing.
    put(0, CHARLIE);
    assert_eq!(told(&pull(&place, "t0ken", &[])), both(["unchanged", "brought"]));
    assert_eq!(bytes(&place, &day(0)), CHARLIE);
    let taken = place.carelake(&["intake", "watch", "landing", "--once", "--json"]);
    assert_eq!((taken.code, taken.stdout.matches("\"published\"").count()), (Some(0), 1), "{taken:?}");

    let refused = pull(&place, "wrong-t0ken", &[]);
    assert_eq!((refused.code, told(&refused)), (Some(21), vec!["- failed".to_owned()]), "{refused:?}");
    assert!(refused.stdout.contains("answers 401") && !format!("{refused:?}").contains("HIDDEN"), "{refused:?}");
}

#[test]
fn what_came_by_sftp_goes_away_there_and_never_comes_twice() {
    let server = start();
    for name in ["out/PAT_20260803.csv", "out/other.txt"] {
        server.put(name, ABLE.as_bytes());
    }
    server.put("done/keep", b"");
    let place = of_sftp(&server, &fingerprint(&key(HOST)), "{ move: /done }");
    let there = |name: &str| server.folder.path().join(name).exists();
    let ran = pull(&place, server::PASSWORD, &[]);
    assert_eq!((ran.code, told(&ran)), (Some(0), vec!["PAT_20260803.csv brought".to_owned()]), "{}", ran.stderr);
    assert_eq!(
        (landed(&place), bytes(&place, "PAT_20260803.csv")),
        (vec!["PAT_20260803.csv".to_owned()], ABLE.to_owned())
    );
    assert!(there("done/PAT_20260803.csv") && !there("out/PAT_20260803.csv") && there("out/other.txt"));
    assert_eq!(pull(&place, server::PASSWORD, &[]).stdout, "");
    // Corrected there: it comes, and goes where its name is taken.
    server.put("out/PAT_20260803.csv", CHARLIE.as_bytes());
    let ran = pull(&place, server::PASSWORD, &[]);
    assert_eq!(told(&ran), ["PAT_20260803.csv brought"], "{ran:?}");
    assert_eq!(bytes(&place, "PAT_20260803.csv"), CHARLIE);
    assert_eq!(fs::read_to_string(server.folder.path().join("done/PAT_20260803.csv")).unwrap(), ABLE);
    assert_eq!(fs::read_dir(server.folder.path().join("done")).unwrap().count(), 3);
}

#[test]
fn a_host_with_another_key_and_a_wrong_password_are_refused() {
    let server = start();
    server.put("out/PAT_20260803.csv", ABLE.as_bytes());
    let place = of_sftp(&server, &fingerprint(&key(9)), "delete");
    let ran = pull(&place, server::PASSWORD, &[]);
    assert_eq!(ran.code, Some(21), "{ran:?}");
    assert!(ran.stdout.contains(&fingerprint(&key(HOST))), "{ran:?}");
    let place = of_sftp(&server, &fingerprint(&key(HOST)), "delete");
    let ran = pull(&place, "wrong", &[]);
    assert!(ran.code == Some(21) && ran.stdout.contains("does not accept the login"), "{ran:?}");
    assert!(landed(&place).is_empty() && server.folder.path().join("out/PAT_20260803.csv").exists());
    let missing = place.as_typed(&["intake", "pull"]).env_remove("BAY_SECRET").output().unwrap();
    assert_eq!(missing.status.code(), Some(10), "{missing:?}");
}

#[test]
fn a_file_that_is_being_written_comes_when_it_is_whole() {
    let server = start();
    server.put("out/PAT_20260803.csv", ABLE.as_bytes());
    let path = server.folder.path().join("out/PAT_20260803.csv");
    let place = of_sftp(&server, &fingerprint(&key(HOST)), "delete");
    let growing = path.clone();
    let mut is_whole = false;
    server.before_reads(move |_| {
        if !std::mem::replace(&mut is_whole, true) {
            fs::write(&growing, [ABLE, "3|CHARLIE\n"].concat()).unwrap();
        }
        false
    });
    let ran = pull(&place, server::PASSWORD, &[]);
    assert_eq!((ran.code, told(&ran)), (Some(0), vec!["PAT_20260803.csv unsettled".to_owned()]), "{ran:?}");
    assert!(landed(&place).is_empty() && path.exists());
    assert_eq!(told(&pull(&place, server::PASSWORD, &[])), ["PAT_20260803.csv brought"]);
    assert!(bytes(&place, "PAT_20260803.csv").ends_with("3|CHARLIE\n") && !path.exists());
}

#[test]
fn a_kill_in_the_middle_leaves_nothing_that_is_seen_and_nothing_undone() {
    let server = start();
    server.put("out/PAT_20260803.csv", format!("MRN|NAME\n{}", "1|ABLE\n".repeat(5_000)).as_bytes());
    let place = of_sftp(&server, &fingerprint(&key(HOST)), "delete");
    let (reached, is_reached) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    server.before_reads(move |offset| {
        if offset > 20_000 {
            let _ = reached.send(());
            // Held until the other end is gone.
            let _ = may_go.recv();
        }
        false
    });
    let mut command = place.as_typed(&["intake", "pull"]);
    let mut killed = command.env("BAY_SECRET", server::PASSWORD).stdout(Stdio::null()).spawn().unwrap();
    is_reached.recv().unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    drop(go);
    assert!(landed(&place).is_empty() && server.folder.path().join("out/PAT_20260803.csv").exists());
    // The turn of who died is nobody's.
    let ran = pull(&place, server::PASSWORD, &[]);
    assert_eq!(told(&ran), ["PAT_20260803.csv brought"], "{ran:?}");
    assert!(bytes(&place, "PAT_20260803.csv").ends_with("1|ABLE\n"));
}

#[test]
fn killed_at_moments_all_over_a_pull_every_file_lands_once_and_whole() {
    let server = start();
    server.before_reads(|_| {
        thread::sleep(Duration::from_millis(2));
        false
    });
    let place = of_sftp(&server, &fingerprint(&key(HOST)), "delete");
    let content = |name: &str| format!("MRN|NAME\n{}", format!("1|{name}\n").repeat(2_000));
    let is_whole = |name: &String| bytes(&place, name) == content(name);
    let (mut wanted, mut halves) = (Vec::new(), 0);
    for kill in 1..=14 {
        for name in [2 * kill - 1, 2 * kill].map(|day| format!("PAT_202608{day:02}.csv")) {
            server.put(&format!("out/{name}"), content(&name).as_bytes());
            wanted.push(name);
        }
        let mut command = place.as_typed(&["intake", "pull"]);
        let mut killed = command.env("BAY_SECRET", server::PASSWORD).stdout(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(kill * 60));
        killed.kill().unwrap();
        killed.wait().unwrap();
        assert!(landed(&place).iter().all(is_whole), "kill {kill}");
        halves += usize::from(hidden(&place) > 0);
    }
    assert!(halves > 0, "no kill was in the middle of a file");
    assert_eq!(pull(&place, server::PASSWORD, &[]).code, Some(0));
    assert_eq!((landed(&place), hidden(&place)), (wanted.clone(), 0));
    assert!(wanted.iter().all(is_whole));
    assert_eq!(fs::read_dir(server.folder.path().join("out")).unwrap().count(), 0);
    assert_eq!(pull(&place, server::PASSWORD, &[]).stdout, "");
}

#[test]
fn a_server_that_fails_is_told_once_and_told_when_it_works_again() {
    let (port, pages) = pages();
    let place = place(&format!(
        "{{ every: hour, https: \"http://127.0.0.1:{port}/roster\", name: \"PAT_{{delivery:%Y%m%d}}.csv\", credential: {{ bearer: {{ env: BAY_SECRET }} }} }}"
    ));
    let notices = || {
        let found = Command::new("find")
            .args(["output", "-path", "*notice*", "-name", "*.txt"])
            .current_dir(place.path())
            .output();
        let found = String::from_utf8(found.unwrap().stdout).unwrap();
        let mut texts: Vec<String> =
            found.lines().map(|path| fs::read_to_string(place.path().join(path)).unwrap()).collect();
        texts.sort();
        texts
    };
    let hour = || {
        place.write("output/_carelake/schedules.json", r#"{"feeds_pull": "2020-01-01T06:05:00Z"}"#);
        let mut command = place.as_typed(&["serve", "--work"]);
        let mut serve = command.env("BAY_SECRET", "t0ken").stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(serve.stderr.take().unwrap()).lines().map(Result::unwrap);
        let line = lines.find(|line| line.starts_with("feeds_pull of ")).unwrap();
        Command::new("kill").args(["-s", "INT", &serve.id().to_string()]).status().unwrap();
        serve.wait().unwrap();
        assert!(line.ends_with("SUCCEEDED"), "{line}");
    };
    // Nothing is there: an address without a date must have its file.
    hour();
    let told = notices();
    assert_eq!(told.iter().filter(|text| text.contains("cannot be fetched: Refused")).count(), told.len(), "{told:?}");
    assert!(told.iter().any(|text| text.contains("To: it@bay.example")), "{told:?}");
    hour();
    assert_eq!(notices().len(), told.len(), "told once");
    pages.lock().unwrap().insert("/roster".to_owned(), ABLE);
    hour();
    let again = notices();
    assert_eq!(
        again.iter().filter(|text| text.contains("is fetched again")).count(),
        again.len() - told.len(),
        "{again:?}"
    );
    assert!(again.len() > told.len());
    assert_eq!(landed(&place).len(), 1);
}

#[test]
fn a_feed_that_is_not_there_or_has_nothing_to_fetch_is_told() {
    let place = place("{ https: \"https://bay.example/PAT_{delivery:%Y%m%d}.csv\" }");
    let ran = place.carelake(&["intake", "pull", "bay_rooster"]);
    assert!(ran.code == Some(10) && ran.stderr.contains("bay_roster"), "{ran:?}");
    place.configure("      fetch: {", "      owner: desk\n      #");
    let ran = place.carelake(&["intake", "pull", "bay_roster"]);
    assert!(ran.code == Some(10) && ran.stderr.contains("has no `fetch`"), "{ran:?}");
    assert_eq!(place.carelake(&["intake", "pull"]).code, Some(0));
}

#[test]
fn a_function_that_fetches_is_deployed_with_its_secrets_and_in_the_subnets_only_where_something_is_fetched() {
    let pull_of = |place: &Place| {
        let told = place.carelake(&["functions", "--json"]).json();
        let functions = told.get("functions").and_then(Value::as_array).cloned().unwrap_or_default();
        let pull = functions.into_iter().find(|function| function.get("name").unwrap() == "intake_pull").unwrap();
        (pull.get("network").cloned(), pull.get("secrets").cloned())
    };
    assert_eq!(pull_of(&Place::new()), (Some(false.into()), Some(serde_json::json!([]))));
    let fetched = place(
        "{ https: \"https://bay.example/PAT_{delivery:%Y%m%d}.csv\", credential: { bearer: { secrets_manager: bay } } }",
    );
    assert_eq!(pull_of(&fetched), (Some(true.into()), Some(serde_json::json!(["bay"]))));
}
