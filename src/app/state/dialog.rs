//! What may stand above the screen. A dialog holds what it asks and what was answered; it sends nothing.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tui_input::Input;

use crate::action::{Action, Verb};
use crate::domain::{CareStage, HostId, Mono, Override, RolloutId, TenantId, Text};
use crate::plan::types::{ActionPlan, Ask, Context, Door, HostGroup, Intent};
use crate::store::queue::Pile;

#[derive(Clone, Debug)]
pub enum Dialog {
    Plan(Box<PlanDialog>),
    Bulk(Box<BulkDialog>),
    Arm(ArmDialog),
    Override(Box<OverrideDialog>),
    EndOverride(Box<EndOverrideDialog>),
    Name(NameDialog),
    Note(Box<NoteDialog>),
    Ticket(TicketDialog),
    Which(Box<WhichDialog>),
    Palette(Palette),
    Help(HelpDialog),
    /// Something is under way: leave all the same?
    Quit {
        in_flight: usize,
    },
}

/// What a person says about a cause or a failed host.
#[derive(Clone, Debug)]
pub struct NoteDialog {
    /// Its key in the memory.
    pub of: Text,
    pub title: Text,
    pub stage: CareStage,
    /// When the newest failure of it happened.
    pub newest: Option<Timestamp>,
    /// Owner, reference, note.
    pub inputs: [Input; 3],
    /// 0 is the stage.
    pub field: usize,
    pub drawn: bool,
}

/// Whose ticket, where failures are several tenants'.
#[derive(Clone, Debug)]
pub struct TicketDialog {
    pub pile: Pile,
    pub tenants: Vec<TenantId>,
    pub at: usize,
    pub drawn: bool,
}

/// Which rollout a verb is about, where failures are of several.
#[derive(Clone, Debug)]
pub struct WhichDialog {
    pub verb: Verb,
    pub of: Vec<Which>,
    /// What was marked and is not part of it, in words.
    pub left_out: Vec<Text>,
    pub at: usize,
    pub drawn: bool,
}

/// One of them, with its hosts that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Which {
    pub tenant: TenantId,
    pub rollout: RolloutId,
    pub name: Text,
    pub hosts: Vec<HostId>,
    /// A plan for it was sent, and what came of it is not read yet.
    pub sent: bool,
}

/// Where the dialog of a verb stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Fresh facts are being read.
    Reading,
    /// The plan is shown; `y` sends once everything asked is answered.
    Ready,
    /// `y` was pressed: the facts are read again.
    ReadingAgain,
    /// They changed: what differs. The new plan is shown, and nothing was sent.
    Changed(Vec<Text>),
    Refused {
        why: Text,
        instead: Option<Text>,
    },
}

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Clone, Debug)]
pub struct PlanDialog {
    pub intent: Intent,
    pub context: Context,
    pub rollout_name: Text,
    pub stage: Stage,
    pub plan: Option<ActionPlan>,
    /// Answers to the plan's asks, in their order.
    pub answers: Vec<Input>,
    /// Which answer is being typed; past the last one, `y` counts.
    pub field: usize,
    /// Figures choose groups of hosts; enter goes on to the fields.
    pub choosing: bool,
    /// Every host is listed instead of the plan.
    pub hosts: bool,
    /// The tenant is not armed, and this verb may arm and act at once.
    pub arms: bool,
    /// Keys typed before this was true are dropped.
    pub drawn: bool,
    pub scroll: usize,
    pub opened: Mono,
}

impl PlanDialog {
    pub fn asks(&self) -> &[Ask] {
        self.plan.as_ref().map_or(&[], |plan| &plan.asks)
    }

    /// Groups of hosts that a person may bring in or take out, in their order: the first nine have a figure.
    pub fn choices(&self) -> impl Iterator<Item = &HostGroup> {
        let groups = self.plan.as_ref().map_or(&[][..], |plan| &plan.groups);
        groups.iter().filter(|group| group.door != Door::Shut).take(9)
    }

    /// Whether the answer to ask number `at` will do.
    pub fn answered(&self, at: usize) -> bool {
        let (Some(ask), Some(answer)) = (self.asks().get(at), self.answers.get(at)) else { return false };
        let said = answer.value().trim();
        match ask {
            Ask::Remark { required, max } => said.chars().count() <= *max && !(*required && said.is_empty()),
            Ask::TypeName(name) => said == name.as_str().trim(),
            Ask::TypeNumber { number, .. } => said == number.to_string(),
            Ask::Reason => !said.is_empty(),
        }
    }

    /// All asks are answered and closed with enter.
    pub fn is_met(&self) -> bool {
        self.field >= self.asks().len() && (0..self.asks().len()).all(|at| self.answered(at))
    }

