//! What people did about a failure, and what the config says should be done: stages, notes, whom to call, how soon.
//!
//! None of it comes from a backend.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Cause, CauseClass, TenantId, Text};

/// How far people are with a failure. A person says so; no backend does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CareStage {
    #[default]
    New,
    LookedAt,
    CauseFound,
    Remediated,
    Verified,
}

impl CareStage {
    pub const ALL: [Self; 5] = [Self::New, Self::LookedAt, Self::CauseFound, Self::Remediated, Self::Verified];

    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::LookedAt => "looked at",
            Self::CauseFound => "cause found",
            Self::Remediated => "remediated",
            Self::Verified => "verified",
        }
    }

    /// The one `by` steps on, within the first and the last.
    pub fn step(self, by: isize) -> Self {
        let at = Self::ALL.iter().position(|stage| *stage == self).unwrap_or(0);
        Self::ALL[at.saturating_add_signed(by).min(Self::ALL.len() - 1)]
    }
}

/// A person's word on a cause, or on one failed host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Care {
    pub stage: CareStage,
    pub owner: Text,
    /// A ticket, a change, a link.
    pub reference: Text,
    pub note: Text,
    /// When it was said. Real time.
    pub at: Timestamp,
    /// When it was said, in civil time, as failures are told; none in what was remembered before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub civil: Option<Timestamp>,
    /// When it was last called verified, in civil time; later words keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Timestamp>,
}

impl Care {
    /// When it was last called verified, in civil time.
    pub fn verified_at(&self) -> Option<Timestamp> {
        self.verified.or(self.civil.filter(|_| self.stage == CareStage::Verified))
    }

    /// What was mended or verified failed again since, given when the newest failure happened by the backend's word.
    pub fn failed_since(&self, newest: Option<Timestamp>) -> bool {
        self.stage >= CareStage::Remediated && newest.zip(self.civil).is_some_and(|(newest, said)| newest > said)
    }

    /// How far people are: what failed again since it was mended is new.
    pub fn stage_at(&self, newest: Option<Timestamp>) -> CareStage {
        if self.failed_since(newest) { CareStage::New } else { self.stage }
    }
}

/// What is done about a cause at a tenant, and who is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// None: of every tenant.
    pub tenant: Option<TenantId>,
    /// A class or a rule; none: whatever the cause.
    pub cause: Option<Text>,
    pub todo: Option<Text>,
    pub call: Option<Text>,
}

/// How soon failures of some classes are to be dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The user's own word: `high`.
    pub severity: Text,
    /// Classes it is for; none named: all that no other deadline names.
    pub classes: Vec<CauseClass>,
    pub within: Duration,
}

/// All of it from the config.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CareRules {
    pub calls: Vec<Call>,
    pub deadlines: Vec<Deadline>,
}

impl CareRules {
    /// The most fitting line for a cause at a tenant: one that names both, then the cause, then the tenant.
    pub fn call(&self, tenant: &TenantId, class: &CauseClass, cause: Option<&Cause>) -> Option<&Call> {
        let named = |call: &Call| match &call.cause {
            None => Some(false),
            Some(word) => (word.as_str() == class.key() || cause.is_some_and(|cause| cause.rule == *word)).then_some(true),
        };
        let fits = self.calls.iter().filter(|call| call.tenant.as_ref().is_none_or(|of| of == tenant));
        let ranked = fits.filter_map(|call| Some(((named(call)?, call.tenant.is_some()), call)));
        // The first of equals: the order of the file counts.
        ranked
            .fold(None, |best: Option<((bool, bool), &Call)>, next| match best {
                Some(best) if best.0 >= next.0 => Some(best),
                _ => Some(next),
            })
            .map(|(_, call)| call)
    }

    /// How soon a failure of this class is to be dealt with.
    pub fn deadline(&self, class: &CauseClass) -> Option<&Deadline> {
        let named = self.deadlines.iter().find(|deadline| deadline.classes.contains(class));
        named.or_else(|| self.deadlines.iter().find(|deadline| deadline.classes.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn call(tenant: Option<&str>, cause: Option<&str>, todo: &str) -> Call {
        Call { tenant: tenant.map(TenantId::new), cause: cause.map(Text::new), todo: Some(Text::new(todo)), call: None }
    }

    #[rstest]
    #[case::both("acme", "disk_space", Some("acme disks"))]
    #[case::the_cause_before_the_tenant("birch", "disk_space", Some("disks"))]
    #[case::the_tenant("acme", "network", Some("acme"))]
    #[case::nobody("birch", "network", None)]
    fn the_line_that_says_most_is_the_one_that_counts(#[case] tenant: &str, #[case] class: &str, #[case] todo: Option<&str>) {
        let rules = CareRules {
            calls: vec![
                call(Some("acme"), None, "acme"),
                call(None, Some("disk_space"), "disks"),
                call(Some("acme"), Some("disk_space"), "acme disks"),
                call(Some("acme"), Some("disk_space"), "a later one"),
            ],
            deadlines: Vec::new(),
        };
        let found = rules.call(&TenantId::new(tenant), &CauseClass::new(class), None);
        assert_eq!(found.and_then(|call| call.todo.as_ref()).map(Text::as_str), todo);
    }

    #[test]
    fn a_deadline_that_names_no_class_is_for_the_rest() {
        let deadline = |severity: &str, classes: &[&str], hours: u64| Deadline {
            severity: severity.into(),
            classes: classes.iter().map(CauseClass::new).collect(),
            within: Duration::from_secs(hours * 3600),
        };
        let rules =
            CareRules { calls: Vec::new(), deadlines: vec![deadline("normal", &[], 72), deadline("high", &["disk_space"], 4)] };
        let of = |class: &str| rules.deadline(&CauseClass::new(class)).map(|found| found.severity.to_string());
        assert_eq!((of("disk_space").as_deref(), of("network").as_deref()), (Some("high"), Some("normal")));
        assert_eq!(CareRules::default().deadline(&CauseClass::unknown()), None);
    }

    #[rstest]
    #[case::mended_and_failed_after_it(CareStage::Remediated, Some(10), Some(11), CareStage::New)]
    #[case::verified_and_failed_after_it(CareStage::Verified, Some(10), Some(11), CareStage::New)]
    #[case::nothing_failed_since(CareStage::Verified, Some(10), Some(10), CareStage::Verified)]
    #[case::the_cause_is_known_and_goes_on(CareStage::CauseFound, Some(10), Some(11), CareStage::CauseFound)]
    #[case::nobody_says_when_it_failed(CareStage::Verified, Some(10), None, CareStage::Verified)]
    #[case::kept_before_civil_time_was(CareStage::Verified, None, Some(11), CareStage::Verified)]
    fn what_failed_again_after_it_was_mended_is_new(
        #[case] stage: CareStage,
        #[case] said: Option<i64>,
        #[case] newest: Option<i64>,
        #[case] shown: CareStage,
    ) {
        let at = |second: i64| Timestamp::from_second(second).expect("in range");
        let care = Care { stage, civil: said.map(at), ..Care::default() };
        assert_eq!(care.stage_at(newest.map(at)), shown);
    }

    #[test]
    fn stages_step_within_their_ends() {
        assert_eq!(CareStage::New.step(-1), CareStage::New);
        assert_eq!(CareStage::New.step(2), CareStage::CauseFound);
        assert_eq!(CareStage::Verified.step(1), CareStage::Verified);
    }
}
