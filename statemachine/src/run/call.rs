//! Calls of tasks: scheduled, started, answered, timed out or cancelled.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::engine::{Engine, Timer};
use super::strand::{Rank, Stage, StrandId, TimerKey};
use crate::clock::later;
use crate::failure::{Failure, MAX_PAYLOAD_BYTES, size_bytes};
use crate::history::{CallKind, CallStep, Details, EventKind};
use crate::observer::{DataStep, Notice};
use crate::state::StateKind;
use crate::state::task::{DEFAULT_TIMEOUT_SECS, Pattern, Resource, ResourceKind, Task};
use crate::tasks::{Answer, Binding, Cancellation, Heart, Message, Scripted, TaskCall, TaskError};

/// A call that has not been answered.
pub(super) struct Call {
    strand: StrandId,
    cancellation: Cancellation,
    timeout: TimerKey,
    heartbeat: Option<(TimerKey, Duration)>,
    /// The answer of a scripted call, and what its timeout says.
    scripted: Option<Result<Value, TaskError>>,
    timed_out: Option<TaskError>,
    delivery: Option<TimerKey>,
    beats: Vec<TimerKey>,
    token: Option<String>,
    /// How far a task that waits for its token has come.
    waiting: Waiting,
}

/// How far a task that waits for its token has come.
enum Waiting {
    /// It is being handed to its service.
    HandedOver,
    /// It has not been handed over yet, but its token came back already.
    AnsweredEarly(Result<Value, TaskError>),
    /// The service has it.
    Submitted,
}

