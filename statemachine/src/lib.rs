//! Runs an Amazon States Language state machine on one machine, as AWS Step Functions would.

mod clock;
mod failure;
mod history;
mod intrinsic;
mod load;
mod machine;
mod mock;
mod moment;
mod number;
mod observer;
mod path;
mod problem;
mod random;
pub mod replay;
mod run;
mod scope;
pub mod state;
mod substitute;
mod tasks;
mod template;
mod test_state;

pub use clock::{Clock, RealClock, VirtualClock};
pub use failure::{Failure, MAX_PAYLOAD_BYTES};
pub use history::{CallKind, CallStep, Details, Event, EventKind};
pub use intrinsic::Call;
pub use machine::{Kind, Machine};
pub use mock::{Mock, MockError};
pub use observer::{Notice, Observer, Silent};
pub use path::{NoSuchPath, Path, PathSyntax, ReferencePath, Root};
pub use problem::{Problem, Problems};
pub use run::{Abort, Execution, ExecutionContext, Outcome, Status, execute};
pub use scope::{Scope, Variables};
pub use substitute::substitute;
pub use tasks::{Answer, Binding, Cancellation, Heart, Scripted, TaskCall, TaskError, Tasks};
pub use template::Template;
pub use test_state::{StateTest, StateTested, test_state, test_state_of};
