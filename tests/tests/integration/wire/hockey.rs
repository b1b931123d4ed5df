//! That hockey's chapter of the protocol tells the truth about its scenario and what a tick makes of a row. Its constants
//! are the crate's own, so `perigee_hockey::tuning` compares them.

use super::chapters::{self, HOCKEY, assert_vectors};
use perigee_hockey::{Hockey, HockeyEntity, Scenario};
use perigee_shared::netcode::{Entity, Simulation};
use perigee_shared::protocol::schema_hash;

#[test]
fn its_scenario_and_its_schema_are_the_codes() {
    let bytes = super::hex(&chapters::scenario_bytes::<Hockey>(Scenario::default()));
    let (_, told) = HOCKEY.split_once("The defaults are `").unwrap();
    assert_eq!(told.split('`').next().unwrap().replace(' ', ""), bytes);
    let schema = schema_hash::<Hockey>();
    assert!(HOCKEY.contains(&format!("its schema is `{schema:016x}`")), "{schema:016x}");
}

#[test]
fn a_tick_makes_of_each_row_what_it_says() {
    let rink = Hockey::map(&Scenario::default());
    assert_vectors::<HockeyEntity>(HOCKEY, "## Step vectors", |before| {
        let after = chapters::foreseen::<Hockey>(before, &rink);
        if let [mut alone] = *before {
            alone.advance(&rink);
            assert_eq!(after, [alone]);
        }
        after
    });
}
