//! What changed between the dialog and the second survey, in words. It decides nothing: any difference means that nothing is sent.

use super::types::{Facts, PlannedEffect};
use super::window;
use super::words::{hosts, wave, waves};
use crate::domain::Text;

/// What is different, most weighty first; empty if the person's decision still stands on the same facts.
///
/// Hosts at work come and go while a rollout runs: how many go on or are asked to cancel is no difference, or a moving
/// rollout could never be paused. Which wave begins, and with how many hosts, is one.
pub fn differences(before: &Facts, after: &Facts) -> Vec<Text> {
    let mut found = Vec::new();
    let mut tell = |words: String| found.push(Text::new(words));
    if before.native != after.native {
        tell(format!("its state was \"{}\", now it is \"{}\"", before.native, after.native));
    }
    if !same_effect(&before.effect, &after.effect) {
        tell(format!("the call would {} then, now it would {}", would(&before.effect), would(&after.effect)));
    }
    if let (Some(before), Some(after)) = (&before.window, &after.window) {
        for words in window::differences(before, after) {
            tell(words.to_string());
        }
    }
    if before.release != after.release {
        let name = |facts: &Facts| facts.release.as_ref().map_or_else(|| Text::new("none"), |release| release.name.clone());
        let (was, is) = (name(before), name(after));
        if was == is {
            tell(format!("its release is another one of the same name, {is}"));
        } else {
            tell(format!("its release was {was}, now it is {is}"));
        }
    }
    if before.hosts != after.hosts {
        tell(format!("it had {}, now it has {}", hosts(before.hosts), hosts(after.hosts)));
    }
    for (id, was) in &before.wave_states {
        match after.wave_states.get(id) {
            None => tell(format!("the wave with id {id} (\"{was}\") is gone")),
            Some(is) if is != was => tell(format!("the wave with id {id} was \"{was}\", now it is \"{is}\"")),
            Some(_) => {}
        }
    }
    for (id, is) in &after.wave_states {
        if !before.wave_states.contains_key(id) {
            tell(format!("a wave with id {id} (\"{is}\") is new"));
        }
    }
    for (missing, more, words) in
        [(&before.named, &after.named, "would be reached too"), (&after.named, &before.named, "would not be reached any more")]
    {
        let others: Vec<&str> = more.difference(missing).map(String::as_str).collect();
        match others.as_slice() {
            [] => {}
            [one] => tell(format!("{one} {words}")),
            [first, ..] => tell(format!("{first} and {} {words}", hosts(u32::try_from(others.len() - 1).unwrap_or(u32::MAX)))),
        }
    }
    found
}

fn same_effect(before: &PlannedEffect, after: &PlannedEffect) -> bool {
    use PlannedEffect as E;
    match (before, after) {
        (E::Holds { .. }, E::Holds { .. }) | (E::GoesOn { .. }, E::GoesOn { .. }) | (E::Ends { .. }, E::Ends { .. }) => true,
        _ => before == after,
    }
}

/// The effect after "would".
fn would(effect: &PlannedEffect) -> String {
    match effect {
        PlannedEffect::ApprovesAll { waves: number, hosts: reached, starts_at_once } => {
            let start = if *starts_at_once { " and start at once" } else { ", not start" };
            format!("approve {} with {}{start}", waves(*number), hosts(*reached))
        }
        PlannedEffect::Declines => "decline it".to_owned(),
        PlannedEffect::Begins { wave: Some(name), hosts: reached } => format!("begin wave \"{name}\" with {}", hosts(*reached)),
        PlannedEffect::Begins { wave: None, hosts: reached } => format!("begin it with {}", hosts(*reached)),
        PlannedEffect::Holds { .. } => "hold further waves".to_owned(),
        PlannedEffect::BeginsNext { wave: name, ordinal, hosts: reached } => {
            format!("begin {} with {}", wave(*ordinal, name), hosts(*reached))
        }
        PlannedEffect::GoesOn { .. } => "go on without a new wave".to_owned(),
        PlannedEffect::Ends { .. } => "stop it for good".to_owned(),
        PlannedEffect::Other(words) => format!("do this: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Release;
    use rstest::rstest;

    fn facts() -> Facts {
        Facts {
            name: Text::default(),
            native: "paused".into(),
            effect: PlannedEffect::BeginsNext { wave: "broad".into(), ordinal: 3, hosts: 240 },
            hosts: 360,
            release: Some(Release { native: "12".into(), name: "baseline:2026.12".into() }),
            wave_states: [("71".to_owned(), "error".into()), ("72".to_owned(), "scheduled".into())].into(),
            named: std::collections::BTreeSet::new(),
            own: std::collections::BTreeMap::new(),
            window: None,
        }
    }

    #[rstest]
    #[case::state(Facts { native: "running".into(), ..facts() }, &["its state was \"paused\", now it is \"running\""])]
    #[case::effect(
        Facts { effect: PlannedEffect::GoesOn { at_work: 4 }, ..facts() },
        &["the call would begin wave 3 \"broad\" with 240 hosts then, now it would go on without a new wave"]
    )]
    #[case::another_host_joins(
        Facts { named: ["web-9".to_owned(), "web-8".to_owned()].into(), ..facts() },
        &["web-8 and 1 host would be reached too"]
    )]
    #[case::hosts(Facts { hosts: 361, ..facts() }, &["it had 360 hosts, now it has 361 hosts"])]
    #[case::release(Facts { release: None, ..facts() }, &["its release was baseline:2026.12, now it is none"])]
    #[case::release_behind_its_name(
        Facts { release: Some(Release { native: "13".into(), name: "baseline:2026.12".into() }), ..facts() },
        &["its release is another one of the same name, baseline:2026.12"]
    )]
    #[case::waves(
        Facts { wave_states: [("71".to_owned(), "running".into()), ("73".to_owned(), "ready".into())].into(), ..facts() },
        &["the wave with id 71 was \"error\", now it is \"running\"", "the wave with id 72 (\"scheduled\") is gone", "a wave with id 73 (\"ready\") is new"]
    )]
    #[case::nothing(facts(), &[])]
    fn a_changed_fact_is_told(#[case] after: Facts, #[case] words: &[&str]) {
        assert_eq!(differences(&facts(), &after), words.iter().map(Text::new).collect::<Vec<_>>());
    }

    #[rstest]
    #[case(PlannedEffect::Holds { go_on: 45 }, PlannedEffect::Holds { go_on: 41 })]
    #[case(PlannedEffect::GoesOn { at_work: 45 }, PlannedEffect::GoesOn { at_work: 41 })]
    #[case(PlannedEffect::Ends { asked: 45, dropped: 20 }, PlannedEffect::Ends { asked: 41, dropped: 20 })]
    fn hosts_that_finish_meanwhile_do_not_hold_up_a_pause(#[case] before: PlannedEffect, #[case] after: PlannedEffect) {
        let with = |effect| Facts { effect, ..facts() };
        assert!(differences(&with(before), &with(after)).is_empty());
    }

    #[test]
    fn a_wave_that_grew_is_told() {
        let effect = PlannedEffect::BeginsNext { wave: "broad".into(), ordinal: 3, hosts: 241 };
        assert_eq!(differences(&facts(), &Facts { effect, ..facts() }).len(), 1);
    }
}
