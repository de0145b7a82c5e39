//! `carelake serve`: one process that starts by itself what the rooms say, and answers requests to them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use carelake_core::{ErrorKind, causes};
use carelake_hl7::config::Hl7;
use carelake_hl7::inbox;
use carelake_hl7::load::Outcome;
use carelake_hl7::world::World;
use carelake_intake::functions::desk::of_config;
use carelake_intake::publish::ROOM;
use carelake_pipeline::Handler;
use carelake_pipeline::pipeline::Failure as FunctionFailure;
use carelake_web::Server;
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::failure::Failure;
use crate::lake::{self, Lake};
use crate::options::Global;
use crate::registry::ROOMS;
use crate::runner::{Local, Scheduled, deliver_left, due};
use crate::serving::{Listening, Listens, Mllp, Settling};
use crate::verbs::intake::Crew;
use crate::{execution, output};

/// How often calendars and pointers are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How often what is to stop is told so, until it has.
const STOP: Duration = Duration::from_millis(100);

/// Carry out every schedule and every listener of all rooms, take in partners' files, and answer requests, until it is told to end
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake serve
  carelake serve --work
  carelake serve --work --listen 127.0.0.1:8642
  carelake serve --mllp 127.0.0.1:2575
  carelake serve --listen 0.0.0.0:8642 --host lake.example.org --tls-cert chain.pem --tls-key key.pem
  carelake serve --listen 0.0.0.0:8642 --tls-cert chain.pem --tls-key key.pem --no-pages
  curl -H \"Authorization: Bearer $(cat output/_carelake/serve.key)\" http://127.0.0.1:8642/api/pages

Without --work and --listen it shows the pages at serve.listen of the configuration, 127.0.0.1:8642 where that says nothing. The address
that it prints signs in; whoever has it is its user. Where console.oidc of the configuration names an issuer of OpenID Connect, whoever it
knows signs in there, and the pages may be at an address that others reach; without it, such an address has --no-pages.
Schedules are those of the environment (deployment.schedule). What was due while nothing served is made up for, once.
Where the configuration has feeds of partners, --work takes in what arrives as `carelake intake watch` does: in INPUT/intake/PARTNER/, as
on AWS, or, where nothing else is read from the input and it has no folder intake, in INPUT/PARTNER/. Ctrl-C and SIGTERM end it when the
deliveries under way are done.
Files of messages in INPUT/hl7/drop/ are taken as `carelake hl7 load --inbox` does.
A change of the configuration counts for --work at once, for --listen from the next start on.")]
pub(crate) struct Serve {
    /// Carry out schedules and listeners, and take in partners' files
    #[arg(long)]
    work: bool,
    #[command(flatten)]
    listening: Listening,
}

/// Something under way, with what ends it.
struct Job {
    name: &'static str,
    by: By,
    thread: JoinHandle<()>,
}

/// What carries a job out.
enum By {
    /// A runner.
    Runner(Local),
    /// Those who take in files, by a configuration of this text.
    Crew(Arc<Crew>, String),
}

impl Job {
    /// Has it come to its end: executions are stopped, deliveries under way are done.
    fn stop(&self) {
        match &self.by {
            By::Runner(local) => local.stop_all(),
            By::Crew(crew, _) => {
                crew.end();
                self.thread.thread().unpark();
            }
        }
    }
}

/// The name of the job that looks at pointers.
const LISTENERS: &str = "listeners";
/// The name of the job that takes in partners' files.
const FILES: &str = "files";
/// The name of the job that has messages taken which nobody takes.
const QUEUES: &str = "queues";
/// The name of the job that takes files of messages that arrived.
const INBOX: &str = "hl7/drop";

