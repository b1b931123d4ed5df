//! Whose account a connection plays for: the store's record of a player, whose name, wealth and history they get.
//!
//! Programs have none, but get no name that an account has. A store that fails costs a player their record for this visit,
//! not the game.

use crate::person::PersonId;
use crate::room::{GameInfo, Link, Owner, Rating};
use crate::store::{Account, AskError, Held, StoreHandle};
use perigee_shared::netcode::{About, Belongings};
use perigee_shared::protocol::{DeviceToken, Hello, Message, ServiceMessage};
use tracing::debug;

/// Finds the account of a device; `hello` gets its name. `None` if it has none.
///
/// # Errors
/// The store has no answer: whoever it is plays without a record.
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

/// Creates an account for whoever says `hello`, which gets its name. `None` if the store has no answer.
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

/// A name for a program or a spectator that no account has or looks like; without an answer of the store, the one they ask
/// for.
pub(super) async fn unclaimed_name(wanted: &str, store: &StoreHandle) -> String {
    match store.unclaimed_name(wanted).await {
        Ok(name) => name,
        Err(error) => {
            debug!(%error, name = wanted, "a name is not compared");
            wanted.to_owned()
        }
    }
}

/// As the services know them.
pub(super) fn person(account: &Account) -> PersonId {
    account.player_id.into()
}

/// As a room knows them.
pub(super) fn owner(account: &Account) -> Owner {
    Owner { person: person(account), is_new: account.is_new }
}

/// What they own, as the game reads it. Of whom there is only a record, the game knows what that is. None if they never owned
/// anything: then the game gives them something to begin with, once.
pub(super) fn belongings(held: &Held, game: &GameInfo) -> Option<Belongings> {
    held.belongings.or_else(|| held.record.and_then(|record| (game.belongings_of_record)(&record)))
}

/// Their rating in a game, by their record; in a game without ratings, that of an unknown player.
pub(super) fn rating(account: &Account, about: &About) -> Rating {
    let count = |at: usize| {
        let key = about.statistics.get(at)?.key;
        let row = account.records.iter().find(|row| row.game == about.name && row.statistic == key)?;
        u64::try_from(row.value).ok()
    };
    let [won, lost] = about.rated_by.map_or([0, 0], |by| by.map(|at| count(at).unwrap_or(0)));
    Rating::of(won, lost)
}

/// After the welcome: a new account's device gets what proves next time whose it is.
pub(super) fn introduce(account: &mut Account, link: &Link) {
    if let Some(token) = account.token.take().filter(|_| account.is_new) {
        link.put_reliable(ServiceMessage::Device(token).encode().into());
    }
}

/// No room took them: an account that no device knows would only keep a name from others, and from them.
pub(super) async fn withdraw(account: &Account, store: &StoreHandle) {
    if account.is_new
        && let Err(error) = store.withdraw(account.player_id).await
    {
        debug!(%error, name = account.name, "an account is kept that nobody has");
    }
}
