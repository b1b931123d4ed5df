//! A few minutes of sixty mixed bots: they do all that can be done, nobody is stuck, prices stay sensible, the books
//! balance, and the recording comes back the same. `make match` plays twenty minutes of two hundred.

use perigee_tests::long_match::{Plan, play};

#[test]
fn mixed_bots_trade_mine_fight_and_capture_and_nobody_is_stuck() {
    let plan = Plan::short(3);
    let account = play(&plan);
    let complaints = account.complaints(u32::from(plan.connected + plan.driven));
    println!("{}", account.table());
    assert!(complaints.is_empty(), "{complaints:#?}\n{}", account.table());
    assert!(account.replay.is_some_and(|replay| replay.is_ok_and(|keyframes| keyframes > 3)));
    assert!(account.rounds > 0 && account.trades.len() == 4);
}
