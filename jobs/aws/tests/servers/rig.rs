//! Servers on ports of their own, for as long as a test runs.

#[path = "tool.rs"]
mod tool;

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use carelake_aws::{Aws, DynamoLedger, S3Options, S3Store};
use tool::tool;

/// The bucket of the tests.
pub const BUCKET: &str = "carelake-test-curated";
/// The table of the tests.
pub const TABLE: &str = "carelake-test-ledger";

/// How long a server may take to be ready, on a machine that does other work as well.
const START: Duration = Duration::from_secs(90);

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    SeaweedFs,
    MiniStack,
}

/// A running server with a bucket and, where there is a DynamoDB, a table.
pub struct Rig {
    server: Child,
    pub port: u16,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Rig {
    /// Starts a server.
    pub fn start(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let log = folder.path().join("log");
        let mut command = match kind {
            Kind::SeaweedFs => seaweedfs(folder.path(), port),
            Kind::MiniStack => ministack(folder.path(), port),
        };
        let output = File::create(&log).unwrap();
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let server = command.spawn().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut rig = Self { server, port, runtime, _folder: folder };
        rig.make_bucket(&log);
        if kind == Kind::MiniStack {
            rig.make_table();
        }
        rig
    }

    /// Makes the bucket as soon as the server can.
    fn make_bucket(&mut self, log: &Path) {
        let started = Instant::now();
        let client = self.s3();
        loop {
            let ended = self.server.try_wait().unwrap();
            let log = || std::fs::read_to_string(log).unwrap_or_default();
            assert!(ended.is_none() && started.elapsed() < START, "the server did not start: {}", log());
            let made = self.runtime.block_on(client.create_bucket().bucket(BUCKET).send());
            // The first write shows that there is room, not only that somebody listens.
            let put = client.put_object().bucket(BUCKET).key("ready").body(b"x".to_vec().into());
            if made.is_ok() && self.runtime.block_on(put.send()).is_ok() {
                return;
            }
            sleep(Duration::from_millis(100));
        }
    }

    fn make_table(&self) {
        let client = aws_sdk_dynamodb::Client::new(&config(self.port));
        let mut call = client.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
        for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
            let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
            call = call
                .attribute_definitions(attribute.build().unwrap())
                .key_schema(KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap());
        }
        self.runtime.block_on(call.send()).unwrap();
    }

    /// Makes a client to look and meddle behind carelake's back.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        // Its retries, while a server starts, would use up what the SDK grants to all clients of a process together.
        let config = aws_sdk_s3::config::Builder::from(&config(self.port)).retry_config(RetryConfig::disabled());
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// Waits for a call of such a client.
    pub fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }

    /// Opens the store below a prefix.
    pub fn store(&self, prefix: &str) -> S3Store {
        store(self.port, prefix)
    }

    /// Opens the ledger.
    pub fn ledger(&self) -> DynamoLedger {
        DynamoLedger::new(&Aws::from_config(&config(self.port)).unwrap(), TABLE)
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Opens the store by way of a port, which may be that of a proxy.
pub fn store(port: u16, prefix: &str) -> S3Store {
    S3Store::new(&Aws::from_config(&config(port)).unwrap(), BUCKET, prefix, S3Options::default())
}

/// Returns a configuration for a server on a port.
pub fn config(port: u16) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_millis(50)))
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .build()
}

fn seaweedfs(folder: &Path, port: u16) -> Command {
    let mut command = Command::new(tool("weed"));
    let ports: Vec<u16> = free_ports(4);
    command
        .env_clear()
        .env("HOME", folder)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .current_dir(folder)
        .args([
            "server",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-s3",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-volume.max=400",
        ])
        .args(["-master.volumeSizeLimitMB=64", "-master.electionTimeout=1s"])
        .arg(format!("-dir={}", folder.display()))
        .arg(format!("-filer.localSocket={}", folder.join("filer.sock").display()))
        .arg(format!("-s3.localSocket={}", folder.join("s3.sock").display()))
        .arg(format!("-s3.port={port}"))
        .arg(format!("-master.port={}", ports[0]))
        .arg(format!("-volume.port={}", ports[1]))
        .arg(format!("-filer.port={}", ports[2]));
    command
}

fn ministack(folder: &Path, port: u16) -> Command {
    let mut command = Command::new(tool("ministack"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs([("BIND_HOST", "127.0.0.1"), ("MINISTACK_HOST", "localhost")])
        .envs([("IOT_MTLS_ENABLED", "0"), ("SFTP_ENABLED", "0"), ("PYTHONDONTWRITEBYTECODE", "1")])
        .env("GATEWAY_PORT", port.to_string())
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .envs(["HOME", "TMPDIR", "STATE_DIR", "S3_DATA_DIR"].map(|name| (name, folder)));
    command
}

fn free_port() -> u16 {
    free_ports(1)[0]
}

/// Returns ports that nobody listens on, nor on those 10000 above, which SeaweedFS takes for its own protocol. All are below
/// those that the system gives to clients.
fn free_ports(count: usize) -> Vec<u16> {
    let mut found: Vec<(u16, TcpListener)> = Vec::new();
    while found.len() < count {
        let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
        let port = 12_000 + u16::try_from(seed % 10_000).unwrap();
        let free = TcpListener::bind(("127.0.0.1", port + 10_000)).is_ok();
        if let Some(listener) = free.then(|| TcpListener::bind(("127.0.0.1", port)).ok()).flatten() {
            found.push((port, listener));
        }
    }
    found.into_iter().map(|(port, _)| port).collect()
}
