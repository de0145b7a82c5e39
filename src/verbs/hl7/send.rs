//! `carelake hl7 send`: a message to an endpoint, for trying one.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use carelake_core::{ErrorKind, causes};
use carelake_http::{Client, Credential, Request, Settings};
use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::options::Global;
use crate::output;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes that an answer may have.
const MOST: u64 = 1 << 20;

/// Send a message to an endpoint, and show what it answers
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 send admission.hl7 --to mllp://127.0.0.1:2575
  carelake hl7 token --scope hl7/write > token
  carelake hl7 send admission.hl7 --to http://127.0.0.1:8642/hl7v2/er7 --token-file token

The exit code is 1 if the message was not accepted.")]
pub(crate) struct Send {
    /// A file with one message
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// mllp://HOST:PORT, or the address of /hl7v2/er7
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// A file with a token; a list of processes shows none then
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Send {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let read = |path: &PathBuf| {
            fs::read(path).map_err(|error| Failure::argument(format!("{} cannot be read: {error}", path.display())))
        };
        let message = read(&self.file)?;
        let answer = match self.to.strip_prefix("mllp://") {
            Some(address) => by_mllp(address, &message)?,
            None => {
                let token = self.token_file.as_ref().map(read).transpose()?;
                let token = token.map(|token| String::from_utf8_lossy(&token).trim().to_owned());
                by_http(&self.to, token, &message)?
            }
        };
        let words: Vec<&str> = answer.split(['\r', '\n']).filter(|line| !line.is_empty()).collect();
        let is_accepted = words.iter().any(|line| {
            line.strip_prefix("MSA").and_then(|rest| rest.get(1..3)).is_some_and(|code| matches!(code, "AA" | "CA"))
        });
        if global.json {
            output::json(&json!({ "accepted": is_accepted, "answer": words }))?;
        } else {
            words.iter().for_each(|line| output::line(line.replace(char::is_control, " ")));
        }
        Ok(ExitCode::from(u8::from(!is_accepted)))
    }
}

fn by_mllp(address: &str, message: &[u8]) -> Result<String, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(ErrorKind::UNAVAILABLE, format!("{address}: {error}")).advise("see that something listens there")
    };
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    let framed = [&[0x0b], message, &[0x1c, 0x0d]].concat();
    stream.write_all(&framed).map_err(failed)?;
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while !answer.contains(&0x1c) && (answer.len() as u64) < MOST {
        let count = stream.read(&mut chunk).map_err(failed)?;
        if count == 0 {
            break;
        }
        answer.extend_from_slice(chunk.get(..count).unwrap_or_default());
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    Ok(text.trim_matches(|c: char| c == '\u{b}' || c == '\u{1c}' || c == '\r').to_owned())
}

fn by_http(address: &str, token: Option<String>, message: &[u8]) -> Result<String, Failure> {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned();
    let settings = Settings {
        hosts: vec![name.clone()],
        allow_plain_http: if address.starts_with("http://") { vec![name] } else { Vec::new() },
        attempts: 1,
        whole_timeout: Some(PATIENCE),
        ..Settings::default()
    };
    let mut request = Request::post(address).with_header("content-type", "x-application/hl7-v2+er7");
    request.credential = token.map(Credential::Bearer);
    let failed = |error: carelake_http::HttpError| {
        let advice = "400 and 409 say that the message is in the error zone: `carelake hl7 errors`; 401 and 403 that the token does not let in";
        Failure::new(error.kind(), causes(&error)).advise(advice)
    };
    let client = Client::new(&settings).map_err(failed)?;
    let bytes = client.send(&request, message).and_then(|mut response| response.read(MOST)).map_err(failed)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