impl Serve {
    pub(crate) fn execute(mut self, global: &Global) -> Result<ExitCode, Failure> {
        // What is on AWS starts by itself there.
        let lake = Lake::open(global)?;
        lake.folder()?;
        if !self.work && !self.listening.is_for_messages() {
            self.listening.listen_at(lake.config.head.serve.listen);
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let (over, waiting) = (Arc::clone(&is_over), thread::current());
        ctrlc::set_handler(move || {
            over.store(true, Ordering::Release);
            waiting.unpark();
        })
        .map_err(|error| Failure::new(ErrorKind::INTERNAL, format!("cannot listen for Ctrl-C: {error}")))?;
        let served = self.listen(global)?;
        let mut jobs: Vec<Job> = Vec::new();
        let mut told = String::new();
        while !is_over.load(Ordering::Acquire) {
            if self.work {
                jobs.retain(|job| !job.thread.is_finished());
                // A lake that cannot be reached now is looked at again, and told of once.
                let failed = look(global, &mut jobs).err().map(|failure| failure.to_string()).unwrap_or_default();
                if !failed.is_empty() && failed != told {
                    output::aside(&failed);
                }
                told = failed;
            }
            thread::park_timeout(LOOK);
        }
        if let Some(served) = served {
            served.stop();
        }
        while jobs.iter().any(|job| !job.thread.is_finished()) {
            jobs.iter().for_each(Job::stop);
            thread::sleep(STOP);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Begins to answer requests and messages, with a runner that keeps what they start; says where.
    fn listen(&self, global: &Global) -> Result<Option<Served>, Failure> {
        if !self.listening.is_wanted() && !self.listening.is_for_messages() {
            return Ok(None);
        }
        let local = execution::runner(Lake::open(global)?)?;
        let web = self.listening.start(&local, ROOMS)?;
        if let Some(Listens { address, sign_in, .. }) = &web {
            if global.json {
                output::json(&json!({ "listening": address, "sign_in": sign_in }))?;
            } else {
                output::line(format_args!("listening at {address}"));
                if let Some(sign_in) = sign_in {
                    output::line(format_args!("pages: {sign_in}"));
                }
            }
        }
        let mllp = Mllp::start(&self.listening, &local)?;
        if let Some(mllp) = &mllp {
            let address = mllp.address();
            if global.json {
                output::json(&json!({ "mllp": address.to_string() }))?;
            } else {
                output::line(format_args!("messages by MLLP: {address}"));
            }
        }
        let settling = Settling::start(local.lake());
        Ok(Some(Served { web: web.map(|web| web.server), mllp, settling, local }))
    }
}

/// What answers.
struct Served {
    web: Option<Server>,
    mllp: Option<Mllp>,
    settling: Settling,
    local: Local,
}

impl Served {
    /// Has what is under way answered, and ends.
    fn stop(self) {
        self.web.into_iter().for_each(|server| server.stop());
        self.mllp.into_iter().for_each(Mllp::stop);
        while self.local.is_busy() {
            self.local.stop_all();
            thread::sleep(STOP);
        }
        self.settling.stop();
    }
}

/// Starts what is due and what listens. The configuration is read anew, so that a change counts at once.
fn look(global: &Global, jobs: &mut Vec<Job>) -> Result<(), Failure> {
    let lake = Lake::open(global)?;
    let all = Scheduled::all(ROOMS, lake::find_environment(&lake.config, &lake.environment)?);
    for (scheduled, at) in due(&lake, &all, Timestamp::now())? {
        jobs.push(start(global, scheduled.name(), move |local| scheduled.carry_out(local, at))?);
    }
    if ROOMS.listens().next().is_some() && !jobs.iter().any(|job| job.name == LISTENERS) {
        let listen = |local: &Local| {
            if let Err(failure) = local.listen() {
                output::aside(&failure);
            }
        };
        jobs.push(start(global, LISTENERS, listen)?);
    }
    let takes = |function: &carelake_pipeline::Function| matches!(function.handler, Handler::Batch(..));
    if ROOMS.functions().any(takes) && !jobs.iter().any(|job| job.name == QUEUES) {
        let deliver = |local: &Local| {
            if let Err(error) = deliver_left(local) {
                output::aside(&error);
            }
        };
        jobs.push(start(global, QUEUES, deliver)?);
    }
    if !lake.raw.list(inbox::INBOX)?.is_empty() && !jobs.iter().any(|job| job.name == INBOX) {
        jobs.push(start(global, INBOX, take_messages)?);
    }
    take_in(global, &lake, jobs)
}

/// Takes files of messages that arrived.
fn take_messages(local: &Local) {
    let config = Hl7::of_config(&local.lake().config);
    let taken = local.with_context(&|| false, |context| {
        let taken = inbox::take_all(&World::of(context, &config));
        taken.map_err(|error| FunctionFailure::new(error.kind(), causes(&error)))
    });
    match taken {
        Ok(files) => {
            for file in files.iter().filter(|file| file.outcome != Outcome::Ok) {
                output::aside(format_args!(
                    "a file of messages that arrived ended in {:?}: `carelake hl7 errors`",
                    file.outcome
                ));
            }
        }
        Err(failure) => output::aside(&failure),
    }
}

/// Has partners' files taken in, by the configuration as it is: those who go by another one end what they are at.
fn take_in(global: &Global, lake: &Lake, jobs: &mut Vec<Job>) -> Result<(), Failure> {
    if let Some(job) = jobs.iter().find(|job| job.name == FILES) {
        if matches!(&job.by, By::Crew(_, text) if *text != lake.config.text) {
            job.stop();
        }
        return Ok(());
    }
    let Some(folder) = landing(lake)? else { return Ok(()) };
    let crew = Crew::open(global, None)?;
    let own = Arc::clone(&crew);
    let thread = thread::spawn(move || {
        if let Err(failure) = own.watch(&folder, false) {
            output::aside(&failure);
        }
    });
    jobs.push(Job { name: FILES, by: By::Crew(crew, lake.config.text.clone()), thread });
    Ok(())
}

/// Returns the folder that has a folder for each partner, if there are feeds and it is there. What the monthly run reads lies in the
/// input too, and is nobody's delivery.
fn landing(lake: &Lake) -> Result<Option<PathBuf>, Failure> {
    if of_config(&lake.config)?.is_none_or(|intake| intake.feeds.is_empty()) {
        return Ok(None);
    }
    let input = lake.input_folder()?;
    let own = input.join(ROOM);
    let is_shared = !lake.config.sources.is_empty();
    let folder = if is_shared || own.is_dir() { own } else { input.to_path_buf() };
    Ok(Some(folder).filter(|folder| folder.is_dir()))
}

/// Starts a job with a runner of its own, which opens inputs anew.
fn start(global: &Global, name: &'static str, work: impl FnOnce(&Local) + Send + 'static) -> Result<Job, Failure> {
    let local = execution::runner(Lake::open(global)?)?;
    let own = local.clone();
    Ok(Job { name, by: By::Runner(local), thread: thread::spawn(move || work(&own)) })
}
