//! Expressions compiled: names looked up, equal parts made once, so that what several columns begin with is found once for a resource.

mod call;
mod compile;
mod dispatch;
mod function;
mod op;
mod program;
mod scope;

pub(crate) use call::compile_pattern;
pub(crate) use compile::{Compiler, Context};
pub(crate) use dispatch::Dispatch;
pub(crate) use function::{Conversion, Function};
pub(crate) use op::{BodyId, LiteralId, Member, Op, OpId};
pub(crate) use program::{Body, Choice, Program, Scope, StepKind, When};
pub(crate) use scope::ScopeBuilder;
