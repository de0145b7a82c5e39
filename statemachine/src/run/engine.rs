//! The event loop: takes the next step of a strand, the next message of a task or the next timer, in this order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::call::Call;
use super::log::{Log, LogId};
use super::strand::{Rank, Strand, StrandId, TimerKey};
use super::{Abort, Execution, GRACE, Outcome, Status};
use crate::clock::{Clock, later};
use crate::failure::Failure;
use crate::history::{Details, Event, EventKind};
use crate::machine::Machine;
use crate::observer::{Notice, Observer};
use crate::random::Random;
use crate::scope::Variables;
use crate::tasks::{Message, Tasks};

/// What a strand does next.
pub(super) enum Step {
    /// Enters the state of this name with this input.
    Enter(String, Value),
    /// Does the work of the state it is in, for the first time or again.
    Work,
    /// Goes on after a Wait.
    Awake,
    /// Takes note that its flow has ended with this output.
    End(Value),
}

/// What happens when a timer fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timer {
    /// A pause before a retry is over.
    Retry(StrandId),
    /// A Wait is over.
    Awake(StrandId),
    /// A task has run out of time.
    TimedOut(u64),
    /// A task has kept silent for too long.
    Silent(u64),
    /// A scripted answer is due.
    Deliver(u64),
    /// A scripted heartbeat is due.
    Beat(u64),
    /// The machine has run out of time.
    MachineTimedOut,
}

pub(super) struct Engine<'e> {
    pub(super) machine: &'e Machine,
    pub(super) tasks: Arc<dyn Tasks>,
    pub(super) clock: &'e dyn Clock,
    observer: &'e mut dyn Observer,
    abort: Abort,
    /// The executions: the machine's own, then the children of its map runs.
    pub(super) logs: Vec<Log>,
    /// Whether the context object is given as a whole, so that nothing is added for the state that sees it.
    pub(super) is_context_whole: bool,
    pub(super) random: Random,
    pub(super) strands: Vec<Strand<'e>>,
    ready: VecDeque<(StrandId, Step)>,
    timers: BTreeMap<TimerKey, Timer>,
    timer_count: u64,
    pub(super) calls: BTreeMap<u64, Call>,
    pub(super) call_count: u64,
    /// Threads that have not answered yet, whether or not their answer is still wanted.
    pub(super) threads: usize,
    inbox: Receiver<Message>,
    pub(super) outbox: Sender<Message>,
    end: Option<(Status, Option<Value>, Option<Failure>)>,
}

/// The strand of the machine itself.
const ROOT: StrandId = 0;
/// The execution of the machine itself.
const OWN: LogId = 0;

