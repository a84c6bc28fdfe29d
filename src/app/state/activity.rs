//! Who did what, and what is still under way or unknown.

use jiff::Timestamp;

use crate::action::Verb;
use crate::domain::{IntentId, Mono, RolloutId, TenantId, Text};
use crate::plan::types::Rest;

/// How a line of the activity came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActivityState {
    /// Nobody knows what became of it.
    Unknown,
    /// On its way.
    Open,
    Verified,
    /// The backend shows another state, made by somebody else.
    Superseded,
    NotThere,
    Refused,
    /// A line that has no outcome: an override, a name.
    Told,
    /// The same of arming: armed, disarmed. Several in a row are one row.
    Arming,
}

impl ActivityState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Open => "on its way",
            Self::Verified => "verified",
            Self::Superseded => "superseded",
            Self::NotThere => "not there",
            Self::Refused => "refused",
            Self::Told | Self::Arming => "",
        }
    }
}

/// Longest finding, in characters: a plan of many calls has one of each.
const FOUND: usize = 4_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityLine {
    pub at: Timestamp,
    pub who: Text,
    pub tenant: Option<TenantId>,
    pub rollout: Option<RolloutId>,
    pub intent: Option<IntentId>,
    pub what: Text,
    pub state: ActivityState,
    /// The newest finding, in a sentence.
    pub found: Text,
    /// Another process wrote it.
    pub elsewhere: bool,
    /// What of it never left, to be taken up again.
    pub rest: Option<Box<Rest>>,
    /// The next call on a thing that the plan made, where it never left: `POST /rollouts/9/start never left`.
    pub unsent: Option<Text>,
    /// What was found of the calls before the last, in their order.
    pub went: Vec<Text>,
}

impl ActivityLine {
    /// What was found of every call: the last one says nothing of the others. The same is told once, with its number.
    pub fn of_every_call(&self, last: &str) -> String {
        if self.went.is_empty() {
            return last.to_owned();
        }
        let mut groups: Vec<(&str, usize)> = Vec::new();
        for words in self.went.iter().map(Text::as_str).chain([last]) {
            match groups.iter_mut().find(|(known, _)| *known == words) {
                Some((_, calls)) => *calls += 1,
                None => groups.push((words, 1)),
            }
        }
        let alike = groups.iter().any(|(_, calls)| *calls > 1);
        let told = groups.into_iter().map(|(words, calls)| match calls {
            _ if !alike => words.to_owned(),
            1 => format!("1 call: {words}"),
            calls => format!("{calls} calls: {words}"),
        });
        told.collect::<Vec<_>>().join("; ")
    }

    /// Keeps the part that never left, and says so beside what was found.
    pub fn keep_rest(&mut self, rest: Rest) {
        self.rest = Some(Box::new(rest));
        self.found = self.with_rest(self.found.as_str());
    }

    /// A later intent took up what never left: it is not offered a second time.
    pub fn rest_taken_up(&mut self) {
        if let Some(rest) = self.rest.take() {
            let hosts = rest.intent.hosts.len();
            let plural = if hosts == 1 { "" } else { "s" };
            let told = self.found.as_str().replace(&format!("{hosts} host{plural} not asked yet"), "the rest was taken up since");
            self.found = Text::new(told);
        }
    }

    /// Keeps what never left of a thing that is half done: the plan did not come to its end, whatever became of its calls.
    pub fn keep_unsent(&mut self, call: &Text) {
        let unsent = Text::new(format!("{call} never left: go on from the board"));
        self.found = Text::new(format!("{unsent}; {}", self.found));
        self.unsent = Some(unsent);
        self.state = self.came_out(self.state);
    }

    /// How it came out, if that is what became of the last call that left.
    pub fn came_out(&self, last: ActivityState) -> ActivityState {
        if last == ActivityState::Verified && self.unsent.is_some() { ActivityState::Superseded } else { last }
    }

