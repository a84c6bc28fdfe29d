//! The dialog of a verb: what will happen, what will not, what nobody stops, and what is asked before it is sent.
//!
//! `y` is dim until everything asked is answered. It words nothing itself that the plan has words for.

use super::{Sheet, Words, hosts, key, labelled, titled};
use crate::app::state::{PlanDialog, Stage};
use crate::domain::Text;
use crate::plan::types::{ActionPlan, Ask, Step};
use crate::theme::Role;
use crate::ui::format;
use crate::ui::view::View;
use crate::ui::widgets::field;

pub fn sheet(view: &View, dialog: &PlanDialog, width: usize, room: usize) -> Sheet {
    let intent = &dialog.intent;
    let title = dialog.plan.as_ref().map_or_else(
        || format!("{}: {}", capital(intent.verb.word()), view.pair(intent.tenant.text(), &dialog.rollout_name)),
        |plan| plan.title.to_string(),
    );
    let mut sheet = titled(title);
    sheet.scroll = dialog.scroll;
    match &dialog.stage {
        Stage::Reading => {
            let said = format!("Reading fresh facts from {} ...", intent.backend());
            sheet.lines = vec![Words::new().text(said), Words::new().dim("Nothing is sent before you have seen them.")];
        }
        Stage::Refused { why, instead } => {
            sheet.lines.extend(labelled("Refused", [Words::new().warn(why)], width));
            if let Some(instead) = instead {
                sheet.lines.extend(labelled("Instead", [Words::new().text(instead)], width));
            }
        }
        Stage::Changed(differences) => {
            sheet.lines.push(Words::new().alert("The facts have changed since you saw them. Nothing was sent."));
            sheet.lines.extend(labelled("Changed", differences.iter().map(|words| Words::new().warn(words)), width));
            sheet.lines.push(Words::new());
        }
        Stage::Ready | Stage::ReadingAgain => {}
    }
    if let Some(plan) = &dialog.plan
        && !matches!(dialog.stage, Stage::Refused { .. })
    {
        if dialog.hosts {
            let (above, lines, below) = hosts::window(view, plan, dialog.scroll, room);
            (sheet.above, sheet.below) = (above, below);
            sheet.lines = lines;
        } else {
            sheet.lines.extend(facts(view, dialog, plan, width));
        }
        sheet.foot = asks(view, dialog);
    }
    sheet.foot.push(Words::new());
    sheet.foot.push(keys(dialog));
    if matches!(dialog.stage, Stage::Ready | Stage::Changed(_)) {
        let said = if dialog.plan.as_ref().is_some_and(|plan| plan.steps.is_empty()) {
            "No host is in yet: bring a group in by its figure, or close."
        } else if dialog.is_met() {
            "The facts are read again when you press y; if they differ, nothing is sent."
        } else {
            "y is dim until the field is right. The facts are read again when you press it."
        };
        sheet.foot.push(Words::new().dim(said));
    }
    sheet
}

