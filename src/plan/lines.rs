//! What will happen, what will not, and what nobody stops: the dialog's three lists. Never worded safer than it is.

use super::effect::{counts, counts_unread};
use super::gate;
use super::types::{Capability, Context, Decision, PlannedEffect};
use super::words::{count, counted, hosts, label, wave, waves};
use crate::action::Verb;
use crate::domain::{Limit, Text, Wave};

/// Waves told one by one; the rest is summed up.
const TOLD: usize = 4;

#[derive(Default)]
pub struct Lines {
    pub beware: Vec<Text>,
    pub will: Vec<Text>,
    pub will_not: Vec<Text>,
    pub nobody_stops: Vec<Text>,
}

impl Lines {
    fn will(&mut self, line: impl AsRef<str>) {
        self.will.push(Text::new(line));
    }

    fn will_not(&mut self, line: impl AsRef<str>) {
        self.will_not.push(Text::new(line));
    }

    fn nobody_stops(&mut self, line: impl AsRef<str>) {
        self.nobody_stops.push(Text::new(line));
    }
}

pub fn lines(decision: &Decision, context: &Context) -> Lines {
    let mut lines = Lines::default();
    by_effect(&mut lines, decision);
    by_way(&mut lines, decision, context);
    joining(&mut lines, decision);
    overlaps(&mut lines, decision);
    for warning in &decision.survey.warnings {
        lines.will(format!("beware: {warning}"));
    }
    if let Capability::Emulated(how) = &context.capability {
        lines.will(format!("this backend has no such call; it is done so: {how}"));
    }
    lines
}

fn by_effect(lines: &mut Lines, decision: &Decision) {
    let survey = &decision.survey;
    let what = format!("\"{}\" of {}", survey.rollout.name, survey.rollout.tenant);
    match &decision.effect {
        PlannedEffect::ApprovesAll { waves: number, hosts: reached, starts_at_once } => {
            let whole = if *number == 0 { "it as a whole".to_owned() } else { format!("all {}", waves(*number)) };
            let reached = if counts_unread(survey) { "hosts not counted".to_owned() } else { hosts(*reached) };
            lines.will(format!("{what} is approved: {whole}, {reached}"));
            let first = gate::next_waves(&survey.waves);
            if *starts_at_once {
                lines.will("its start time has come: the backend starts it with the approval");
                for wave in &first {
                    lines.will(format!("{}, {}, begins at once", label(wave), hosts(wave.counts.total)));
                }
            } else if let Some(starts) = survey.rollout.starts {
                lines.will_not("no host is touched before its start time");
                lines.nobody_stops(format!("the backend starts it by itself at {starts:.0}"));
            } else {
                lines.will_not("it does not start: starting it is a step of its own");
            }
            follow(lines, &survey.waves, &first);
        }
        PlannedEffect::Declines => {
            lines.will(format!("{what} is declined, with your remark"));
            lines.will_not("no host is touched");
        }
        PlannedEffect::Begins { hosts: reached, .. } => {
            let first = gate::next_waves(&survey.waves);
            if first.is_empty() {
                let reached = if counts_unread(survey) { "hosts not counted".to_owned() } else { hosts(*reached) };
                lines.will(format!("{what} begins: {reached}"));
            }
            for wave in &first {
                lines.will(format!("{what} begins: {}, {}", label(wave), hosts(wave.counts.total)));
            }
            follow(lines, &survey.waves, &first);
        }
        PlannedEffect::Holds { go_on } => {
            lines.will(format!("no further wave of {what} begins until a person resumes it"));
            lines.will_not("no host at work is called back, and none is undone");
            go_on_lines(lines, decision, *go_on);
        }
        PlannedEffect::BeginsNext { wave: name, ordinal, hosts: reached } => {
            lines.will(format!("{} of {what} begins: {}", wave(*ordinal, name), hosts(*reached)));
            over_limits(lines, &survey.waves);
            if decision.intent.verb == Verb::Advance {
                lines.will("its gate is not waited for: hosts of the wave before may still be at work");
            }
            lines.will_not("no failed host is tried again");
            follow(lines, &survey.waves, &gate::next_waves(&survey.waves));
        }
        PlannedEffect::GoesOn { at_work } => {
            lines.will(format!("{what} goes on: {} at work, and its gates are judged again", hosts(*at_work)));
            lines.will_not("no new wave begins at once, and no failed host is tried again");
            crossed(lines, &survey.waves);
            let last: Vec<&Wave> = gate::last_begun(&survey.waves).into_iter().collect();
            follow(lines, &survey.waves, &last);
        }
        PlannedEffect::Ends { asked, dropped } => {
            if counts_unread(survey) {
                lines.will("hosts at work are asked to cancel, all others never begin; the backend did not say how many");
            } else {
                lines.will(format!("{} at work {} asked to cancel", hosts(*asked), if *asked == 1 { "is" } else { "are" }));
                lines.will(format!("{} never begin", hosts(*dropped)));
            }
            lines.will_not(format!("{what} cannot be resumed after this"));
            lines.will_not(format!(
                "{} done already {} not undone",
                hosts(counts(survey).done),
                if counts(survey).done == 1 { "is" } else { "are" }
            ));
            if *asked > 0 || counts_unread(survey) {
                lines.nobody_stops("a host that does not hear or declines the cancel installs to its end");
            }
            unknown_hosts(lines, decision);
        }
        PlannedEffect::Other(words) => {
            lines.will(format!("{what}: {words}"));
            if decision.intent.verb == Verb::DryRun {
                lines.will_not("no host is changed");
            }
        }
    }
}

