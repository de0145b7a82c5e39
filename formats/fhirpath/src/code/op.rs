//! The operations that expressions are compiled to.

use super::function::Function;
use crate::json::Name;
use crate::path::Operator;
use crate::types::Type;

/// The number of an operation in its scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct OpId(pub(crate) u16);

/// The number of a literal or constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LiteralId(pub(crate) u16);

/// The number of an expression that is judged for each item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BodyId(pub(crate) u16);

/// A member that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Member {
    pub(crate) name: Name,
    /// The name of what belongs to a primitive, but its value: `_name`.
    pub(crate) besides: Name,
    /// The list of names that it may have instead, since it may be of several types.
    pub(crate) choices: Option<u16>,
}

/// One operation. Those that it works on were made before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Empty,
    /// What the scope is about.
    Focus,
    Resource,
    RowIndex,
    Index,
    Literal(LiteralId),
    Member {
        of: OpId,
        member: Member,
    },
    Item {
        of: OpId,
        item: OpId,
    },
    First {
        of: OpId,
    },
    OfType {
        of: OpId,
        kind: Type,
    },
    /// `is`.
    Is {
        of: OpId,
        kind: Type,
    },
    /// `as`: as `ofType`, of one item.
    As {
        of: OpId,
        kind: Type,
    },
    Where {
        of: OpId,
        body: BodyId,
    },
    Exists {
        of: OpId,
        body: BodyId,
    },
    All {
        of: OpId,
        body: BodyId,
    },
    /// `iif` of an item: the condition and both branches are judged on it.
    IifOn {
        of: OpId,
        condition: BodyId,
        then: BodyId,
        otherwise: Option<BodyId>,
    },
    Iif {
        condition: OpId,
        then: OpId,
        otherwise: Option<OpId>,
    },
    Coalesce {
        choices: Vec<OpId>,
    },
    ReferenceKey {
        of: OpId,
        reference: Name,
        kind: Type,
    },
    Extension {
        of: OpId,
        url: OpId,
        extension: Name,
        url_name: Name,
    },
    Boundary {
        of: OpId,
        precision: Option<OpId>,
        is_high: bool,
        is_date: bool,
    },
    Call {
        of: OpId,
        function: Function,
        first: Option<OpId>,
        second: Option<OpId>,
    },
    Sign {
        of: OpId,
        is_minus: bool,
    },
    Binary {
        left: OpId,
        operator: Operator,
        right: OpId,
    },
}
