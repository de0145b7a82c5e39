//! Secrets that AWS Secrets Manager keeps, beside those of the machine.

use carelake_core::ErrorKind;
use carelake_core::config::Secret;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{MachineSecrets, Secrets};

use crate::client::Aws;
use crate::failure;

/// Fetches secrets of this account. Each is asked for anew, so that one that was rotated counts at once.
#[derive(Debug, Clone)]
pub struct AwsSecrets {
    aws: Aws,
    client: aws_sdk_secretsmanager::Client,
}

impl AwsSecrets {
    /// Takes the clients.
    #[must_use]
    pub fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone(), client: aws_sdk_secretsmanager::Client::new(aws.config()) }
    }

    fn ask(&self, name: &str) -> Result<String, Failure> {
        let asked = self.client.get_secret_value().secret_id(name).send();
        let answered = self.aws.wait(asked).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
        let answer = answered.map_err(|error| {
            let failure = failure::Failure::of(&error);
            let kind = if failure.is_uncertain() { ErrorKind::UNAVAILABLE } else { ErrorKind::REFUSED };
            Failure::new(kind, format!("secret {name}: {failure}"))
        })?;
        let text = answer.secret_string().map(str::to_owned);
        text.ok_or_else(|| Failure::new(ErrorKind::INVALID_CONFIG, format!("secret {name} is no text")))
    }
}

impl Secrets for AwsSecrets {
    fn reveal(&self, secret: &Secret) -> Result<String, Failure> {
        match secret {
            Secret::SecretsManager(name) => self.ask(name),
            Secret::Env(_) | Secret::File(_) => MachineSecrets.reveal(secret),
        }
    }
}
