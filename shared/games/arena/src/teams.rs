//! Who plays in which team: where a newcomer goes, who may change, and who must when a round begins.

use crate::class::Team;
use crate::orders::OrderRefusal;

/// Friends stay together, and anybody may change, while a team has no more people than the other and this.
const MAX_LEAD: usize = 2;

/// One pilot, as far as teams are concerned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) team: Team,
    /// Pilots of one party came together; 0 is no party.
    pub(crate) party: u32,
    /// Whether a person plays.
    pub(crate) is_person: bool,
    /// What they have done in this round.
    pub(crate) score: i32,
}

/// How many there are in the two teams.
#[derive(Clone, Copy, Debug, Default)]
struct HeadCount {
    people: [usize; 2],
    all: [usize; 2],
}

impl HeadCount {
    fn of(members: impl Iterator<Item = Member>) -> Self {
        members.fold(Self::default(), |mut tally, member| {
            if let Some(at) = place(member.team) {
                tally.all[at] += 1;
                tally.people[at] += usize::from(member.is_person);
            }
            tally
        })
    }
}

const TEAMS: [Team; 2] = [Team::A, Team::B];

/// The team's place in a tally; who plays for no zone has none.
fn place(team: Team) -> Option<usize> {
    TEAMS.iter().position(|&one| one == team)
}

/// The team of a pilot who comes to those that are there. A person: their party's if that is fair, else the one with
/// fewer people. A program: the one with fewer pilots. Then what the other looks at, then the first.
pub(crate) fn team_for(party: u32, is_person: bool, members: impl Iterator<Item = Member> + Clone) -> Team {
    let HeadCount { people, all } = HeadCount::of(members.clone());
    let friends = members.filter(|member| party != 0 && member.party == party);
    let friends = HeadCount::of(friends).all;
    let with_friends = usize::from(friends[1] > friends[0]);
    if friends[with_friends] > 0 && people[with_friends] < people[1 - with_friends] + MAX_LEAD {
        return TEAMS[with_friends];
    }
    let size = |at: usize| if is_person { (people[at], all[at]) } else { (all[at], people[at]) };
    TEAMS[usize::from(size(1) < size(0))]
}

/// Whether a person may change from one team to another, or a spare word.
///
/// # Errors
/// Why not.
pub(crate) fn may_change(
    from: Team,
    to: Team,
    members: impl Iterator<Item = Member>,
) -> Result<(), OrderRefusal> {
    let (Some(from), Some(to)) = (place(from), place(to)) else { return Err(OrderRefusal::NoTeams) };
    if from == to {
        return Err(OrderRefusal::SameTeam);
    }
    let people = HeadCount::of(members).people;
    if people[to] + 1 > people[from].saturating_sub(1) + MAX_LEAD {
        Err(OrderRefusal::TeamFull)
    } else {
        Ok(())
    }
}

