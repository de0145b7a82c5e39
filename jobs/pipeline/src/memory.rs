//! The memory of this process.

/// Returns the most memory that this process has had resident, in MiB; `None` where the system does not tell.
pub(super) fn peak_memory_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_is_told() {
        assert!(peak_memory_mib().is_some_and(|mib| (1..100_000).contains(&mib)));
    }
}
