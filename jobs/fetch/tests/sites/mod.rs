//! A server that behaves like the sites of CMS, on good and on bad days.
//!
//! One host plays all sites. The release of a month is made on the fly.

mod content;
mod http;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub use content::{DAC, REASSIGNMENTS};
use http::{Answer, Asked};

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed half way.
    Cut,
    /// This status, with `Retry-After: 0`.
    Status(u16),
    /// Status 200, and a page that says that there is nothing.
    Html,
    /// A size is announced that is too large.
    Length,
    /// Fewer bytes than the list of files says.
    Short,
    /// A range is asked for, and all comes.
    NoRange,
    /// Other bytes under the same name and date.
    Changed,
    /// A tenth of the bytes.
    Shrunken,
    /// A header without a column that is needed.
    Drift,
    /// It leads to `http://` on another machine.
    Redirect,
    /// JSON without its end.
    BrokenJson,
    /// The validator is a weak one.
    WeakEtag,
    /// No size is announced.
    NoLength,
    /// Half of it comes, and then nothing, until whoever asked is gone.
    Stall,
    /// The addresses of files lead to another host.
    Elsewhere,
}

#[derive(Debug, Default)]
struct State {
    month: String,
    is_nested: bool,
    faults: Vec<(String, Fault, u32)>,
    log: Vec<Asked>,
}

/// A running server, which ends with the test.
#[derive(Debug, Clone)]
pub struct Sites {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Sites {
    /// Starts a server with the release of October 2026.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { month: "2026-10".to_owned(), ..State::default() }));
        let sites = Self { address, state };
        let served = sites.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = served.clone();
                thread::spawn(move || served.serve(stream));
            }
        });
        sites
    }

    /// Returns the address of every site.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes the release of a month the current one.
    pub fn release(&self, month: &str) {
        self.state.lock().unwrap().month = month.to_owned();
    }

    /// Has the Provider Data Catalog answer in its older shape.
    pub fn nest(&self) {
        self.state.lock().unwrap().is_nested = true;
    }

    /// Has the next answers fail whose path contains a text.
    pub fn fail(&self, path: &str, fault: Fault, times: u32) {
        self.state.lock().unwrap().faults.push((path.to_owned(), fault, times));
    }

    /// Returns what was asked since this was asked last: method, path and whether by range.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state.lock().unwrap().log)
    }

    /// Returns how often files were asked for, and not their headers, since this was asked last.
    pub fn downloads(&self) -> usize {
        self.asked().iter().filter(|it| it.method == "GET" && it.is_file() && it.status != 304).count()
    }

    fn serve(&self, mut stream: TcpStream) {
        let Some(mut asked) = Asked::read(&mut stream) else { return };
        let (fault, month, is_nested) = {
            let mut state = self.state.lock().unwrap();
            let is_due = |it: &&mut (String, Fault, u32)| it.2 > 0 && asked.path.contains(&it.0);
            let fault = state.faults.iter_mut().find(is_due).map(|it| {
                it.2 -= 1;
                it.1
            });
            (fault, state.month.clone(), state.is_nested)
        };
        let answer = self.answer(&asked, fault, &month, is_nested);
        asked.status = answer.status;
        self.state.lock().unwrap().log.push(asked.clone());
        answer.send(&mut stream, &asked, fault);
    }

    fn answer(&self, asked: &Asked, fault: Option<Fault>, month: &str, is_nested: bool) -> Answer {
        match fault {
            Some(Fault::Status(status)) => return Answer::busy(status),
            Some(Fault::Html) => {
                return Answer::of(
                    "text/html",
                    b"<!DOCTYPE html><html><body>Scheduled maintenance</body></html>".into(),
                );
            }
            Some(Fault::Redirect) => return Answer::redirect("http://127.0.0.2:9/elsewhere"),
            _ => {}
        }
        let base = if fault == Some(Fault::Elsewhere) { "https://files.example".to_owned() } else { self.base() };
        if let Some(listing) = content::listing(&asked.path, &base, month, is_nested) {
            let whole = listing.len() - if fault == Some(Fault::BrokenJson) { 20 } else { 0 };
            return Answer::of("application/json", listing[..whole].into());
        }
        if asked.path == "/nppes/NPI_Files.html" {
            return Answer::of("text/html", content::page(month).into_bytes());
        }
        match content::file(&asked.path, month, fault) {
            Some(bytes) => Answer::file(bytes, asked, fault),
            None => Answer::gone(),
        }
    }
}
