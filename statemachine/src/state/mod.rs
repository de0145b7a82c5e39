//! The trusted form of a definition: typed states that can only be made by loading a definition without mistakes.
//!
//! One file per concern; how a state runs is in `run`, how it is read in `load`.

pub mod choice;
pub mod container;
pub mod distributed;
pub mod handler;
pub mod task;
pub mod wait;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::choice::Choice;
use self::container::{Map, Parallel};
use self::task::Task;
use self::wait::Wait;
use crate::failure::Failure;
use crate::path::{Path, ReferencePath};
use crate::scope::Scope;
use crate::template::Template;

/// The states of a machine, of a branch or of a Map's processor.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// The name of the first state.
    pub start_at: String,
    /// The names in the order of the text.
    pub order: Vec<String>,
    /// The states by name.
    pub states: BTreeMap<String, State>,
}

/// One state.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Its name.
    pub name: String,
    /// What its author says about it.
    pub comment: Option<String>,
    /// The line of the definition it starts on.
    pub line: Option<usize>,
    /// What of its input it works on.
    pub input_path: Selection,
    /// What of its output it hands on.
    pub output_path: Selection,
    /// The variables it sets when it succeeds.
    pub assign: Option<Template>,
    /// Where it goes; a Choice goes where its rules say instead.
    pub transition: Transition,
    /// What it does.
    pub kind: StateKind,
}

/// Where a state goes when it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// To this state.
    Next(String),
    /// Nowhere: its output is the result of the flow.
    End,
}

/// What a state does.
#[derive(Debug, Clone, PartialEq)]
pub enum StateKind {
    /// Calls something outside.
    Task(Box<Task>),
    /// Hands on or makes data.
    Pass(Box<Pass>),
    /// Picks the next state.
    Choice(Box<Choice>),
    /// Lets time go by.
    Wait(Wait),
    /// Ends the flow well.
    Succeed,
    /// Ends the flow with an error.
    Fail(Fail),
    /// Runs several flows at once.
    Parallel(Box<Parallel>),
    /// Runs one flow per item.
    Map(Box<Map>),
}

/// `InputPath` or `OutputPath`.
#[derive(Debug, Clone, PartialEq)]
pub enum Selection {
    /// What the path names.
    Path(Path),
    /// `null`: an empty object.
    Nothing,
}

/// `ResultPath`.
#[derive(Debug, Clone, PartialEq)]
pub enum ResultPlace {
    /// The result goes here in the input.
    At(ReferencePath),
    /// `null`: the result is dropped and the input handed on.
    Discard,
}

/// The fields of a Pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Pass {
    /// Replaces the input.
    pub parameters: Option<Template>,
    /// A fixed result.
    pub result: Option<Value>,
    /// Where the result goes.
    pub result_path: ResultPlace,
}

/// The fields of a Fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Fail {
    /// The error name.
    pub error: Option<Words>,
    /// The cause.
    pub cause: Option<Words>,
}

/// A text that stands in the definition or is computed when the state runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Words {
    /// The text itself.
    Fixed(String),
    /// What the path names.
    Path(Path),
    /// What the intrinsic function answers.
    Call(crate::intrinsic::Call),
}

impl Selection {
    /// Returns the selected part.
    pub(crate) fn of(&self, data: &Value, scope: &Scope<'_>) -> Result<Value, Failure> {
        match self {
            Self::Path(path) => path.find(data, scope).map_err(|missing| Failure::runtime(missing.to_string())),
            Self::Nothing => Ok(json!({})),
        }
    }
}

impl ResultPlace {
    /// Returns the input with the result in its place.
    pub(crate) fn put(&self, input: &Value, result: Value) -> Result<Value, Failure> {
        match self {
            Self::Discard => Ok(input.clone()),
            Self::At(place) => place
                .put(input.clone(), result)
                .map_err(|reason| Failure::new("States.ResultPathMatchFailure", format!("{reason} {input}"))),
        }
    }
}

impl StateKind {
    /// Returns AWS's name of the type.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Task(_) => "Task",
            Self::Pass(_) => "Pass",
            Self::Choice(_) => "Choice",
            Self::Wait(_) => "Wait",
            Self::Succeed => "Succeed",
            Self::Fail(_) => "Fail",
            Self::Parallel(_) => "Parallel",
            Self::Map(_) => "Map",
        }
    }
}

impl State {
    /// Returns the Retry and Catch of the state; only Task, Parallel and Map have any.
    #[must_use]
    pub fn handlers(&self) -> Option<&handler::Handlers> {
        match &self.kind {
            StateKind::Task(task) => Some(&task.handlers),
            StateKind::Parallel(parallel) => Some(&parallel.handlers),
            StateKind::Map(map) => Some(&map.handlers),
            _ => None,
        }
    }

    /// Returns the flows inside the state: the branches of a Parallel, the processor of a Map.
    #[must_use]
    pub fn inner_flows(&self) -> Vec<&Flow> {
        match &self.kind {
            StateKind::Parallel(parallel) => parallel.branches.iter().collect(),
            StateKind::Map(map) => vec![&map.processor],
            _ => Vec::new(),
        }
    }
}

impl Flow {
    /// Returns the states in the order of the text.
    pub fn in_order(&self) -> impl Iterator<Item = &State> {
        self.order.iter().filter_map(|name| self.states.get(name))
    }

    /// Returns every state, those of inner flows right after the state they are in.
    #[must_use]
    pub fn all_states(&self) -> Vec<&State> {
        self.in_order()
            .flat_map(|state| {
                let inner = state.inner_flows().into_iter().flat_map(Self::all_states);
                std::iter::once(state).chain(inner).collect::<Vec<_>>()
            })
            .collect()
    }
}
