// A clock for a hidden page: its own timers are slowed to one a second, a worker's are not.
setInterval(() => postMessage(0), 33);