    /// A finding, with what never left before it.
    pub fn with_rest(&self, found: &str) -> Text {
        let found = match &self.unsent {
            Some(unsent) => &format!("{unsent}; {found}"),
            None => found,
        };
        let Some(rest) = &self.rest else { return Text::bounded(found, FOUND) };
        let (hosts, left, of) = (rest.intent.hosts.len(), rest.left, rest.of);
        let plural = if hosts == 1 { "" } else { "s" };
        let told: Vec<&str> = rest.told.iter().map(Text::as_str).chain([found]).collect();
        Text::bounded(&format!("{left} of {of} calls left, {hosts} host{plural} not asked yet; {}", told.join("; ")), FOUND)
    }
}

/// The lines as rows, newest first: those that tell of nothing but arming stand in one row with their neighbours.
pub fn folded(lines: &[ActivityLine]) -> impl Iterator<Item = &[ActivityLine]> {
    lines.chunk_by(|one, other| one.state == ActivityState::Arming && other.state == ActivityState::Arming)
}

/// The row whose oldest line is this one, counted from the oldest of all, 1 for the first: a new line moves no row then.
pub fn row_of(lines: &[ActivityLine], place: u64) -> Option<&[ActivityLine]> {
    let oldest = lines.len().checked_sub(usize::try_from(place).ok()?)?;
    let line = lines.get(oldest)?;
    let newer = lines[..oldest].iter().rev().take_while(|newer| [newer.state, line.state] == [ActivityState::Arming; 2]);
    Some(&lines[oldest - newer.count()..=oldest])
}

/// Lines kept, own and elsewhere's. The journal has them all.
const LINES: usize = 500;

/// Puts a line on top. The oldest line that is settled goes where there are too many; what is open or unknown stays.
pub fn push_line(lines: &mut Vec<ActivityLine>, line: ActivityLine) {
    lines.insert(0, line);
    let settled = |line: &ActivityLine| !matches!(line.state, ActivityState::Open | ActivityState::Unknown);
    if lines.len() > LINES
        && let Some(oldest) = lines.iter().rposition(settled)
    {
        lines.remove(oldest);
    }
}

/// Where an intent of this process is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    ReadingAgain,
    WritingDown,
    Sending,
    LookingUp,
}

impl Phase {
    pub fn word(self) -> &'static str {
        match self {
            Self::ReadingAgain => "reading again",
            Self::WritingDown => "writing down",
            Self::Sending => "sending",
            Self::LookingUp => "sent, waiting for the backend to show it",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFlight {
    pub intent: IntentId,
    pub verb: Verb,
    pub tenant: TenantId,
    pub rollout: RolloutId,
    pub phase: Phase,
    pub since: Mono,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn line(number: usize, state: ActivityState) -> ActivityLine {
        ActivityLine {
            at: Timestamp::UNIX_EPOCH,
            who: Text::default(),
            tenant: None,
            rollout: None,
            intent: None,
            what: Text::new(number.to_string()),
            state,
            found: Text::default(),
            elsewhere: false,
            rest: None,
            unsent: None,
            went: Vec::new(),
        }
    }

    #[rstest]
    #[case::one_call(&[], "3 of 3", "3 of 3")]
    #[case::another_of_each(&["it is made"], "it has begun", "it is made; it has begun")]
    #[case::the_same_of_each(&["3 of 3", "3 of 3"], "3 of 3", "3 calls: 3 of 3")]
    #[case::one_of_the_first_lacks_a_host(&["3 of 3", "2 of 3; not known: x", "3 of 3"], "1 of 1", "2 calls: 3 of 3; 1 call: 2 of 3; not known: x; 1 call: 1 of 1")]
    fn what_the_last_call_found_hides_nothing_of_the_others(#[case] went: &[&str], #[case] last: &str, #[case] told: &str) {
        let went = went.iter().map(Text::new).collect();
        assert_eq!(ActivityLine { went, ..line(1, ActivityState::Open) }.of_every_call(last), told);
    }

    #[test]
    fn many_lines_push_out_the_oldest_settled_one_and_never_an_unknown_one() {
        let mut lines = Vec::new();
        push_line(&mut lines, line(0, ActivityState::Unknown));
        for number in 1..=LINES {
            push_line(&mut lines, line(number, ActivityState::Verified));
        }
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines.iter().rev().take(2).map(|line| line.what.as_str()).collect::<Vec<_>>(), ["0", "2"]);
    }
}
