//! Reads the fields of one JSON object and collects what is wrong with them.

use serde_json::{Map, Value};

use super::place::Places;
use crate::machine::Kind;
use crate::number;
use crate::path::{Path, ReferencePath};
use crate::problem::{Problem, Problems, SCHEMA, UNSUPPORTED};
use crate::state::{ResultPlace, Selection};
use crate::template::Template;

/// What reading a definition has found so far.
#[derive(Debug)]
pub(super) struct Reader {
    places: Places,
    problems: Vec<Problem>,
    pub(super) kind: Kind,
}

impl Reader {
    pub(super) const fn new(places: Places, kind: Kind) -> Self {
        Self { places, problems: Vec::new(), kind }
    }

    pub(super) fn line(&self, place: &str) -> Option<usize> {
        self.places.line(place)
    }

    pub(super) fn problem(&mut self, state: Option<&str>, place: &str, code: &'static str, message: String) {
        let location = if place.is_empty() { "/" } else { place };
        self.problems.push(Problem {
            state: state.map(str::to_owned),
            line: self.places.line(place),
            code,
            location: Some(location.to_owned()),
            message,
        });
    }

    /// Reports every key that occurs twice; JSON readers keep the last one, so a whole state could vanish.
    pub(super) fn report_doubles(&mut self) {
        for place in self.places.doubles().to_vec() {
            self.problem(None, &place, SCHEMA, "the key occurs twice in its object".to_owned());
        }
    }

    pub(super) fn finish<T>(mut self, read: Option<T>) -> Result<T, Problems> {
        let places = &self.places;
        self.problems.sort_by_key(|problem| places.order(problem.location.as_deref().unwrap_or_default()));
        match read {
            Some(read) if self.problems.is_empty() => Ok(read),
            _ => Err(Problems(self.problems)),
        }
    }
}

/// The fields of one object, and which of them have been asked for.
pub(super) struct Fields<'r> {
    reader: &'r mut Reader,
    object: &'r Map<String, Value>,
    place: String,
    state: Option<String>,
    known: Vec<&'static str>,
    operators: Vec<String>,
}

impl<'r> Fields<'r> {
    pub(super) const fn new(
        reader: &'r mut Reader,
        object: &'r Map<String, Value>,
        place: String,
        state: Option<String>,
    ) -> Self {
        Self { reader, object, place, state, known: Vec::new(), operators: Vec::new() }
    }

    /// Returns the fields of an object inside this one.
    pub(super) fn inside<'a>(&'a mut self, object: &'a Map<String, Value>, below: &str) -> Fields<'a> {
        let place = format!("{}{below}", self.place);
        Fields {
            reader: self.reader,
            object,
            place,
            state: self.state.clone(),
            known: Vec::new(),
            operators: Vec::new(),
        }
    }

