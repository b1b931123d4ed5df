//! Bytes that were good once, made worse by dice: the same dice give the same bytes.

use perigee_shared::rng::Rng;

/// Most changes to one input.
const MAX_CHANGES: u32 = 8;
/// Longest block that is moved, doubled or made up.
const MAX_BLOCK: u32 = 64;
/// Longest input; blocks that are doubled make it longer.
const MAX_BYTES: usize = 1 << 16;
/// Numbers at which things break.
const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xfe, 0xff, 0xfb, 0xfd];

/// One of `seeds` with a few changes, or sometimes just random bytes.
#[must_use]
pub fn mutation(seeds: &[Vec<u8>], dice: &mut Rng) -> Vec<u8> {
    if seeds.is_empty() || dice.chance(1, 20) {
        let length = dice.below(200);
        return (0..length).map(|_| dice.next_u32() as u8).collect();
    }
    let mut bytes = seeds[dice.below(seeds.len() as u32) as usize].clone();
    for _ in 0..dice.below(MAX_CHANGES + 1) {
        change(&mut bytes, seeds, dice);
    }
    bytes.truncate(MAX_BYTES);
    bytes
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Rng) {
    if bytes.is_empty() {
        bytes.push(dice.next_u32() as u8);
        return;
    }
    let at = dice.below(bytes.len() as u32) as usize;
    let block = at..(at + 1 + dice.below(MAX_BLOCK) as usize).min(bytes.len());
    match dice.below(9) {
        0 | 1 => bytes[at] ^= 1 << dice.below(8),
        2 => bytes[at] = dice.next_u32() as u8,
        3 => bytes[at] = EDGES[dice.below(EDGES.len() as u32) as usize],
        4 => drop(bytes.drain(block)),
        5 => {
            let copy = bytes[block].to_vec();
            let to = dice.below(bytes.len() as u32 + 1) as usize;
            bytes.splice(to..to, copy);
        }
        6 => {
            let noise: Vec<u8> = block.map(|_| dice.next_u32() as u8).collect();
            bytes.splice(at..at, noise);
        }
        7 => bytes.truncate(at),
        _ => {
            // Continues with the rest of another seed.
            let other = &seeds[dice.below(seeds.len() as u32) as usize];
            let from = dice.below(other.len() as u32 + 1) as usize;
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
    }
}
