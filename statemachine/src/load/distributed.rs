//! Reads the fields that only a Distributed Map has.

use super::container::amount;
use super::fields::Fields;
use crate::machine::Kind;
use crate::problem::{SCHEMA, UNSUPPORTED};
use crate::state::container::Amount;
use crate::state::distributed::{
    Csv, Distributed, ItemBatcher, ItemReader, ItemSource, MAX_LABEL_CHARACTERS, ResultWriter, Transformation,
    is_label_letter,
};

/// The fields that an inline Map does not have.
const FIELDS: [&str; 4] = ["ItemReader", "ItemBatcher", "ResultWriter", "Label"];

/// What stands between `arn:aws` and the action of a reader or writer.
const S3: &str = ":states:::s3:";

/// How a Map runs its items, as `ProcessorConfig` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Inline,
    Distributed(Kind),
}

/// Reads `ProcessorConfig` from the fields of a processor.
pub(super) fn mode(processor: &mut Fields<'_>) -> Mode {
    let Some(object) = processor.object("ProcessorConfig") else { return Mode::Inline };
    let mut fields = processor.inside(object, "/ProcessorConfig");
    let mode = fields.choice("Mode", &["INLINE", "DISTRIBUTED"]);
    let kind = match fields.choice("ExecutionType", &["STANDARD", "EXPRESS"]) {
        Some("EXPRESS") => Kind::Express,
        _ => Kind::Standard,
    };
    fields.refuse_others();
    if mode == Some("DISTRIBUTED") { Mode::Distributed(kind) } else { Mode::Inline }
}

/// Reads the fields of a Distributed Map, or reports those that an inline one has none the less.
pub(super) fn read(fields: &mut Fields<'_>, mode: Mode) -> Option<Distributed> {
    let Mode::Distributed(execution_type) = mode else {
        for name in FIELDS {
            fields.know(name);
            if fields.has(name) {
                let message = format!("Field '{name}' is only for a Map whose ProcessorConfig has Mode DISTRIBUTED");
                fields.problem_at(name, SCHEMA, message);
            }
        }
        return None;
    };
    if fields.kind() == Kind::Express {
        fields.problem(SCHEMA, "Express state machine does not support a Map with Mode DISTRIBUTED".to_owned());
    }
    Some(Distributed {
        execution_type,
        label: label(fields),
        reader: reader(fields),
        batcher: batcher(fields),
        writer: writer(fields),
    })
}

fn label(fields: &mut Fields<'_>) -> Option<String> {
    let label = fields.text("Label")?;
    if label.chars().count() > MAX_LABEL_CHARACTERS || !label.chars().all(is_label_letter) {
        let message = format!("Label must have 1 to {MAX_LABEL_CHARACTERS} characters, none of them special");
        fields.problem_at("Label", SCHEMA, message);
    }
    Some(label)
}

fn reader(fields: &mut Fields<'_>) -> Option<ItemReader> {
    let object = fields.object("ItemReader")?;
    let mut fields = fields.inside(object, "/ItemReader");
    fields.require(&["Resource"]);
    let resource = fields.text("Resource").unwrap_or_default();
    let lists = match resource.split_once(S3).map(|(_, action)| action) {
        Some("getObject") => false,
        Some("listObjectsV2") => true,
        _ => {
            let message = format!("Resource must be 'arn:aws{S3}getObject' or 'arn:aws{S3}listObjectsV2'");
            fields.problem_at("Resource", SCHEMA, message);
            false
        }
    };
    let parameters = fields.object_template("Parameters");
    let none = serde_json::Map::new();
    let config = fields.object("ReaderConfig");
    let mut config = fields.inside(config.unwrap_or(&none), "/ReaderConfig");
    let source = source(&mut config, lists);
    let max_items = amount(&mut config, "MaxItems", "MaxItemsPath", f64::INFINITY);
    config.refuse_others();
    fields.refuse_others();
    Some(ItemReader { source: source?, parameters, max_items })
}