    /// Returns the fields of a state inside this object.
    pub(super) fn inside_state<'a>(
        &'a mut self,
        object: &'a Map<String, Value>,
        below: &str,
        name: &str,
    ) -> Fields<'a> {
        Fields { state: Some(name.to_owned()), ..self.inside(object, below) }
    }

    pub(super) const fn kind(&self) -> Kind {
        self.reader.kind
    }

    /// Reads what belongs to a machine of its own, such as the children of a Distributed Map.
    pub(super) fn as_machine<T>(&mut self, kind: Kind, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.reader.kind, kind);
        let read = read(self);
        self.reader.kind = outer;
        read
    }

    pub(super) fn line(&self) -> Option<usize> {
        self.reader.line(&self.place)
    }

    /// Returns a field and notes that it is known here.
    pub(super) fn take(&mut self, name: &'static str) -> Option<&'r Value> {
        self.known.push(name);
        self.object.get(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &'r String> + use<'r> {
        self.object.keys()
    }

    pub(super) fn know(&mut self, name: &'static str) {
        self.known.push(name);
    }

    pub(super) fn problem(&mut self, code: &'static str, message: String) {
        let (place, state) = (self.place.clone(), self.state.clone());
        self.reader.problem(state.as_deref(), &place, code, message);
    }

    pub(super) fn problem_at(&mut self, field: &str, code: &'static str, message: String) {
        let (place, state) = (format!("{}/{field}", self.place), self.state.clone());
        self.reader.problem(state.as_deref(), &place, code, message);
    }

    /// Reports which of these fields are missing.
    pub(super) fn require(&mut self, names: &[&str]) {
        let missing: Vec<&str> = names.iter().copied().filter(|name| !self.has(name)).collect();
        if !missing.is_empty() {
            self.problem(SCHEMA, format!("These fields are required: [{}]", missing.join(", ")));
        }
    }

    /// Reports that at most one of these fields may be there.
    pub(super) fn exclude(&mut self, names: &[&str]) {
        let found: Vec<&str> = names.iter().copied().filter(|name| self.has(name)).collect();
        if found.len() > 1 {
            self.problem(SCHEMA, format!("Only one of these fields may be there: [{}]", found.join(", ")));
        }
    }

    /// Reports every field that nobody has asked for.
    pub(super) fn refuse_others(mut self) {
        for name in self.keys() {
            if !self.known.contains(&name.as_str())
                && !self.operators.contains(name)
                && name != "Comment"
                && name != "QueryLanguage"
            {
                self.problem_at(name, SCHEMA, format!("Field '{name}' is not supported"));
            }
        }
    }

    /// Reports JSONata; returns whether it was asked for.
    pub(super) fn refuse_jsonata(&mut self) -> bool {
        match self.take("QueryLanguage") {
            None => false,
            Some(Value::String(language)) if language == "JSONPath" => false,
            Some(Value::String(language)) if language == "JSONata" => {
                let message = "QueryLanguage JSONata is not supported, only JSONPath".to_owned();
                self.problem_at("QueryLanguage", UNSUPPORTED, message);
                true
            }
            Some(_) => {
                let message = "QueryLanguage must be 'JSONPath' or 'JSONata'".to_owned();
                self.problem_at("QueryLanguage", SCHEMA, message);
                true
            }
        }
    }

    pub(super) fn optional_text(&mut self, name: &'static str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text.clone()),
            _ => {
                self.problem_at(name, SCHEMA, format!("{name} must be a string"));
                None
            }
        }
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let text = self.optional_text(name)?;
        if text.is_empty() {
            self.problem_at(name, SCHEMA, format!("{name} must not be empty"));
            return None;
        }
        Some(text)
    }

    pub(super) fn optional_whole(&mut self, name: &'static str, fewest: i64) -> Option<u64> {
        let number = self.take(name)?.as_number().and_then(number::whole).filter(|number| *number >= fewest);
        match number.and_then(|number| u64::try_from(number).ok()).filter(|number| *number <= MAX_NUMBER) {
            Some(number) => Some(number),
            None => {
                self.problem_at(name, SCHEMA, format!("{name} must be an integer from {fewest} to {MAX_NUMBER}"));
                None
            }
        }
    }

    pub(super) fn optional_positive(&mut self, name: &'static str) -> Option<u64> {
        self.optional_whole(name, 1)
    }

    pub(super) fn optional_float(&mut self, name: &'static str, from: f64, to: f64) -> Option<f64> {
        let number = self.take(name)?.as_f64().filter(|number| (from..=to).contains(number));
        if number.is_none() {
            let upper = if to.is_finite() { format!(" to {to}") } else { " upwards".to_owned() };
            self.problem_at(name, SCHEMA, format!("{name} must be a number from {from}{upper}"));
        }
        number
    }

    pub(super) fn optional_path(&mut self, name: &'static str) -> Option<Path> {
        let text = self.text(name)?;
        match Path::parse(&text) {
            Ok(path) => Some(path),
            Err(error) => {
                self.problem_at(name, SCHEMA, format!("{name} must be a valid JSONPath: {error}"));
                None
            }
        }
    }

    /// Reads `InputPath` or `OutputPath`.
    pub(super) fn selection(&mut self, name: &'static str) -> Option<Selection> {
        match self.object.get(name) {
            None => {
                self.know(name);
                Path::parse("$").ok().map(Selection::Path)
            }
            Some(Value::Null) => {
                self.know(name);
                Some(Selection::Nothing)
            }
            Some(_) => self.optional_path(name).map(Selection::Path),
        }
    }

    pub(super) fn result_path(&mut self) -> Option<ResultPlace> {
        let text = match self.take("ResultPath") {
            None => "$",
            Some(Value::Null) => return Some(ResultPlace::Discard),
            Some(Value::String(text)) => text,
            Some(_) => {
                self.problem_at("ResultPath", SCHEMA, "ResultPath must be a string or null".to_owned());
                return None;
            }
        };
        match ReferencePath::parse(text) {
            Ok(path) => Some(ResultPlace::At(path)),
            Err(error) => {
                self.problem_at("ResultPath", SCHEMA, format!("ResultPath must be a valid reference path: {error}"));
                None
            }
        }
    }

    pub(super) fn template(&mut self, name: &'static str) -> Option<Template> {
        match Template::parse(self.take(name)?) {
            Ok(template) => Some(template),
            Err(bad) => {
                for bad in bad {
                    self.problem_at(&format!("{name}{}", bad.place), SCHEMA, bad.reason);
                }
                None
            }
        }
    }

    /// Reads a template that must be an object, such as `Assign`.
    pub(super) fn object_template(&mut self, name: &'static str) -> Option<Template> {
        if self.object.get(name).is_some_and(|value| !value.is_object()) {
            self.know(name);
            self.problem_at(name, SCHEMA, format!("{name} must be an object"));
            return None;
        }
        self.template(name)
    }

    pub(super) fn objects(&mut self, name: &'static str) -> Vec<(String, &'r Map<String, Value>)> {
        let Some(value) = self.take(name) else { return Vec::new() };
        let Some(items) = value.as_array() else {
            self.problem_at(name, SCHEMA, format!("{name} must be an array"));
            return Vec::new();
        };
        let mut objects = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match item.as_object() {
                Some(object) => objects.push((format!("/{name}[{index}]"), object)),
                None => self.problem_at(&format!("{name}[{index}]"), SCHEMA, "an object was expected".to_owned()),
            }
        }
        objects
    }

    pub(super) fn object(&mut self, name: &'static str) -> Option<&'r Map<String, Value>> {
        let value = self.take(name)?;
        if !value.is_object() {
            self.problem_at(name, SCHEMA, format!("{name} must be an object"));
        }
        value.as_object()
    }
}

/// The largest whole number a definition may hold. Source: AWS, maximum of `TimeoutSeconds` and `MaxAttempts`.
const MAX_NUMBER: u64 = 99_999_999;

impl<'r> Fields<'r> {
    /// Returns the value of a comparison operator and notes that the field is known.
    pub(super) fn know_operator(&mut self, name: &str) -> Option<&'r Value> {
        self.operators.push(name.to_owned());
        self.object.get(name)
    }
}
