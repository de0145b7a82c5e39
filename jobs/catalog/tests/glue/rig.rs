//! An emulator of Glue, Athena and S3 on a port of its own, for as long as a test runs.

#[path = "../../../aws/tests/servers/tool.rs"]
mod tool;

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use aws_sdk_glue::config::{BehaviorVersion, Region};
use aws_sdk_glue::types::{DatabaseInput, Table};
use aws_sdk_glue::{Client, Config};
use serde_json::Value;
use tool::tool;

/// The database of the tests.
pub const DATABASE: &str = "carelake_dev";
/// The bucket that `pipeline_config.yaml` gives to `dev`.
pub const BUCKET: &str = "carelake-dev-curated";

/// How long the emulator may take to answer for the first time, on a machine that does other work as well.
const START: Duration = Duration::from_secs(60);

/// A running emulator.
pub struct Rig {
    server: Child,
    pub port: u16,
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Rig {
    /// Starts the emulator, without the database.
    pub fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = File::create(folder.path().join("log")).unwrap();
        let server = Command::new(tool("python"))
            .arg(script("server.py"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs([("BIND_HOST", "127.0.0.1"), ("MINISTACK_HOST", "localhost"), ("ATHENA_ENGINE", "duckdb")])
            .envs([("IOT_MTLS_ENABLED", "0"), ("SFTP_ENABLED", "0"), ("PYTHONDONTWRITEBYTECODE", "1")])
            .env("GATEWAY_PORT", port.to_string())
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
            .envs(["HOME", "TMPDIR", "STATE_DIR", "S3_DATA_DIR"].map(|name| (name, folder.path())))
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut rig = Self { server, port, folder, runtime };
        rig.wait_until_it_answers();
        rig
    }

    /// Starts the emulator and makes the database.
    pub fn start() -> Self {
        let rig = Self::bare();
        let input = DatabaseInput::builder().name(DATABASE).build().unwrap();
        rig.runtime.block_on(rig.client().create_database().database_input(input).send()).unwrap();
        rig
    }

    fn wait_until_it_answers(&mut self) {
        let started = Instant::now();
        while !answers(self.port) {
            let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let ended = self.server.try_wait().unwrap();
            assert!(ended.is_none() && started.elapsed() < START, "ministack did not start: {}", log());
            sleep(Duration::from_millis(20));
        }
    }

    /// Makes a client.
    pub fn client(&self) -> Client {
        client(self.port)
    }

    /// Reads a table behind carelake's back.
    pub fn table(&self, name: &str) -> Option<Table> {
        let client = self.client();
        let call = client.get_table().database_name(DATABASE).name(name);
        self.runtime.block_on(call.send()).ok().and_then(|answer| answer.table)
    }

    /// Changes a table behind carelake's back.
    pub fn tamper(&self, name: &str, change: impl FnOnce(&mut Table)) {
        let mut table = self.table(name).unwrap();
        change(&mut table);
        let input = aws_sdk_glue::types::TableInput::builder()
            .name(table.name)
            .set_description(table.description)
            .set_storage_descriptor(table.storage_descriptor)
            .set_partition_keys(table.partition_keys)
            .set_parameters(table.parameters)
            .set_table_type(table.table_type)
            .set_view_original_text(table.view_original_text)
            .build()
            .unwrap();
        let call = self.client().update_table().database_name(DATABASE).table_input(input);
        self.runtime.block_on(call.send()).unwrap();
    }

    /// Removes a table behind carelake's back.
    pub fn drop_table(&self, name: &str) {
        self.runtime.block_on(self.client().delete_table().database_name(DATABASE).name(name).send()).unwrap();
    }

    /// Copies a folder into the bucket and asks Athena; answers the rows of each query.
    pub fn ask(&self, folder: &Path, queries: &[&str]) -> Vec<Value> {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let mut command = Command::new(tool("python"));
        command.arg(script("athena.py")).args([endpoint.as_str(), BUCKET]).arg(folder).arg(DATABASE).args(queries);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Makes a client for the emulator on a port.
pub fn client(port: u16) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::from_keys("test", "test", None))
        .endpoint_url(format!("http://127.0.0.1:{port}"));
    Client::from_conf(config.build())
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut answer = [0; 12];
    stream.write_all(b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer.ends_with(b" 200")
}

/// Asks DuckDB itself, which knows nothing of the catalog, for one number.
pub fn duckdb(sql: &str) -> u64 {
    let script = "import duckdb, sys; print(duckdb.sql(sys.argv[1]).fetchall()[0][0])";
    let output = Command::new(tool("python")).args(["-c", script, sql]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/glue").join(name)
}