fn source(config: &mut Fields<'_>, lists: bool) -> Option<ItemSource> {
    let kind = config.choice("InputType", &["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"]);
    let header = config.choice("CSVHeaderLocation", &["FIRST_ROW", "GIVEN"]);
    let headers = config.texts("CSVHeaders");
    let delimiter = match config.choice("CSVDelimiter", &["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]) {
        Some("PIPE") => b'|',
        Some("SEMICOLON") => b';',
        Some("SPACE") => b' ',
        Some("TAB") => b'\t',
        _ => b',',
    };
    let pointer = config.optional_text("ItemsPointer");
    if config.choice("ManifestType", &["ATHENA_DATA", "S3_INVENTORY"]) == Some("ATHENA_DATA") {
        config.problem_at("ManifestType", UNSUPPORTED, "ManifestType ATHENA_DATA is not supported".to_owned());
    }
    if config.choice("Transformation", &["NONE", "LOAD_AND_FLATTEN"]) == Some("LOAD_AND_FLATTEN") {
        let message = "Transformation LOAD_AND_FLATTEN is not supported".to_owned();
        config.problem_at("Transformation", UNSUPPORTED, message);
    }
    if lists {
        return Some(ItemSource::List);
    }
    match kind {
        Some("JSON") => Some(ItemSource::Json { pointer }),
        Some("JSONL") => Some(ItemSource::JsonLines),
        Some("MANIFEST") => Some(ItemSource::Manifest),
        Some("CSV") => {
            config.require(&["CSVHeaderLocation"]);
            let is_given = header == Some("GIVEN");
            if is_given {
                config.require(&["CSVHeaders"]);
            }
            Some(ItemSource::Csv(Csv { headers: headers.filter(|_| is_given), delimiter }))
        }
        Some(_) => {
            config.problem_at("InputType", UNSUPPORTED, "InputType PARQUET is not supported".to_owned());
            None
        }
        None => {
            config.require(&["InputType"]);
            None
        }
    }
}

fn batcher(fields: &mut Fields<'_>) -> Option<ItemBatcher> {
    let object = fields.object("ItemBatcher")?;
    let mut fields = fields.inside(object, "/ItemBatcher");
    let max_items = amount(&mut fields, "MaxItemsPerBatch", "MaxItemsPerBatchPath", f64::INFINITY);
    let max_bytes = amount(&mut fields, "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath", f64::INFINITY);
    let input = fields.object_template("BatchInput");
    for (name, amount) in [("MaxItemsPerBatch", &max_items), ("MaxInputBytesPerBatch", &max_bytes)] {
        if matches!(amount, Some(Amount::Fixed(number)) if *number < 1.0) {
            fields.problem_at(name, SCHEMA, format!("{name} must be at least 1"));
        }
    }
    if max_items.is_none() && max_bytes.is_none() {
        let message = "One of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch]".to_owned();
        fields.problem(SCHEMA, message);
    }
    fields.refuse_others();
    Some(ItemBatcher { max_items, max_bytes, input })
}

fn writer(fields: &mut Fields<'_>) -> Option<ResultWriter> {
    let object = fields.object("ResultWriter")?;
    let mut fields = fields.inside(object, "/ResultWriter");
    let resource = fields.optional_text("Resource");
    if resource.as_deref().is_some_and(|arn| !arn.ends_with(&format!("{S3}putObject"))) {
        fields.problem_at("Resource", SCHEMA, format!("Resource must be 'arn:aws{S3}putObject'"));
    }
    let parameters = fields.object_template("Parameters");
    if resource.is_some() {
        fields.require(&["Parameters"]);
    }
    let none = serde_json::Map::new();
    let config = fields.object("WriterConfig");
    if resource.is_none() && config.is_none() {
        fields.problem(SCHEMA, "One of these fields is required: [Resource, WriterConfig]".to_owned());
    }
    let mut config = fields.inside(config.unwrap_or(&none), "/WriterConfig");
    let transformation = match config.choice("Transformation", &["NONE", "COMPACT", "FLATTEN"]) {
        Some("COMPACT") => Transformation::Compact,
        Some("FLATTEN") => Transformation::Flatten,
        Some(_) => Transformation::None,
        None if resource.is_some() => Transformation::None,
        None => Transformation::Compact,
    };
    let is_lines = config.choice("OutputType", &["JSON", "JSONL"]) == Some("JSONL");
    config.refuse_others();
    fields.refuse_others();
    Some(ResultWriter { target: parameters.filter(|_| resource.is_some()), transformation, is_lines })
}

impl Fields<'_> {
    /// Reads a field that must be one of these words.
    fn choice(&mut self, name: &'static str, words: &[&'static str]) -> Option<&'static str> {
        let given = self.optional_text(name)?;
        let word = words.iter().copied().find(|word| *word == given);
        if word.is_none() {
            self.problem_at(name, SCHEMA, format!("{name} must be one of [{}]", words.join(", ")));
        }
        word
    }

    /// Reads a field that must be an array of strings.
    fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let value = self.take(name)?;
        let texts: Option<Vec<String>> =
            value.as_array().and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
        if texts.is_none() {
            self.problem_at(name, SCHEMA, format!("{name} must be an array of strings"));
        }
        texts
    }
}
