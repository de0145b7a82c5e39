//! What an expression may look at beside its data: the context object and the variables.

use std::collections::BTreeMap;

use serde_json::Value;

/// Variables by name. A branch of Parallel or Map starts with a copy of its parent's and never changes the parent's.
pub type Variables = BTreeMap<String, Value>;

/// The surroundings of an evaluation.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The context object, `$$`.
    pub context: &'a Value,
    /// The variables, `$name`.
    pub variables: &'a Variables,
}
