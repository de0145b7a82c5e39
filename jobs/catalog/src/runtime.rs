//! A small tokio runtime of our own, so that the synchronous jobs can wait for calls.

use std::future::Future;

use crate::error::CatalogError;

/// A runtime with one thread, which keeps connections alive between calls.
#[derive(Debug)]
pub(crate) struct Runtime(Option<tokio::runtime::Runtime>);

impl Runtime {
    pub(crate) fn start() -> Result<Self, CatalogError> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("glue").enable_all().build();
        Ok(Self(Some(runtime.map_err(CatalogError::Runtime)?)))
    }

    /// Waits for a future. To be called from a thread that is not itself driving futures.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = Result<T, CatalogError>>) -> Result<T, CatalogError> {
        match &self.0 {
            Some(runtime) => runtime.block_on(future),
            None => Err(CatalogError::Runtime(std::io::Error::other("it was shut down"))),
        }
    }
}

impl Drop for Runtime {
    /// Does not wait for the thread: dropping a runtime that waits panics where futures are being driven.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
