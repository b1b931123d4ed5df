//! Lines for an output that may not accept them: a bounded queue, and a thread that writes.
//!
//! Callers never wait. Lines that find the queue full are dropped and counted, and the gap is reported in their place
//! as soon as lines are accepted again.

use prometheus_client::metrics::counter::Counter;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait.
const MAX_LINES: usize = 4096;
/// Bytes that may wait.
const MAX_BYTES: usize = 1024 * 1024;
/// Longest line; the rest of a longer one is cut off.
const MAX_LINE_BYTES: usize = 16 * 1024;

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    /// Number of dropped lines since the last accepted one.
    dropped: u64,
    /// Whether the thread has lines that it has not written yet.
    writing: bool,
    /// Whether there is no thread.
    closed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Notified when there is something to write.
    bell: Condvar,
    /// Notified when everything is written.
    empty: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic leaves it valid: no change can be interrupted halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An output; clones share its queue.
#[derive(Clone, Debug)]
pub struct Outlet {
    shared: Arc<Shared>,
    dropped: Counter,
}

impl Outlet {
    /// Lines go to `sink`, through a thread with that name, which lives as long as the process. Dropped lines are
    /// counted.
    #[must_use]
    pub fn new(name: &str, sink: impl Write + Send + 'static, dropped: Counter) -> Self {
        let shared = Arc::<Shared>::default();
        let outlet = Self { shared: Arc::clone(&shared), dropped: dropped.clone() };
        let thread = std::thread::Builder::new().name(name.to_owned());
        if thread.spawn(move || write(&shared, sink, &dropped)).is_err() {
            // Then all lines are dropped and counted.
            outlet.shared.lock().closed = true;
        }
        outlet
    }

    /// Queues a line, with its end; drops it if too much waits.
    pub fn put(&self, line: &[u8]) {
        let (line, cut): (_, &[u8]) =
            if line.len() > MAX_LINE_BYTES { (&line[..MAX_LINE_BYTES], b" ...\n") } else { (line, b"") };
        let mut state = self.shared.lock();
        if state.closed || state.lines.len() >= MAX_LINES || state.bytes + line.len() > MAX_BYTES {
            state.dropped += 1;
            self.dropped.inc();
            return;
        }
        let gap = std::mem::take(&mut state.dropped);
        if gap > 0 {
            state.lines.push_back(gap_line(gap));
        }
        state.bytes += line.len() + cut.len();
        state.lines.push_back([line, cut].concat());
        self.shared.bell.notify_one();
    }

    /// Whether everything was written within `limit`.
    #[must_use]
    pub fn wait_until_empty(&self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        let mut state = self.shared.lock();
        while state.writing || !state.lines.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.shared.empty.wait_timeout(state, left);
            state = waited.map_or_else(|error| error.into_inner().0, |(state, _)| state);
        }
        true
    }
}

fn gap_line(count: u64) -> Vec<u8> {
    let lines = if count == 1 { "line was" } else { "lines were" };
    format!("... {count} {lines} left out here: nobody read them in time\n").into_bytes()
}

/// The thread's loop: the lock is never held over a write.
fn write(shared: &Shared, mut sink: impl Write, dropped: &Counter) {
    loop {
        let mut state = shared.lock();
        state.writing = false;
        while state.lines.is_empty() {
            shared.empty.notify_all();
            state = shared.bell.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let lines = std::mem::take(&mut state.lines);
        state.bytes = 0;
        state.writing = true;
        drop(state);
        for line in lines {
            if sink.write_all(&line).is_err() {
                // Closed, for example a terminal that is gone: the error cannot be reported.
                dropped.inc();
            }
        }
        let _ = sink.flush();
    }
}

/// For `tracing`, which passes a whole line with each write.
impl<'a> MakeWriter<'a> for &'static Outlet {
    type Writer = LogLine;

    fn make_writer(&'a self) -> LogLine {
        LogLine(self)
    }
}

/// Queues lines.
#[derive(Debug)]
pub struct LogLine(&'static Outlet);

impl Write for LogLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.put(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// Accepts a line only when allowed.
    struct Stuck {
        go: Receiver<()>,
        took: Sender<Vec<u8>>,
    }

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.go.recv().map_err(io::Error::other)?;
            self.took.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_stands_still_costs_lines_and_keeps_nobody() {
        let ((let_go, go), (took, taken)) = (channel(), channel());
        let dropped = Counter::default();
        let outlet = Outlet::new("test", Stuck { go, took }, dropped.clone());
        let line = [b'x'; 1000];
        for _ in 0..3 * MAX_LINES {
            outlet.put(&line);
        }
        assert!(!outlet.wait_until_empty(Duration::from_millis(20)));
        assert!(dropped.get() > 0 && outlet.shared.lock().bytes <= MAX_BYTES);
        let gap = dropped.get();
        (0..10 * MAX_LINES).for_each(|_| let_go.send(()).unwrap());
        assert!(outlet.wait_until_empty(Duration::from_secs(20)));
        outlet.put(b"last\n");
        assert!(outlet.wait_until_empty(Duration::from_secs(20)));
        let lines: Vec<_> = taken.try_iter().collect();
        let gaps: Vec<u64> = lines
            .iter()
            .filter_map(|line| {
                std::str::from_utf8(line).ok()?.strip_prefix("... ")?.split(' ').next()?.parse().ok()
            })
            .collect();
        assert_eq!(gaps.iter().sum::<u64>(), gap, "what is left out is told where it is");
        assert_eq!(lines.len(), 3 * MAX_LINES - gap as usize + gaps.len() + 1);
        assert_eq!(dropped.get(), gap);
    }

    #[test]
    fn a_line_is_cut_and_a_closed_file_is_counted() {
        let ((let_go, go), (took, taken)) = (channel(), channel());
        let dropped = Counter::default();
        let outlet = Outlet::new("test", Stuck { go, took }, dropped.clone());
        let_go.send(()).unwrap();
        outlet.put(&[b'x'; 2 * MAX_LINE_BYTES]);
        assert!(outlet.wait_until_empty(Duration::from_secs(20)));
        let line = taken.recv().unwrap();
        assert!(line.len() == MAX_LINE_BYTES + 5 && line.ends_with(b"x ...\n"));
        drop(let_go);
        outlet.put(b"to nobody\n");
        assert!(outlet.wait_until_empty(Duration::from_secs(20)));
        assert_eq!(dropped.get(), 1);
    }
}
