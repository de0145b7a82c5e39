//! One visit to a state: enter, work, hand on the result, or deal with a failure.

use serde_json::{Map, Value, json};

use super::context;
use super::engine::{Engine, Step, Timer};
use super::strand::{Rank, Stage, StrandId, Visit};
use crate::failure::{Failure, MAX_PAYLOAD_BYTES, size_bytes};
use crate::history::{Details, EventKind};
use crate::observer::{DataStep, Notice};
use crate::scope::Scope;
use crate::state::choice::Choice;
use crate::state::handler::RetryCounts;
use crate::state::{Fail, Pass, ResultPlace, State, StateKind, Transition, Words};
use crate::template::{Template, call_failed, not_found};

/// What evaluations of a strand see, kept apart from the engine so that both can be used at once.
pub(super) struct Surroundings {
    context: Value,
    variables: crate::scope::Variables,
}

impl Surroundings {
    pub(super) const fn scope(&self) -> Scope<'_> {
        Scope { context: &self.context, variables: &self.variables }
    }
}

/// What came of a state's work.
enum Worked {
    /// It has a result for its input.
    Result { result: Value, place: ResultPlace },
    /// It hands its input on and goes to a state of its choice.
    Chosen { next: String, assign: Option<Template> },
    /// It hands its input on.
    Through,
    /// It goes on when something else has happened.
    Later,
}

impl<'e> Engine<'e> {
    pub(super) fn enter(&mut self, strand: StrandId, name: &str, input: Value) {
        let now = self.clock.now();
        let Some(entered) = self.strands.get_mut(strand) else { return };
        let Some(state) = entered.flow.states.get(name) else { return };
        entered.visit = Some(Visit {
            state,
            input: input.clone(),
            entered_id: 0,
            entered_at: now,
            counts: RetryCounts::default(),
            retries: 0,
            of: None,
            token: None,
            stage: Stage::Working,
        });
        self.show(strand, DataStep::Input, || input.clone());
        let kind = EventKind::StateEntered(state.kind.name());
        let id = self.record(strand, kind, Details { input: Some(input), ..Details::default() });
        if let Some(visit) = self.visit_mut(strand) {
            visit.entered_id = id;
        }
        self.work(strand);
    }

    pub(super) fn work(&mut self, strand: StrandId) {
        let Some(state) = self.state(strand) else { return };
        self.set_stage(strand, Stage::Working);
        match self.try_work(strand, state) {
            Ok(Worked::Later) => {}
            Ok(Worked::Through) => self.pass_through(strand),
            Ok(Worked::Chosen { next, assign }) => self.leave_through(strand, assign.as_ref(), Some(next)),
            Ok(Worked::Result { result, place }) => self.hand_on(strand, &result, None, &place),
            Err(failure) => self.failed_here(strand, failure),
        }
    }

    fn try_work(&mut self, strand: StrandId, state: &'e State) -> Result<Worked, Failure> {
        match &state.kind {
            StateKind::Pass(pass) => self.pass(strand, pass),
            StateKind::Choice(choice) => self.choose(strand, choice),
            StateKind::Succeed => Ok(Worked::Through),
            StateKind::Fail(fail) => self.fail(strand, fail).map(|()| Worked::Later),
            StateKind::Wait(wait) => {
                let data = self.effective_input(strand)?;
                let surroundings = self.surroundings(strand);
                let until = wait.until(self.clock.now(), &data, &surroundings.scope())?;
                if until <= self.clock.now() {
                    return Ok(Worked::Through);
                }
                let key = self.set_timer_at(until, Rank::First, Timer::Awake(strand));
                self.set_stage(strand, Stage::Sleeping(key));
                Ok(Worked::Later)
            }
            StateKind::Task(task) => self.call(strand, task).map(|()| Worked::Later),
            StateKind::Parallel(parallel) => self.split(strand, parallel).map(|()| Worked::Later),
            StateKind::Map(map) => self.spread(strand, map).map(|()| Worked::Later),
        }
    }

    fn pass(&mut self, strand: StrandId, pass: &Pass) -> Result<Worked, Failure> {
        let result = match &pass.result {
            Some(result) => {
                self.show(strand, DataStep::Result, || result.clone());
                result.clone()
            }
            None => {
                let data = self.effective_input(strand)?;
                self.parameters(strand, pass.parameters.as_ref(), data)?
            }
        };
        Ok(Worked::Result { result, place: pass.result_path.clone() })
    }

