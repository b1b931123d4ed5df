//! A player's connection without a socket: hello, seat, match and goodbye over queues, by the same code as over any transport.

use super::*;
use crate::net::places::Kind;
use crate::net::player;
use crate::net::transport::memory::{self, MemoryClient, Sent};
use tokio::sync::mpsc::error::TryRecvError;

/// Longest wait for something, ticks.
const PATIENCE_TICKS: u32 = 300;

/// A connection whose server end is played by the same code as a socket's.
fn connect(world: &World) -> (MemoryClient, tokio::task::JoinHandle<()>) {
    let (transport, client) = memory::pair(Delivery::Stream);
    let context = Arc::clone(&world.context);
    let played = tokio::spawn(async move {
        let mut place = context.door.places.take(Kind::Player, None, Instant::now()).unwrap();
        player::play(transport, ([127, 0, 0, 1], 7000).into(), &mut place, &context).await;
    });
    (client, played)
}

/// What is sent until `is_it`, which is the last of it.
async fn hear(world: &mut World, client: &mut MemoryClient, is_it: impl Fn(&Sent) -> bool) -> Vec<Sent> {
    let mut heard = Vec::new();
    for _ in 0..PATIENCE_TICKS {
        world.tick();
        tokio::time::sleep(Duration::from_micros(500)).await;
        loop {
            match client.incoming.try_recv() {
                Ok(sent) => {
                    let is_last = is_it(&sent);
                    heard.push(sent);
                    if is_last {
                        return heard;
                    }
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => panic!("the connection ended: {heard:?}"),
            }
        }
    }
    panic!("waited in vain: {heard:?}");
}

fn is_welcome(sent: &Sent) -> bool {
    let Sent::Reliable(bytes) = sent else { return false };
    matches!(ServerMessage::decode(bytes), Ok(ServerMessage::Welcome(_)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_played_over_any_transport() {
    let mut world = World::new(77);
    let (mut client, played) = connect(&world);
    let hello = Hello { build: build(), name: "Mem".to_owned(), room: "one".to_owned(), ..Hello::default() };
    client.outgoing.send(ClientMessage::Hello(hello).encode().into()).unwrap();
    hear(&mut world, &mut client, is_welcome).await;
    hear(&mut world, &mut client, |sent| matches!(sent, Sent::Snapshot(bytes) if !bytes.is_empty())).await;
    assert_eq!(world.runners[0].people().len(), 1);

    // What is no message of ours ends it, with a reason.
    client.outgoing.send(Bytes::from_static(&[2, 0xff, 0xff, 0xff])).unwrap();
    let last = hear(&mut world, &mut client, |sent| matches!(sent, Sent::Closed(_))).await;
    assert!(matches!(last.last(), Some(Sent::Closed(DisconnectReason::BadMessage(_)))), "{:?}", last.last());
    played.await.unwrap();
    world.tick();
    assert_eq!(world.runners[0].people(), [], "who is sent away has no seat");
    world.end("over memory").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transport_that_is_lost_keeps_the_seat_for_a_while_of_who_played() {
    let mut world = World::new(78);
    let (mut client, played) = connect(&world);
    let hello = Hello { build: build(), name: "Mem".to_owned(), room: "one".to_owned(), ..Hello::default() };
    client.outgoing.send(ClientMessage::Hello(hello).encode().into()).unwrap();
    hear(&mut world, &mut client, |sent| matches!(sent, Sent::Snapshot(_))).await;
    let mut writer = BitWriter::new();
    let tick = world.runners[0].host().tick_number();
    let (newest, ack) = (tick.plus(1).0 as u16, tick.0 as u16);
    let commands = vec![perigee_arena::ArenaCommand::default()];
    InputPacket { newest, ack, commands, ..InputPacket::default() }.write(&mut writer);
    client.outgoing.send(Bytes::copy_from_slice(writer.finish())).unwrap();
    hear(&mut world, &mut client, |sent| matches!(sent, Sent::Snapshot(_))).await;
    drop(client);
    for _ in 0..30 {
        world.tick();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    played.await.unwrap();
    world.tick();
    assert_eq!(world.runners[0].people().len(), 1, "the seat is kept");
    assert_eq!(world.runners[0].handle().status().away, 1);
    world.end("lost").await;
}
