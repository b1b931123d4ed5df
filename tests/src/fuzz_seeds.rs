//! `perigee-fuzz-seeds FOLDER`: writes the seed inputs of each fuzz target into a folder of its own.

use perigee_tests::fuzz::TARGETS;
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or(io::Error::other("which folder?"))?);
    for target in TARGETS {
        let folder = folder.join(target.name);
        fs::create_dir_all(&folder)?;
        for (n, bytes) in (target.seeds)().iter().enumerate() {
            fs::write(folder.join(format!("seed-{n}")), bytes)?;
        }
    }
    Ok(())
}
