//! What the deployment tells a function through its environment.

use carelake_core::ErrorKind;
use carelake_core::config::Location;
use carelake_pipeline::pipeline::Failure;

/// Where a function finds its lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `CARELAKE_ENV`: the environment of the configuration.
    pub name: String,
    /// `CARELAKE_FUNCTION`: which function of its room the process is.
    pub function: String,
    /// `CARELAKE_CONFIG`: bucket and key of the configuration.
    pub config: (String, String),
    /// `CARELAKE_LEDGER_TABLE`: the table of the ledger.
    pub ledger_table: String,
    /// `CARELAKE_GLUE_DATABASE`: the database of the catalog; without one no tables are kept.
    pub glue_database: Option<String>,
    /// `CARELAKE_KMS_KEY`: the key to encrypt with; without one the default of the bucket holds.
    pub kms_key: Option<String>,
    /// What a container is to do; `None` in a Lambda function.
    pub task: Option<ContainerTask>,
}

/// A task of the state machine that waits for its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerTask {
    /// `CARELAKE_TASK`: the payload, as a Lambda function would get it.
    pub payload: String,
    /// `CARELAKE_TASK_TOKEN`: what the answer is sent with.
    pub token: String,
}

/// A variable that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// A variable is missing.
    #[error("the variable {0} is not set; deploy the stack again")]
    Missing(&'static str),
    /// The configuration is not an object of S3.
    #[error("the variable CARELAKE_CONFIG must be s3://bucket/key")]
    Config,
}

impl From<EnvironmentError> for Failure {
    fn from(error: EnvironmentError) -> Self {
        Self::new(ErrorKind::INVALID_CONFIG, error.to_string())
    }
}

impl Environment {
    /// Reads the variables that `get` answers.
    ///
    /// # Errors
    /// [`EnvironmentError`] for the first that is missing or wrong.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let given = |name: &str| get(name).filter(|value| !value.is_empty());
        let wanted = |name: &'static str| given(name).ok_or(EnvironmentError::Missing(name));
        let config = match Location::parse(&wanted("CARELAKE_CONFIG")?, std::path::Path::new("/")) {
            Ok(Location::S3 { bucket, prefix: key }) if !key.is_empty() => (bucket, key),
            _ => return Err(EnvironmentError::Config),
        };
        let task = match given("CARELAKE_TASK") {
            Some(payload) => Some(ContainerTask { payload, token: wanted("CARELAKE_TASK_TOKEN")? }),
            None => None,
        };
        Ok(Self {
            name: wanted("CARELAKE_ENV")?,
            function: wanted("CARELAKE_FUNCTION")?,
            config,
            ledger_table: wanted("CARELAKE_LEDGER_TABLE")?,
            glue_database: given("CARELAKE_GLUE_DATABASE"),
            kms_key: given("CARELAKE_KMS_KEY"),
            task,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: [(&str, &str); 4] = [
        ("CARELAKE_ENV", "dev"),
        ("CARELAKE_FUNCTION", "plan"),
        ("CARELAKE_CONFIG", "s3://curated/_carelake/pipeline_config.yaml"),
        ("CARELAKE_LEDGER_TABLE", "carelake-dev-ledger"),
    ];

    fn with(more: &[(&str, &str)], without: &str) -> Result<Environment, EnvironmentError> {
        let all: Vec<_> = SET.iter().chain(more).copied().filter(|(name, _)| *name != without).collect();
        Environment::read(|name| {
            all.iter().rev().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_is_missing_is_named_and_what_may_be_missing_is_none() {
        let read = with(&[("CARELAKE_KMS_KEY", "")], "").unwrap();
        assert_eq!(read.config, ("curated".to_owned(), "_carelake/pipeline_config.yaml".to_owned()));
        assert_eq!((read.kms_key, read.glue_database, read.task), (None, None, None));
        for (name, _) in SET {
            assert_eq!(with(&[], name), Err(EnvironmentError::Missing(name)));
        }
        for config in ["./pipeline_config.yaml", "s3://curated", "https://example.org/x"] {
            assert_eq!(with(&[("CARELAKE_CONFIG", config)], ""), Err(EnvironmentError::Config));
        }
        let token = with(&[("CARELAKE_TASK", "{}")], "");
        assert_eq!(token, Err(EnvironmentError::Missing("CARELAKE_TASK_TOKEN")));
    }
}
