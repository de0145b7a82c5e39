//! How long looking records up takes on a server that is a millisecond away: as sets, and as the slow peer does it, a query a record.
//!
//!     cargo test --release -p carelake-matching --features postgres -- --ignored --nocapture far

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use carelake_database::{Address, Target};
use jiff::civil::date;

use super::world::{Lake, Row, complete};
use crate::database::{Kind, SetOf, Value};
use crate::reference::{ReferenceDatabase, Wanted};
use crate::run::load;
use crate::tests::servers::{on_a_server, server};

/// What one way more takes.
const DELAY: Duration = Duration::from_millis(1);
const RECORDS: usize = 2_000;

/// The slow peer: the candidates of one record.
const OF_ONE: SetOf = SetOf {
    columns: &[("of_pass", Kind::Int), ("of_key", Kind::Int)],
    statement: "SELECT r.data_source, r.patient_id, r.person_id, r.partner, r.observed, r.normalised
        FROM block_key k, reference_record r{, set} WHERE k.pass = {of_pass} AND k.key = {of_key} AND r.record = k.record",
};

/// Listens, and hands all on to a port; what goes there waits first.
fn delayed(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for near in listener.incoming() {
            let (near, far) = (near.unwrap(), TcpStream::connect(("127.0.0.1", port)).unwrap());
            for stream in [&near, &far] {
                stream.set_nodelay(true).unwrap();
            }
            let (back_from, back_to) = (far.try_clone().unwrap(), near.try_clone().unwrap());
            thread::spawn(move || hand_on(near, far, DELAY));
            thread::spawn(move || hand_on(back_from, back_to, Duration::ZERO));
        }
    });
    own
}

fn hand_on(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        thread::sleep(delay);
        if to.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
}

#[test]
#[ignore = "it measures, and proves nothing"]
fn sets_against_a_query_a_record() {
    on_a_server(&[&|| {
        let lake = Lake::new();
        let person = |n: usize| {
            let birth = format!("19{:02}-{:02}-{:02}", n % 90 + 10, n % 12 + 1, n % 28 + 1);
            let number = format!("{}", 201_010_001 + n);
            let mut row =
                complete("county", &format!("R{n}"), &format!("First{n}"), &format!("Last{}", n / 3), &birth, &number);
            // One phone of all would bring all of them up.
            row.remove("phone");
            row
        };
        let rows: Vec<Row> = (0..RECORDS * 2).map(person).collect();
        lake.publish("county", &[&rows]);
        let mut near = lake.reference();
        lake.act(|world| load(world, lake.engine, &mut near)).unwrap();
        let database = near.read("asking", |sql| sql.value::<String>("SELECT current_database()", &[])).unwrap();
        let port = delayed(server().port);
        let target = Target {
            address: Address::Host { host: "127.0.0.1".to_owned(), port },
            database: Some(database),
            ..server().target()
        };
        let far = ReferenceDatabase::server(&target, "matching_bay").unwrap();
        let prepared = lake.engine.prepare(rows.iter().take(RECORDS).map(|row| (row, date(2026, 11, 1))));
        let keys = |row: &crate::record::Prepared| -> BTreeSet<(u8, u64)> {
            row.keys.iter().map(|key| (u8::try_from(key.pass).unwrap(), key.hash)).collect()
        };
        let begun = Instant::now();
        let wanted = Wanted { keys: prepared.iter().flat_map(keys).collect(), max_block: 2_000, ..Wanted::default() };
        let found = far.found(&wanted).unwrap().records.len();
        let as_sets = begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        let mut rows = 0;
        for row in &prepared {
            let values: Vec<Value<'_>> =
                keys(row).into_iter().flat_map(|(pass, key)| [pass.into(), key.into()]).collect();
            let read = |sql: &dyn crate::database::Sql| sql.rows_of(&OF_ONE, &values, |row| row.get::<String>(1));
            rows += far.read("asking", read).unwrap().len();
        }
        let one_by_one = begun.elapsed().as_secs_f64();
        println!(
            "{RECORDS} records, 1 ms away, one connection: as sets {as_sets:.2} s ({found} records), a query a record {one_by_one:.2} s \
             ({rows} rows): {:.0} times",
            one_by_one / as_sets
        );
    }]);
}