impl<'e> Engine<'e> {
    pub(super) fn start(execution: Execution<'e>, random: Random) -> Self {
        let (outbox, inbox) = channel();
        execution.abort.connect(outbox.clone());
        let mut context = match execution.context.0 {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let about = context.entry("Execution").or_insert_with(|| Value::Object(Map::new()));
        if let Some(about) = about.as_object_mut() {
            about.insert("Input".to_owned(), execution.input.clone());
        }
        let flow = &execution.machine.flow;
        let root = Strand {
            flow,
            log: OWN,
            parent: None,
            last_event: 0,
            variables: Variables::new(),
            item: None,
            iteration: Vec::new(),
            visit: None,
            alive: true,
        };
        let mut engine = Self {
            machine: execution.machine,
            tasks: execution.tasks,
            clock: execution.clock,
            observer: execution.observer,
            abort: execution.abort,
            logs: vec![Log::new(context, None)],
            is_context_whole: false,
            random,
            strands: vec![root],
            ready: VecDeque::new(),
            timers: BTreeMap::new(),
            timer_count: 0,
            calls: BTreeMap::new(),
            call_count: 0,
            threads: 0,
            inbox,
            outbox,
            end: None,
        };
        let details = Details { input: Some(execution.input.clone()), ..Details::default() };
        // AWS gives the first state no predecessor either, so the strand does not take note of this event.
        engine.push(OWN, EventKind::ExecutionStarted, 0, None, Vec::new(), details);
        if let Some(secs) = engine.machine.timeout_secs {
            engine.set_timer(Duration::from_secs(secs), Timer::MachineTimedOut);
        }
        engine.ready.push_back((ROOT, Step::Enter(flow.start_at.clone(), execution.input)));
        engine
    }

    /// Starts with variables, and with a context object to which nothing is added, when there is one.
    pub(super) fn with_surroundings(mut self, variables: Variables, context: Option<Map<String, Value>>) -> Self {
        if let Some(root) = self.strands.get_mut(ROOT) {
            root.variables = variables;
        }
        if let Some(context) = context {
            self.logs = vec![Log { context, ..self.logs.pop().unwrap_or_else(|| Log::new(Map::new(), None)) }];
            self.is_context_whole = true;
        }
        self
    }

    pub(super) fn run(mut self) -> Outcome {
        loop {
            if self.abort.was_asked() && self.end.is_none() {
                self.stop(Status::Aborted, EventKind::ExecutionAborted, Failure { error: None, cause: None });
            }
            if let Some((status, output, failure)) = self.end.take() {
                let unfinished_tasks = self.wait_for_threads();
                let (error, cause) = failure.map_or((None, None), |failure| (failure.error, failure.cause));
                let mut logs = self.logs.into_iter();
                let history = logs.next().map(|log| log.events).unwrap_or_default();
                let children = logs.filter_map(Log::into_child).collect();
                return Outcome { status, output, error, cause, history, children, unfinished_tasks };
            }
            if let Some((strand, step)) = self.ready.pop_front() {
                self.step(strand, step);
            } else if let Ok(message) = self.inbox.try_recv() {
                self.receive(message);
            } else {
                self.wait();
            }
        }
    }

    /// Lets time go by until the next timer or message.
    fn wait(&mut self) {
        let Some((&key, _)) = self.timers.first_key_value() else {
            // Without a timer only a thread can go on; every other strand waits for one of them or for a timer.
            match if self.threads > 0 { self.inbox.recv().ok() } else { None } {
                Some(message) => self.receive(message),
                None => self.stuck(),
            }
            return;
        };
        let due = key.0 <= self.clock.now();
        if due || (self.threads == 0 && self.clock.jump(key.0)) {
            if let Some(timer) = self.timers.remove(&key) {
                self.fire(timer);
            }
            return;
        }
        let message = match self.clock.patience(key.0) {
            Some(patience) => self.inbox.recv_timeout(patience).ok(),
            None => self.inbox.recv().ok(),
        };
        if let Some(message) = message {
            self.receive(message);
        }
    }

    fn stuck(&mut self) {
        self.stop(Status::Failed, EventKind::ExecutionFailed, Failure::runtime("nothing is left that could go on"));
    }

    fn step(&mut self, strand: StrandId, step: Step) {
        if !self.strands.get(strand).is_some_and(|strand| strand.alive) {
            return;
        }
        match step {
            Step::Enter(name, input) => self.enter(strand, &name, input),
            Step::Work => self.work(strand),
            Step::Awake => self.pass_through(strand),
            Step::End(output) => self.ended(strand, output),
        }
    }

    fn receive(&mut self, message: Message) {
        match message {
            Message::Answer { call, answer } => {
                self.threads = self.threads.saturating_sub(1);
                self.returned(call, answer);
            }
            Message::Callback { call, answer } => self.called_back(call, answer),
            Message::Heartbeat { call } => self.beat(call),
            Message::Submitted { call, answer } => self.submitted(call, answer),
            // The loop looks at the handle itself.
            Message::Abort => {}
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Retry(strand) => self.ready.push_back((strand, Step::Work)),
            Timer::Awake(strand) => self.ready.push_back((strand, Step::Awake)),
            Timer::TimedOut(call) => self.call_timed_out(call, Failure::timeout),
            Timer::Silent(call) => self.call_timed_out(call, Failure::heartbeat),
            Timer::Deliver(call) => self.deliver(call),
            Timer::Beat(call) => self.beat(call),
            Timer::MachineTimedOut => {
                self.stop(Status::TimedOut, EventKind::ExecutionTimedOut, Failure::timeout(None));
            }
        }
    }

    /// Ends the execution from outside its flow.
    fn stop(&mut self, status: Status, kind: EventKind, failure: Failure) {
        self.cancel_strand(ROOT);
        let previous = self.last_event(ROOT);
        let details = Details { error: failure.error.clone(), cause: failure.cause.clone(), ..Details::default() };
        self.push(OWN, kind, previous, None, Vec::new(), details);
        self.end = Some((status, None, Some(failure)));
    }

    /// Ends the execution well.
    pub(super) fn succeed(&mut self, output: Value) {
        let details = Details { output: Some(output.clone()), ..Details::default() };
        self.push(OWN, EventKind::ExecutionSucceeded, self.last_event(ROOT), None, Vec::new(), details);
        self.end = Some((Status::Succeeded, Some(output), None));
    }

    /// Ends the execution with an error.
    pub(super) fn fail_execution(&mut self, failure: Failure) {
        let details = Details { error: failure.error.clone(), cause: failure.cause.clone(), ..Details::default() };
        self.push(OWN, EventKind::ExecutionFailed, self.last_event(ROOT), None, Vec::new(), details);
        self.end = Some((Status::Failed, None, Some(failure)));
    }

    pub(super) fn queue(&mut self, strand: StrandId, step: Step) {
        self.ready.push_back((strand, step));
    }

    /// Lets the strand that is at work go on before any other.
    pub(super) fn go_on(&mut self, strand: StrandId, step: Step) {
        self.ready.push_front((strand, step));
    }

    pub(super) fn set_timer(&mut self, wait: Duration, timer: Timer) -> TimerKey {
        self.set_timer_at(later(self.clock.now(), wait), Rank::First, timer)
    }

    pub(super) fn set_timer_at(&mut self, at: Timestamp, rank: Rank, timer: Timer) -> TimerKey {
        self.timer_count += 1;
        let key = (at, rank, self.timer_count);
        self.timers.insert(key, timer);
        key
    }

    pub(super) fn clear_timer(&mut self, key: TimerKey) {
        self.timers.remove(&key);
    }

    pub(super) fn last_event(&self, strand: StrandId) -> u64 {
        self.strands.get(strand).map_or(0, |strand| strand.last_event)
    }

    /// Records an event of a strand's state; the strand's next event will refer to it.
    pub(super) fn record(&mut self, strand: StrandId, kind: EventKind, details: Details) -> u64 {
        let id = self.record_aside(strand, kind, details);
        if let Some(strand) = self.strands.get_mut(strand) {
            strand.last_event = id;
        }
        id
    }

    /// Records an event of a strand's state to which the strand's next event will not refer.
    pub(super) fn record_aside(&mut self, strand: StrandId, kind: EventKind, details: Details) -> u64 {
        let previous = self.last_event(strand);
        self.record_after(strand, previous, kind, details)
    }

    /// Records an event of a strand's state that refers to a given event.
    pub(super) fn record_after(&mut self, strand: StrandId, previous: u64, kind: EventKind, details: Details) -> u64 {
        let (log, state, iteration) = self.strands.get(strand).map_or((OWN, None, Vec::new()), |strand| {
            let state = strand.visit.as_ref().map(|visit| visit.state.name.clone());
            (strand.log, state, strand.iteration.clone())
        });
        self.push(log, kind, previous, state, iteration, details)
    }

    pub(super) fn push(
        &mut self,
        log: LogId,
        kind: EventKind,
        previous: u64,
        state: Option<String>,
        iteration: Vec<usize>,
        details: Details,
    ) -> u64 {
        let at = self.clock.now();
        let Some(Log { events, child, .. }) = self.logs.get_mut(log) else { return 0 };
        let id = events.last().map_or(1, |event| event.id + 1);
        let event = Event { id, previous, at, kind, state, iteration, details };
        self.observer.notice(&match child {
            None => Notice::Event(&event),
            Some(child) => Notice::ChildEvent { execution: &child.name, event: &event },
        });
        events.push(event);
        id
    }

    pub(super) fn notice(&mut self, notice: &Notice<'_>) {
        self.observer.notice(notice);
    }

    pub(super) fn is_inspected(&self) -> bool {
        self.observer.inspects()
    }

    /// Waits for tasks that were told to stop, so that none is cut off in the middle of its work.
    fn wait_for_threads(&mut self) -> usize {
        let patience_ends = Instant::now() + GRACE;
        while self.threads > 0 {
            let patience = patience_ends.saturating_duration_since(Instant::now());
            match self.inbox.recv_timeout(patience) {
                Ok(Message::Answer { .. }) => self.threads -= 1,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        self.threads
    }
}
