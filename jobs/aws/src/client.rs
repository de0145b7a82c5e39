//! The clients of AWS that the store and the ledger use.

use std::future::Future;
use std::io;

use aws_config::SdkConfig;
use carelake_aws_client::{AwsError, Calls};
use tokio::runtime::Handle;

/// The clients of AWS. Cloning is cheap and shares connections.
#[derive(Debug, Clone)]
pub struct Aws {
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    calls: Calls,
}

impl Aws {
    /// Reads credentials, region and endpoint as every AWS program does: from the environment, profiles or the instance.
    ///
    /// # Errors
    /// [`AwsError`] when threads cannot be started. Credentials are looked for when the first call is made.
    pub fn load() -> Result<Self, AwsError> {
        Ok(Self::of(Calls::load()?))
    }

    /// Takes a configuration that was made elsewhere.
    ///
    /// # Errors
    /// [`AwsError`] when threads cannot be started.
    pub fn from_config(config: &SdkConfig) -> Result<Self, AwsError> {
        Ok(Self::of(Calls::from_config(config)?))
    }

    fn of(calls: Calls) -> Self {
        Self {
            s3: aws_sdk_s3::Client::new(calls.config()),
            dynamodb: aws_sdk_dynamodb::Client::new(calls.config()),
            calls,
        }
    }

    /// Returns what clients of other services are made from; their calls are waited for with [`Aws::wait`].
    #[must_use]
    pub fn config(&self) -> &SdkConfig {
        self.calls.config()
    }

    /// Waits for a future on behalf of a caller that blocks, from whatever thread.
    ///
    /// # Errors
    /// [`io::Error`] when a thread that is needed cannot be started.
    pub fn wait<T: Send>(&self, future: impl Future<Output = T> + Send) -> io::Result<T> {
        self.calls.wait(future)
    }

    /// Returns the runtime, for work that goes on while the caller does something else.
    pub(crate) fn handle(&self) -> &Handle {
        self.calls.handle()
    }
}
