//! What comes in: which message is an order, and which is refused and why.
//!
//! Only what the operator mapped is believed, within its size and its pace. A message that the broker kept is never an
//! order: it would be carried out again at each connection. Nothing here can do anything; the clock is an argument.

use super::mapping::{OrderMapping, Pace, Paced, Permission};
use super::section::MqttConfig;
use crate::admin::command::quote_word;
use crate::text::{TextError, clean_line};
use std::time::Duration;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MappedOrder {
    /// An admin's command.
    Command {
        /// As an admin would type it.
        line: String,
        /// What allows it.
        permission: Permission,
    },
    /// A line in a room's chat.
    Chat {
        /// Which room.
        room: String,
        /// The line, with the name before it.
        text: String,
    },
}

impl MappedOrder {
    /// What allows it.
    pub(super) fn permission(&self) -> Permission {
        match self {
            Self::Command { permission, .. } => *permission,
            Self::Chat { .. } => Permission::Chat,
        }
    }
}

/// Why a message is not an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OrderRefusal {
    /// The broker kept it: it may be from any time.
    Retained,
    /// Nobody mapped the topic.
    NotMapped,
    /// It is longer than the mapping allows, or than any message may be.
    TooLong,
    /// It is not UTF-8.
    NotUtf8,
    /// There is nothing to be seen in it.
    Empty,
    /// It is not a payload that means something.
    OtherPayload,
    /// Orders come faster than the mapping allows.
    TooFast,
    /// Orders come faster than all mappings together allow.
    TooFastInAll,
    /// Too many orders wait to be carried out.
    Busy,
    /// It was not done; the log has the reason.
    Failed,
}

impl OrderRefusal {
    /// The label in `/metrics`.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Retained => "retained",
            Self::NotMapped => "not_mapped",
            Self::TooLong => "order_too_long",
            Self::NotUtf8 => "not_utf8",
            Self::Empty => "empty",
            Self::OtherPayload => "other_payload",
            Self::TooFast => "too_fast",
            Self::TooFastInAll => "too_fast_in_all",
            Self::Busy => "orders_busy",
            Self::Failed => "order_failed",
        }
    }
}

#[derive(Debug)]
struct Mapped {
    mapping: OrderMapping,
    paced: Paced,
}

/// The mappings with what they have left.
#[derive(Debug)]
pub(super) struct Orders {
    mapped: Vec<Mapped>,
    all: Paced,
}

impl Orders {
    pub(super) fn new(config: &MqttConfig, now: Duration) -> Self {
        let mapped = |mapping: &OrderMapping| Mapped {
            paced: Paced::new(mapping.pace(), now),
            mapping: mapping.clone(),
        };
        let per_minute = config.orders_per_minute;
        let all = Pace { per_minute, burst: per_minute.div_ceil(6) };
        Self { mapped: config.orders.iter().map(mapped).collect(), all: Paced::new(all, now) }
    }

    /// The topics that may be orders.
    pub(super) fn topics(&self) -> Vec<String> {
        let mut topics: Vec<String> = self.mapped.iter().map(|mapped| mapped.mapping.topic.clone()).collect();
        topics.sort_unstable();
        topics.dedup();
        topics
    }

    /// Reads a message; any bytes are safe.
    ///
    /// # Errors
    /// [`OrderRefusal`]; then nothing is to be done.
    pub(super) fn read(
        &mut self,
        topic: &str,
        payload: &[u8],
        is_retained: bool,
        now: Duration,
    ) -> Result<MappedOrder, OrderRefusal> {
        let mapped: Vec<&mut Mapped> =
            self.mapped.iter_mut().filter(|mapped| mapped.mapping.topic == topic).collect();
        if mapped.is_empty() {
            return Err(OrderRefusal::NotMapped);
        }
        if is_retained {
            return Err(OrderRefusal::Retained);
        }
        if mapped.iter().all(|mapped| payload.len() > mapped.mapping.max_bytes) {
            return Err(OrderRefusal::TooLong);
        }
        let text = std::str::from_utf8(payload).map_err(|_| OrderRefusal::NotUtf8)?;
        let is_meant =
            |mapped: &&mut Mapped| mapped.mapping.payload.as_deref().is_none_or(|word| word == text);
        let meant = mapped.into_iter().find(is_meant).ok_or(OrderRefusal::OtherPayload)?;
        if !meant.paced.is_ready(now) {
            return Err(OrderRefusal::TooFast);
        }
        if !self.all.is_ready(now) {
            return Err(OrderRefusal::TooFastInAll);
        }
        let order = order_of(&meant.mapping, text)?;
        meant.paced.pay();
        self.all.pay();
        Ok(order)
    }
}

