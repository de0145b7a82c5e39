//! The tree of an expression.

use thiserror::Error;

use crate::value::{Clock, Decimal, Moment};

/// What is wrong with an expression, and where: the place counts its characters from 1.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what} at character {at}")]
pub(crate) struct PathError {
    pub(crate) what: String,
    pub(crate) at: usize,
}

/// An operator between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    Multiply,
    Divide,
    DivideWhole,
    Remainder,
    Add,
    Subtract,
    Concatenate,
    Union,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    In,
    Contains,
    And,
    Or,
    Xor,
    Implies,
}

/// What stands for itself.
#[derive(Debug, Clone)]
pub(crate) enum Literal {
    Boolean(bool),
    Integer(i64),
    Decimal(Decimal),
    Text(String),
    Moment(Moment),
    Clock(Clock),
}

/// An expression with its place.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    pub(crate) at: usize,
    pub(crate) part: Part,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// `{}`.
    Empty,
    Literal(Literal),
    /// `$this`, and what a path begins from that names nothing before it.
    This,
    /// `$index`.
    Index,
    /// `%name`.
    Outside(String),
    /// `of.name`, or `name`: a member, or a type at the beginning.
    Member {
        of: Box<Expression>,
        name: String,
        is_first: bool,
    },
    /// `of.name(arguments)`.
    Call {
        of: Box<Expression>,
        name: String,
        arguments: Vec<Expression>,
    },
    /// `of[at]`.
    Item {
        of: Box<Expression>,
        item: Box<Expression>,
    },
    /// `-of`, `+of`.
    Sign {
        of: Box<Expression>,
        is_minus: bool,
    },
    /// `of is Type`, `of as Type`.
    Type {
        of: Box<Expression>,
        name: String,
        name_at: usize,
        is_cast: bool,
    },
    Binary {
        left: Box<Expression>,
        operator: Operator,
        right: Box<Expression>,
    },
}
