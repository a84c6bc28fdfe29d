//! Hosts in the dialog of a verb: the groups with their verdicts, and every host on demand.
//!
//! Of the list only the lines that can be seen are made.

use super::Words;
use crate::app::state::PlanDialog;
use crate::domain::{TenantId, Text};
use crate::plan::types::{ActionPlan, Door, Eligibility, HostGroup, Judged};
use crate::theme::Role;
use crate::ui::format;
use crate::ui::view::View;

/// What hosts have in common is told in so many cells; a signature may be a whole stack of calls.
const TITLE: usize = 72;

/// One line a group: its figure, whether it is in, how many, what they have in common, and what is said of it.
pub fn groups(view: &View, dialog: &PlanDialog, plan: &ActionPlan) -> Vec<Words> {
    let reached: usize = plan.groups.iter().filter(|group| group.chosen).map(|group| group.hosts.len()).sum();
    let all: usize = plan.groups.iter().map(|group| group.hosts.len()).sum();
    let mut lines = vec![Words::new().text(format!("{} of {}", format::count(reached as u64), format::hosts(all as u32)))];
    let figures: Vec<&str> = dialog.choices().map(|group| group.key.as_str()).collect();
    let widest = plan.groups.iter().map(|group| format::count(group.hosts.len() as u64).len()).max().unwrap_or(1);
    for group in &plan.groups {
        let figure = figures.iter().position(|key| *key == group.key);
        let figure = figure.map(|at| (at + 1).to_string());
        let said = said(view, &plan.intent.tenant, group, figure.as_deref());
        let figure = figure.map_or_else(|| Words::new().text(" "), |figure| Words::of(Role::Key, figure));
        let mark = match (group.door, group.chosen) {
            (_, true) => "[x]",
            (Door::Shut, false) => " - ",
            (_, false) => "[ ]",
        };
        let count = format::count(group.hosts.len() as u64);
        let role = if group.chosen { Role::Text } else { Role::Dim };
        let title = Words::of(role, &group.title);
        // Why hosts stay out is told whole.
        let title = if group.door == Door::Shut { title } else { title.cut(TITLE, view.glyphs().ellipsis) };
        let line = figure.text(format!(" {mark} {count:>widest$}  ")).and(title);
        lines.push(said.map_or(line.clone(), |said| line.then(2, said)).hanging(widest + 8));
    }
    lines
}

fn said(view: &View, tenant: &TenantId, group: &HostGroup, figure: Option<&str>) -> Option<Words> {
    let mut words = match group.from {
        Some(from) => format!("retry from {}, {}", view.clock(from, Some(tenant)), group.says),
        None => group.says.to_string(),
    };
    match group.door {
        Door::Acknowledge if group.chosen => words.push_str("; you say that it holds"),
        Door::Acknowledge | Door::Reason if figure.is_none() => {
            words.push_str("; no figure is left for it: begin from its own cause");
        }
        Door::Acknowledge => words.push_str(&figure.map_or_else(String::new, |figure| format!("; press {figure} if it holds"))),
        Door::Reason if group.chosen => words.push_str("; overridden, with your reason"),
        Door::Reason => {
            words.push_str(&figure.map_or_else(String::new, |figure| format!("; press {figure} to override, it asks why")));
        }
        Door::Open | Door::Shut => {}
    }
    if words.is_empty() {
        return None;
    }
    Some(if matches!(group.door, Door::Open | Door::Shut) { Words::new().dim(words) } else { Words::new().warn(words) })
}

/// Lines of the list from `from` on: how many stand before them, and how many behind.
pub fn window(view: &View, plan: &ActionPlan, from: usize, room: usize) -> (usize, Vec<Words>, usize) {
    let total: usize = plan.groups.iter().map(|group| group.hosts.len() + 1).sum();
    let from = from.min(total.saturating_sub(1));
    let mut lines = Vec::new();
    let mut at = 0;
    for group in &plan.groups {
        let end = at + group.hosts.len() + 1;
        if end > from && lines.len() < room {
            let first = from.saturating_sub(at);
            if first == 0 {
                lines.push(head(group));
            }
            let hosts = group.hosts.iter().skip(first.saturating_sub(1)).take(room - lines.len().min(room));
            lines.extend(hosts.map(|judged| host(view, judged)));
        }
        at = end;
    }
    lines.truncate(room.max(1));
    let below = total - from - lines.len().min(total - from);
    (from, lines, below)
}

fn head(group: &HostGroup) -> Words {
    let mark = if group.chosen { "in: " } else { "out: " };
    Words::new().accent(format!("{mark}{}", group.title)).dim(format!("   {}", format::hosts(group.hosts.len() as u32)))
}

fn host(_: &View, judged: &Judged) -> Words {
    let id = judged.host.text();
    let shown = if judged.name == id { id.to_string() } else { format!("{} ({id})", judged.name) };
    let mut words = Words::new().text(format!("  {shown}"));
    if let Some(wave) = judged.wave {
        words = words.dim(format!("   wave {wave}"));
    }
    if let Some(back) = &judged.back {
        words = words.text(format!("   to {}", back.name));
    }
    words = words.dim(format!("   {}", verdict(&judged.verdict)));
    if judged.source.is_empty() { words } else { words.dim(format!("   by {}", judged.source)) }
}

fn verdict(verdict: &Eligibility) -> Text {
    match verdict {
        Eligibility::Eligible => Text::new("eligible"),
        Eligibility::AfterRestart => Text::new("after a restart"),
        Eligibility::AfterFix(what) => Text::new(format!("after a fix: {what}")),
        Eligibility::No(why) => Text::new(format!("not: {why}")),
        Eligibility::Unknown(why) => Text::new(format!("cannot tell: {why}")),
    }
}
