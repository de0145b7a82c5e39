//! Reads whole tables of a server of this machine and drops the batches: what decoding costs.
//!
//! `drain mariadb /run/mysqld/mysqld.sock root bench.results bench.wide`: engine, socket, user, tables. The password is `CARELAKE_PASSWORD`.

#![expect(clippy::print_stdout, reason = "what it measured is what it is for")]

use std::env;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use carelake_database::{
    Address, DatabaseError, Engine, Login, Order, Reading, Refused, Specials, Taker, Target, Tls, Wanted,
};

struct Dropped;

impl Taker for Dropped {
    fn rows(&mut self, _: RecordBatch) -> Result<(), String> {
        Ok(())
    }

    fn refused(&mut self, _: Refused) -> Result<(), String> {
        Ok(())
    }
}

fn main() -> Result<(), DatabaseError> {
    let mut given = env::args().skip(1);
    let (Some(engine), Some(socket), Some(user)) = (given.next(), given.next(), given.next()) else {
        println!("usage: drain postgres|mysql|mariadb SOCKET USER DATABASE.TABLE…");
        return Ok(());
    };
    let target = Target {
        source: "drain".to_owned(),
        engine: match engine.as_str() {
            "postgres" => Engine::Postgres,
            "mysql" => Engine::Mysql,
            _ => Engine::Mariadb,
        },
        address: Address::Socket(socket.into()),
        tls: Tls::Disable,
        login: Login { user, password: env::var("CARELAKE_PASSWORD").unwrap_or_default() },
        database: env::var("CARELAKE_DATABASE").ok(),
        application: "carelake/drain".to_owned(),
        statement_timeout: Duration::from_secs(3600),
        connect_timeout: Duration::from_secs(10),
    };
    let mut session = carelake_database::connect(&target)?;
    for table in given {
        let (database, name) = table.split_once('.').unwrap_or(("", &table));
        let relations = session.relations(&[database.to_owned()])?;
        let Some(relation) = relations.iter().find(|relation| relation.name == name) else {
            println!("{table}: not there");
            continue;
        };
        let columns: Vec<Wanted> = (0..relation.columns.len()).map(|column| Wanted { column, choice: None }).collect();
        let began = Instant::now();
        let counts = session.read(
            &Reading {
                relation,
                columns: &columns,
                conditions: &[],
                order: Order::Any,
                specials: Specials::Null,
                batch_rows: 64 * 1024,
                batch_bytes: 32 << 20,
                row_bytes: 512 << 20,
            },
            &mut Dropped,
        )?;
        println!("{table}: {} rows, {} bytes, {:.2} s", counts.read, counts.bytes, began.elapsed().as_secs_f64());
    }
    Ok(())
}
