//! A trained model as JSON.

use serde_json::{Map, Value, json};

use super::trained::Trained;
use crate::config::Matcher;
use crate::model::{FLOOR, Weight};

impl Trained {
    /// Returns the model as it is kept, with how it came about; `inputs` says of which runs and files.
    ///
    /// # Shape
    /// What [`crate::model::Model::read`] takes, and `trained: {how, inputs, iterations, log_likelihood, records, taken, found}` and `warnings`.
    #[must_use]
    pub fn to_json(&self, matcher: &Matcher, inputs: Value) -> Value {
        let mut fields = Map::new();
        let mut how = Map::new();
        for ((field, weights), from) in matcher.fields.iter().zip(&self.model.weights).zip(&self.how) {
            let level = |(level, weight): (&&str, &Weight)| {
                let weight = match weight {
                    Weight::Bits(bits) => json!(bits),
                    Weight::Shares { m, u } => json!([m, u]),
                };
                ((*level).to_owned(), weight)
            };
            let levels: Map<String, Value> = field.kind.levels().iter().zip(weights).map(level).collect();
            fields.insert(field.name.clone(), levels.into());
            how.insert(field.name.clone(), from.to_string().into());
        }
        let warnings: Vec<String> = self.warnings.iter().map(ToString::to_string).collect();
        json!({
            "prior": self.prior,
            "floor": FLOOR,
            "fields": fields,
            "trained": {
                "how": how,
                "inputs": inputs,
                "iterations": self.iterations,
                "log_likelihood": self.log_likelihood,
                "records": self.records,
                "taken": self.taken,
                "found": self.found,
            },
            "warnings": warnings,
        })
    }
}