/// Who is to change to the other team so that the next round is fair; `None` when it is. People change while their team
/// leads by more than may be: of those without a party, if there is one, who has done the least. Then programs even
/// out the rest.
pub(crate) fn next_to_move<I: Copy>(members: &(impl Iterator<Item = (I, Member)> + Clone)) -> Option<I> {
    let HeadCount { people, all } = HeadCount::of(members.clone().map(|(_, member)| member));
    let crowded = |counts: [usize; 2], lead: usize| {
        let at = usize::from(counts[1] > counts[0]);
        (counts[at] > counts[1 - at] + lead).then_some(TEAMS[at])
    };
    let least = |team: Team, is_person: bool| {
        let team =
            members.clone().filter(move |(_, member)| member.team == team && member.is_person == is_person);
        team.min_by_key(|(_, member)| (member.party != 0, member.score)).map(|(who, _)| who)
    };
    let person = crowded(people, MAX_LEAD).and_then(|team| least(team, true));
    person.or_else(|| crowded(all, 1).and_then(|team| least(team, false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(team: Team, party: u32) -> Member {
        Member { team, party, is_person: true, score: 0 }
    }

    fn program(team: Team) -> Member {
        Member { is_person: false, ..member(team, 0) }
    }

    fn count(members: &[Member], team: Team, is_person: bool) -> usize {
        members.iter().filter(|member| member.team == team && member.is_person == is_person).count()
    }

    /// Lets pilots change until it is fair; gives how many did.
    fn even_out(members: &mut [Member]) -> usize {
        for moves in 0..=members.len() {
            let Some(at) = next_to_move(&members.iter().copied().enumerate()) else { return moves };
            members[at].team = members[at].team.rival();
        }
        panic!("this has no end: {members:?}")
    }

    #[test]
    fn teams_fill_evenly() {
        let mut members = Vec::new();
        for n in 0..11usize {
            let team = team_for(0, true, members.iter().copied());
            members.push(member(team, 0));
            let lead = count(&members, Team::A, true).abs_diff(count(&members, Team::B, true));
            assert!(lead <= 1, "after {n}");
        }
    }

    #[test]
    fn a_party_stays_together_while_that_is_fair() {
        let mut members = vec![member(Team::A, 7), member(Team::B, 0)];
        for wanted in [Team::A, Team::A, Team::B] {
            let team = team_for(7, true, members.iter().copied());
            assert_eq!(team, wanted, "{members:?}");
            members.push(member(team, 7));
        }
    }

    #[test]
    fn people_are_evened_out_before_programs() {
        let members = [program(Team::A), program(Team::A), member(Team::B, 0)];
        assert_eq!(team_for(0, true, members.into_iter()), Team::A);
    }

    #[test]
    fn programs_give_somebody_alone_comrades_too() {
        let mut members = vec![member(Team::A, 0)];
        for _ in 0..7 {
            members.push(program(team_for(0, false, members.iter().copied())));
        }
        assert_eq!((count(&members, Team::A, false), count(&members, Team::B, false)), (3, 4));
    }

    #[test]
    fn who_changes_may_not_leave_the_others_far_behind() {
        let may = |a: usize, b: usize, (from, to)| {
            let members = [(Team::A, a), (Team::B, b)];
            let members = members.into_iter().flat_map(|(team, n)| std::iter::repeat_n(member(team, 0), n));
            may_change(from, to, members.chain([program(Team::B); 5]))
        };
        let way = (Team::A, Team::B);
        assert_eq!((may(2, 1, way), may(1, 1, way)), (Ok(()), Ok(())));
        assert_eq!(
            (may(1, 2, way), may(4, 5, way)),
            (Err(OrderRefusal::TeamFull), Err(OrderRefusal::TeamFull))
        );
        assert_eq!(may(3, 3, (Team::B, Team::B)), Err(OrderRefusal::SameTeam));
        assert_eq!(may(3, 3, (Team::Free, Team::B)), Err(OrderRefusal::NoTeams));
        assert_eq!(may(3, 3, (Team::A, Team::Pirates)), Err(OrderRefusal::NoTeams));
    }

    #[test]
    fn a_round_begins_with_fair_teams_and_as_few_changes_as_that_takes() {
        let mut members = vec![member(Team::A, 0); 7];
        members.extend([member(Team::B, 0); 1]);
        members.extend([program(Team::B); 4]);
        assert_eq!(even_out(&mut members), 3, "two people, then a program");
        assert_eq!((count(&members, Team::A, true), count(&members, Team::B, true)), (5, 3));
        assert_eq!((count(&members, Team::A, false), count(&members, Team::B, false)), (1, 3));
    }

    #[test]
    fn who_came_alone_and_did_the_least_changes_first() {
        let scored = |party, score| Member { score, ..member(Team::A, party) };
        let members = [scored(7, 0), scored(0, 300), scored(0, 100), scored(7, 50)];
        assert_eq!(next_to_move(&members.into_iter().enumerate()), Some(2));
        let friends = [scored(7, 90), scored(7, 20), scored(7, 30)];
        assert_eq!(next_to_move(&friends.into_iter().enumerate()), Some(1), "when there is nobody else");
        assert_eq!(
            next_to_move(&friends[..2].iter().copied().enumerate()),
            None,
            "two friends against nobody"
        );
    }

    #[test]
    fn whoever_is_not_in_a_team_is_left_alone() {
        let members = [member(Team::Free, 0); 9].into_iter().chain([program(Team::Pirates); 9]);
        assert_eq!(next_to_move(&members.enumerate()), None);
    }
}
