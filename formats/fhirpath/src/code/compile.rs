//! Compiles an expression into operations.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::op::{BodyId, LiteralId, Member, Op, OpId};
use super::program::{Body, Choice, Program};
use super::scope::ScopeBuilder;
use crate::json::NamesBuilder;
use crate::nearest::meant;
use crate::path::{Expression, Literal, Operator, Part, PathError};
use crate::types::{Type, is_choice, suffix};
use crate::value::{Moment, Precision};

/// What an expression may name besides what is in a resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'c> {
    pub(crate) constants: &'c HashMap<String, LiteralId>,
    /// Whether the outermost value was declared a date, so that no time belongs to it.
    pub(crate) is_date: bool,
}

/// Gathers what all expressions use.
#[derive(Debug)]
pub(crate) struct Compiler {
    pub(crate) names: NamesBuilder,
    pub(crate) program: Program,
    /// The moment that `now()` means.
    pub(super) as_of: Moment,
    literals: HashMap<String, LiteralId>,
    choices: HashMap<String, u16>,
    bodies: HashMap<String, BodyId>,
}

pub(super) type Compiled = Result<OpId, PathError>;

pub(super) fn error<T>(at: usize, what: impl Into<String>) -> Result<T, PathError> {
    Err(PathError { what: what.into(), at })
}

impl Compiler {
    pub(crate) fn new(as_of: Timestamp) -> Self {
        let mut names = NamesBuilder::default();
        let program = Program { resource_type: names.name("resourceType"), ..Program::default() };
        let at = as_of.to_zoned(TimeZone::UTC).datetime();
        let part = |number: i8| u32::try_from(number).unwrap_or_default();
        let as_of = Moment {
            year: i32::from(at.year()),
            month: part(at.month()),
            day: part(at.day()),
            hour: part(at.hour()),
            minute: part(at.minute()),
            second: part(at.second()),
            nanos: u32::try_from(at.subsec_nanosecond()).unwrap_or_default(),
            digits: 3,
            precision: Precision::Second,
            offset: Some(0),
            has_time: true,
        };
        let (literals, choices, bodies) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { names, program, as_of, literals, choices, bodies }
    }

    /// Returns the number of a literal.
    pub(crate) fn literal(&mut self, literal: Literal, at: usize) -> Result<LiteralId, PathError> {
        let key = format!("{literal:?}");
        if let Some(id) = self.literals.get(&key) {
            return Ok(*id);
        }
        let Ok(number) = u16::try_from(self.program.literals.len()) else { return error(at, "too many literals") };
        self.program.literals.push(literal);
        self.literals.insert(key, LiteralId(number));
        Ok(LiteralId(number))
    }

    pub(super) fn add(&self, scope: &mut ScopeBuilder, op: Op, at: usize) -> Compiled {
        scope.add(op).ok_or_else(|| PathError { what: "views with too many different paths".to_owned(), at })
    }

    /// Compiles an expression into a scope.
    pub(crate) fn expression(
        &mut self,
        scope: &mut ScopeBuilder,
        context: Context<'_>,
        expression: &Expression,
    ) -> Compiled {
        let at = expression.at;
        let inner = Context { is_date: false, ..context };
        let op = match &expression.part {
            Part::Empty => Op::Empty,
            Part::This => Op::Focus,
            Part::Index => Op::Index,
            Part::Literal(literal) => Op::Literal(self.literal(literal.clone(), at)?),
            Part::Outside(name) => match (name.as_str(), context.constants.get(name)) {
                (_, Some(id)) => Op::Literal(*id),
                ("rowIndex", None) => Op::RowIndex,
                ("resource" | "rootResource", None) => Op::Resource,
                (_, None) => {
                    let known = context.constants.keys().map(String::as_str).chain(["rowIndex", "resource"]);
                    return error(at, format!("unknown constant `%{name}`{}", meant(name, known)));
                }
            },
            Part::Member { of, name, is_first } => {
                if *is_first && let Some(kind) = Type::find(name).filter(|kind| kind.is_resource()) {
                    let of = self.add(scope, Op::Focus, at)?;
                    Op::OfType { of, kind }
                } else {
                    let of = self.expression(scope, inner, of)?;
                    Op::Member { of, member: self.member(name, None) }
                }
            }
            Part::Item { of, item } => {
                let (of, item) = (self.expression(scope, context, of)?, self.expression(scope, inner, item)?);
                Op::Item { of, item }
            }
            Part::Sign { of, is_minus } => Op::Sign { of: self.expression(scope, inner, of)?, is_minus: *is_minus },
            Part::Type { of, name, name_at, is_cast } => {
                let kind = self.kind(name, *name_at)?;
                let of = self.typed(scope, context, of, is_cast.then_some(kind))?;
                if *is_cast { Op::As { of, kind } } else { Op::Is { of, kind } }
            }
            Part::Binary { left, operator, right } => {
                let left = self.expression(scope, inner, left)?;
                let right = self.expression(scope, inner, right)?;
                if compares(*operator) && may_be_object(scope, left) && may_be_object(scope, right) {
                    self.names.keep_all();
                }
                Op::Binary { left, operator: *operator, right }
            }
            Part::Call { of, name, arguments } => return self.call(scope, context, (of, name, arguments), at),
        };
        self.add(scope, op, at)
    }

