//! A process that is killed at any moment: what it loses is younger than a second.
//!
//! The test starts itself again as the process to be killed, which runs `the_writer`.

use super::*;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const FILE: &str = "PERIGEE_TEST_STORE";

/// Writes until it is killed, and prints each kill when it is given to the store.
#[tokio::test]
#[ignore = "is started, and killed, by another test"]
async fn the_writer() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let (store, _thread) = open(Path::new(&path));
    let ann = player(&store, "Ann").await;
    for number in 1_u64.. {
        store.record(hits(ann.player_id, 1));
        store.append_chat(ChatRow {
            channel: "all".to_owned(),
            number,
            from: "Ann".to_owned(),
            to: String::new(),
            text: "still here".to_owned(),
            at_ms: number,
        });
        // Not through the test's capture.
        writeln!(std::io::stdout().lock(), "\nkill {number}").unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_killed_process_loses_less_than_the_last_second() {
    let folder = Folder::new();
    for round in 0..3 {
        let path = folder.file(&format!("{round}.db"));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::crash::the_writer", "--ignored", "--nocapture"])
            .env(FILE, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let run_for = Duration::from_millis(1400 + 90 * round);
        let mut told = Vec::new();
        for line in lines {
            if let Some(number) = line.unwrap().strip_prefix("kill ") {
                told.push((Instant::now(), number.parse::<u64>().unwrap()));
                if told[0].0.elapsed() > run_for {
                    break;
                }
            }
        }
        // SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
        let killed = Instant::now();
        let safe =
            told.iter().rev().find(|(at, _)| killed.duration_since(*at) >= Duration::from_secs(1)).unwrap().1;
        let last = told.last().unwrap().1;
        let (store, thread) = open(&path);
        let kept = hits_of(&store, "Ann").await.cast_unsigned();
        assert!((safe..=last + 1000).contains(&kept), "{kept} of {last}, of which {safe} are a second old");
        let chat = store.chat_history("all", 1).await.unwrap();
        assert_eq!(chat[0].number, kept, "what was written together is kept together");
        close(store, thread).await;
    }
}
