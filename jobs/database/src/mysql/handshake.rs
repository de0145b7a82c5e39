//! How a session is opened: who the server is, encryption, who we are.
//!
//! A password goes over the connection as it is only where nobody else can read it; what would need more is refused.

use std::collections::HashMap;

use mysql_common::auth::plugins::{AuthProc, ChallengeResponsePlugin as _, Context};
use mysql_common::constants::CapabilityFlags as Can;
use mysql_common::io::ParseBuf;
use mysql_common::packets::{AuthPlugin, AuthSwitchRequest, HandshakePacket, HandshakeResponse, SslRequest};
use mysql_common::proto::MySerialize;

use super::fault::Fault;
use super::packets::Packets;
use super::stream::Stream;
use crate::address::{Target, Tls};

/// The most bytes of a packet that we say we take: as many as the protocol allows.
const PACKET: u32 = 1 << 30;
/// `utf8mb4_general_ci`, which every server knows.
const UTF8MB4: u8 = 45;

const UNENCRYPTED: Fault =
    Fault::Refused("the server wants the password itself, which goes over no open connection: set `tls`");

/// An open connection, and what the server said of itself.
pub(super) struct Opened {
    pub(super) packets: Packets<Stream>,
    pub(super) version: String,
    pub(super) number: u64,
}

struct Secret<'a> {
    target: &'a Target,
    scramble: &'a [u8],
    is_encrypted: bool,
    is_socket: bool,
}

impl Context for &Secret<'_> {
    fn pass(&self) -> &[u8] {
        self.target.login.password.as_bytes()
    }
    fn is_ipc_transport(&self) -> bool {
        self.is_socket
    }
    fn is_tls_transport(&self) -> bool {
        self.is_encrypted
    }
    fn scramble(&self) -> &[u8] {
        self.scramble
    }
    fn server_key_pem(&self) -> Option<&[u8]> {
        None
    }
}

/// Opens a connection and logs in.
pub(super) fn open(target: &Target) -> Result<Opened, Fault> {
    let stream = Stream::open(target)?;
    stream.wait(target.connect_timeout)?;
    let mut packets = Packets::new(stream);
    let hello = packets.whole()?;
    if hello.first() == Some(&0xff) {
        return Err(Fault::of(hello));
    }
    let hello = ParseBuf(hello).parse::<HandshakePacket<'_>>(()).map_err(|_| Fault::Malformed)?.into_owned();
    let mut can = hello.capabilities()
        & (Can::CLIENT_PROTOCOL_41
            | Can::CLIENT_LONG_PASSWORD
            | Can::CLIENT_LONG_FLAG
            | Can::CLIENT_TRANSACTIONS
            | Can::CLIENT_SECURE_CONNECTION
            | Can::CLIENT_PLUGIN_AUTH
            | Can::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA
            | Can::CLIENT_CONNECT_ATTRS);
    if !can.contains(Can::CLIENT_PROTOCOL_41 | Can::CLIENT_SECURE_CONNECTION | Can::CLIENT_PLUGIN_AUTH) {
        return Err(Fault::Refused("the server is older than those that can be read"));
    }
    if target.tls != Tls::Disable {
        if !hello.capabilities().contains(Can::CLIENT_SSL) {
            return Err(Fault::Refused("the server encrypts no connections: give it a certificate"));
        }
        can |= Can::CLIENT_SSL;
        packets.send(&written(&SslRequest::new(can, PACKET, UTF8MB4)))?;
        packets = packets.over(|stream| stream.encrypted(target))?;
    }
    let nonce = hello.nonce();
    let plugin = hello.auth_plugin().unwrap_or(AuthPlugin::MysqlNativePassword);
    // A server may prefer what we have not: it is told of what it knows, and asks for the user's own in its answer.
    let plugin = if allowed(&plugin, &packets.stream).is_ok() { plugin } else { AuthPlugin::MysqlNativePassword };
    let secret = Secret {
        target,
        scramble: &nonce,
        is_encrypted: packets.stream.is_encrypted(),
        is_socket: matches!(packets.stream, Stream::Socket(_)),
    };
    let mut proof = plugin.init().map_err(|_| Fault::Malformed)?;
    let first = answer(&mut proof, &secret, &nonce)?;
    let attributes = can.contains(Can::CLIENT_CONNECT_ATTRS).then(|| {
        HashMap::from([
            ("program_name".to_owned(), target.application.clone()),
            ("_client_name".to_owned(), "carelake".to_owned()),
        ])
    });
    let response = HandshakeResponse::new(
        Some(first.unwrap_or_default()),
        (8, 0, 0),
        Some(target.login.user.as_bytes()),
        target.database.as_ref().map(|name| name.as_bytes()),
        Some(plugin.into_owned()),
        can,
        attributes,
        PACKET,
    );
    packets.send(&written(&response))?;
    proven(&mut packets, proof, &secret)?;
    Ok(Opened { packets, version: hello.server_version_str().into_owned(), number: u64::from(hello.connection_id()) })
}

