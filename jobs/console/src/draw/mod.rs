//! Pages as HTML.

mod cell;
mod chart;
pub(crate) mod graph;
pub(crate) mod links;
pub(crate) mod number;
mod page;

pub(crate) use cell::sentence;
pub(crate) use links::Links;
pub(crate) use page::{Frame, NavItem, Shown, bare, document, page};