impl Engine<'_> {
    /// Makes the call of a Task.
    pub(super) fn call(&mut self, strand: StrandId, task: &Task) -> Result<(), Failure> {
        if task.resource.pattern() == Pattern::TaskToken {
            let token = self.state(strand).and_then(|state| self.tasks.token(&state.name));
            let token = token.unwrap_or_else(|| self.random.uuid());
            if let Some(visit) = self.visit_mut(strand) {
                visit.token = Some(token);
            }
        }
        let data = self.effective_input(strand)?;
        let surroundings = self.surroundings(strand);
        let seconds = |seconds: &Option<_>, field| match seconds {
            None => Ok(None),
            Some(seconds) => crate::state::task::Seconds::of(seconds, field, &data, &surroundings.scope()).map(Some),
        };
        let timeout_secs = seconds(&task.timeout, "TimeoutSeconds")?;
        let heartbeat_secs = seconds(&task.heartbeat, "HeartbeatSeconds")?;
        let input = self.parameters(strand, task.parameters.as_ref(), data.clone())?;
        let credentials = match &task.credentials {
            None => None,
            Some(template) => Some(credentials(&self.filled(strand, Some(template), data)?)),
        };
        let Some(state) = self.state(strand) else { return Ok(()) };
        let binding = Binding { state: &state.name, resource: &task.resource, parameters: Some(input.clone()) };
        if !self.tasks.knows(&binding) {
            return Err(unbound(&binding));
        }
        let scheduled =
            Details { timeout_secs, heartbeat_secs, credentials, ..call_details(&task.resource, Some(&input)) };
        self.record(strand, event(&task.resource, CallStep::Scheduled), scheduled);
        self.record(strand, event(&task.resource, CallStep::Started), call_details(&task.resource, None));
        self.dispatch(strand, &task.resource, input, timeout_secs, heartbeat_secs);
        Ok(())
    }

    fn dispatch(
        &mut self,
        strand: StrandId,
        resource: &Resource,
        input: Value,
        timeout_secs: Option<u64>,
        heartbeat_secs: Option<u64>,
    ) {
        self.call_count += 1;
        let id = self.call_count;
        let timeout = Duration::from_secs(timeout_secs.unwrap_or(DEFAULT_TIMEOUT_SECS));
        let cancellation = Cancellation::default();
        let Some(strand_at) = self.strands.get(strand) else { return };
        let Some(visit) = strand_at.visit.as_ref() else { return };
        let (iteration, attempt, of, state) = (strand_at.iteration.clone(), visit.retries + 1, visit.of, visit.state);
        let call = TaskCall {
            state: state.name.clone(),
            iteration: iteration.clone(),
            resource: resource.clone(),
            input,
            attempt,
            deadline: later(self.clock.now(), timeout),
            token: visit.token.clone(),
            cancellation: cancellation.clone(),
            heart: Heart { call: id, outbox: self.outbox.clone() },
        };
        self.notice(&Notice::Attempt { state: &state.name, iteration: &iteration, number: attempt, of });
        let scripted = self.tasks.script(&call);
        let timeout = self.set_timer(timeout, Timer::TimedOut(id));
        let heartbeat = heartbeat_secs.map(|secs| {
            let silence = Duration::from_secs(secs);
            (self.set_timer(silence, Timer::Silent(id)), silence)
        });
        if let (Some(token), Some(callbacks)) = (&call.token, self.tasks.callbacks()) {
            callbacks.expect(token, id, self.outbox.clone());
        }
        let waiting = Call {
            strand,
            cancellation,
            timeout,
            heartbeat,
            scripted: None,
            timed_out: None,
            delivery: None,
            beats: Vec::new(),
            token: call.token.clone(),
            waiting: Waiting::HandedOver,
        };
        self.calls.insert(id, waiting);
        self.set_stage(strand, Stage::Calling(id));
        match scripted {
            Some(scripted) => self.follow_script(id, scripted),
            None => self.spawn(id, call),
        }
    }

    fn follow_script(&mut self, id: u64, scripted: Scripted) {
        if let Some(answer) = scripted.submitted {
            self.submitted(id, answer);
        }
        let beats = scripted.beats.iter().map(|after| self.set_timer(*after, Timer::Beat(id))).collect();
        if let Some(call) = self.calls.get_mut(&id) {
            call.beats = beats;
        }
        match scripted.answer {
            Answer::Now(answer) => {
                // A failure stops the siblings. Where a sibling has an answer written down for the same moment, it was
                // heard before it could be stopped; so failures come last.
                let rank = if answer.is_ok() { Rank::First } else { Rank::Last };
                let due = later(self.clock.now(), scripted.after);
                let delivery = self.set_timer_at(due, rank, Timer::Deliver(id));
                if let Some(call) = self.calls.get_mut(&id) {
                    call.scripted = Some(answer);
                    call.delivery = Some(delivery);
                }
            }
            Answer::Never { error, cause } => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.timed_out = Some(TaskError { error, cause, is_final: false });
                }
            }
        }
    }

    fn spawn(&mut self, id: u64, call: TaskCall) {
        let (tasks, outbox) = (Arc::clone(&self.tasks), self.outbox.clone());
        let work = move || {
            let answer = catch_unwind(AssertUnwindSafe(|| tasks.run(call)))
                .unwrap_or_else(|_| Err(TaskError::new("Internal", "the task panicked")));
            // An execution that has stopped waiting no longer listens.
            drop(outbox.send(Message::Answer { call: id, answer }));
        };
        self.threads += 1;
        if let Err(error) = thread::Builder::new().name(format!("task-{id}")).spawn(work) {
            let answer = Err(TaskError::new("Internal", format!("cannot start a thread: {error}")));
            drop(self.outbox.send(Message::Answer { call: id, answer }));
        }
    }

    pub(super) fn deliver(&mut self, id: u64) {
        let answer = self.calls.get_mut(&id).and_then(|call| call.scripted.take());
        if let Some(answer) = answer {
            self.answered(id, answer);
        }
    }

    pub(super) fn beat(&mut self, id: u64) {
        let Some((key, silence)) = self.calls.get(&id).and_then(|call| call.heartbeat) else { return };
        self.clear_timer(key);
        let key = self.set_timer(silence, Timer::Silent(id));
        if let Some(call) = self.calls.get_mut(&id) {
            call.heartbeat = Some((key, silence));
        }
    }

    /// Takes what a task's thread returned: its result, or the answer of the service that has its token.
    pub(super) fn returned(&mut self, id: u64, answer: Result<Value, TaskError>) {
        let strand = self.calls.get(&id).map(|call| call.strand);
        let waits = strand
            .and_then(|strand| self.task(strand))
            .is_some_and(|task| task.resource.pattern() == Pattern::TaskToken);
        match answer {
            // A task that told the service's answer as soon as it had it need not do so again.
            Ok(_) if waits && self.calls.get(&id).is_some_and(|call| matches!(call.waiting, Waiting::Submitted)) => {}
            Ok(answer) if waits => self.submitted(id, answer),
            answer => self.answered(id, answer),
        }
    }

    /// Takes the answer of whoever had the token; one that is faster than the service waits for it.
    pub(super) fn called_back(&mut self, id: u64, answer: Result<Value, TaskError>) {
        match self.calls.get_mut(&id).map(|call| &mut call.waiting) {
            Some(waiting @ Waiting::HandedOver) => *waiting = Waiting::AnsweredEarly(answer),
            _ => self.answered(id, answer),
        }
    }

    pub(super) fn submitted(&mut self, id: u64, answer: Value) {
        let Some(strand) = self.calls.get(&id).map(|call| call.strand) else { return };
        let Some(task) = self.task(strand) else { return };
        if task.resource.pattern() != Pattern::Response {
            let details = Details { output: Some(answer), ..call_details(&task.resource, None) };
            self.record(strand, event(&task.resource, CallStep::Submitted), details);
        }
        let before = self.calls.get_mut(&id).map(|call| std::mem::replace(&mut call.waiting, Waiting::Submitted));
        if let Some(Waiting::AnsweredEarly(answer)) = before {
            self.answered(id, answer);
        }
    }

    pub(super) fn answered(&mut self, id: u64, answer: Result<Value, TaskError>) {
        let Some(call) = self.close(id) else { return };
        let Some(task) = self.task(call.strand) else { return };
        let is_final = answer.as_ref().is_err_and(|error| error.is_final);
        let answer = match answer {
            Ok(result) if size_bytes(&result) > MAX_PAYLOAD_BYTES => {
                Err(Failure::too_large(task.resource.short_name()))
            }
            Ok(result) => Ok(result),
            Err(error) => Err(Failure::from(error)),
        };
        match answer {
            Ok(result) => {
                self.show(call.strand, DataStep::Result, || result.clone());
                let details = Details { output: Some(result.clone()), ..call_details(&task.resource, None) };
                self.record(call.strand, event(&task.resource, CallStep::Succeeded), details);
                self.hand_on(call.strand, &result, task.result_selector.as_ref(), &task.result_path);
            }
            Err(failure) => self.call_failed(call.strand, &task.resource, CallStep::Failed, failure, is_final),
        }
    }

    pub(super) fn call_timed_out(&mut self, id: u64, failure: fn(Option<String>) -> Failure) {
        let Some(call) = self.close(id) else { return };
        call.cancellation.cancel();
        let Some(task) = self.task(call.strand) else { return };
        let (error, cause) = call.timed_out.map_or((None, None), |said| (said.error, said.cause));
        let failure = failure(cause);
        let failure = Failure { error: error.or(failure.error), ..failure };
        self.call_failed(call.strand, &task.resource, CallStep::TimedOut, failure, false);
    }

    fn call_failed(&mut self, strand: StrandId, resource: &Resource, step: CallStep, failure: Failure, is_final: bool) {
        let details =
            Details { error: failure.error.clone(), cause: failure.cause.clone(), ..call_details(resource, None) };
        self.record(strand, event(resource, step), details);
        if is_final {
            self.catch_or_give_up(strand, failure);
        } else {
            self.failed(strand, failure);
        }
    }

    /// Tells a task that its answer is no longer wanted.
    pub(super) fn cancel_call(&mut self, id: u64) {
        if let Some(call) = self.close(id) {
            call.cancellation.cancel();
        }
    }

    fn close(&mut self, id: u64) -> Option<Call> {
        let call = self.calls.remove(&id)?;
        self.clear_timer(call.timeout);
        if let Some((key, _)) = call.heartbeat {
            self.clear_timer(key);
        }
        for key in call.delivery.iter().chain(&call.beats) {
            self.clear_timer(*key);
        }
        if let (Some(token), Some(callbacks)) = (&call.token, self.tasks.callbacks()) {
            callbacks.forget(token);
        }
        Some(call)
    }
}