/// What the backend's way of reaching hosts comes to, and who was left out.
fn by_way(lines: &mut Lines, decision: &Decision, context: &Context) {
    if decision.groups.is_empty() {
        return;
    }
    let ways = &decision.survey.ways;
    let way = if decision.whole { &ways.whole } else { &ways.named };
    if let Some(way) = way {
        lines.beware.extend(way.beware.iter().cloned());
        lines.will.extend(way.will.iter().cloned());
        lines.will_not.extend(way.will_not.iter().cloned());
        lines.nobody_stops.extend(way.nobody_stops.iter().cloned());
    }
    if decision.intent.verb == Verb::RollBack {
        for group in decision.groups.iter().filter(|group| !group.chosen).rev() {
            let number = hosts(count(group.hosts.len()));
            lines.beware.insert(0, Text::new(format!("{number} not brought back: {}", group.title)));
        }
    }
    let left: usize = decision.groups.iter().filter(|group| !group.chosen).map(|group| group.hosts.len()).sum();
    if left > 0 {
        lines.will_not(format!(
            "{} left as they are",
            if left == 1 { "1 host is".to_owned() } else { format!("{left} hosts are") }
        ));
    }
    for words in &context.left_out {
        lines.will_not(words);
    }
}

/// What follows the waves that begin: which wave begins by itself, and before which one a person is asked again.
fn follow(lines: &mut Lines, all: &[Wave], beginning: &[&Wave]) {
    let Some(last) = beginning.last() else { return };
    let mut before = *last;
    let mut later: Vec<&Wave> =
        all.iter().filter(|wave| !wave.state.has_begun() && beginning.iter().all(|begins| begins.id != wave.id)).collect();
    later.sort_by_key(|wave| (wave.level, wave.ordinal));
    brake(lines, last);
    let told = later.len().min(TOLD);
    for wave in &later[..told] {
        let named = format!("{}, {}", label(wave), hosts(wave.counts.total));
        match gate::waits_for_person(&before.gate) {
            Some(true) => {
                let opens = match before.gate.persons {
                    0 | 1 => "a person resumes".to_owned(),
                    many => format!("{many} people open its gate"),
                };
                lines.will_not(format!("{named}, does not begin before {opens}"));
                return;
            }
            Some(false) => lines.nobody_stops(format!("{named}, begins by itself {}, unless someone pauses", when(before))),
            None => lines.nobody_stops(format!("{named}: the backend does not say what it waits for")),
        }
        before = wave;
    }
    if later.len() > told {
        let rest = &later[told..];
        let reached = rest.iter().fold(0_u32, |sum, wave| sum.saturating_add(wave.counts.total));
        let number = u32::try_from(rest.len()).unwrap_or(u32::MAX);
        lines.nobody_stops(format!("{} more after that, {}, each behind its own gate", waves(number), hosts(reached)));
    }
}