fn order_of(mapping: &OrderMapping, text: &str) -> Result<MappedOrder, OrderRefusal> {
    let room = mapping.room.clone().unwrap_or_default();
    let permission = mapping.may;
    let command = |verb: &str, word: &str| MappedOrder::Command {
        line: format!("{verb} {}", quote_word(word)),
        permission,
    };
    Ok(match permission {
        Permission::Announce => command("broadcast", &line_of(text)?),
        Permission::Chat => {
            let text = line_of(&format!("{}: {}", mapping.name, line_of(text)?))?;
            MappedOrder::Chat { room, text }
        }
        Permission::Pause => command("pause", &room),
        Permission::Resume => command("resume", &room),
    })
}

fn line_of(text: &str) -> Result<String, OrderRefusal> {
    clean_line(text).map_err(|error| match error {
        TextError::Empty => OrderRefusal::Empty,
        TextError::TooLong => OrderRefusal::TooLong,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::command::{Command, parse};
    use crate::config::Config;
    use perigee_shared::rng::Rng;

    const SETTINGS: &str = r#"
[mqtt]
orders_per_minute = 60
[[mqtt.orders]]
topic = "home/button"
may = "pause"
room = "arena"
payload = "ON"
[[mqtt.orders]]
topic = "home/button"
may = "resume"
room = "arena"
payload = "OFF"
[[mqtt.orders]]
topic = "home/say"
may = "announce"
max_bytes = 100
burst = 2
[[mqtt.orders]]
topic = "home/chat"
may = "chat"
room = "arena"
name = "Hall"
"#;

    fn orders() -> Orders {
        let config = Config::from_text(crate::game::GAMES, Some(("test", SETTINGS))).unwrap().mqtt;
        Orders::new(&config, Duration::ZERO)
    }

    fn read(orders: &mut Orders, topic: &str, payload: &[u8]) -> Result<MappedOrder, OrderRefusal> {
        orders.read(topic, payload, false, Duration::ZERO)
    }

    #[test]
    fn what_is_mapped_is_an_order_and_nothing_else_is() {
        let mut orders = orders();
        assert_eq!(orders.topics(), ["home/button", "home/chat", "home/say"]);
        let command = |line: &str, permission| Ok(MappedOrder::Command { line: line.to_owned(), permission });
        assert_eq!(read(&mut orders, "home/button", b"ON"), command("pause arena", Permission::Pause));
        assert_eq!(read(&mut orders, "home/button", b"OFF"), command("resume arena", Permission::Resume));
        assert_eq!(read(&mut orders, "home/button", b"on"), Err(OrderRefusal::OtherPayload));
        assert_eq!(read(&mut orders, "home/button2", b"ON"), Err(OrderRefusal::NotMapped));
        assert_eq!(read(&mut orders, "home", b"ON"), Err(OrderRefusal::NotMapped));
        let chat = MappedOrder::Chat { room: "arena".to_owned(), text: "Hall: hi there".to_owned() };
        assert_eq!(read(&mut orders, "home/chat", b" hi\n there \x07"), Ok(chat));
    }

    #[test]
    fn a_kept_message_is_never_an_order() {
        let refused = orders().read("home/button", b"ON", true, Duration::ZERO);
        assert_eq!(refused, Err(OrderRefusal::Retained));
    }

    #[test]
    fn texts_stay_within_their_size_and_are_one_line_of_one_command() {
        let mut orders = orders();
        assert_eq!(read(&mut orders, "home/say", &[b'x'; 101]), Err(OrderRefusal::TooLong));
        assert_eq!(read(&mut orders, "home/say", b"\xff\xfe"), Err(OrderRefusal::NotUtf8));
        assert_eq!(read(&mut orders, "home/say", "\u{202e}\n".as_bytes()), Err(OrderRefusal::Empty));
        assert_eq!(
            read(&mut orders, "home/chat", &[b'x'; 300]),
            Err(OrderRefusal::TooLong),
            "too long to say"
        );
        let Ok(MappedOrder::Command { line, .. }) =
            read(&mut orders, "home/say", b"a\" \\ pause arena\nkick \"Ada\"")
        else {
            panic!("an announcement")
        };
        assert_eq!(parse(&line), Ok(Command::Broadcast("a\" \\ pause arena kick \"Ada\"".to_owned())));
    }

    #[test]
    fn a_topic_has_a_pace_and_so_have_all_together() {
        let mut orders = orders();
        let sent = |orders: &mut Orders, topic: &str, payload: &[u8], ms| {
            orders.read(topic, payload, false, Duration::from_millis(ms)).map(|order| order.permission())
        };
        assert_eq!(sent(&mut orders, "home/say", b"1", 0), Ok(Permission::Announce));
        assert_eq!(sent(&mut orders, "home/say", b"2", 0), Ok(Permission::Announce));
        assert_eq!(sent(&mut orders, "home/say", b"3", 0), Err(OrderRefusal::TooFast));
        assert_eq!(
            sent(&mut orders, "home/button", b"ON", 0),
            Ok(Permission::Pause),
            "others have their own"
        );
        assert_eq!(sent(&mut orders, "home/say", b"4", 6000), Ok(Permission::Announce), "ten a minute");
        // Ten of all at once, by sixty a minute.
        let mut all = Orders::new(
            &Config::from_text(
                crate::game::GAMES,
                Some(("test", &SETTINGS.replace("burst = 2", "burst = 60\nper_minute = 600"))),
            )
            .unwrap()
            .mqtt,
            Duration::ZERO,
        );
        let done = (0..30).filter(|_| read(&mut all, "home/say", b"x").is_ok()).count();
        assert_eq!(done, 10);
        assert_eq!(read(&mut all, "home/button", b"ON"), Err(OrderRefusal::TooFastInAll));
    }

    /// Any bytes on any topic: an order that the mapping allows, whose line is that one command, or a refusal.
    #[test]
    fn any_bytes_are_refused_or_are_the_order_that_is_mapped() {
        let pieces: [&[u8]; 8] =
            [b"ON", b"OFF", b"\"", b"\\", b" pause arena", b"\n", "\u{202e}ä👍🏽".as_bytes(), b"\xff"];
        let mut accepted = 0;
        for seed in 0..3000_u64 {
            let mut rng = Rng::new(seed);
            let mut payload = Vec::new();
            for _ in 0..rng.below(12) {
                match rng.below(3) {
                    0 => payload.push(rng.next_u32() as u8),
                    1 => payload.extend((0..rng.below(40)).map(|_| b' ' + (rng.below(95) as u8))),
                    _ => payload.extend(pieces[rng.below(pieces.len() as u32) as usize]),
                }
            }
            for topic in ["home/button", "home/say", "home/chat", "x", ""] {
                let Ok(order) = read(&mut orders(), topic, &payload) else { continue };
                accepted += 1;
                match order {
                    MappedOrder::Command { line, permission } => match (parse(&line), permission) {
                        (Ok(Command::Broadcast(_)), Permission::Announce) => assert_eq!(topic, "home/say"),
                        (Ok(Command::Pause(room)), Permission::Pause)
                        | (Ok(Command::Resume(room)), Permission::Resume) => assert_eq!(room, "arena"),
                        other => panic!("seed {seed}: {line:?} is {other:?}"),
                    },
                    MappedOrder::Chat { room, text } => {
                        assert_eq!((room.as_str(), topic), ("arena", "home/chat"));
                        assert!(
                            text.starts_with("Hall: ") && clean_line(&text).as_ref() == Ok(&text),
                            "{text:?}"
                        );
                    }
                }
            }
        }
        assert!(accepted > 500, "{accepted}");
    }
}