/// Answers what the server asks until it lets us in.
fn proven(packets: &mut Packets<Stream>, mut proof: AuthProc, secret: &Secret<'_>) -> Result<(), Fault> {
    loop {
        let asked = packets.whole()?.to_vec();
        let reply = match asked.as_slice() {
            [0x00, ..] => return Ok(()),
            [0xfe] => return Err(Fault::Refused("the login has a password of a kind that is not used any more")),
            [0xfe, ..] => {
                let asked = ParseBuf(&asked).parse::<AuthSwitchRequest<'_>>(()).map_err(|_| Fault::Malformed)?;
                let plugin = asked.auth_plugin();
                allowed(&plugin, &packets.stream)?;
                proof = plugin.init().map_err(|_| Fault::Malformed)?;
                Some(answer(&mut proof, secret, asked.plugin_data())?.unwrap_or_default())
            }
            // The whole password is asked for, and it would be encrypted with a key that nobody vouches for.
            [0x01, 0x04] if !packets.stream.is_private() => return Err(UNENCRYPTED),
            [0x01, challenge @ ..] => answer(&mut proof, secret, challenge)?,
            _ => return Err(Fault::of(&asked)),
        };
        if let Some(reply) = reply {
            packets.send(&reply)?;
        }
    }
}

fn answer(proof: &mut AuthProc, secret: &Secret<'_>, challenge: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let answer = proof.run(secret, challenge).map_err(|_| Fault::Malformed)?;
    Ok(answer.data().map(<[u8]>::to_vec))
}

/// Tells whether a way to prove who we are is one that we go, over this connection.
fn allowed(plugin: &AuthPlugin<'_>, stream: &Stream) -> Result<(), Fault> {
    match plugin {
        AuthPlugin::MysqlNativePassword | AuthPlugin::CachingSha2Password | AuthPlugin::Ed25519 => Ok(()),
        AuthPlugin::Sha256Password | AuthPlugin::MysqlClearPassword if stream.is_encrypted() => Ok(()),
        AuthPlugin::Sha256Password | AuthPlugin::MysqlClearPassword => Err(UNENCRYPTED),
        AuthPlugin::MysqlOldPassword | AuthPlugin::Parsec | AuthPlugin::Other(_) => {
            Err(Fault::Refused("the login proves itself by a plugin that is not known here; give it a password"))
        }
    }
}

fn written(packet: &impl MySerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.serialize(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};
    use std::time::Duration;

    use super::{Fault, open};
    use crate::address::{Address, Engine, Login, Target, Tls};

    /// The greeting of a MySQL 8, as its documentation has it: no TLS, `caching_sha2_password`.
    fn greeting() -> Vec<u8> {
        let mut packet = b"\x0a8.0.39\0\x07\0\0\0abcdefgh\0".to_vec();
        packet.extend_from_slice(&[0xff, 0xf7, 45, 2, 0, 0xff, 0xdf, 21]);
        packet.extend_from_slice(&[0; 10]);
        packet.extend_from_slice(b"ijklmnopqrst\0caching_sha2_password\0");
        packet
    }

    fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
        [&[payload.len() as u8, 0, 0, sequence], payload].concat()
    }

    /// Greets, answers the proof with these packets, and returns what came.
    fn server(answers: &'static [&'static [u8]]) -> (u16, JoinHandle<Vec<Vec<u8>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            socket.write_all(&packet(0, &greeting())).unwrap();
            let (mut came, mut answers) = (Vec::new(), answers.iter());
            let mut head = [0; 4];
            while socket.read_exact(&mut head).is_ok() {
                let mut payload = vec![0; u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize];
                socket.read_exact(&mut payload).unwrap();
                came.push(payload);
                // What is known already is answered by two packets.
                let now = answers.by_ref().take(if came.len() == 1 { 2 } else { 1 });
                for (sequence, answer) in (head[3] + 1..).zip(now) {
                    socket.write_all(&packet(sequence, answer)).unwrap();
                }
            }
            came
        });
        (port, served)
    }

    fn target(port: u16) -> Target {
        Target {
            source: "crm".to_owned(),
            engine: Engine::Mysql,
            address: Address::Host { host: "127.0.0.1".to_owned(), port },
            tls: Tls::Disable,
            login: Login { user: "reader".to_owned(), password: "MARKER".to_owned() },
            database: None,
            application: "carelake/test".to_owned(),
            statement_timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(60),
        }
    }

    const OK: &[u8] = &[0, 0, 0, 2, 0, 0, 0];

    #[test]
    fn a_password_that_the_server_knows_is_proven_without_being_sent() {
        let (port, served) = server(&[&[1, 3], OK]);
        let opened = open(&target(port)).unwrap();
        assert_eq!((opened.version.as_str(), opened.number), ("8.0.39", 7));
        drop(opened);
        let came = served.join().unwrap();
        assert_eq!(came.len(), 1);
        let holds = |text: &[u8]| came[0].windows(text.len()).any(|part| part == text);
        assert!(holds(b"reader\0") && holds(b"carelake/test") && !holds(b"MARKER"));
    }

    #[test]
    fn the_password_itself_goes_over_no_open_connection() {
        let answers: &[&[u8]] = &[&[1, 4]];
        let plain: &[&[u8]] = &[b"\xfemysql_clear_password\0"];
        for answers in [answers, plain] {
            let (port, served) = server(answers);
            assert!(matches!(open(&target(port)), Err(Fault::Refused(_))));
            let came = served.join().unwrap();
            assert!(came.len() == 1 && !came[0].windows(6).any(|part| part == b"MARKER"));
        }
    }

    #[test]
    fn a_server_without_a_certificate_is_not_talked_to_where_one_is_asked_for() {
        let (port, served) = server(&[]);
        let target = Target { tls: Tls::VerifyFull { ca: None }, ..target(port) };
        assert!(matches!(open(&target), Err(Fault::Refused(_))));
        assert!(served.join().unwrap().is_empty());
    }
}
