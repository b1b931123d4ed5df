//! All files as they are served: with links to names that contain a hash of the content, and with compressed forms.
//!
//! A file's hash covers what is served, including its links, so it changes with everything that the file refers to: a
//! loaded page links to exactly the files that belong to it, which may be cached indefinitely.

use super::coding::Coding;
use super::links;
use super::mime::{self, Mime};
use super::packed::Packed;
use super::sources::{self, stamp};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Hexadecimal digits of a hash in a name: 64 bits distinguish the versions of a file.
const HASH_DIGITS: usize = 16;

/// One file as it is served.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) mime: Mime,
    /// Hexadecimal.
    pub(super) hash: String,
    pub(super) bytes: Packed,
}

impl Entry {
    /// The bytes in that coding; `None` if plain bytes are as good.
    pub(super) async fn packed(&self, coding: Coding) -> Option<Bytes> {
        if self.mime.shrinks { self.bytes.packed(coding).await } else { None }
    }
}

/// The files by their plain names.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    entries: BTreeMap<String, Arc<Entry>>,
}

impl Catalogue {
    /// The file of that name, and whether the name has the current hash. A name with another version's hash finds this
    /// version: a page loaded from an older server still gets a file.
    pub(super) fn find(&self, path: &str) -> Option<(&Arc<Entry>, bool)> {
        if let Some(entry) = self.entries.get(path) {
            return Some((entry, false));
        }
        let (name, hash) = split_hash(path)?;
        let entry = self.entries.get(&name)?;
        Some((entry, entry.hash == hash))
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.values()
    }

    /// Reads all files. What is unchanged since `before` is reused, with its compressed forms.
    fn read(before: &Self) -> Self {
        let mut reader = Reader { before, done: Self::default(), open: Vec::new() };
        for path in sources::paths() {
            reader.entry(&path);
        }
        reader.done
    }
}

struct Reader<'a> {
    before: &'a Catalogue,
    done: Catalogue,
    /// Files whose links are being resolved: a link back to one of them keeps its plain name.
    open: Vec<String>,
}

impl Reader<'_> {
    fn entry(&mut self, path: &str) -> Option<Arc<Entry>> {
        if let Some(entry) = self.done.entries.get(path) {
            return Some(Arc::clone(entry));
        }
        if self.open.iter().any(|open| open == path) {
            return None;
        }
        let bytes = sources::read(path)?;
        let mime = mime::of(path);
        self.open.push(path.to_owned());
        let plain = if mime.links { self.with_links(path, bytes) } else { bytes };
        self.open.pop();
        let hash = hash_of(&plain);
        let known = self.before.entries.get(path).filter(|known| known.hash == hash);
        let entry =
            known.cloned().unwrap_or_else(|| Arc::new(Entry { mime, hash, bytes: Packed::new(plain) }));
        self.done.entries.insert(path.to_owned(), Arc::clone(&entry));
        Some(entry)
    }

    fn with_links(&mut self, path: &str, bytes: Bytes) -> Bytes {
        let Ok(text) = std::str::from_utf8(&bytes) else { return bytes };
        let linked = links::rewrite(text, path, |file| {
            // Pages keep their plain names.
            if mime::of(file).is_page {
                return None;
            }
            let entry = self.entry(file)?;
            let name = file.rsplit('/').next().unwrap_or(file);
            Some(with_hash(name, &entry.hash))
        });
        if linked == text { bytes } else { Bytes::from(linked) }
    }
}

fn hash_of(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().take(HASH_DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// `a.js` as `a.HASH.js`.
fn with_hash(name: &str, hash: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}.{hash}.{ending}"),
        None => format!("{name}.{hash}"),
    }
}

/// `a.HASH.js` as `a.js` and the hash.
fn split_hash(path: &str) -> Option<(String, &str)> {
    let (stem, ending) = path.rsplit_once('.')?;
    let (name, hash) = stem.rsplit_once('.')?;
    let is_hash = hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| (format!("{name}.{ending}"), hash))
}

/// The last catalogue, and the state of the files that it shows.
static SHELF: RwLock<Option<(u64, Arc<Catalogue>)>> = RwLock::new(None);

/// All files as they are now. A debug build reads them again when a file on the disk has changed.
pub(super) fn current() -> Arc<Catalogue> {
    let stamp = stamp();
    let shelf = SHELF.read().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, catalogue)) = shelf.as_ref().filter(|(known, _)| *known == stamp) {
        return Arc::clone(catalogue);
    }
    let before = shelf.as_ref().map(|(_, before)| Arc::clone(before)).unwrap_or_default();
    drop(shelf);
    let catalogue = Arc::new(Catalogue::read(&before));
    *SHELF.write().unwrap_or_else(PoisonError::into_inner) = Some((stamp, Arc::clone(&catalogue)));
    catalogue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_goes_into_a_name_and_comes_out_again() {
        let hash = hash_of(b"abc");
        assert_eq!(hash, "ba7816bf8f01cfea");
        assert_eq!(with_hash("a.b.js", &hash), "a.b.ba7816bf8f01cfea.js");
        assert_eq!(split_hash("x/a.b.ba7816bf8f01cfea.js"), Some(("x/a.b.js".to_owned(), hash.as_str())));
        for path in ["a.js", "a.b.js", "a.ba7816bf8f01cfe.js", "a.ba7816bf8f01cfeg.js", "", ".", ".."] {
            assert_eq!(split_hash(path), None, "{path}");
        }
    }

    #[test]
    fn every_link_on_the_pages_leads_to_exactly_one_version() {
        let catalogue = current();
        let mut followed = 0;
        for (path, entry) in &catalogue.entries {
            if !entry.mime.links {
                continue;
            }
            let text = std::str::from_utf8(&entry.bytes.plain).unwrap();
            links::rewrite(text, path, |file| {
                if let Some((_, is_exact)) = catalogue.find(file) {
                    assert!(is_exact || mime::of(file).is_page, "{path} leads to {file}");
                    followed += 1;
                }
                None
            });
        }
        assert!(followed > 30, "only {followed} links");
    }

    #[test]
    fn files_that_did_not_change_are_taken_over() {
        let before = current();
        let after = Catalogue::read(&before);
        assert_eq!(before.entries.len(), after.entries.len());
        assert!(before.entries.iter().all(|(path, entry)| Arc::ptr_eq(entry, &after.entries[path])));
    }
}
