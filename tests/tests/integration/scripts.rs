//! Every script of the pages can be parsed. A syntax error in one that a page loads late would otherwise be found only by the
//! test that opens that page.

use crate::pages::{Driver, ONE_AT_A_TIME};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Parses a module without running it: the module that it imports first throws. Returns what is wrong with the syntax.
const PARSE: &str = "
    const [source, done] = arguments;
    const stop = `import 'data:text/javascript,throw new Error(\"parsed\")';`;
    const address = URL.createObjectURL(new Blob([stop + source], { type: 'text/javascript' }));
    import(address).then(() => done('it ran'), (error) => {
      done(error instanceof SyntaxError ? error.message : null);
    });";

/// All scripts below a folder but those that a build writes.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let own = folders.into_iter().filter(|folder| !folder.ends_with("pkg"));
    let below = own.flat_map(|folder| scripts(&folder));
    files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "js")).chain(below).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_script_of_the_pages_can_be_parsed() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/web");
    let scripts = scripts(&web);
    assert!(scripts.len() > 20, "{scripts:?}");
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto("about:blank").await.unwrap();
    let syntax_error = async |source: &str| {
        page.execute_async(PARSE, vec![json!(source)]).await.unwrap().as_str().map(str::to_owned)
    };
    assert_eq!(syntax_error("import './other.js';\nexport const one = 1;").await, None);
    assert!(syntax_error("import './other.js';\nexport const one = ;").await.is_some());
    let mut wrong = Vec::new();
    for script in scripts {
        let source = std::fs::read_to_string(&script).unwrap();
        if let Some(error) = syntax_error(&source).await {
            wrong.push(format!("{}: {error}", script.display()));
        }
    }
    page.close().await.unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
