//! The socket, encrypted where that is asked for.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use postgres_protocol::message::frontend;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};

use crate::address::{Address, Target, Tls};
use crate::postgres::fault::Fault;

/// A socket.
pub(in crate::postgres) enum Stream {
    Open(TcpStream),
    Local(UnixStream),
    Encrypted(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// Opens it, and encrypts it before a word is said.
    pub(in crate::postgres) fn open(target: &Target) -> Result<Self, Fault> {
        let (host, port) = match &target.address {
            Address::Socket(path) => {
                return Ok(Self::Local(UnixStream::connect(path)?)).and_then(|it| it.ready(target));
            }
            Address::Host { host, port } => (host.as_str(), *port),
            // No server of these listens there.
            Address::Region { .. } => return Err(Fault::from(io::Error::from(io::ErrorKind::AddrNotAvailable))),
        };
        let mut failed = Fault::from(io::Error::from(io::ErrorKind::AddrNotAvailable));
        for address in (host, port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, target.connect_timeout) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    let stream = Self::Open(stream).ready(target)?;
                    return match &target.tls {
                        Tls::Disable => Ok(stream),
                        Tls::VerifyFull { ca } => stream.encrypted(host, ca.as_deref()),
                    };
                }
                Err(error) => failed = error.into(),
            }
        }
        Err(failed)
    }

    fn ready(self, target: &Target) -> Result<Self, Fault> {
        self.wait_at_most(target.connect_timeout)?;
        Ok(self)
    }

    /// Sets how long an answer may take.
    pub(in crate::postgres) fn wait_at_most(&self, duration: Duration) -> io::Result<()> {
        match self {
            Self::Open(stream) => both(stream, duration),
            Self::Encrypted(stream) => both(&stream.sock, duration),
            Self::Local(stream) => {
                stream.set_read_timeout(Some(duration))?;
                stream.set_write_timeout(Some(duration))
            }
        }
    }

    /// Returns whether nobody else can read along.
    pub(super) const fn is_private(&self) -> bool {
        !matches!(self, Self::Open(_))
    }

    fn encrypted(mut self, host: &str, ca: Option<&Path>) -> Result<Self, Fault> {
        let mut asked = BytesMut::new();
        frontend::ssl_request(&mut asked);
        self.write_all(&asked)?;
        let mut answer = [0];
        self.read_exact(&mut answer)?;
        match (answer, self) {
            ([b'S'], Self::Open(socket)) => {
                let name = ServerName::try_from(host.to_owned()).map_err(|_| Fault::Certificate)?;
                let config = Arc::new(trusting(ca)?);
                let connection = ClientConnection::new(config, name).map_err(|_| Fault::Certificate)?;
                let mut stream = StreamOwned::new(connection, socket);
                while stream.conn.is_handshaking() {
                    stream.conn.complete_io(&mut stream.sock)?;
                }
                Ok(Self::Encrypted(Box::new(stream)))
            }
            ([b'N'], _) => Err(Fault::NoTls),
            _ => Err(Fault::Protocol),
        }
    }
}

fn both(stream: &TcpStream, duration: Duration) -> io::Result<()> {
    stream.set_read_timeout(Some(duration))?;
    stream.set_write_timeout(Some(duration))
}

/// Returns whom a connection trusts: the certificates of the file, else those of the machine.
fn trusting(ca: Option<&Path>) -> Result<ClientConfig, Fault> {
    let certificates = match ca {
        Some(path) => CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|_| Fault::Certificate)?,
        // What cannot be read of the machine's certificates is not trusted; a connection that needs it says so.
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| Fault::Certificate)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Open(stream) => stream.read(into),
            Self::Local(stream) => stream.read(into),
            Self::Encrypted(stream) => stream.read(into),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Open(stream) => stream.write(bytes),
            Self::Local(stream) => stream.write(bytes),
            Self::Encrypted(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Open(stream) => stream.flush(),
            Self::Local(stream) => stream.flush(),
            Self::Encrypted(stream) => stream.flush(),
        }
    }
}
