//! Finds references to other files in a page, a script or a style sheet, and renames them.
//!
//! A reference is a quoted path that begins with `/`, `./` or `../` and contains only a path: `"/style.css"`,
//! `'./dom.js'`. It does not know which files exist.

/// The text with the file name of each reference replaced by what `rename` returns for the file's path from the root,
/// without a leading slash. `None` leaves it unchanged. `path` is the text's own path, where relative references start.
pub(super) fn rewrite(text: &str, path: &str, mut rename: impl FnMut(&str) -> Option<String>) -> String {
    let mut rewritten = String::with_capacity(text.len() + text.len() / 16);
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'']) {
        let (before, from_quote) = rest.split_at(at);
        let (quote, after) = from_quote.split_at(1);
        rewritten.push_str(before);
        rewritten.push_str(quote);
        rest = after;
        let Some(reference) = reference(after, quote) else { continue };
        rest = &after[reference.len()..];
        let (folder, _) = reference.rsplit_once('/').unwrap_or_default();
        match resolve(reference, path).and_then(|file| rename(&file)) {
            Some(name) => {
                rewritten.push_str(folder);
                rewritten.push('/');
                rewritten.push_str(&name);
            }
            None => rewritten.push_str(reference),
        }
    }
    rewritten.push_str(rest);
    rewritten
}

/// The text up to the closing quote, if it is a path: an apostrophe in a comment opens no reference.
fn reference<'a>(after: &'a str, quote: &str) -> Option<&'a str> {
    let is_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
    let length = after.bytes().take_while(|byte| is_path(byte)).count();
    let (reference, end) = after.split_at(length);
    let is_reference = ["/", "./", "../"].iter().any(|start| reference.starts_with(start));
    (is_reference && end.starts_with(quote)).then_some(reference)
}

/// The path from the root, or `None` if it leads out of it.
fn resolve(reference: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = match reference.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => path.split('/').collect(),
    };
    // The text's own name.
    parts.pop();
    for part in reference.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rename(file: &str) -> Option<String> {
        match file {
            "style.css" => Some("style.1.css".to_owned()),
            "admin/dom.js" => Some("dom.2.js".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn references_to_known_files_get_the_new_name() {
        let cases = [
            ("<link href=\"/style.css\">", "index.html", "<link href=\"/style.1.css\">"),
            ("import { a } from './dom.js';", "admin/main.js", "import { a } from './dom.2.js';"),
            (
                "from '../style.css' from './b/../dom.js'",
                "admin/a.js",
                "from '../style.1.css' from './b/../dom.2.js'",
            ),
            ("the page's '/style.css' isn't", "a.js", "the page's '/style.1.css' isn't"),
            ("\"'/style.css'\"", "a.js", "\"'/style.1.css'\""),
        ];
        for (text, path, wanted) in cases {
            assert_eq!(rewrite(text, path, rename), wanted);
        }
    }

    #[test]
    fn everything_else_stays() {
        for text in [
            "",
            "'",
            "\"/other.css\" 'style.css' \"/style.css",
            "\"/style.css?v=1\" '/style.css \"/style.css'",
            "'./dom.js' '../../style.css' '/../style.css'",
            "don't; ü '/ü'",
        ] {
            assert_eq!(rewrite(text, "index.html", rename), text);
        }
    }
}
