//! `perigee-match`: a long match of mixed bots, with statistics, checks and playback. `MINUTES` and `SEED` change it.

use perigee_tests::long_match::{Plan, play};
use std::process::ExitCode;

fn main() -> ExitCode {
    let number = |key: &str| std::env::var(key).ok().and_then(|text| text.parse::<u32>().ok());
    let seed = number("SEED").unwrap_or(1).into();
    let evening = if std::env::var_os("SHORT").is_some() { Plan::short(seed) } else { Plan::evening(seed) };
    let plan = Plan { seconds: number("MINUTES").map_or(evening.seconds, |minutes| minutes * 60), ..evening };
    let account = play(&plan);
    tell(&account.table());
    let complaints = account.complaints(u32::from(plan.connected + plan.driven));
    for complaint in &complaints {
        tell(&format!("NOT AS IT SHOULD BE: {complaint}"));
    }
    if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "the table is this program's output")]
fn tell(text: &str) {
    println!("{text}");
}
