//! The origin of the files: the engine's own, and a folder of the game's (`http.web_dir`) whose files replace them.

use bytes::Bytes;
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

#[derive(RustEmbed)]
#[folder = "../assets/web/"]
struct Files;

/// Depth of nested folders that are searched; a link to itself would be endless.
const MAX_DEPTH: usize = 8;

/// The folder whose files replace the engine's, once it is set.
static OVER: OnceLock<PathBuf> = OnceLock::new();

/// Sets the folder whose files replace the engine's. Only the first call has an effect.
pub(super) fn lay_over(folder: &Path) {
    // Only tests start more than one server in a process.
    let _ = OVER.set(folder.to_owned());
}

/// The paths of all files, from the root, without a leading slash.
pub(super) fn paths() -> BTreeSet<String> {
    let own = OVER.get().map(|folder| files_in(folder)).unwrap_or_default();
    Files::iter().map(Cow::into_owned).chain(own).collect()
}

/// A file's bytes. The path may be any text.
pub(super) fn read(path: &str) -> Option<Bytes> {
    if let Some(own) = OVER.get().and_then(|folder| read_in(folder, path)) {
        return Some(own);
    }
    Files::get(path).map(|file| match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    })
}

/// Changes when a file does: by name, size and time, not content. In a release build it is constant: the engine's files
/// are embedded, and the others are read once.
pub(super) fn stamp() -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    if !cfg!(debug_assertions) {
        return 0;
    }
    let engine = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/web"));
    let mut hasher = DefaultHasher::new();
    for path in paths() {
        for folder in [Some(engine), OVER.get().map(PathBuf::as_path)].into_iter().flatten() {
            let about = std::fs::metadata(folder.join(&path));
            let seen = about.map(|about| (about.len(), about.modified().ok()));
            (&path, seen.ok()).hash(&mut hasher);
        }
    }
    hasher.finish()
}

fn read_in(folder: &Path, path: &str) -> Option<Bytes> {
    let path = Path::new(path);
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !is_inside {
        return None;
    }
    std::fs::read(folder.join(path)).ok().map(Bytes::from)
}

fn files_in(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    collect(folder, "", MAX_DEPTH, &mut found);
    found
}

fn collect(folder: &Path, prefix: &str, depth: usize, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        // Hidden files belong to editors and version control.
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        match std::fs::metadata(entry.path()) {
            Ok(about) if about.is_dir() && depth > 0 => {
                collect(&entry.path(), &format!("{path}/"), depth - 1, found);
            }
            Ok(about) if about.is_file() => found.push(path),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folders_files_are_found_and_none_outside_of_it() {
        let folder = std::env::temp_dir().join(format!("perigee-assets-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("pkg/.git")).unwrap();
        for (path, text) in [("style.css", "a"), ("pkg/a.js", "b"), (".hidden", "c"), ("pkg/.git/x", "d")] {
            std::fs::write(folder.join(path), text).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(&folder, folder.join("pkg/again")).unwrap();
        let mut found = files_in(&folder);
        found.retain(|path| !path.contains("again"));
        found.sort();
        assert_eq!(found, ["pkg/a.js", "style.css"]);
        assert_eq!(read_in(&folder, "pkg/a.js").as_deref(), Some(&b"b"[..]));
        for path in ["../style.css", "/etc/passwd", "pkg/../../x", "pkg", ""] {
            assert_eq!(read_in(&folder, path), None, "{path}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