    fn choose(&mut self, strand: StrandId, choice: &Choice) -> Result<Worked, Failure> {
        let data = self.effective_input(strand)?;
        let surroundings = self.surroundings(strand);
        for rule in &choice.rules {
            if rule.test.holds(&data, &surroundings.scope())? {
                return Ok(Worked::Chosen { next: rule.next.clone(), assign: rule.assign.clone() });
            }
        }
        let assign = self.state(strand).and_then(|state| state.assign.clone());
        match &choice.default {
            Some(default) => Ok(Worked::Chosen { next: default.clone(), assign }),
            None => Err(Failure::new("States.NoChoiceMatched", "No choice rule matched and there is no Default.")),
        }
    }

    fn fail(&mut self, strand: StrandId, fail: &Fail) -> Result<(), Failure> {
        let error = self.words(strand, fail.error.as_ref(), "ErrorPath")?;
        let cause = self.words(strand, fail.cause.as_ref(), "CausePath")?;
        self.strand_failed(strand, Failure { error, cause });
        Ok(())
    }

    fn words(&mut self, strand: StrandId, words: Option<&Words>, field: &str) -> Result<Option<String>, Failure> {
        let Some(words) = words else { return Ok(None) };
        let data = self.input(strand);
        let surroundings = self.surroundings(strand);
        let value = match words {
            Words::Fixed(text) => return Ok(Some(text.clone())),
            Words::Path(path) => path
                .find(&data, &surroundings.scope())
                .map_err(|_| not_found(path, field, &data, &surroundings.scope()))?,
            Words::Call(call) => call
                .evaluate(&data, &surroundings.scope(), &mut self.random)
                .map_err(|failure| call_failed(failure, field, &data, &surroundings.scope()))?,
        };
        match value {
            Value::String(text) => Ok(Some(text)),
            other => Err(Failure::runtime(format!("The value of the field '{field}' is not a string: {other}"))),
        }
    }

    /// Leaves a state that hands its input on.
    pub(super) fn pass_through(&mut self, strand: StrandId) {
        let assign = self.state(strand).and_then(|state| state.assign.as_ref());
        self.leave_through(strand, assign, None);
    }

    fn leave_through(&mut self, strand: StrandId, assign: Option<&Template>, next: Option<String>) {
        let left = self.effective_input(strand).and_then(|data| {
            let assigned = self.assigned(strand, assign, &data)?;
            let output = self.selected_output(strand, &data)?;
            Ok((output, assigned))
        });
        match left {
            Ok((output, assigned)) => self.leave(strand, output, assigned, next),
            Err(failure) => self.failed_here(strand, failure),
        }
    }

    /// Hands on a result: ResultSelector, Assign, ResultPath, OutputPath, in this order.
    pub(super) fn hand_on(
        &mut self,
        strand: StrandId,
        result: &Value,
        selector: Option<&Template>,
        place: &ResultPlace,
    ) {
        match self.try_hand_on(strand, result, selector, place) {
            Ok((output, assigned)) => self.leave(strand, output, assigned, None),
            Err(failure) => self.failed_here(strand, failure),
        }
    }

    fn try_hand_on(
        &mut self,
        strand: StrandId,
        result: &Value,
        selector: Option<&Template>,
        place: &ResultPlace,
    ) -> Result<(Value, Option<Value>), Failure> {
        let selected = self.filled(strand, selector, result.clone())?;
        self.show(strand, DataStep::AfterResultSelector, || selected.clone());
        let assign = self.state(strand).and_then(|state| state.assign.as_ref());
        let assigned = self.assigned(strand, assign, &selected)?;
        let placed = place.put(&self.input(strand), selected)?;
        self.show(strand, DataStep::AfterResultPath, || placed.clone());
        let output = self.selected_output(strand, &placed)?;
        Ok((output, assigned))
    }

    fn selected_output(&mut self, strand: StrandId, data: &Value) -> Result<Value, Failure> {
        let Some(state) = self.state(strand) else { return Ok(data.clone()) };
        let surroundings = self.surroundings(strand);
        let output = state.output_path.of(data, &surroundings.scope())?;
        if size_bytes(&output) > MAX_PAYLOAD_BYTES {
            return Err(Failure::too_large(&state.name));
        }
        Ok(output)
    }

