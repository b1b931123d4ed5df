//! Who a newcomer is beyond this connection: the store's player, whose name, wealth and record they get.
//!
//! Programs are not kept, but get no name that a kept player has. A store that fails costs a player their record for
//! this visit, not the game.

use crate::person::PersonId;
use crate::room::{GameInfo, Link, Rating};
use crate::store::{AskError, Held, Identity, StoreHandle};
use perigee_shared::netcode::{About, Belongings};
use perigee_shared::protocol::{DeviceToken, Hello, Message, ServiceMessage};
use tracing::debug;

/// Finds the player of a device; `hello` gets their name. `None` for one that is nobody's.
///
/// # Errors
/// The store has no answer: whoever it is plays without a record.
pub(super) async fn recognise(
    device: DeviceToken,
    hello: &mut Hello,
    store: &StoreHandle,
) -> Result<Option<Identity>, AskError> {
    let known = store.recognise(device, &hello.name).await.inspect_err(|error| {
        debug!(%error, name = hello.name, "plays without a record");
    })?;
    if let Some(known) = &known {
        hello.name.clone_from(&known.name);
    }
    Ok(known)
}

/// Makes a player of whoever says `hello`, which gets their name. `None` if the store has no answer.
pub(super) async fn make(hello: &mut Hello, store: &StoreHandle) -> Option<Identity> {
    match store.identify(None, &hello.name).await {
        Ok(identity) => {
            hello.name.clone_from(&identity.name);
            Some(identity)
        }
        Err(error) => {
            debug!(%error, name = hello.name, "plays without a record");
            None
        }
    }
}

/// A name for a program or a spectator that no kept player has or looks like; without an answer of the store, the one they
/// wish for.
pub(super) async fn unclaimed_name(wish: &str, store: &StoreHandle) -> String {
    match store.unclaimed_name(wish).await {
        Ok(name) => name,
        Err(error) => {
            debug!(%error, name = wish, "a name is not compared");
            wish.to_owned()
        }
    }
}

/// As the services know them.
pub(super) fn person(identity: &Identity) -> PersonId {
    identity.player_id.into()
}

/// What they own, as the game reads it. Of whom there is only a record, the game knows what that is. None if they never owned
/// anything: then the game gives them something to begin with, once.
pub(super) fn belongings(held: &Held, game: &GameInfo) -> Option<Belongings> {
    held.belongings.or_else(|| held.record.and_then(|record| (game.belongings_of_record)(&record)))
}

/// Their rating in a game, by their record; in a game without ratings, that of an unknown player.
pub(super) fn rating(identity: &Identity, about: &About) -> Rating {
    let count = |at: usize| {
        let key = about.statistics.get(at)?.key;
        let row = identity.records.iter().find(|row| row.game == about.name && row.statistic == key)?;
        u64::try_from(row.value).ok()
    };
    let [won, lost] = about.rated_by.map_or([0, 0], |by| by.map(|at| count(at).unwrap_or(0)));
    Rating::of(won, lost)
}

/// Whom they do not want to hear, as the services know people.
pub(super) fn blocks(identity: &mut Identity) -> Vec<(PersonId, String)> {
    let blocks = std::mem::take(&mut identity.blocks).into_iter();
    blocks.map(|blocked| (blocked.player_id.into(), blocked.name)).collect()
}

/// After the welcome: a new player's device gets what proves next time who it is.
pub(super) fn introduce(identity: &Identity, link: &Link) {
    if identity.is_new {
        link.put_reliable(ServiceMessage::Device(identity.token).encode().into());
    }
}

/// No room took them: a player whom no device knows would only keep a name from others, and from them.
pub(super) async fn turn_away(identity: Option<Identity>, store: &StoreHandle) {
    if let Some(identity) = identity.filter(|identity| identity.is_new)
        && let Err(error) = store.withdraw(identity.player_id).await
    {
        debug!(%error, name = identity.name, "a player is kept whom nobody is");
    }
}
