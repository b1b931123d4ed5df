//! Who plays for whom: where somebody who comes goes, and who changes when the teams are not fair any more.

use crate::entity::Team;

/// Friends stay together while their team has no more people than the other and this.
const MAX_LEAD: usize = 2;

/// Somebody on the ice, as far as teams are concerned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) team: Team,
    /// Players of one party came together; 0 is no party.
    pub(crate) party: u32,
    /// Whether a person plays.
    pub(crate) is_person: bool,
}

/// How many there are in the two teams.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    people: [usize; 2],
    all: [usize; 2],
}

impl Tally {
    fn of(members: impl Iterator<Item = Member>) -> Self {
        members.fold(Self::default(), |mut tally, member| {
            tally.all[member.team.index()] += 1;
            tally.people[member.team.index()] += usize::from(member.is_person);
            tally
        })
    }
}

/// The team for somebody who comes; `None` if both are full. `places` is how many a team takes; a program gives its
/// place to a person. A person plays with their party if that is fair, else where there are fewer people; a program where
/// there are fewer players.
pub(crate) fn team_for(
    party: u32,
    is_person: bool,
    members: impl Iterator<Item = Member> + Clone,
    places: usize,
) -> Option<Team> {
    let Tally { people, all } = Tally::of(members.clone());
    let taken = if is_person { people } else { all };
    let has_room = |team: &Team| taken[team.index()] < places;
    let friends = Tally::of(members.filter(|member| party != 0 && member.party == party)).all;
    let with_friends = Team::ALL[usize::from(friends[1] > friends[0])];
    let lead = people[with_friends.index()] + 1;
    if friends[with_friends.index()] > 0
        && has_room(&with_friends)
        && lead <= people[with_friends.rival().index()] + MAX_LEAD
    {
        return Some(with_friends);
    }
    let size = |team: &Team| {
        let at = team.index();
        if is_person { (people[at], all[at]) } else { (all[at], people[at]) }
    };
    Team::ALL.into_iter().filter(has_room).min_by_key(size)
}

/// Who is to change to the other team so that neither has two players or two people more; `None` when it is fair. A
/// program changes before a person, and whoever came alone before one of a party; of these, the last.
pub(crate) fn next_to_move(members: &(impl Iterator<Item = Member> + Clone)) -> Option<usize> {
    let Tally { people, all } = Tally::of(members.clone());
    let crowded = |counts: [usize; 2]| {
        let at = usize::from(counts[1] > counts[0]);
        (counts[at] >= counts[1 - at] + 2).then_some(Team::ALL[at])
    };
    let last = |team: Team, is_person: Option<bool>| {
        let fits = move |member: &Member| {
            member.team == team && is_person.is_none_or(|is_person| member.is_person == is_person)
        };
        let team = members.clone().enumerate().filter(move |(_, member)| fits(member));
        team.max_by_key(|(at, member)| (!member.is_person, member.party == 0, *at)).map(|(at, _)| at)
    };
    crowded(all).and_then(|team| last(team, None)).or_else(|| {
        // As many on both sides, but the people on one: only somebody who came alone, or friends would be parted.
        let team = crowded(people)?;
        last(team, Some(true)).filter(|&at| members.clone().nth(at).is_some_and(|member| member.party == 0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(team: Team, party: u32, is_person: bool) -> Member {
        Member { team, party, is_person }
    }

    #[test]
    fn who_comes_goes_where_fewer_are_and_friends_stay_together_while_that_is_fair() {
        let mut members = Vec::new();
        for party in [0, 7, 7, 0] {
            let team = team_for(party, true, members.iter().copied(), 4).unwrap();
            members.push(member(team, party, true));
        }
        let teams: Vec<Team> = members.iter().map(|member| member.team).collect();
        assert_eq!(teams, [Team::Frost, Team::Ember, Team::Ember, Team::Frost]);
        members.push(member(Team::Ember, 7, true));
        members.push(member(Team::Ember, 7, true));
        assert_eq!(
            team_for(7, true, members.iter().copied(), 9),
            Some(Team::Frost),
            "five against two is not"
        );
    }

    #[test]
    fn a_full_team_takes_nobody_but_a_person_for_a_program() {
        let full = [member(Team::Frost, 0, true), member(Team::Ember, 0, false)];
        assert_eq!(team_for(0, false, full.iter().copied(), 1), None);
        assert_eq!(team_for(0, true, full.iter().copied(), 1), Some(Team::Ember));
        let people = [member(Team::Frost, 0, true), member(Team::Ember, 0, true)];
        assert_eq!(team_for(0, true, people.iter().copied(), 1), None);
    }

    #[test]
    fn teams_become_fair_by_few_changes_that_part_no_friends() {
        let (one, two) = (Team::Frost, Team::Ember);
        let fair = [member(one, 0, true), member(one, 0, false), member(two, 0, true)];
        assert_eq!(next_to_move(&fair.into_iter()), None);
        let uneven = [member(one, 3, true), member(one, 0, true), member(one, 0, false)];
        assert_eq!(next_to_move(&uneven.into_iter()), Some(2), "the program");
        let people =
            [member(one, 3, true), member(one, 0, true), member(two, 0, false), member(two, 0, false)];
        assert_eq!(next_to_move(&people.into_iter()), Some(1), "who came alone");
        let friends =
            [member(one, 3, true), member(one, 3, true), member(two, 0, false), member(two, 0, false)];
        assert_eq!(next_to_move(&friends.into_iter()), None);
    }
}
