//! `perigee-fit-codec`: fits the codes of each game to recorded play and writes its tables. It also measures a snapshot
//! with the tables that it was built with: run it again to measure the new ones. With the name of a game, it handles
//! only that.

use perigee_tests::fit_codec::GAMES;
use std::io;

/// The games' folders.
const FOLDERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/games");

fn main() -> io::Result<()> {
    let asked = std::env::args().nth(1);
    let is_asked = |game: &str| asked.as_deref().is_none_or(|asked| asked == game);
    if !GAMES.iter().any(|codec| is_asked(codec.game)) {
        return Err(io::Error::other("there is no such game"));
    }
    for codec in GAMES.iter().filter(|codec| is_asked(codec.game)) {
        let fitted = (codec.fit)();
        let bytes = (codec.bytes_per_snapshot)().map_err(io::Error::other)?;
        tell(&format!("{}\n{}snapshots of {bytes:.2} bytes, so far\n", codec.game, fitted.words));
        std::fs::write(format!("{FOLDERS}/{}/src/codec_tables.rs", codec.game), fitted.tables)?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what was fitted is this program's output")]
fn tell(text: &str) {
    println!("{text}");
}
