//! The dialog's title: what the call really does, in one line. The lines below it are `lines`.

use super::effect::counts_unread;
use super::types::{Decision, PlannedEffect};
use super::words::{headed, hosts, wave, waves};
use crate::action::Verb;
use crate::domain::Text;

pub fn title(decision: &Decision) -> Text {
    let verb = headed(decision.intent.verb.word());
    let unread = counts_unread(&decision.survey);
    let text = match &decision.effect {
        PlannedEffect::ApprovesAll { waves: number, hosts: reached, starts_at_once } => {
            let all = match number {
                0 => "Approve it as a whole".to_owned(),
                1 => "Approve its only wave".to_owned(),
                _ => format!("Approve ALL {}", waves(*number)),
            };
            let reached = if unread { "hosts not counted".to_owned() } else { hosts(*reached) };
            // New hosts may join: a plain figure would promise too little.
            let reached = if decision.survey.rollout.open_ended { format!("{reached} so far") } else { reached };
            let tail = if *starts_at_once { ": starts at once" } else { "" };
            format!("{all}, {reached}{tail}")
        }
        PlannedEffect::Declines => "Deny: no wave of it begins".to_owned(),
        PlannedEffect::Begins { wave: Some(name), hosts: reached } => {
            format!("Start: wave \"{name}\" begins, {}", hosts(*reached))
        }
        PlannedEffect::Begins { wave: None, .. } if unread => "Start: it begins, hosts not counted".to_owned(),
        PlannedEffect::Begins { wave: None, hosts: reached } => format!("Start: it begins, {}", hosts(*reached)),
        PlannedEffect::Holds { .. } if unread => "Pause: no further wave begins, hosts at work go on (not counted)".to_owned(),
        PlannedEffect::Holds { go_on } => format!("Pause: no further wave begins, {}", goes_on(*go_on)),
        PlannedEffect::BeginsNext { wave: name, ordinal, hosts: reached } => {
            let past = if decision.intent.verb == Verb::Advance { " now, whatever the gate says" } else { "" };
            format!("{verb}: {} starts{past}, {}", wave(*ordinal, name), hosts(*reached))
        }
        PlannedEffect::GoesOn { at_work } => format!("{verb}: no new wave at once, {}", goes_on(*at_work)),
        PlannedEffect::Ends { .. } if unread => "Stop for good: hosts at work asked to cancel (not counted)".to_owned(),
        PlannedEffect::Ends { asked, dropped } => {
            format!("Stop for good: {} asked to cancel, {dropped} never begin", hosts(*asked))
        }
        PlannedEffect::Other(what) => format!("{verb}: {what}"),
    };
    Text::new(text)
}

fn goes_on(number: u32) -> String {
    match number {
        0 => "no host is at work".to_owned(),
        1 => "1 host goes on".to_owned(),
        _ => format!("{number} hosts go on"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RolloutState;
    use crate::plan::fixture;
    use rstest::rstest;

    #[rstest]
    #[case(Verb::Approve, PlannedEffect::ApprovesAll { waves: 3, hosts: 240, starts_at_once: false }, "Approve ALL 3 waves, 240 hosts")]
    #[case(
        Verb::Approve,
        PlannedEffect::ApprovesAll { waves: 3, hosts: 240, starts_at_once: true },
        "Approve ALL 3 waves, 240 hosts: starts at once"
    )]
    #[case(Verb::Approve, PlannedEffect::ApprovesAll { waves: 1, hosts: 1, starts_at_once: false }, "Approve its only wave, 1 host")]
    #[case(Verb::Deny, PlannedEffect::Declines, "Deny: no wave of it begins")]
    #[case(Verb::Start, PlannedEffect::Begins { wave: Some("canary".into()), hosts: 40 }, "Start: wave \"canary\" begins, 40 hosts")]
    #[case(Verb::Start, PlannedEffect::Begins { wave: None, hosts: 240 }, "Start: it begins, 240 hosts")]
    #[case(Verb::Pause, PlannedEffect::Holds { go_on: 45 }, "Pause: no further wave begins, 45 hosts go on")]
    #[case(Verb::Pause, PlannedEffect::Holds { go_on: 0 }, "Pause: no further wave begins, no host is at work")]
    #[case(
        Verb::Resume,
        PlannedEffect::BeginsNext { wave: "broad".into(), ordinal: 3, hosts: 240 },
        "Resume: wave 3 \"broad\" starts, 240 hosts"
    )]
    #[case(
        Verb::Advance,
        PlannedEffect::BeginsNext { wave: "broad".into(), ordinal: 3, hosts: 240 },
        "Advance: wave 3 \"broad\" starts now, whatever the gate says, 240 hosts"
    )]
    #[case(Verb::Resume, PlannedEffect::GoesOn { at_work: 1 }, "Resume: no new wave at once, 1 host goes on")]
    #[case(
        Verb::Stop,
        PlannedEffect::Ends { asked: 17, dropped: 223 },
        "Stop for good: 17 hosts asked to cancel, 223 never begin"
    )]
    #[case(Verb::RollBack, PlannedEffect::Other("1 host brought back".into()), "Roll back: 1 host brought back")]
    fn a_title_says_what_the_call_really_does(#[case] verb: Verb, #[case] effect: PlannedEffect, #[case] title: &str) {
        let survey = fixture::survey(RolloutState::Running);
        let decision = Decision::new(fixture::intent(verb), survey, effect);
        assert_eq!(super::title(&decision).as_str(), title);
    }

    #[test]
    fn a_title_makes_up_no_figure_where_nothing_was_counted() {
        let mut survey = fixture::survey(RolloutState::Running);
        survey.waves.clear();
        survey.rollout.counts = None;
        let decision = Decision::new(fixture::intent(Verb::Stop), survey, PlannedEffect::Ends { asked: 0, dropped: 0 });
        assert_eq!(title(&decision).as_str(), "Stop for good: hosts at work asked to cancel (not counted)");
    }
}
