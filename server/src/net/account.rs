//! The account that a connection plays for: the store's record of a player, with name, wealth and history.
//!
//! Programs have no account, but get no name that an account has. If the store fails, a player plays without their
//! record for this visit.

use crate::person::PersonId;
use crate::room::{GameInfo, Link, Owner, Rating};
use crate::store::{Account, AskError, HeldRecord, StoreHandle};
use perigee_shared::netcode::{About, Belongings};
use perigee_shared::protocol::{DeviceToken, Hello, Message, ServiceMessage};
use tracing::debug;

/// Finds the account of a device, and sets its name in `hello`. `None` if the device has none.
///
/// # Errors
/// If the store does not answer: then the player plays without a record.
pub(super) async fn recognise(
    device: DeviceToken,
    hello: &mut Hello,
    store: &StoreHandle,
) -> Result<Option<Account>, AskError> {
    let account = store.recognise(device, &hello.name).await.inspect_err(|error| {
        debug!(%error, name = hello.name, "plays without a record");
    })?;
    if let Some(account) = &account {
        hello.name.clone_from(&account.name);
    }
    Ok(account)
}

/// Creates an account for the sender of `hello`, and sets its name there. `None` if the store does not answer.
pub(super) async fn create(hello: &mut Hello, store: &StoreHandle) -> Option<Account> {
    match store.identify(None, &hello.name).await {
        Ok(account) => {
            hello.name.clone_from(&account.name);
            Some(account)
        }
        Err(error) => {
            debug!(%error, name = hello.name, "plays without a record");
            None
        }
    }
}

/// A name for a program or a spectator that neither equals nor resembles an account's. If the store does not answer,
/// the requested name.
pub(super) async fn unclaimed_name(wanted: &str, store: &StoreHandle) -> String {
    match store.unclaimed_name(wanted).await {
        Ok(name) => name,
        Err(error) => {
            debug!(%error, name = wanted, "a name is not compared");
            wanted.to_owned()
        }
    }
}

/// The account's person, as the services know them.
pub(super) fn person(account: &Account) -> PersonId {
    account.player_id.into()
}

/// The account's owner, as a room knows them.
pub(super) fn owner(account: &Account) -> Owner {
    Owner { person: person(account), is_new: account.is_new }
}

/// The belongings, as the game reads them. If there is only a record, the game derives them from that. `None` if the
/// person never owned anything: then the game grants them a starting balance, once.
pub(super) fn belongings(held: &HeldRecord, game: &GameInfo) -> Option<Belongings> {
    held.belongings.or_else(|| held.record.and_then(|record| (game.belongings_of_record)(&record)))
}

/// Their rating in a game, from their record; in a game without ratings, that of an unknown player.
pub(super) fn rating(account: &Account, about: &About) -> Rating {
    let count = |at: usize| {
        let key = about.statistics.get(at)?.key;
        let row = account.records.iter().find(|row| row.game == about.name && row.statistic == key)?;
        u64::try_from(row.value).ok()
    };
    let [won, lost] = about.rated_by.map_or([0, 0], |by| by.map(|at| count(at).unwrap_or(0)));
    Rating::of(won, lost)
}

/// After the welcome: sends a new account's device the token that identifies it next time.
pub(super) fn introduce(account: &mut Account, link: &Link) {
    if let Some(token) = account.token.take().filter(|_| account.is_new) {
        link.put_reliable(ServiceMessage::Device(token).encode().into());
    }
}

/// Deletes a new account whose player got no seat: no device knows it, so it would only keep its name from others.
pub(super) async fn withdraw(account: &Account, store: &StoreHandle) {
    if account.is_new
        && let Err(error) = store.withdraw(account.player_id).await
    {
        debug!(%error, name = account.name, "an account is kept that nobody has");
    }
}
