//! Compiles the calls of functions.

use regex_lite::Regex;

use super::compile::{Compiled, Compiler, Context, error, may_be_object};
use super::function::{FUNCTIONS, Function};
use super::op::Op;
use super::scope::ScopeBuilder;
use crate::nearest::meant;
use crate::path::{Expression, Literal, Part, PathError};
use crate::types::{Type, is_date};
use crate::value::Precision;

/// The parts of a call: what it is of, its name, its arguments.
pub(super) type Call<'e> = (&'e Expression, &'e str, &'e [Expression]);

/// Finds a function that takes so many arguments.
fn find(name: &str, count: usize, at: usize) -> Result<Function, PathError> {
    let Some((_, function, least, most)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
        let names = FUNCTIONS.iter().map(|(name, ..)| *name);
        return error(at, format!("unknown function `{name}`{}", meant(name, names)));
    };
    match count {
        _ if (*least..=*most).contains(&count) => Ok(*function),
        _ if least == most => error(at, format!("`{name}` takes {least} arguments, not {count}")),
        _ => error(at, format!("`{name}` takes {least} to {most} arguments, not {count}")),
    }
}

/// Returns the name that an argument is, which names a type.
fn type_name(argument: &Expression) -> Option<String> {
    match &argument.part {
        Part::Member { name, is_first: true, .. } => Some(name.clone()),
        Part::Member { of, name, is_first: false } => Some(format!("{}.{name}", type_name(of)?)),
        Part::Literal(Literal::Text(name)) => Some(name.clone()),
        _ => None,
    }
}

impl Compiler {
    pub(super) fn call(
        &mut self,
        scope: &mut ScopeBuilder,
        context: Context<'_>,
        (of, name, arguments): Call<'_>,
        at: usize,
    ) -> Compiled {
        use Function as F;
        let function = find(name, arguments.len(), at)?;
        let inner = Context { is_date: false, ..context };
        let (first, second) = (arguments.first(), arguments.get(1));
        let op = match (function, first) {
            (F::OfType | F::As | F::Is, Some(argument)) => {
                let Some(name) = type_name(argument) else {
                    return error(argument.at, "the name of a type is missing");
                };
                let kind = self.kind(&name, argument.at)?;
                let of = self.typed(scope, context, of, (function != F::Is).then_some(kind))?;
                match function {
                    F::OfType => Op::OfType { of, kind },
                    F::As => Op::As { of, kind },
                    _ => Op::Is { of, kind },
                }
            }
            (F::Where, Some(condition)) => {
                Op::Where { of: self.expression(scope, context, of)?, body: self.body(context, condition)? }
            }
            (F::Exists, Some(condition)) => {
                Op::Exists { of: self.expression(scope, inner, of)?, body: self.body(context, condition)? }
            }
            (F::All, Some(condition)) => {
                Op::All { of: self.expression(scope, inner, of)?, body: self.body(context, condition)? }
            }
            (F::Iif, Some(condition)) => return self.iif(scope, context, of, (condition, arguments), at),
            (F::Coalesce, Some(_)) => {
                let choices = arguments.iter().map(|argument| self.expression(scope, context, argument));
                Op::Coalesce { choices: choices.collect::<Result<_, _>>()? }
            }
            (F::ReferenceKey, argument) => {
                let kind = match argument {
                    None => Type::UNKNOWN,
                    Some(argument) => {
                        let name = type_name(argument).unwrap_or_default();
                        let kind = self.kind(&name, argument.at)?;
                        if !kind.is_resource() {
                            return error(argument.at, format!("`{name}` is no resource"));
                        }
                        kind
                    }
                };
                Op::ReferenceKey {
                    of: self.expression(scope, inner, of)?,
                    reference: self.names.name("reference"),
                    kind,
                }
            }
            (F::ResourceKey, _) => {
                let of = self.expression(scope, inner, of)?;
                let member =
                    super::op::Member { name: self.names.name("id"), besides: self.names.name("_id"), choices: None };
                Op::Member { of, member }
            }
            (F::Extension, Some(url)) => {
                let (of, url) = (self.expression(scope, inner, of)?, self.expression(scope, inner, url)?);
                Op::Extension { of, url, extension: self.names.name("extension"), url_name: self.names.name("url") }
            }
            (F::LowBoundary | F::HighBoundary, precision) => {
                let is_date = context.is_date || is_named_date(of);
                let precision = precision.map(|precision| self.expression(scope, inner, precision)).transpose()?;
                let of = self.expression(scope, inner, of)?;
                Op::Boundary { of, precision, is_high: function == F::HighBoundary, is_date }
            }
            (F::Today | F::Now, _) => {
                let mut moment = self.as_of;
                if function == F::Today {
                    (moment.precision, moment.has_time, moment.offset) = (Precision::Day, false, None);
                }
                Op::Literal(self.literal(Literal::Moment(moment), at)?)
            }
            (F::First, _) => Op::First { of: self.expression(scope, context, of)? },
            _ => {
                let of = self.expression(scope, if function == F::Single { context } else { inner }, of)?;
                if matches!(function, F::Distinct | F::IsDistinct) && may_be_object(scope, of) {
                    self.names.keep_all();
                }
                let first = first.map(|argument| self.expression(scope, inner, argument)).transpose()?;
                let second = second.map(|argument| self.expression(scope, inner, argument)).transpose()?;
                if let (F::Matches | F::MatchesFull | F::ReplaceMatches, Some(pattern)) = (function, arguments.first())
                {
                    self.pattern(pattern, function)?;
                }
                Op::Call { of, function, first, second }
            }
        };
        self.add(scope, op, at)
    }

