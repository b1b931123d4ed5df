//! How many files and sockets the system lets this process have open.

/// Descriptors beside the connections: the listener, the store, what the runtime and a backup need.
const OTHERS: u64 = 40;

/// Raises the limit as far as it is wanted and allowed; gives the connections that there can be.
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
