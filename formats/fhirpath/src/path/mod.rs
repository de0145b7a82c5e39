//! FHIRPath as it is written: tokens, and the tree of an expression. What its names mean is looked up later.

mod lexer;
mod parser;
mod tree;

pub(crate) use parser::parse;
pub(crate) use tree::{Expression, Literal, Operator, Part, PathError};