    /// Compiles what is judged for each item.
    pub(crate) fn body(&mut self, context: Context<'_>, expression: &Expression) -> Result<BodyId, PathError> {
        let mut scope = ScopeBuilder::default();
        let root = self.expression(&mut scope, Context { is_date: false, ..context }, expression)?;
        let body = Body { scope: scope.finish(&self.program.choices), root };
        let key = format!("{:?} {root:?}", body.scope.ops);
        if let Some(id) = self.bodies.get(&key) {
            return Ok(*id);
        }
        let Ok(number) = u16::try_from(self.program.bodies.len()) else {
            return error(expression.at, "too many conditions");
        };
        self.program.bodies.push(body);
        self.bodies.insert(key, BodyId(number));
        Ok(BodyId(number))
    }

    /// Compiles what is asked to be of a type: a member whose name says its type is found by that name.
    pub(super) fn typed(
        &mut self,
        scope: &mut ScopeBuilder,
        context: Context<'_>,
        of: &Expression,
        kind: Option<Type>,
    ) -> Compiled {
        match (&of.part, kind) {
            (Part::Member { of: before, name, is_first: _ }, Some(kind)) => {
                let before = self.expression(scope, Context { is_date: false, ..context }, before)?;
                let member = self.member(name, Some(kind));
                self.add(scope, Op::Member { of: before, member }, of.at)
            }
            _ => self.expression(scope, context, of),
        }
    }

    /// Returns the names of a member. One that may be of several types has those of all of them, or of the one that is asked for.
    fn member(&mut self, name: &str, kind: Option<Type>) -> Member {
        let choices = match kind {
            Some(kind) if !kind.is_resource() => Some(self.choices(name, &[(kind, suffix(kind.name()))])),
            None if is_choice(name) => Some(self.choices(name, &Type::suffixes().collect::<Vec<_>>())),
            _ => None,
        };
        Member { name: self.names.name(name), besides: self.names.name(&format!("_{name}")), choices }
    }

    fn choices(&mut self, name: &str, kinds: &[(Type, String)]) -> u16 {
        let only = if let [(_, only)] = kinds { only.as_str() } else { "" };
        let key = format!("{name} {only}");
        if let Some(number) = self.choices.get(&key) {
            return *number;
        }
        let choice = |(kind, suffix): &(Type, String)| Choice {
            name: self.names.name(&format!("{name}{suffix}")),
            besides: self.names.name(&format!("_{name}{suffix}")),
            kind: *kind,
        };
        let mut choices: Vec<Choice> = kinds.iter().map(choice).collect();
        choices.sort_by_key(|choice| choice.name);
        let number = u16::try_from(self.program.choices.len()).unwrap_or(u16::MAX);
        self.program.choices.push(choices);
        self.choices.insert(key, number);
        number
    }

    pub(super) fn kind(&self, name: &str, at: usize) -> Result<Type, PathError> {
        Type::find(name).ok_or_else(|| {
            let meant = Type::nearest(name).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            PathError { what: format!("unknown type `{name}`{meant}"), at }
        })
    }
}

fn compares(operator: Operator) -> bool {
    use Operator::{Contains, Equal, Equivalent, In, NotEqual, NotEquivalent, Union};
    matches!(operator, Equal | NotEqual | Equivalent | NotEquivalent | In | Contains | Union)
}

/// Says whether a value may be an object, as far as it is known without a resource.
pub(super) fn may_be_object(scope: &ScopeBuilder, id: OpId) -> bool {
    match scope.op(id) {
        Op::Focus | Op::Resource | Op::Member { .. } | Op::Where { .. } | Op::IifOn { .. } | Op::Extension { .. } => {
            true
        }
        Op::Item { of, .. } | Op::First { of } => may_be_object(scope, *of),
        Op::OfType { of, kind } | Op::As { of, kind } => !kind.is_primitive() && may_be_object(scope, *of),
        Op::Iif { .. } | Op::Coalesce { .. } => true,
        Op::Binary { operator, left, right } => {
            *operator == Operator::Union && (may_be_object(scope, *left) || may_be_object(scope, *right))
        }
        Op::Call { of, function, .. } => {
            use super::function::Function::{Distinct, Last, Single, Skip, Tail, Take};
            matches!(function, Distinct | Last | Single | Skip | Tail | Take) && may_be_object(scope, *of)
        }
        _ => false,
    }
}
