//! `carelake serve`: one process that starts by itself what the rooms say, and answers requests to them.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use carelake_core::ErrorKind;
use carelake_pipeline::Handler;
use carelake_web::Server;
use clap::{ArgGroup, Args};
use jiff::Timestamp;
use serde_json::json;

use crate::failure::Failure;
use crate::lake::{self, Lake};
use crate::options::Global;
use crate::registry::ROOMS;
use crate::runner::{Local, Scheduled, deliver_left, due};
use crate::serving::Listening;
use crate::{execution, output};

/// How often calendars and pointers are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How often what is to stop is told so, until it has.
const STOP: Duration = Duration::from_millis(100);

/// Carry out every schedule and every listener of all rooms, and answer requests to them, until it is told to end
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").args(["work", "listen"]).required(true).multiple(true)))]
#[command(after_help = "\
Examples:
  carelake serve --work
  carelake serve --work --listen 127.0.0.1:8642
  carelake serve --listen 0.0.0.0:8642 --host lake.example.org --tls-cert chain.pem --tls-key key.pem
  curl -H \"Authorization: Bearer $(cat output/_carelake/serve.key)\" http://127.0.0.1:8642/api/pages

Schedules are those of the environment (deployment.schedule). What was due while nothing served is made up for, once.
A change of the configuration counts for --work at once, for --listen from the next start on.")]
pub(crate) struct Serve {
    /// Carry out schedules and listeners
    #[arg(long)]
    work: bool,
    #[command(flatten)]
    listening: Listening,
}

/// Something under way, with the runner that carries it out.
struct Job {
    name: &'static str,
    local: Local,
    thread: JoinHandle<()>,
}

/// The name of the job that looks at pointers.
const LISTENERS: &str = "listeners";
/// The name of the job that has messages taken which nobody takes.
const QUEUES: &str = "queues";

impl Serve {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        // What is on AWS starts by itself there.
        Lake::open(global)?.folder()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let (over, waiting) = (Arc::clone(&is_over), thread::current());
        ctrlc::set_handler(move || {
            over.store(true, Ordering::Release);
            waiting.unpark();
        })
        .map_err(|error| Failure::new(ErrorKind::INTERNAL, format!("cannot listen for Ctrl-C: {error}")))?;
        let web = self.listen(global)?;
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
        if let Some((server, local)) = web {
            server.stop();
            while local.is_busy() {
                local.stop_all();
                thread::sleep(STOP);
            }
        }
        while jobs.iter().any(|job| !job.thread.is_finished()) {
            jobs.iter().for_each(|job| job.local.stop_all());
            thread::sleep(STOP);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Begins to answer requests, with a runner that keeps what they start; says where.
    fn listen(&self, global: &Global) -> Result<Option<(Server, Local)>, Failure> {
        if !self.listening.is_wanted() {
            return Ok(None);
        }
        let local = execution::runner(Lake::open(global)?)?;
        let Some((server, address)) = self.listening.start(&local, ROOMS)? else { return Ok(None) };
        if global.json {
            output::json(&json!({ "listening": address }))?;
        } else {
            output::line(format_args!("listening at {address}"));
        }
        Ok(Some((server, local)))
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
    Ok(())
}

/// Starts a job with a runner of its own, which opens inputs anew.
fn start(global: &Global, name: &'static str, work: impl FnOnce(&Local) + Send + 'static) -> Result<Job, Failure> {
    let local = execution::runner(Lake::open(global)?)?;
    let own = local.clone();
    Ok(Job { name, local, thread: thread::spawn(move || work(&own)) })
}
