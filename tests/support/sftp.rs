//! A server over a folder, whose connections can be cut and whose files can change at any byte.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use carelake_sftp::{Client, HostKey, Login, Settings};
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{HashAlg, PrivateKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Msg, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId};
use russh_sftp::protocol::{Attrs, Data, File, FileAttributes, Handle, Name, OpenFlags, Status, StatusCode};
use tempfile::TempDir;

/// Called before each read with the offset; whether the connection is cut instead.
type Hook = Box<dyn FnMut(u64) -> bool + Send>;

pub struct Server {
    pub folder: TempDir,
    pub port: u16,
    pub connections: Arc<AtomicUsize>,
    hook: Arc<Mutex<Option<Hook>>>,
}

/// A key that is made from a number.
pub fn key(number: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[number; 32]))
}

pub fn fingerprint(key: &PrivateKey) -> String {
    key.public_key().fingerprint(HashAlg::Sha256).to_string()
}

/// The key of the server, of the user, and the user's password.
pub const HOST: u8 = 1;
pub const USER: u8 = 2;
pub const PASSWORD: &str = "p:w";

impl Server {
    /// Starts one over a folder.
    pub fn over(folder: TempDir) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (hook, connections) = (Arc::<Mutex<Option<Hook>>>::default(), Arc::<AtomicUsize>::default());
        let config = Arc::new(Config {
            auth_rejection_time: Duration::ZERO,
            auth_rejection_time_initial: Some(Duration::ZERO),
            keys: vec![key(HOST)],
            ..Config::default()
        });
        let (root, its_hook, counted) = (folder.path().to_owned(), Arc::clone(&hook), Arc::clone(&connections));
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let wire = Arc::new(stream.try_clone().unwrap());
                let peer = Peer { root: root.clone(), hook: Arc::clone(&its_hook), wire, channels: HashMap::new() };
                stream.set_nonblocking(true).unwrap();
                let config = Arc::clone(&config);
                runtime.spawn(async move {
                    let stream = tokio::net::TcpStream::from_std(stream).unwrap();
                    if let Ok(session) = russh::server::run_stream(config, stream, peer).await {
                        let _ = session.await;
                    }
                });
            }
        });
        Self { folder, port, connections, hook }
    }

    pub fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Has this done before each read of a file.
    pub fn before_reads(&self, hook: impl FnMut(u64) -> bool + Send + 'static) {
        *self.hook.lock().unwrap() = Some(Box::new(hook));
    }

    pub fn settings(&self) -> Settings {
        let agreed = vec![fingerprint(&key(HOST)).parse::<HostKey>().unwrap()];
        let login = Login::Password(PASSWORD.to_owned());
        Settings { wait: |_| {}, ..Settings::new("127.0.0.1", self.port, "me", agreed, login) }
    }

    pub fn client(&self) -> Client {
        Client::new(self.settings()).unwrap()
    }
}

/// One who is connected.
struct Peer {
    root: PathBuf,
    hook: Arc<Mutex<Option<Hook>>>,
    wire: Arc<TcpStream>,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

fn decided(is_right: bool) -> Auth {
    if is_right { Auth::Accept } else { Auth::reject() }
}

impl russh::server::Handler for Peer {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(decided(user == "me" && password == PASSWORD))
    }

    async fn auth_publickey(&mut self, user: &str, shown: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(decided(user == "me" && shown.public_key == key(USER).public_key()))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let channel = self.channels.remove(&id).unwrap();
        let (root, hook, wire) = (self.root.clone(), Arc::clone(&self.hook), Arc::clone(&self.wire));
        session.channel_success(id)?;
        russh_sftp::server::run(channel.into_stream(), Files { root, hook, wire, is_listed: false }).await;
        Ok(())
    }
}

/// The files that one sees.
struct Files {
    root: PathBuf,
    hook: Arc<Mutex<Option<Hook>>>,
    wire: Arc<TcpStream>,
    is_listed: bool,
}

impl Files {
    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    fn attributes(path: &Path) -> Result<FileAttributes, StatusCode> {
        path.symlink_metadata().map(|about| attributes(&about)).map_err(|_| StatusCode::NoSuchFile)
    }
}

fn attributes(about: &Metadata) -> FileAttributes {
    let mut attributes = FileAttributes::empty();
    attributes.size = Some(about.len());
    attributes.permissions = Some(about.mode());
    attributes.mtime = Some(u32::try_from(about.mtime()).unwrap());
    attributes
}

fn done(id: u32) -> Status {
    Status { id, status_code: StatusCode::Ok, error_message: String::new(), language_tag: String::new() }
}

impl russh_sftp::server::Handler for Files {
    type Error = StatusCode;

    fn unimplemented(&self) -> Self::Error {
        StatusCode::OpUnsupported
    }

    async fn open(
        &mut self,
        id: u32,
        path: String,
        flags: OpenFlags,
        _attributes: FileAttributes,
    ) -> Result<Handle, Self::Error> {
        assert!(!flags.contains(OpenFlags::WRITE), "nobody writes here");
        Self::attributes(&self.at(&path))?;
        Ok(Handle { id, handle: path })
    }

    async fn close(&mut self, id: u32, _handle: String) -> Result<Status, Self::Error> {
        Ok(done(id))
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Result<Data, Self::Error> {
        if let Some(hook) = &mut *self.hook.lock().unwrap()
            && hook(offset)
        {
            self.wire.shutdown(Shutdown::Both).unwrap();
            return Err(StatusCode::ConnectionLost);
        }
        let mut file = fs::File::open(self.at(&handle)).map_err(|_| StatusCode::NoSuchFile)?;
        file.seek(SeekFrom::Start(offset)).map_err(|_| StatusCode::Failure)?;
        let mut data = Vec::new();
        file.take(u64::from(len.min(1000))).read_to_end(&mut data).map_err(|_| StatusCode::Failure)?;
        if data.is_empty() { Err(StatusCode::Eof) } else { Ok(Data { id, data }) }
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, Self::Error> {
        self.is_listed = false;
        Self::attributes(&self.at(&path))?;
        Ok(Handle { id, handle: path })
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, Self::Error> {
        if std::mem::replace(&mut self.is_listed, true) {
            return Err(StatusCode::Eof);
        }
        let entries = fs::read_dir(self.at(&handle)).map_err(|_| StatusCode::NoSuchFile)?;
        let files = entries.map(|entry| {
            let entry = entry.unwrap();
            File::new(entry.file_name().to_string_lossy(), attributes(&entry.metadata().unwrap()))
        });
        Ok(Name { id, files: files.collect() })
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, Self::Error> {
        Ok(Attrs { id, attrs: Self::attributes(&self.at(&path))? })
    }

    async fn rename(&mut self, id: u32, from: String, to: String) -> Result<Status, Self::Error> {
        if self.at(&to).exists() {
            return Err(StatusCode::Failure);
        }
        fs::rename(self.at(&from), self.at(&to)).map(|()| done(id)).map_err(|_| StatusCode::NoSuchFile)
    }

    async fn remove(&mut self, id: u32, path: String) -> Result<Status, Self::Error> {
        fs::remove_file(self.at(&path)).map(|()| done(id)).map_err(|_| StatusCode::PermissionDenied)
    }
}
