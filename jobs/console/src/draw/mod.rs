//! Pages as HTML.

mod bits;
mod cell;
mod chart;
mod comparison;
mod filters;
pub(crate) mod graph;
pub(crate) mod links;
mod marks;
pub(crate) mod number;
mod page;

pub(crate) use cell::sentence;
pub(crate) use links::Links;
pub(crate) use page::{Frame, NavItem, Refused, Shown, bare, document, page};