    /// Nothing is missing: `y` is bright. It counts once this was seen.
    pub fn is_ready(&self) -> bool {
        let calls = self.plan.as_ref().is_some_and(|plan| !plan.steps.is_empty());
        matches!(self.stage, Stage::Ready | Stage::Changed(_)) && calls && self.is_met()
    }

    pub fn may_send(&self) -> bool {
        self.drawn && self.is_ready()
    }

    /// It was refused while its window lets nothing begin: an override is one key away.
    pub fn may_override(&self) -> bool {
        let shut = self.context.allowed.as_ref().is_some_and(|allowed| !allowed.lets_begin());
        shut && matches!(self.stage, Stage::Refused { .. })
    }
}

/// One rollout in `pause everything of this tenant`.
#[derive(Clone, Debug)]
pub struct BulkLine {
    pub rollout: RolloutId,
    pub name: Text,
    pub plan: Option<ActionPlan>,
    pub context: Context,
    pub intent: Intent,
    /// Why it cannot be paused, or what became of it.
    pub said: Option<Text>,
}

#[derive(Clone, Debug)]
pub struct BulkDialog {
    pub tenant: TenantId,
    pub lines: Vec<BulkLine>,
    /// Rollouts that cannot be paused, and why.
    pub cannot: Vec<(Text, Text)>,
    /// How many are still being read.
    pub reading: usize,
    pub arms: bool,
    pub drawn: bool,
    pub scroll: usize,
}

impl BulkDialog {
    /// Nothing is missing: `y` is bright. It counts once this was seen.
    pub fn is_ready(&self) -> bool {
        self.reading == 0 && self.lines.iter().any(|line| line.plan.is_some())
    }

    pub fn may_send(&self) -> bool {
        self.drawn && self.is_ready()
    }
}

/// Which tenant is armed. Tenants are chosen by their place in the list.
#[derive(Clone, Debug)]
pub struct ArmDialog {
    pub tenants: Vec<TenantId>,
    pub at: usize,
    pub drawn: bool,
}

/// What is asked before one rollout may begin outside its window.
#[derive(Clone, Debug)]
pub struct OverrideDialog {
    pub tenant: TenantId,
    pub rollout: RolloutId,
    pub rollout_name: Text,
    /// What it overrides, in words.
    pub against: Text,
    /// A freeze: without a second person it would lift nothing.
    pub frozen: bool,
    /// The tenant asks for a change number.
    pub needs_change: bool,
    /// The beginning of the next business day: the latest end, and the end where none is typed.
    pub ends_by: Timestamp,
    pub zone: TimeZone,
    /// Answers in the order of [`OverrideAsk::ALL`].
    pub answers: [Input; 4],
    pub field: usize,
    /// Why the answers will not do.
    pub problems: Vec<Text>,
    pub drawn: bool,
}

/// Whether an override that holds is to end now.
#[derive(Clone, Debug)]
pub struct EndOverrideDialog {
    pub held: Override,
    pub rollout_name: Text,
    /// What holds of its window without it.
    pub then: Text,
    pub zone: TimeZone,
    pub drawn: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverrideAsk {
    Reason,
    Change,
    Until,
    Second,
}

impl OverrideAsk {
    pub const ALL: [Self; 4] = [Self::Reason, Self::Change, Self::Until, Self::Second];
}

impl OverrideDialog {
    pub fn said(&self, ask: OverrideAsk) -> &str {
        self.answers[ask as usize].value().trim()
    }

    /// Whether nothing that is needed is missing in a field.
    pub fn answered(&self, ask: OverrideAsk) -> bool {
        let needed = match ask {
            OverrideAsk::Reason => true,
            OverrideAsk::Change => self.needs_change,
            OverrideAsk::Until => false,
            OverrideAsk::Second => self.frozen,
        };
        !needed || !self.said(ask).is_empty()
    }

    /// `y` counts: every field was walked through, and nothing is missing.
    pub fn is_ready(&self) -> bool {
        self.field >= OverrideAsk::ALL.len() && OverrideAsk::ALL.iter().all(|ask| self.answered(*ask))
    }
}

/// The person's name, asked once a shift when a login is shared.
#[derive(Clone, Debug, Default)]
pub struct NameDialog {
    pub input: Input,
    pub drawn: bool,
}

/// Any action by its name: enter runs exactly what is typed, tab accepts the suggestion.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    pub input: Input,
    pub matches: Vec<Action>,
    pub at: usize,
}

#[derive(Clone, Debug, Default)]
pub struct HelpDialog {
    pub scroll: usize,
    pub input: Input,
}