    pub(super) fn assigned(
        &mut self,
        strand: StrandId,
        assign: Option<&Template>,
        data: &Value,
    ) -> Result<Option<Value>, Failure> {
        match assign {
            None => Ok(None),
            Some(assign) => self.filled(strand, Some(assign), data.clone()).map(Some),
        }
    }

    /// Leaves the state for the next one, or for the end of the flow.
    pub(super) fn leave(&mut self, strand: StrandId, output: Value, assigned: Option<Value>, next: Option<String>) {
        let Some(state) = self.state(strand) else { return };
        if let (Some(strand), Some(Value::Object(assigned))) = (self.strands.get_mut(strand), &assigned) {
            strand.variables.extend(assigned.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        if assigned.is_some() {
            let variables = self.surroundings(strand).variables;
            self.show(strand, DataStep::Variables, || json!(variables));
        }
        let details = Details { output: Some(output.clone()), assigned, ..Details::default() };
        self.record(strand, EventKind::StateExited(state.kind.name()), details);
        let next = next.or_else(|| match &state.transition {
            Transition::Next(next) => Some(next.clone()),
            Transition::End => None,
        });
        self.notice(&Notice::Left { state: &state.name, output: &output, next: next.as_deref() });
        match next {
            Some(next) => self.go_on(strand, Step::Enter(next, output)),
            None => self.go_on(strand, Step::End(output)),
        }
    }

    /// Returns the state's input after InputPath, and shows it.
    pub(super) fn effective_input(&mut self, strand: StrandId) -> Result<Value, Failure> {
        let data = self.selected_input(strand)?;
        self.show(strand, DataStep::AfterInputPath, || data.clone());
        Ok(data)
    }

    /// Returns the state's input after InputPath.
    pub(super) fn selected_input(&self, strand: StrandId) -> Result<Value, Failure> {
        let Some(state) = self.state(strand) else { return Ok(Value::Null) };
        state.input_path.of(&self.input(strand), &self.surroundings(strand).scope())
    }

    /// Returns `Parameters` filled in, and shows it.
    pub(super) fn parameters(
        &mut self,
        strand: StrandId,
        template: Option<&Template>,
        data: Value,
    ) -> Result<Value, Failure> {
        let filled = self.filled(strand, template, data)?;
        self.show(strand, DataStep::AfterParameters, || filled.clone());
        Ok(filled)
    }

    /// Shows an observer who wants to see it what a state's data are after a step.
    pub(super) fn show(&mut self, strand: StrandId, step: DataStep, data: impl FnOnce() -> Value) {
        if let Some(state) = self.state(strand).filter(|_| self.is_inspected()) {
            self.notice(&Notice::Data { state: &state.name, step, data: &data() });
        }
    }

    /// Returns a template filled in, or the data when there is no template.
    pub(super) fn filled(
        &mut self,
        strand: StrandId,
        template: Option<&Template>,
        data: Value,
    ) -> Result<Value, Failure> {
        let Some(template) = template else { return Ok(data) };
        let surroundings = self.surroundings(strand);
        template.fill(&data, &surroundings.scope(), &mut self.random)
    }

    pub(super) fn surroundings(&self, strand: StrandId) -> Surroundings {
        let empty = Map::new();
        let base = self.log_of(strand).map_or(&empty, |log| &log.context);
        let strand = self.strands.get(strand);
        Surroundings {
            context: context::of(
                base,
                self.is_context_whole,
                strand.and_then(|strand| strand.item.as_ref()),
                strand.and_then(|strand| strand.visit.as_ref()),
            ),
            variables: strand.map(|strand| strand.variables.clone()).unwrap_or_default(),
        }
    }

    pub(super) fn state(&self, strand: StrandId) -> Option<&'e State> {
        Some(self.strands.get(strand)?.visit.as_ref()?.state)
    }

    pub(super) fn input(&self, strand: StrandId) -> Value {
        let visit = self.strands.get(strand).and_then(|strand| strand.visit.as_ref());
        visit.map(|visit| visit.input.clone()).unwrap_or_default()
    }

    pub(super) fn visit_mut(&mut self, strand: StrandId) -> Option<&mut Visit<'e>> {
        self.strands.get_mut(strand)?.visit.as_mut()
    }

    pub(super) fn set_stage(&mut self, strand: StrandId, stage: Stage<'e>) {
        if let Some(visit) = self.visit_mut(strand) {
            visit.stage = stage;
        }
    }
}
