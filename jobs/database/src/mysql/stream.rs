//! A connection: a socket of the network or of this machine, encrypted where that is asked for.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};

use super::fault::Fault;
use crate::address::{Address, Target, Tls};

/// A connection.
pub(super) enum Stream {
    /// Of the network.
    Plain(TcpStream),
    /// Of this machine.
    Socket(UnixStream),
    /// Of the network, encrypted.
    Encrypted(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// Connects to where the server listens: to the first of its addresses that answers.
    pub(super) fn open(target: &Target) -> Result<Self, Fault> {
        match &target.address {
            Address::Socket(path) => Ok(Self::Socket(UnixStream::connect(path)?)),
            // No server of these listens there.
            Address::Region { .. } => Err(Fault::Cut),
            Address::Host { host, port } => {
                let found = (host.as_str(), *port).to_socket_addrs()?;
                let mut connected = found.filter_map(|at| TcpStream::connect_timeout(&at, target.connect_timeout).ok());
                let socket = connected.next().ok_or(Fault::Cut)?;
                socket.set_nodelay(true)?;
                Ok(Self::Plain(socket))
            }
        }
    }

    /// Sets how long an answer may take.
    pub(super) fn wait(&self, longest: Duration) -> io::Result<()> {
        match self {
            Self::Socket(socket) => {
                socket.set_read_timeout(Some(longest))?;
                socket.set_write_timeout(Some(longest))
            }
            Self::Plain(socket) => timed(socket, longest),
            Self::Encrypted(stream) => timed(stream.get_ref(), longest),
        }
    }

    /// Encrypts a connection of the network, and makes sure that the host is who it says.
    pub(super) fn encrypted(self, target: &Target) -> Result<Self, Fault> {
        let (Tls::VerifyFull { ca }, Address::Host { host, .. }, Self::Plain(socket)) =
            (&target.tls, &target.address, self)
        else {
            return Err(Fault::Refused("a socket of this machine is not encrypted: set `tls: { mode: disable }`"));
        };
        let mut roots = RootCertStore::empty();
        let trusted = match ca {
            Some(path) => CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|_| Fault::Refused("the certificates of `tls.ca` cannot be read"))?,
            None => rustls_native_certs::load_native_certs().certs,
        };
        let (added, _) = roots.add_parsable_certificates(trusted);
        if added == 0 {
            return Err(Fault::Refused("no certificate is trusted: name some in `tls.ca`"));
        }
        let unusable = |_| Fault::Refused("the host of `address` is no name of a certificate");
        let name = ServerName::try_from(host.clone()).map_err(unusable)?;
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| Fault::Malformed)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connection = ClientConnection::new(Arc::new(config), name).map_err(|_| Fault::Malformed)?;
        let mut stream = StreamOwned::new(connection, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => Fault::Refused(
                    "the certificate of the server is not of this host, or signed by none that `tls.ca` trusts",
                ),
                _ => Fault::Cut,
            })?;
        }
        Ok(Self::Encrypted(Box::new(stream)))
    }

    /// Tells whether a password may be sent over it as it is.
    pub(super) const fn is_private(&self) -> bool {
        !matches!(self, Self::Plain(_))
    }

    pub(super) const fn is_encrypted(&self) -> bool {
        matches!(self, Self::Encrypted(_))
    }
}

fn timed(socket: &TcpStream, longest: Duration) -> io::Result<()> {
    socket.set_read_timeout(Some(longest))?;
    socket.set_write_timeout(Some(longest))
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(into),
            Self::Socket(socket) => socket.read(into),
            Self::Encrypted(stream) => stream.read(into),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Socket(socket) => socket.write(bytes),
            Self::Encrypted(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Socket(socket) => socket.flush(),
            Self::Encrypted(stream) => stream.flush(),
        }
    }
}
