//! Writes the JavaScript glue for the browser client: `perigee-wasm-bindgen INPUT.wasm OUTPUT_DIR NAME`: the files are
//! `NAME.js` and `NAME_bg.wasm`, whatever the bundle's crate is called.
//!
//! It does what `wasm-bindgen --target web --no-typescript` does, from the same library, because building that
//! tool takes three times as long as building this one and its version must be the `wasm-bindgen` crate's own
//! (the workspace pins both). It knows nothing of Perigee; `client-wasm/build.sh` says where the files go.

use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "usage: perigee-wasm-bindgen INPUT.wasm OUTPUT_DIR NAME";

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(input), Some(output_dir), Some(name), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(USAGE.into());
    };
    Bindgen::new()
        .input_path(input)
        .out_name(&name)
        .web(true)?
        .typescript(false)
        // So that `init()` finds the wasm beside the JavaScript; a page may still pass another address.
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(output_dir)?;
    Ok(())
}
