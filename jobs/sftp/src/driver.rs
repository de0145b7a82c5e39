//! The runtime that drives a connection for callers that block.

use std::future::Future;
use std::io;
use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};

/// A runtime of our own, so that nothing depends on which thread calls.
#[derive(Debug)]
pub(crate) struct Driver {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Driver {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("sftp").enable_all().build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Waits for a future, from whatever thread.
    pub(crate) fn wait<T: Send>(&self, future: impl Future<Output = T> + Send) -> io::Result<T> {
        if Handle::try_current().is_err() {
            return Ok(self.handle.block_on(future));
        }
        // Waiting on a thread that drives futures panics; a plain thread may wait for it.
        thread::scope(|scope| {
            let waiting = thread::Builder::new().spawn_scoped(scope, || self.handle.block_on(future))?;
            waiting.join().map_err(|_| io::Error::other("the thread that waits panicked"))
        })
    }
}

impl Drop for Driver {
    /// Does not wait for the thread: that would panic where futures are driven.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
