//! Servers for tests: found on this machine, started below a short temporary folder on a port of their own, stopped when they are
//! dropped. A test of a server that is not installed is passed over, and says so.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use carelake_database::{Address, Engine, Login, Session, Target, Tls};
use tempfile::TempDir;

/// A PostgreSQL of a test's own.
pub struct Postgres {
    folder: TempDir,
    binaries: PathBuf,
    pub port: u16,
}

/// Returns the folder of the newest PostgreSQL that is installed.
fn binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            path.join("bin/initdb").is_file().then(|| (version, path.join("bin")))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, path)| path)
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0\n")
}

/// Returns a command that runs as somebody who is not root: servers refuse to be.
pub fn as_somebody(user: &str, program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", user, "--"]).arg(program);
    command
}

/// Returns a folder with a short path that belongs to somebody who is not root.
pub fn folder_of(user: &str) -> TempDir {
    let folder = tempfile::Builder::new().prefix("db").tempdir_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    if is_root() {
        done(Command::new("chown").arg(user).arg(folder.path()));
    }
    folder
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

impl Postgres {
    /// Starts one; nothing where none is installed.
    pub fn start() -> Option<Self> {
        Self::start_with(|_| String::new())
    }

    /// Starts one with more options; `prepare` is given the folder of the server before it starts.
    pub fn start_with(prepare: impl Fn(&Path) -> String) -> Option<Self> {
        let Some(binaries) = binaries() else {
            eprintln!("passed over: no PostgreSQL below /usr/lib/postgresql (apt-get install postgresql)");
            return None;
        };
        let folder = folder_of("postgres");
        let data = folder.path().join("data");
        let mut init = as_somebody("postgres", &binaries.join("initdb"));
        init.args(["-U", "lab", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N", "-D"]).arg(&data);
        done(init.current_dir("/"));
        let (port, more) = (free_port(), prepare(folder.path()));
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c max_prepared_transactions=4 -c log_statement=all {more}",
            folder.path().display()
        );
        let mut start = as_somebody("postgres", &binaries.join("pg_ctl"));
        start.args(["-w", "-t", "120", "start", "-o", &options, "-D"]).arg(&data);
        start.arg("-l").arg(folder.path().join("log")).current_dir("/");
        done(start.stdout(std::process::Stdio::null()));
        Some(Self { folder, binaries, port })
    }

    /// Kills it, and starts it again as it was.
    pub fn kill_and_start(&self) {
        let mut restart = as_somebody("postgres", &self.binaries.join("pg_ctl"));
        restart.args(["-w", "-t", "120", "-m", "immediate", "restart", "-D"]).arg(self.folder.path().join("data"));
        restart.arg("-l").arg(self.folder.path().join("log")).current_dir("/");
        done(restart.stdout(std::process::Stdio::null()));
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Carries statements out as the superuser, and answers what `psql` prints.
    pub fn run(&self, statements: &str) -> String {
        self.run_in("postgres", statements)
    }

    pub fn run_in(&self, database: &str, statements: &str) -> String {
        let output = done(&mut self.psql(database, statements));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Returns what carries statements out, to be started.
    pub fn psql(&self, database: &str, statements: &str) -> Command {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "lab", "-d", database, "-c", statements]);
        psql.arg("-h").arg(self.folder.path()).args(["-p", &self.port.to_string()]);
        psql
    }

    /// Returns where it is, for the superuser, by its socket.
    pub fn target(&self) -> Target {
        Target {
            source: "crm".to_owned(),
            engine: Engine::Postgres,
            address: Address::Socket(self.folder.path().join(format!(".s.PGSQL.{}", self.port))),
            tls: Tls::Disable,
            login: Login { user: "lab".to_owned(), password: "MARKER".to_owned() },
            database: Some("postgres".to_owned()),
            application: "carelake/test".to_owned(),
            statement_timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(20),
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

    /// Returns all that the server wrote of itself.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.path().join("log")).unwrap()).into_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = as_somebody("postgres", &self.binaries.join("pg_ctl"));
        stop.arg("-D").arg(self.folder.path().join("data")).args(["-m", "immediate", "stop"]);
        let stopped = stop.current_dir("/").output();
        assert!(stopped.is_ok() || std::thread::panicking(), "the server could not be stopped");
    }
}