    /// Compiles a pattern that is a literal, so that it is wrong before a run and not in it.
    fn pattern(&mut self, pattern: &Expression, function: Function) -> Result<(), PathError> {
        let Part::Literal(Literal::Text(text)) = &pattern.part else { return Ok(()) };
        let id = self.literal(Literal::Text(text.clone()), pattern.at)?;
        match compile_pattern(text, function) {
            Some(compiled) => {
                self.program.patterns.insert((id, function == Function::MatchesFull), compiled);
                Ok(())
            }
            None => error(pattern.at, "a pattern that is no regular expression"),
        }
    }

    fn iif(
        &mut self,
        scope: &mut ScopeBuilder,
        context: Context<'_>,
        of: &Expression,
        (condition, arguments): (&Expression, &[Expression]),
        at: usize,
    ) -> Compiled {
        let inner = Context { is_date: false, ..context };
        let (Some(then), otherwise) = (arguments.get(1), arguments.get(2)) else {
            return error(at, "`iif` takes 2 arguments");
        };
        let op = if matches!(of.part, Part::This) {
            Op::Iif {
                condition: self.expression(scope, inner, condition)?,
                then: self.expression(scope, context, then)?,
                otherwise: otherwise.map(|otherwise| self.expression(scope, context, otherwise)).transpose()?,
            }
        } else {
            Op::IifOn {
                of: self.expression(scope, inner, of)?,
                condition: self.body(context, condition)?,
                then: self.body(context, then)?,
                otherwise: otherwise.map(|otherwise| self.body(context, otherwise)).transpose()?,
            }
        };
        self.add(scope, op, at)
    }
}

/// Compiles a pattern, in which a point stands for ends of lines too.
pub(crate) fn compile_pattern(text: &str, function: Function) -> Option<Regex> {
    let pattern = if function == Function::MatchesFull { format!("(?s)^(?:{text})$") } else { format!("(?s){text}") };
    Regex::new(&pattern).ok()
}

/// Says whether an expression ends with a member that is a date wherever it stands.
fn is_named_date(expression: &Expression) -> bool {
    match &expression.part {
        Part::Member { name, .. } => is_date(name),
        Part::Call { of, .. } | Part::Item { of, .. } => is_named_date(of),
        _ => false,
    }
}
