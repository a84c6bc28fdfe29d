//! Where we are, where we came from, and what a row stands for.

use crate::action::Action;
use crate::domain::{AttemptId, BackendName, HostId, HostSet, IntentId, Lane, RolloutId, WaveId};
use crate::store::queue::Pile;

/// A place one can be at. Places are compared by the thing they show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Board,
    /// Who may work when.
    Windows,
    Rollout(RolloutId),
    /// The hosts of one wave.
    Wave(WaveId),
    Host(HostId),
    /// Failures, piled up.
    Failures,
    /// The failed hosts of one pile.
    Pile(Pile),
    /// The hosts of one lane beside the failures.
    Lane(Lane),
    Approvals,
    Activity,
    Backends,
    /// Answers to a search of hosts.
    Found,
}

/// The screens named in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Screen {
    Board,
    Windows,
    Failures,
    Approvals,
    Activity,
    Backends,
}

impl Screen {
    pub const ALL: [Self; 6] = [Self::Board, Self::Windows, Self::Failures, Self::Approvals, Self::Activity, Self::Backends];

    pub fn title(self) -> &'static str {
        match self {
            Self::Board => "Board",
            Self::Windows => "Windows",
            Self::Failures => "Failures",
            Self::Approvals => "Approvals",
            Self::Activity => "Activity",
            Self::Backends => "Backends",
        }
    }

    pub fn action(self) -> Action {
        match self {
            Self::Board => Action::Board,
            Self::Windows => Action::Windows,
            Self::Failures => Action::Failures,
            Self::Approvals => Action::Approvals,
            Self::Activity => Action::Activity,
            Self::Backends => Action::Backends,
        }
    }

    pub fn place(self) -> Place {
        match self {
            Self::Board => Place::Board,
            Self::Windows => Place::Windows,
            Self::Failures => Place::Failures,
            Self::Approvals => Place::Approvals,
            Self::Activity => Place::Activity,
            Self::Backends => Place::Backends,
        }
    }
}

impl Place {
    /// The screen it belongs to, for the header.
    pub fn screen(&self) -> Screen {
        match self {
            Self::Board | Self::Rollout(_) | Self::Wave(_) | Self::Host(_) | Self::Found => Screen::Board,
            Self::Windows => Screen::Windows,
            Self::Failures | Self::Pile(_) | Self::Lane(_) => Screen::Failures,
            Self::Approvals => Screen::Approvals,
            Self::Activity => Screen::Activity,
            Self::Backends => Screen::Backends,
        }
    }
}

/// The thing a row stands for. The selection follows it, wherever it moves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowId {
    Rollout(RolloutId),
    Wave(WaveId),
    Host(HostId),
    /// A place in a wave's host list that has not been read.
    Unread(u32),
    Backend(BackendName),
    Intent(IntentId),
    /// A line of the activity without an intent.
    Line(u64),
    /// A line of a host's attempts, newest first.
    Attempt(u32),
    /// Failures that share something.
    Pile(Pile),
    /// Hosts that have not failed and must not hide.
    Lane(Lane),
    /// One failed try on one host.
    Failed(AttemptId),
    /// Hosts that share a calendar.
    Set(HostSet),
}

/// Back and forward.
#[derive(Clone, Debug)]
pub struct Trail {
    back: Vec<Place>,
    here: Place,
    forward: Vec<Place>,
}

/// Places remembered each way.
const DEPTH: usize = 32;

impl Default for Trail {
    fn default() -> Self {
        Self { back: Vec::new(), here: Place::Board, forward: Vec::new() }
    }
}

impl Trail {
    pub fn here(&self) -> &Place {
        &self.here
    }

    /// Goes somewhere new; what lay ahead is forgotten.
    pub fn go(&mut self, place: Place) {
        if place == self.here {
            return;
        }
        let left = std::mem::replace(&mut self.here, place);
        self.back.push(left);
        if self.back.len() > DEPTH {
            self.back.remove(0);
        }
        self.forward.clear();
    }

    /// Goes back; false at the root, where back never leaves the program.
    pub fn back(&mut self) -> bool {
        let Some(place) = self.back.pop().or_else(|| (self.here != Place::Board).then_some(Place::Board)) else { return false };
        self.forward.push(std::mem::replace(&mut self.here, place));
        true
    }

    pub fn forward(&mut self) -> bool {
        let Some(place) = self.forward.pop() else { return false };
        self.back.push(std::mem::replace(&mut self.here, place));
        true
    }

    /// The screen of the header that this place was reached from: a host belongs to any of them.
    pub fn screen(&self) -> Screen {
        let of_any = |place: &&Place| matches!(place, Place::Host(_) | Place::Found);
        let own = [&self.here].into_iter().chain(self.back.iter().rev()).find(|place| !of_any(place));
        own.map_or(Screen::Board, Place::screen)
    }

    /// Every place one can get back to, and this one.
    pub fn all(&self) -> impl Iterator<Item = &Place> {
        self.back.iter().chain([&self.here]).chain(&self.forward)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_at_the_root_stays() {
        let mut trail = Trail::default();
        assert!(!trail.back());
        assert_eq!(*trail.here(), Place::Board);
    }

    #[test]
    fn a_host_belongs_to_the_screen_it_was_reached_from() {
        let host = Place::Host(HostId::new(BackendName::new("hb"), "web-1"));
        let mut trail = Trail::default();
        trail.go(host.clone());
        assert_eq!(trail.screen(), Screen::Board);
        trail.go(Place::Failures);
        trail.go(Place::Lane(Lane::Offline));
        trail.go(host);
        assert_eq!(trail.screen(), Screen::Failures);
        assert!(trail.back() && trail.back() && trail.back());
        assert_eq!(trail.screen(), Screen::Board);
    }

    #[test]
    fn forward_undoes_back() {
        let mut trail = Trail::default();
        trail.go(Place::Backends);
        trail.go(Place::Activity);
        assert!(trail.back());
        assert_eq!(*trail.here(), Place::Backends);
        assert!(trail.forward());
        assert_eq!(*trail.here(), Place::Activity);
    }

    #[test]
    fn going_somewhere_new_forgets_what_lay_ahead() {
        let mut trail = Trail::default();
        trail.go(Place::Backends);
        trail.back();
        trail.go(Place::Activity);
        assert!(!trail.forward());
    }
}
