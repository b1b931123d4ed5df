//! Who plays in which team.

use crate::game::class::Team;

/// Friends stay together while their team is not larger than the other by more than this.
const MAX_LEAD: usize = 2;

/// One pilot, as far as teams are concerned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) team: Team,
    /// Pilots of one party came together; 0 is no party.
    pub(crate) party: u32,
    /// Whether a person plays.
    pub(crate) is_person: bool,
}

/// The team of a pilot who comes to those that are there: their party's if that is fair, else the one with fewer people,
/// then with fewer pilots, then the first.
pub(crate) fn team_for(party: u32, members: impl Iterator<Item = Member>) -> Team {
    let (mut people, mut all, mut friends) = ([0usize; 2], [0usize; 2], [0usize; 2]);
    for member in members {
        let at = match member.team {
            Team::A => 0,
            Team::B => 1,
            Team::Free | Team::Pirates => continue,
        };
        all[at] += 1;
        people[at] += usize::from(member.is_person);
        friends[at] += usize::from(party != 0 && member.party == party);
    }
    let with_friends = usize::from(friends[1] > friends[0]);
    if friends[with_friends] > 0 && people[with_friends] < people[1 - with_friends] + MAX_LEAD {
        return [Team::A, Team::B][with_friends];
    }
    if (people[1], all[1]) < (people[0], all[0]) { Team::B } else { Team::A }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(team: Team, party: u32) -> Member {
        Member { team, party, is_person: true }
    }

    #[test]
    fn teams_fill_evenly() {
        let mut members = Vec::new();
        for n in 0..11usize {
            let team = team_for(0, members.iter().copied());
            members.push(member(team, 0));
            let count = |team| members.iter().filter(|member| member.team == team).count();
            assert!(count(Team::A).abs_diff(count(Team::B)) <= 1, "after {n}");
        }
    }

    #[test]
    fn a_party_stays_together_while_that_is_fair() {
        let mut members = vec![member(Team::A, 7), member(Team::B, 0)];
        for wanted in [Team::A, Team::A, Team::B] {
            let team = team_for(7, members.iter().copied());
            assert_eq!(team, wanted, "{members:?}");
            members.push(member(team, 7));
        }
    }

    #[test]
    fn people_count_before_programs() {
        let program = Member { is_person: false, ..member(Team::A, 0) };
        let members = [program, program, member(Team::B, 0)];
        assert_eq!(team_for(0, members.into_iter()), Team::A);
    }
}
