//! How many files and sockets the system allows this process to have open.

/// Descriptors beside the connections': the listener, the store, the runtime and a backup.
const OTHERS: u64 = 40;

/// Raises the limit as far as it is needed and allowed; returns how many connections are then possible.
pub(super) fn connections(wanted: usize) -> usize {
    let wanted = wanted as u64 + OTHERS;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) => usize::try_from(limit.saturating_sub(OTHERS)).unwrap_or(usize::MAX).max(1),
        Err(error) => {
            tracing::warn!(%error, "the limit of open files is not known");
            usize::MAX
        }
    }
}
