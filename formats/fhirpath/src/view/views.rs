//! Views, compiled together.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use jiff::Timestamp;

use super::constants::constants;
use super::definition::{Definition, definition};
use super::error::{Problems, ViewError};
use super::kind::Kind;
use super::members::Object;
use super::plan::{Planner, SelectPlan};
use super::select::Declared;
use crate::code::{Compiler, OpId, Program, Scope, ScopeBuilder};
use crate::json::{Names, Reader};

/// A ViewDefinition as it was given.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// What errors call it.
    pub file: &'s str,
    /// Its JSON.
    pub text: &'s [u8],
}

/// What views are compiled with.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// What `now()` is, and `today()` the day of.
    pub as_of: Timestamp,
}

/// A column of a view.
#[derive(Debug, Clone)]
pub struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) is_collection: bool,
}

impl Column {
    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its type in Arrow.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        let item = self.kind.data_type();
        if self.is_collection { DataType::List(Arc::new(Field::new_list_field(item, true))) } else { item }
    }
}

/// A view, compiled.
#[derive(Debug)]
pub struct View {
    name: String,
    resource_type: String,
    columns: Vec<Column>,
    schema: SchemaRef,
    pub(crate) conditions: Vec<OpId>,
    pub(crate) plan: SelectPlan,
}

impl View {
    /// Returns its name, which is that of its file if it says none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the type of the resources that it is of.
    #[must_use]
    pub fn resource_type(&self) -> &str {
        &self.resource_type
    }

    /// Returns its columns in their order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the schema of its rows; every column may be null.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

/// The views of one type of resource, and the operations that they share.
#[derive(Debug, Default)]
pub(crate) struct OfType {
    pub(crate) scope: Scope,
    pub(crate) views: Vec<usize>,
}

/// Views, compiled together, so that a line is read once for all of them.
#[derive(Debug)]
pub struct Views {
    names: Arc<Names>,
    views: Vec<View>,
    pub(crate) program: Program,
    pub(crate) types: BTreeMap<String, OfType>,
}

impl Views {
    /// Reads, checks and compiles views.
    ///
    /// # Errors
    /// Everything that is wrong with any of them: members, names, types, expressions, columns that are there twice, branches of a union
    /// that differ, two views of one name.
    pub fn compile(sources: &[Source<'_>], settings: Settings) -> Result<Self, Vec<ViewError>> {
        let mut compiler = Compiler::new(settings.as_of);
        let mut scopes: BTreeMap<String, (ScopeBuilder, Vec<usize>)> = BTreeMap::new();
        let (mut views, mut errors, mut names) = (Vec::new(), Vec::new(), HashSet::new());
        for source in sources {
            let mut problems = Problems { file: source.file, found: Vec::new() };
            let view = read(source, &mut compiler, &mut scopes, &mut problems);
            if let Some(view) = view {
                if !names.insert(view.name.clone()) {
                    problems.push("name", format!("a second view `{}`", view.name));
                }
                if let Some((_, of_type)) = scopes.get_mut(&view.resource_type) {
                    of_type.push(views.len());
                }
                views.push(view);
            }
            if compiler.names.is_full() {
                problems.push("", "the views ask for more than 32,767 different members");
            }
            errors.append(&mut problems.found);
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let choices = &compiler.program.choices;
        let of_type = |(name, (scope, views)): (String, (ScopeBuilder, _))| {
            (name, OfType { scope: scope.finish(choices), views })
        };
        let types = scopes.into_iter().map(of_type).collect();
        Ok(Self { names: Arc::new(compiler.names.finish()), views, program: compiler.program, types })
    }

    /// Returns the names of the members that the views ask for.
    #[must_use]
    pub fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// Returns the views in the order in which they were given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &View> {
        self.views.iter()
    }

    /// Returns the view at a place in their order.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&View> {
        self.views.get(index)
    }
}

/// Reads and compiles one view; nothing if too much of it is missing for a plan.
fn read(
    source: &Source<'_>,
    compiler: &mut Compiler,
    scopes: &mut BTreeMap<String, (ScopeBuilder, Vec<usize>)>,
    problems: &mut Problems<'_>,
) -> Option<View> {
    let mut reader = Reader::whole();
    let object = match reader.read(source.text) {
        Ok(resource) => Object { node: resource.root(), place: String::new() },
        Err(error) => {
            problems.push("", error.to_string().replace("the line", "it"));
            return None;
        }
    };
    let constants = constants(&object, compiler, problems);
    let definition = definition(&object, problems)?;
    let (scope, _) = scopes.entry(definition.resource.clone()).or_default();
    let mut planner = Planner { compiler, constants: &constants, problems };
    let conditions = definition.conditions.iter();
    let conditions = conditions.map(|(path, place)| planner.expression(scope, path, place, false)).collect();
    let (plan, declared) = planner.select(scope, &definition.select);
    check_columns(&declared, planner.problems);
    Some(view(&definition, &declared, conditions, plan))
}

fn check_columns(declared: &[&Declared], problems: &mut Problems<'_>) {
    if declared.is_empty() {
        problems.push("select", "has no column");
    }
    let mut names = HashSet::new();
    for column in declared {
        if !names.insert(&column.name) {
            problems.push(&column.place, format!("a second column `{}`", column.name));
        }
    }
}

fn view(definition: &Definition, declared: &[&Declared], conditions: Vec<OpId>, plan: SelectPlan) -> View {
    let column = |declared: &&Declared| Column {
        name: declared.name.clone(),
        kind: declared.kind,
        is_collection: declared.is_collection,
    };
    let columns: Vec<Column> = declared.iter().map(column).collect();
    let fields = columns.iter().map(|column| Field::new(&column.name, column.data_type(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let (name, resource_type) = (definition.name.clone(), definition.resource.clone());
    View { name, resource_type, columns, schema, conditions, plan }
}
