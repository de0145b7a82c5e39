//! Calls AWS for callers that block: what clients of services are made from, and the runtime that drives them. It has no client of any
//! service, so that whoever needs one brings that one and no other.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use tokio::runtime::{Builder, Handle, Runtime};

/// How often the SDK tries a call that fails in a way that may pass: throttling, 5xx, a connection that breaks.
const ATTEMPTS: u32 = 6;
/// The longest wait of the SDK between two attempts. With the first at most 1 s and doubling, 6 attempts wait at most 25 s.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take to begin. Completing an upload of many parts is the slowest call.
const ANSWER: Duration = Duration::from_secs(120);
/// Threads of the runtime: one can wait for the disk or compute a checksum while the other serves connections.
const THREADS: usize = 2;

/// Why AWS cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the threads that talk to AWS")]
pub struct AwsError {
    #[from]
    source: io::Error,
}

/// What clients of AWS are made from, and what waits for their calls. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Calls {
    config: SdkConfig,
    driver: Arc<Driver>,
}

impl Calls {
    /// Reads credentials, region and endpoint as every AWS program does: from the environment, profiles or the instance.
    ///
    /// # Errors
    /// [`AwsError`] when threads cannot be started. Credentials are looked for when the first call is made.
    pub fn load() -> Result<Self, AwsError> {
        let driver = Driver::start()?;
        let config = driver.wait(
            aws_config::defaults(BehaviorVersion::v2026_01_12())
                .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_WAIT))
                .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build())
                .load(),
        )?;
        Ok(Self { config, driver: Arc::new(driver) })
    }

    /// Takes a configuration that was made elsewhere.
    ///
    /// # Errors
    /// [`AwsError`] when threads cannot be started.
    pub fn from_config(config: &SdkConfig) -> Result<Self, AwsError> {
        Ok(Self { config: config.clone(), driver: Arc::new(Driver::start()?) })
    }

    /// Returns what clients of services are made from; their calls are waited for with [`Calls::wait`].
    #[must_use]
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Waits for a future on behalf of a caller that blocks, from whatever thread.
    ///
    /// # Errors
    /// [`io::Error`] when a thread that is needed cannot be started.
    pub fn wait<T: Send>(&self, future: impl Future<Output = T> + Send) -> io::Result<T> {
        self.driver.wait(future)
    }

    /// Returns the runtime, for work that goes on while the caller does something else.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.driver.handle
    }
}

/// A runtime of our own, so that nothing depends on which thread calls.
#[derive(Debug)]
struct Driver {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Driver {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(THREADS).thread_name("aws").enable_all().build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    fn wait<T: Send>(&self, future: impl Future<Output = T> + Send) -> io::Result<T> {
        if Handle::try_current().is_err() {
            return Ok(self.handle.block_on(future));
        }
        // Waiting on a thread that drives futures, as a Lambda handler does, panics; a plain thread may wait for it.
        thread::scope(|scope| {
            let waiting = thread::Builder::new().spawn_scoped(scope, || self.handle.block_on(future))?;
            waiting.join().map_err(|_| io::Error::other("the call to AWS panicked"))
        })
    }
}

impl Drop for Driver {
    /// Does not wait for the threads: that would panic when the last clone is dropped on a thread that drives futures.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_works_on_a_plain_thread_and_inside_any_runtime() {
        let driver = Driver::start().unwrap();
        let sleep = || async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            7
        };
        assert_eq!(driver.wait(sleep()).unwrap(), 7);
        for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            let outer = builder.enable_all().build().unwrap();
            assert_eq!(outer.block_on(async { driver.wait(sleep()).unwrap() }), 7);
        }
        let outer = Builder::new_current_thread().build().unwrap();
        outer.block_on(async move { drop(driver) });
    }
}