/// When the wave after this one begins by itself.
fn when(wave: &Wave) -> String {
    let soak = match wave.gate.soak_seconds {
        None | Some(0) => String::new(),
        Some(seconds) if seconds < 120 => format!(", {seconds} s later"),
        Some(seconds) => format!(", {} min later", seconds / 60),
    };
    let met = match &wave.gate.done {
        Some(Limit::Share(percent)) => {
            format!("once {percent} % of wave {} are done or none of it is left at work", wave.ordinal)
        }
        Some(Limit::Hosts(number)) => {
            format!("once {} of wave {} are done or none of it is left at work", hosts(*number), wave.ordinal)
        }
        Some(Limit::Unreadable(text)) => format!("after wave {}, by a rule nobody can read (\"{text}\")", wave.ordinal),
        None => format!("after wave {}", wave.ordinal),
    };
    met + &soak
}

fn brake(lines: &mut Lines, wave: &Wave) {
    if gate::has_brake(&wave.gate) {
        return;
    }
    let words = match &wave.gate.failed {
        Some(Limit::Unreadable(text)) => {
            format!("failures in wave {}: its limit is \"{text}\", which is no number", wave.ordinal)
        }
        Some(limit) => format!("failures in wave {}: over {limit} failed, the backend goes on all the same", wave.ordinal),
        None => format!("failures in wave {}: no limit is known that would pause it", wave.ordinal),
    };
    lines.nobody_stops(words);
}

fn over_limits(lines: &mut Lines, all: &[Wave]) {
    for wave in all {
        if let standing @ gate::Standing::Over { .. } = gate::standing(wave) {
            lines.nobody_stops(format!("{} is {standing}; it goes on all the same", label(wave)));
        }
    }
}

fn crossed(lines: &mut Lines, all: &[Wave]) {
    for wave in all.iter().filter(|wave| wave.state.has_begun()) {
        if let standing @ gate::Standing::Over { .. } = gate::standing(wave) {
            lines.will(format!("{} is {standing}: the backend may pause it again", label(wave)));
        }
        if wave.state == crate::domain::WaveState::Unknown {
            lines.nobody_stops(format!(
                "{} says \"{}\", a word not known here: more may begin than is said above",
                label(wave),
                wave.native
            ));
        }
    }
}

fn go_on_lines(lines: &mut Lines, decision: &Decision, go_on: u32) {
    let survey = &decision.survey;
    if counts_unread(survey) {
        lines.nobody_stops("hosts already told go on; the backend did not say how many");
        return;
    }
    if go_on > 0 {
        let goes = if go_on == 1 { "goes" } else { "go" };
        lines.nobody_stops(format!("{} already told {goes} on to the end", hosts(go_on)));
    }
    let waiting = survey
        .waves
        .iter()
        .filter(|wave| wave.state.has_begun())
        .fold(0_u32, |sum, wave| sum.saturating_add(wave.counts.waiting));
    if waiting > 0 {
        lines.nobody_stops(format!("{} waiting in waves that have begun may still begin", hosts(waiting)));
    }
    unknown_hosts(lines, decision);
}

fn unknown_hosts(lines: &mut Lines, decision: &Decision) {
    let unknown = counts(&decision.survey).unknown;
    if unknown > 0 {
        lines.nobody_stops(format!("{} in a state not known here may be at work too", hosts(unknown)));
    }
}

/// Totals of an open-ended rollout are no bound. Not told where nothing goes on.
fn joining(lines: &mut Lines, decision: &Decision) {
    let ends = matches!(decision.effect, PlannedEffect::Declines | PlannedEffect::Ends { .. });
    if decision.survey.rollout.open_ended && !ends {
        lines.nobody_stops("new hosts may join at any time: the figures are those of now");
    }
}

/// Starting takes hosts away from other rollouts. Not told where nothing begins.
fn overlaps(lines: &mut Lines, decision: &Decision) {
    let when = match &decision.effect {
        PlannedEffect::ApprovesAll { starts_at_once: false, .. } => "once it starts, it cancels",
        PlannedEffect::ApprovesAll { .. }
        | PlannedEffect::Begins { .. }
        | PlannedEffect::BeginsNext { .. }
        | PlannedEffect::Other(_) => "it cancels",
        PlannedEffect::GoesOn { .. } => "it may cancel",
        PlannedEffect::Declines | PlannedEffect::Holds { .. } | PlannedEffect::Ends { .. } => return,
    };
    for overlap in &decision.survey.overlaps {
        let jobs = counted(overlap.scheduled, "scheduled job", "scheduled jobs");
        lines.will(format!("beware: {when} up to {jobs} of \"{}\" on the same hosts", overlap.rollout));
    }
}
