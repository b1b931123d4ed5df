// A clock for a hidden page: its own timers are slowed to one a second, a worker's are not. Each tick says when it left,
// so that the page knows how long its mail waits for it.
setInterval(() => postMessage(performance.timeOrigin + performance.now()), 33);
