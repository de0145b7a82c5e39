//! How the system's allocator keeps memory that was freed.

/// Lists from this size on are given back to the system when they are freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: i32 = 128 * 1024;

/// What may stay free at the end of a heap: giving it back and asking again cost more than it takes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const SPARE_BYTES: i32 = 16 * 1024 * 1024;

/// Lists of a batch of rows, and of what becomes a file of them, are smaller than this, and the next ones are of the same sizes. The C
/// library takes no greater threshold.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const BATCH_BYTES: i32 = 32 * 1024 * 1024;

/// Makes the allocator give large lists back at once. The C library of GNU raises its threshold by itself after the first large list
/// is freed, and then keeps what pieces of files were read into: docs/performance.md has the figures.
pub(crate) fn give_back_large_lists() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the thresholds have no safe interface")]
    // SAFETY: mallopt(3) sets a parameter and touches no memory of ours; no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, SPARE_BYTES);
    }
}

/// Makes the allocator keep the lists of batches that come and go: pages that are given back and asked for again took an eighth of the
/// time of a delivery, and a quarter of that of a load.
pub(crate) fn keep_lists_of_batches() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the thresholds have no safe interface")]
    // SAFETY: mallopt(3) sets a parameter and touches no memory of ours; it takes the lock of the allocator.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, BATCH_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 2 * BATCH_BYTES);
    }
}
