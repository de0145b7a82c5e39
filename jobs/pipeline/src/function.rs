//! What a function is: its name, what carries it out, what it is asked and answers, and what it needs where it is deployed.

use carelake_core::ErrorKind;
use carelake_core::config::Environment;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::context::Context;
use super::http::Http;
use super::pipeline::Failure;
use super::place;
use super::schedule::Calendar;
use carelake_tabular::job::Dataset;

/// A function of a room. One machine binds those of all rooms by their names, AWS runs each as a Lambda function or as a
/// container; neither adds to what it does.
#[derive(Clone, Copy)]
pub struct Function {
    /// Words with underscores between, unique over all rooms, such as `hl7_receive`.
    pub name: &'static str,
    /// What it does, as a sentence without its full stop.
    pub description: &'static str,
    /// What carries it out, and what calls it.
    pub handler: Handler,
    /// What it is asked.
    pub payload: Form,
    /// What it answers.
    pub answer: Form,
    /// What it may read and write.
    pub needs: &'static [Need],
    /// The memory and disk that it gets.
    pub size: Size,
    /// Seconds after which Lambda stops it.
    pub timeout_secs: u32,
    /// Whether it reaches systems that are not of AWS, so that it runs in the subnets of its environment.
    pub network: bool,
}

/// What carries a function out, and what calls it.
#[derive(Clone, Copy)]
pub enum Handler {
    /// A state of a definition calls it.
    Task(&'static dyn Task),
    /// A schedule calls it, with an empty object.
    Schedule(&'static dyn Task, fn(&Environment) -> Option<Calendar>),
    /// AWS calls it with several messages at once, as it sends them. It answers which of them are to be tried again.
    Batch(BatchSource, &'static dyn Task),
    /// An action of a page calls it, and no definition does.
    Action(&'static dyn Task),
    /// Requests to its routes are answered by it. `payload` and `answer` of its function stand for nothing then.
    Http(&'static dyn Http),
}

/// Where the messages of a batch come from. They come by a queue of the function's own; what fails for good is left in the queue
/// of its dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchSource {
    /// Whoever is allowed sends to the queue: a definition knows it as `${…Queue}`.
    Queue,
    /// Objects that arrive among the function's own inputs.
    Inputs,
    /// Pointers that move, of the publications that its room listens to.
    Publications,
    /// What the other functions of its room could not take: their queues of dead letters. It has no queue of its own.
    DeadLetters,
}

/// Something to do with a payload.
pub trait Task: Sync {
    /// Carries it out.
    ///
    /// # Errors
    /// [`Failure`], whose name the definition retries and catches.
    fn call(&self, context: &Context<'_>, payload: &Value) -> Result<Value, Failure>;

    /// Returns the datasets that the configuration is held against before the call.
    fn datasets(&self) -> &[Dataset] {
        &[]
    }
}

impl<F: Fn(&Context<'_>, &Value) -> Result<Value, Failure> + Sync> Task for F {
    fn call(&self, context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
        self(context, payload)
    }
}

/// The type of a payload or an answer.
#[derive(Clone, Copy)]
pub struct Form {
    read: fn(&Value) -> Result<Value, serde_json::Error>,
}

impl Form {
    /// Takes what is read as this type.
    #[must_use]
    pub const fn of<T: DeserializeOwned + Serialize>() -> Self {
        Self { read: |value| serde_json::to_value(serde_json::from_value::<T>(value.clone())?) }
    }

    /// Returns what the type holds of a value, so that a definition can be told what nobody reads.
    ///
    /// # Errors
    /// [`serde_json::Error`] when the value is not of this type.
    pub fn read(&self, value: &Value) -> Result<Value, serde_json::Error> {
        (self.read)(value)
    }
}

/// Something that a function reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Need {
    /// Where it is.
    pub place: Place,
    /// Which part of it.
    pub part: Part,
    /// What is done with it.
    pub access: Access,
}

impl Need {
    /// Reads a part of a place.
    #[must_use]
    pub const fn read(place: Place, part: Part) -> Self {
        Self { place, part, access: Access::Read }
    }

    /// Reads and writes a part of a place.
    #[must_use]
    pub const fn write(place: Place, part: Part) -> Self {
        Self { place, part, access: Access::Write }
    }
}

/// A place of the environment, or a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Where the inputs are.
    Input,
    /// Where publications are, and what runs keep of themselves.
    Output,
    /// Where refused rows are.
    Rejects,
    /// The ledger.
    Ledger,
    /// The tables of the catalog.
    Tables,
    /// Executions of the definitions of the room, or of all rooms: their histories are read, and they are started.
    Executions,
    /// The secrets that the room's section of the configuration names.
    Secrets,
    /// What DynamoDB says of the tables of this account, in the regions where the room's section has a source.
    DynamodbCatalog,
    /// The items of these tables.
    DynamodbItems,
    /// Exports of these tables, which are started and asked after.
    DynamodbExports,
}

/// A part of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All of it.
    All,
    /// What bears the name of the function's dataset or of its room: the first word of publications, of tables of rows, of
    /// claims and of identities.
    Own,
    /// What the sources of the monthly run are read from: what the names of their files and archives begin with.
    Sources,
    /// Every publication.
    Publications,
    /// What is said of publications and runs, and no row: every file of JSON.
    Facts,
    /// What runs are: their entries in the ledger, their reports in the output.
    Runs,
    /// When it was made.
    Age,
    /// Letters about what failed for good, which all rooms keep together.
    Letters,
    /// Who did what.
    Audit,
    /// Who was told what, and who has seen it.
    Notices,
    /// What is handed over: from one step of a room to the next, below `_handed` of what bears its name; of the inputs, to other
    /// rooms, into the folders that the room's section of the configuration names.
    Handed,
}

/// What is done with a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Listed and read.
    Read,
    /// Listed, read, created, replaced and deleted.
    Write,
}

/// The memory and disk that a function gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// These, in MiB.
    Fixed {
        /// Memory.
        memory_mib: u32,
        /// Disk for what is unpacked.
        scratch_mib: u32,
    },
    /// A container of these, in MiB, where the environment has a network for containers; else the largest function there is.
    Container {
        /// Memory.
        memory_mib: u32,
        /// Disk for what is unpacked.
        scratch_mib: u32,
    },
    /// What the configuration says of the dataset of the function's name.
    OfDataset,
}