fn facts(view: &View, dialog: &PlanDialog, plan: &ActionPlan, width: usize) -> Vec<Words> {
    let mut lines = Vec::new();
    let part = |lines: &mut Vec<Words>, label: &str, role: Role, texts: &[Text]| {
        lines.extend(labelled(label, texts.iter().map(|text| Words::of(role, text)), width));
    };
    part(&mut lines, "Beware", Role::Alert, &plan.beware);
    // Who is in is for the person to say: on a low screen it stands before what does not change by it.
    if !plan.groups.is_empty() {
        lines.extend(labelled("Hosts", hosts::groups(view, dialog, plan), width));
    }
    part(&mut lines, "Will happen", Role::Text, &plan.will);
    part(&mut lines, "Will not", Role::Text, &plan.will_not);
    part(&mut lines, "Nobody stops", Role::Warn, &plan.nobody_stops);
    part(&mut lines, "Window", Role::Text, &plan.window);
    let radius = plan.radius;
    let hosts = match (radius.at_once, radius.later) {
        (0, 0) => Words::new().text("none begins by it"),
        (0, _) => Words::new().text("none at once"),
        (now, _) => Words::new().text(format!("{} at once", format::hosts(now))),
    };
    let hosts = if radius.later > 0 { hosts.text(format!(", {} later", format::hosts(radius.later))) } else { hosts };
    let hosts = if radius.waves > 0 { hosts.text(format!(", in {}", format::some(radius.waves, "wave"))) } else { hosts };
    if plan.groups.is_empty() {
        lines.extend(labelled("Hosts", [hosts], width));
    }
    let read = Words::new().dim(format!("read {}", view.read_at(plan.read_at)));
    let mut evidence: Vec<Words> = plan.evidence.iter().map(|text| Words::new().text(text)).collect();
    let last = evidence.pop().unwrap_or_default();
    evidence.push(last.then(3, read));
    lines.extend(labelled("Evidence", evidence, width));
    let release =
        plan.release.as_ref().map_or(Words::new().warn("the backend names none"), |release| Words::new().text(&release.name));
    lines.extend(labelled("Release", [release], width));
    lines.extend(labelled("You", [Words::new().text(&plan.you)], width));
    let calls = plan.steps.iter().map(|step| match step {
        Step::Call(call) => {
            let words = Words::new().text(call.line());
            let words =
                if call.hosts.is_empty() { words } else { words.text(format!("   {}", format::hosts(call.hosts.len() as u32))) };
            words.dim(format!("   on {}", plan.intent.backend()))
        }
        Step::Await { condition, limit_seconds, .. } => {
            Words::new().dim(format!("then waits, at most {limit_seconds} s, until {condition}"))
        }
    });
    lines.extend(labelled("Call", calls, width));
    let undo = plan.undo.as_ref().map_or(Words::new().warn("nothing undoes it"), |undo| Words::new().text(undo));
    lines.extend(labelled("Undo", [undo], width));
    lines
}

/// The fields, each with what it wants.
fn asks(view: &View, dialog: &PlanDialog) -> Vec<Words> {
    let mut lines = Vec::new();
    for (at, (ask, answer)) in dialog.asks().iter().zip(&dialog.answers).enumerate() {
        let wants = match ask {
            Ask::Remark { required: true, .. } => "Remark, needed, then enter:".to_owned(),
            Ask::Remark { required: false, .. } => "Remark, may stay empty, then enter:".to_owned(),
            Ask::TypeName(name) => format!("Many hosts. Type the rollout's name, {name}, then enter:"),
            Ask::TypeNumber { of, .. } => format!("It does not fit its window. Type {of}, then enter:"),
            Ask::Reason => "Why, in words, then enter:".to_owned(),
        };
        let active = dialog.field == at && !dialog.choosing;
        let words = if active { Words::new().text(wants) } else { Words::new().dim(wants) };
        let words = words.gap(1).and(field::line(answer, active));
        let too_long = matches!(ask, Ask::Remark { max, .. } if answer.value().trim().chars().count() > *max);
        let words = if too_long {
            words.alert("   too long")
        } else if dialog.answered(at) && !active {
            words.gap(2).ok(view.glyphs().check)
        } else {
            words
        };
        lines.push(Words::new());
        lines.push(words);
    }
    lines
}

fn keys(dialog: &PlanDialog) -> Words {
    let esc = |does: &str| key("esc", does, true);
    match dialog.stage {
        Stage::Refused { .. } if dialog.may_override() => {
            esc("close, nothing sent").then(3, key("o", "override the window", true))
        }
        Stage::Reading | Stage::Refused { .. } => esc("close, nothing sent"),
        Stage::ReadingAgain => {
            Words::new().accent("Reading the facts again; nothing is sent yet.").then(3, esc("close, nothing sent"))
        }
        Stage::Ready | Stage::Changed(_) => {
            let send = if dialog.arms { format!("arm {} and send", dialog.intent.tenant) } else { "send".to_owned() };
            let words = key("y", &send, dialog.is_ready()).then(3, esc("close, nothing sent"));
            let typing = dialog.field < dialog.asks().len() && !dialog.choosing;
            let words = if dialog.choices().next().is_some() && !typing {
                let listed = if dialog.hosts { "the plan" } else { "every host" };
                words.then(3, key("1-9", "in or out", true)).then(3, key("h", listed, true))
            } else {
                words
            };
            let words =
                if dialog.choosing && !dialog.is_met() { words.then(3, key("enter", "to the fields", true)) } else { words };
            let remark = matches!(dialog.asks(), [Ask::Remark { .. }, ..]);
            if remark && dialog.is_met() { words.then(3, key("tab", "remark", true)) } else { words }
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
