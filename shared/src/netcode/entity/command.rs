//! What a player asks for: a command in each tick, and occasionally an order.

use std::fmt::Debug;

/// What a player asks for in one tick.
pub trait Command: Copy + Default + PartialEq + Debug + Send + 'static {
    /// Bits of a packed command.
    const BITS: u32;
    /// The command as a number below `2^BITS`.
    fn pack(self) -> u32;
    /// The command that packs to `code`, or `None` if there is none: the code came from outside.
    fn unpack(code: u32) -> Option<Self>;
    /// The command that counts as pressed, given the one `before`: a trigger pulled, a button pressed. It reaches the
    /// simulation exactly once ([`PlayerInput::pressed`](crate::netcode::PlayerInput::pressed)), even if the command
    /// arrives after its tick. `None` when nothing began. Levels, such as thrust, are not made up for.
    fn pressed(self, before: Self) -> Option<Self> {
        let _ = before;
        None
    }
}

/// For games without players' commands.
impl Command for () {
    const BITS: u32 = 0;

    fn pack(self) -> u32 {
        0
    }

    fn unpack(code: u32) -> Option<Self> {
        (code == 0).then_some(())
    }
}

/// What a player asks for rarely and must get exactly once: to buy, to sell, to change class.
pub trait Order: Copy + PartialEq + Debug + Send + 'static {
    /// The order as a number.
    fn pack(self) -> u64;
    /// The order that packs to `code`, or `None` if there is none: the code came from outside.
    fn unpack(code: u64) -> Option<Self>;
}

/// For games without orders.
impl Order for () {
    fn pack(self) -> u64 {
        0
    }

    fn unpack(_: u64) -> Option<Self> {
        None
    }
}