impl<'e> Engine<'e> {
    fn task(&self, strand: StrandId) -> Option<&'e Task> {
        match &self.state(strand)?.kind {
            StateKind::Task(task) => Some(task),
            _ => None,
        }
    }
}

const fn event(resource: &Resource, step: CallStep) -> EventKind {
    let kind = match resource.kind {
        ResourceKind::Lambda => CallKind::LambdaFunction,
        ResourceKind::Activity => CallKind::Activity,
        ResourceKind::Service { .. } => CallKind::Task,
    };
    EventKind::Call(kind, step)
}

/// Returns the details that say what is called, and with what when it is about to be.
fn call_details(resource: &Resource, input: Option<&Value>) -> Details {
    match &resource.kind {
        ResourceKind::Service { service, action, .. } => Details {
            resource_type: Some(service.clone()),
            resource: Some(action.clone()),
            parameters: input.cloned(),
            ..Details::default()
        },
        ResourceKind::Lambda | ResourceKind::Activity => {
            Details { resource: input.map(|_| resource.arn.clone()), input: input.cloned(), ..Details::default() }
        }
    }
}

/// Returns the failure of a state whose task nothing can carry out.
fn unbound(binding: &Binding<'_>) -> Failure {
    let arn = &binding.resource.arn;
    if binding.resource.kind == ResourceKind::Activity {
        return Failure::runtime(format!("The activity {arn} does not exist."));
    }
    let function = binding.function_name().map(|name| format!(" with function '{name}'")).unwrap_or_default();
    Failure::runtime(format!("Nothing on this machine can carry out the resource '{arn}'{function}."))
}

/// Returns the credentials as the history spells them.
fn credentials(filled: &Value) -> Value {
    json!({"roleArn": filled.get("RoleArn")})
}
