//! A MariaDB of a test's own: started below a short temporary folder, stopped when it is dropped.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use carelake_database::{Address, Engine, Login, Session, Target, Tls};
use tempfile::TempDir;

const SERVER: &str = "/usr/sbin/mariadbd";

pub struct Mariadb {
    folder: TempDir,
    server: Child,
    pub port: u16,
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout.starts_with(b"0\n")
}

/// Returns a command that runs as somebody who is not root: the server refuses to be.
fn as_somebody(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "mysql", "--", program]);
    command
}

fn done(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

impl Mariadb {
    /// Starts one; nothing where none is installed.
    pub fn start() -> Option<Self> {
        Self::start_with(|_| Vec::new())
    }

    /// Starts one with more options; `prepare` is given its folder before it starts.
    pub fn start_with(prepare: impl Fn(&Path) -> Vec<String>) -> Option<Self> {
        Self::launch("UTC", prepare)
    }

    /// Starts one on a machine in this zone.
    pub fn start_in(zone: &str) -> Option<Self> {
        Self::launch(zone, |_| Vec::new())
    }

    fn launch(zone: &str, prepare: impl Fn(&Path) -> Vec<String>) -> Option<Self> {
        if !Path::new(SERVER).is_file() {
            eprintln!("passed over: no {SERVER} (apt-get install mariadb-server)");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("my").tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let more = prepare(folder.path());
        if is_root() {
            done(Command::new("chown").args(["-R", "mysql"]).arg(folder.path()));
        }
        let at = |name: &str| folder.path().join(name).display().to_string();
        let data = format!("--datadir={}", at("data"));
        done(as_somebody("mariadb-install-db").args([
            "--no-defaults",
            &data,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            &format!("--tmpdir={}", at("")),
        ]));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = as_somebody(SERVER)
            .args(["--no-defaults", &data, &format!("--port={port}"), "--bind-address=127.0.0.1"])
            .args([format!("--socket={}", at("sock")), format!("--pid-file={}", at("pid"))])
            .args([format!("--log-error={}", at("log")), format!("--log-bin={}", at("bin"))])
            .arg(format!("--tmpdir={}", at("")))
            .args(["--server-id=1", "--binlog-format=ROW", "--character-set-server=utf8mb4"])
            .args(["--innodb-flush-log-at-trx-commit=0", "--max-allowed-packet=256M", "--skip-name-resolve"])
            .args(more)
            .env("TZ", zone)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Self { folder, server, port };
        let began = Instant::now();
        while !started.client().arg("-e").arg("SELECT 1").output().unwrap().status.success() {
            assert!(began.elapsed() < Duration::from_secs(120), "the server does not answer");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(started)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("sock")
    }

    /// Returns the client of the server, as the one who may do all.
    pub fn client(&self) -> Command {
        let mut client = Command::new("mariadb");
        client.args(["--no-defaults", "-u", "root", "-N", "-B", "--default-character-set=utf8mb4"]);
        client.arg("-S").arg(self.socket());
        client
    }

    /// Carries statements out, and returns what the client prints.
    pub fn run(&self, statements: &str) -> String {
        let statements = format!("SET sql_mode = '', time_zone = '+00:00'; {statements}");
        done(self.client().arg("-e").arg(statements)).trim_end().to_owned()
    }

    /// Opens a connection of its own, whose statements are given one after another.
    pub fn other(&self) -> Other {
        let mut client = self.client();
        Other(client.args(["-n", "--force"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap())
    }

    pub fn target(&self) -> Target {
        Target {
            source: "crm".to_owned(),
            engine: Engine::Mariadb,
            address: Address::Socket(self.socket()),
            tls: Tls::Disable,
            login: Login { user: "root".to_owned(), password: String::new() },
            database: None,
            application: "carelake/test".to_owned(),
            statement_timeout: Duration::from_secs(120),
            connect_timeout: Duration::from_secs(60),
        }
    }

    /// Returns where it is by its port, for a login.
    pub fn by_port(&self, user: &str, password: &str) -> Target {
        Target {
            address: Address::Host { host: "127.0.0.1".to_owned(), port: self.port },
            login: Login { user: user.to_owned(), password: password.to_owned() },
            ..self.target()
        }
    }

    pub fn session(&self) -> Box<dyn Session> {
        carelake_database::connect(&self.target()).unwrap()
    }
}

/// A connection of its own.
pub struct Other(Child);

impl Other {
    pub fn send(&mut self, statements: &str) {
        let to = self.0.stdin.as_mut().unwrap();
        to.write_all(statements.as_bytes()).unwrap();
        to.write_all(b"\n").unwrap();
        to.flush().unwrap();
    }

    /// Waits until it has carried all of them out.
    pub fn done(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Mariadb {
    fn drop(&mut self) {
        let mut stop = Command::new("mariadb-admin");
        stop.args(["--no-defaults", "-u", "root", "-S"]).arg(self.socket()).arg("shutdown");
        let stopped = stop.output().is_ok_and(|output| output.status.success());
        if !stopped {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}
