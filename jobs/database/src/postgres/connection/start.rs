//! How a connection begins: who we are, and the proof of it.

use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::frontend;

use crate::address::{Login, Target};
use crate::postgres::connection::octets::Octets;
use crate::postgres::connection::stream::Stream;
use crate::postgres::connection::wire::Wire;
use crate::postgres::fault::Fault;

/// What ends a statement from elsewhere: the number of the session, and the secret that goes with it.
#[derive(Debug, Clone, Copy)]
pub(in crate::postgres) struct Key {
    pub(in crate::postgres) number: i32,
    pub(in crate::postgres) secret: i32,
}

/// Opens a connection and logs in.
pub(in crate::postgres) fn start(target: &Target) -> Result<(Wire, Key), Fault> {
    let mut wire = Wire::new(Stream::open(target)?);
    let login = &target.login;
    let database = target.database.as_deref().unwrap_or(&login.user);
    let said = [
        ("user", login.user.as_str()),
        ("database", database),
        ("client_encoding", "UTF8"),
        ("application_name", target.application.as_str()),
    ];
    frontend::startup_message(said, &mut wire.outgoing).map_err(|_| Fault::Protocol)?;
    wire.send()?;
    prove(&mut wire, login)?;
    let mut key = Key { number: 0, secret: 0 };
    loop {
        let (tag, body) = wire.message()?;
        match tag {
            b'K' => {
                let mut body = Octets(body);
                key = Key { number: body.int()?, secret: body.int()? };
            }
            b'Z' => break,
            _ => {}
        }
    }
    wire.stream.wait_at_most(target.statement_timeout + target.connect_timeout)?;
    Ok((wire, key))
}

/// Proves who we are, in the way that the server asks for.
fn prove(wire: &mut Wire, login: &Login) -> Result<(), Fault> {
    let password = login.password.as_bytes();
    loop {
        match asked(wire)? {
            (0, _) => return Ok(()),
            (3, _) if wire.stream.is_private() => {
                frontend::password_message(password, &mut wire.outgoing).map_err(|_| Fault::Protocol)?;
            }
            (3, _) => return Err(Fault::Bare),
            (5, salt) => {
                let salt = salt.first_chunk::<4>().ok_or(Fault::Protocol)?;
                let hash = md5_hash(login.user.as_bytes(), password, *salt);
                frontend::password_message(hash.as_bytes(), &mut wire.outgoing).map_err(|_| Fault::Protocol)?;
            }
            (10, mechanisms) => {
                if !mechanisms.split(|byte| *byte == 0).any(|name| name == SCRAM_SHA_256.as_bytes()) {
                    return Err(Fault::Proof);
                }
                scram(wire, password)?;
                continue;
            }
            _ => return Err(Fault::Proof),
        }
        wire.send()?;
    }
}

/// Says what both know of the password, and sees that the server knows it.
fn scram(wire: &mut Wire, password: &[u8]) -> Result<(), Fault> {
    let mut scram = ScramSha256::new(password, ChannelBinding::unsupported());
    frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), &mut wire.outgoing).map_err(|_| Fault::Protocol)?;
    wire.send()?;
    let (11, challenge) = asked(wire)? else { return Err(Fault::Protocol) };
    scram.update(&challenge).map_err(|_| Fault::Protocol)?;
    frontend::sasl_response(scram.message(), &mut wire.outgoing).map_err(|_| Fault::Protocol)?;
    wire.send()?;
    let (12, answer) = asked(wire)? else { return Err(Fault::Protocol) };
    scram.finish(&answer).map_err(|_| Fault::Proof)
}

/// Reads what the server wants to know next.
fn asked(wire: &mut Wire) -> Result<(i32, Vec<u8>), Fault> {
    let (b'R', body) = wire.message()? else { return Err(Fault::Protocol) };
    let mut body = Octets(body);
    Ok((body.int()?, body.0.to_vec()))
}
