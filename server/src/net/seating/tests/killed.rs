//! A server that is killed amid all that: the next one finds what all people owned at one moment, less than a second
//! before.
//!
//! The test starts itself again as the process to be killed, which runs `the_server_to_be_killed`.

use super::*;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

const FILE: &str = "PERIGEE_TEST_OWNED";
/// What may be lost: rooms report every tenth of a second, presence writes 50 ms later, then `store.flush_ms`, and some
/// time for a busy machine.
const LOST: Duration = Duration::from_secs(1);
const KILLS: u64 = 4;

/// What all people own, by person.
type Everybody = BTreeMap<i64, Sum>;

fn written(everybody: &Everybody) -> String {
    everybody.iter().fold(String::new(), |mut line, (person, sum)| {
        line.push_str(&format!("{person}:"));
        sum.iter().for_each(|count| line.push_str(&format!("{count},")));
        line.push(' ');
        line
    })
}

fn read(line: &str) -> Everybody {
    let people = line.split_whitespace().map(|word| {
        let (person, counts) = word.split_once(':').unwrap();
        let counts: Vec<i64> = counts.split_terminator(',').map(|count| count.parse().unwrap()).collect();
        (person.parse().unwrap(), counts.try_into().unwrap())
    });
    people.collect()
}

/// Plays until it is killed. Prints each state before it goes to the store, and again once it was handed over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is started, and killed, by another test"]
async fn the_server_to_be_killed() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let seed = std::env::var("SEED").unwrap().parse().unwrap();
    let file = PathBuf::from(file);
    // Writes in the background as a server does.
    let config =
        StoreConfig { path: file.clone(), queue_writes: 4, flush_ms: 250, answer_timeout_ms: 20_000 };
    let store = Store::open(&config, Arc::new(Metrics::new())).unwrap();
    let mut world = World { restarts: false, ..World::over(store, file, seed) };
    let (mut everybody, mut told) = (Everybody::new(), String::new());
    for moment in 0_u64.. {
        world.happen().await;
        for _ in 0..30 {
            world.tick();
            for person in world.people.iter().filter_map(|person| person.person) {
                if let Some(owned) = world.presence.owned(person, "arena") {
                    everybody.insert(person.0.cast_signed(), of_belongings(&owned));
                }
            }
            let words = written(&everybody);
            if words != told {
                // Not through the test's capture.
                writeln!(std::io::stdout().lock(), "\nowned {words}").unwrap();
            }
            world.presence.write_behind(&world.store.0);
            if words != told {
                writeln!(std::io::stdout().lock(), "\nput").unwrap();
                told = words;
            }
            // As often as a server does.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(moment < 10_000, "nobody kills it");
    }
}

/// Every state that was printed, with the time when it was handed to the store, until the process was killed.
fn run_and_kill(
    file: &std::path::Path,
    seed: u64,
    run_for: Duration,
) -> (Vec<(Everybody, Option<Instant>)>, Instant) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "net::seating::tests::killed::the_server_to_be_killed", "--ignored", "--nocapture"])
        .env(FILE, file)
        .env("SEED", seed.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told: Vec<(Everybody, Option<Instant>)> = Vec::new();
    let mut begun = None;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(words) = line.strip_prefix("owned ") {
            told.push((read(words), None));
        } else if line == "put" {
            told.last_mut().unwrap().1 = Some(Instant::now());
        }
        if begun.get_or_insert_with(Instant::now).elapsed() > run_for && told.len() > 20 {
            break;
        }
    }
    // SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
    (told, Instant::now())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_leaves_what_everybody_owned_at_one_moment_of_its_last_second() {
    let (mut most_lost, mut moments) = (Duration::ZERO, 0);
    for seed in 1..=KILLS {
        let file =
            std::env::temp_dir().join(format!("perigee-owned-killed-{}-{seed}.db", std::process::id()));
        let (told, killed) = run_and_kill(&file, seed, Duration::from_millis(2500 + 170 * seed));
        moments += told.len();
        let (store, thread) = open_store(&file);
        let mut found = Everybody::new();
        for person in told.last().unwrap().0.keys() {
            let held = store.holding(PlayerKey(*person), &Arena::ABOUT).await.unwrap();
            if let Some(belongings) = held.and_then(|held| held.belongings) {
                found.insert(*person, of_belongings(&belongings));
            }
        }
        // People who never acted are not kept, and had nothing but the starting balance.
        let nothing: Sum = std::array::from_fn(|n| if n == 0 { START_CREDITS } else { 0 });
        let is_found = |everybody: &Everybody| {
            let kept =
                everybody.iter().filter(|(person, sum)| found.contains_key(*person) || **sum != nothing);
            kept.eq(found.iter())
        };
        let at = told.iter().rposition(|(everybody, _)| is_found(everybody));
        let at = at.unwrap_or_else(|| {
            panic!("seed {seed}: no moment was like {found:?}; the last: {:?}", told.last())
        });
        // The found state is older than the next one, which was handed over at `put`: all since then is lost.
        if let Some((_, Some(put))) = told.get(at + 1) {
            let lost = killed.duration_since(*put);
            assert!(lost < LOST, "seed {seed}: {lost:?} are lost");
            most_lost = most_lost.max(lost);
        }
        assert!(store.close(Duration::from_secs(20)).await);
        drop(store);
        thread.join().unwrap();
        remove(&file);
    }
    println!("{moments} moments, {KILLS} kills, at most {most_lost:?} lost");
}