/// What a function gets that plans, looks or reports.
pub const SMALL: Size = Size::Fixed { memory_mib: 512, scratch_mib: 512 };

/// Wraps an answer as a state machine gets it from whatever carries the function out.
#[must_use]
pub fn answered(answer: Value) -> Value {
    json!({ "Payload": answer })
}

impl Function {
    /// Returns what carries it out when it is called with a payload; what answers HTTP refuses that.
    #[must_use]
    pub const fn task(&self) -> &'static dyn Task {
        match self.handler {
            Handler::Task(task) | Handler::Schedule(task, _) | Handler::Batch(_, task) | Handler::Action(task) => task,
            Handler::Http(_) => &refuse,
        }
    }

    /// Returns what answers its routes, if it has any.
    #[must_use]
    pub const fn http(&self) -> Option<&'static dyn Http> {
        match self.handler {
            Handler::Http(http) => Some(http),
            Handler::Task(_) | Handler::Schedule(..) | Handler::Batch(..) | Handler::Action(_) => None,
        }
    }

    /// Returns what stands for it in a definition, between `${` and `}`.
    #[must_use]
    pub fn placeholder(&self) -> String {
        place::placeholder(self.name)
    }

    /// Returns what stands in a definition for the queue that its batches come from, between `${` and `}`.
    #[must_use]
    pub fn queue_placeholder(&self) -> String {
        place::queue_placeholder(self.name)
    }

    /// Returns what its Lambda function is called behind the name of the environment: `hl7-receive` in `carelake-dev-hl7-receive`.
    #[must_use]
    pub fn suffix(&self) -> String {
        self.name.replace('_', "-")
    }
}

fn refuse(_context: &Context<'_>, _payload: &Value) -> Result<Value, Failure> {
    let reason = "this function answers requests to its routes; nothing else can call it";
    Err(Failure::new(ErrorKind::INTERNAL, reason))
}
