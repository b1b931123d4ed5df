//! Whether this server is there, as its own topic says it, and who else says so under the same name.

use crate::version::VERSION;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// This life of this server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Life {
    /// Who began earlier has the name.
    pub(super) started_ms: u64,
    /// Another for each start.
    pub(super) instance: String,
}

#[derive(Debug, Serialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    topic: &'static str,
    number: u64,
    at_ms: u64,
    data: Status<'a>,
}

#[derive(Debug, Serialize)]
struct Status<'a> {
    state: &'static str,
    version: &'static str,
    #[serde(flatten)]
    life: &'a Life,
}

/// A status as the broker has it.
#[derive(Debug, Deserialize)]
struct Told {
    data: ToldStatus,
}

#[derive(Debug, Deserialize)]
struct ToldStatus {
    state: String,
    #[serde(flatten)]
    life: Life,
}

/// What a status under our name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It is our own, on its way back.
    Echo,
    /// Another server is there, for longer than we are.
    Taken,
    /// What the broker has is not what we said.
    Wrong,
}

impl Life {
    /// That we are there, from `now_ms` on.
    pub(super) fn online(&self, now_ms: u64) -> Bytes {
        self.status("online", 1, now_ms)
    }

    /// That we are not: what we say at the end, and what the broker says if we cannot.
    pub(super) fn offline(&self, now_ms: u64) -> Bytes {
        self.status("offline", 2, now_ms)
    }

    /// Numbers grow with the time, over connections and restarts, and fit into those of the feed.
    fn status(&self, state: &'static str, nth: u64, at_ms: u64) -> Bytes {
        let data = Status { state, version: VERSION, life: self };
        let number = at_ms * 1000 + nth;
        let message = Message { kind: "state", topic: "status", number, at_ms, data };
        // Numbers and strings always have a JSON form.
        serde_json::to_vec(&message).unwrap_or_default().into()
    }

    /// Reads what was published under our name; any bytes are safe.
    pub(super) fn meaning_of(&self, payload: &[u8]) -> Meaning {
        let Ok(Told { data: ToldStatus { state, life } }) = serde_json::from_slice(payload) else {
            return Meaning::Wrong;
        };
        match (state == "online", life == *self, life < *self) {
            (true, true, _) => Meaning::Echo,
            (true, false, true) => Meaning::Taken,
            _ => Meaning::Wrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn life(started_ms: u64, instance: &str) -> Life {
        Life { started_ms, instance: instance.to_owned() }
    }

    #[test]
    fn a_status_is_a_state_like_those_of_the_feed() {
        let status: Value = serde_json::from_slice(&life(7, "ab").online(1_700_000_000_123)).unwrap();
        assert_eq!((&status["type"], &status["topic"]), (&"state".into(), &"status".into()));
        assert_eq!((&status["data"]["state"], &status["data"]["instance"]), (&"online".into(), &"ab".into()));
        let offline: Value = serde_json::from_slice(&life(7, "ab").offline(1_700_000_000_123)).unwrap();
        assert!(offline["number"].as_u64() > status["number"].as_u64());
        assert!(offline["number"].as_u64().unwrap() < 1 << 53);
    }

    #[test]
    fn who_was_there_first_has_the_name_and_nothing_else_is_believed() {
        let ours = life(5, "b");
        assert_eq!(ours.meaning_of(&ours.online(9)), Meaning::Echo);
        assert_eq!(ours.meaning_of(&ours.offline(9)), Meaning::Wrong, "our own will, of a connection before");
        assert_eq!(ours.meaning_of(&life(4, "z").online(9)), Meaning::Taken);
        assert_eq!(ours.meaning_of(&life(5, "a").online(9)), Meaning::Taken, "one of two that began at once");
        assert_eq!(ours.meaning_of(&life(6, "a").online(9)), Meaning::Wrong);
        assert_eq!(ours.meaning_of(&life(4, "z").offline(9)), Meaning::Wrong, "who had it before");
        for junk in [&b""[..], b"online", b"{}", b"{\"data\":{}}", b"\xff"] {
            assert_eq!(ours.meaning_of(junk), Meaning::Wrong);
        }
    }
}
