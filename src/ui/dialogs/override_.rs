//! What is asked before one rollout may begin outside its window, and before that ends early. It judges no answer; the
//! calendar does.

use super::{Sheet, Words, key, labelled, titled};
use crate::app::state::{EndOverrideDialog, OverrideAsk, OverrideDialog};
use crate::ui::view::View;
use crate::ui::widgets::field;

pub fn sheet(view: &View, dialog: &OverrideDialog, width: usize) -> Sheet {
    let name = view.pair(dialog.tenant.text(), &dialog.rollout_name);
    let mut sheet = titled(format!("Override the {} for {name}", if dialog.frozen { "freeze" } else { "window" }));
    let ends_by = dialog.ends_by.to_zoned(dialog.zone.clone()).strftime("%a %-d %b %H:%M %Z").to_string();
    sheet.lines.extend(labelled("Against", [Words::new().warn(&dialog.against)], width));
    let will = "work may begin on this rollout alone, until the override ends; the journal and the board say so";
    sheet.lines.extend(labelled("Will happen", [Words::new().text(will)], width));
    let will_not = ["nothing begins by it: press the verb again afterwards", "no other rollout is touched"];
    sheet.lines.extend(labelled("Will not", will_not.map(|words| Words::new().text(words)), width));
    sheet.lines.extend(labelled("Nobody stops", [Words::new().warn("what has begun when it ends goes on to its end")], width));
    if !dialog.problems.is_empty() {
        sheet.lines.push(Words::new());
        sheet.lines.extend(labelled("Refused", dialog.problems.iter().map(|words| Words::new().alert(words)), width));
    }
    for (at, ask) in OverrideAsk::ALL.into_iter().enumerate() {
        let wants = match ask {
            OverrideAsk::Reason => "Why, in words, then enter:".to_owned(),
            OverrideAsk::Change if dialog.needs_change => "Change number, needed, then enter:".to_owned(),
            OverrideAsk::Change => "Change number, may stay empty:".to_owned(),
            OverrideAsk::Until => format!("Until (22:30, 90min), empty is {ends_by}:"),
            OverrideAsk::Second if dialog.frozen => "Second person who agrees, needed in a freeze:".to_owned(),
            OverrideAsk::Second => "Second person who agrees, may stay empty:".to_owned(),
        };
        let active = dialog.field == at;
        let words = if active { Words::new().text(wants) } else { Words::new().dim(wants) };
        let words = words.gap(1).and(field::line(&dialog.answers[at], active));
        let done = !active && !dialog.said(ask).is_empty();
        sheet.foot.push(if done { words.gap(2).ok(view.glyphs().check) } else { words });
    }
    sheet.foot.insert(0, Words::new());
    sheet.foot.push(Words::new());
    let words =
        key("y", "write it down; from then on it holds", dialog.is_ready()).then(3, key("esc", "close, nothing written", true));
    sheet.foot.push(if dialog.is_ready() { words.then(3, key("tab", "fields", true)) } else { words });
    sheet
}

/// Ending one that holds.
pub fn ending(view: &View, dialog: &EndOverrideDialog, width: usize) -> Sheet {
    let held = &dialog.held;
    let name = view.pair(held.tenant.text(), &dialog.rollout_name);
    let mut sheet = titled(format!("End the override for {name}"));
    let until = held.period.to().to_zoned(dialog.zone.clone()).strftime("%a %-d %b %H:%M %Z");
    let with = held.second.as_ref().map_or_else(String::new, |second| format!(" with {second}"));
    let change = held.change.as_ref().map_or_else(String::new, |change| format!(", change {change}"));
    let holds = Words::new().text(format!("by {}{with} until {until}: {}{change}", held.who, held.reason));
    sheet.lines.extend(labelled("Holds", [holds], width));
    let will = format!("from now on nothing more may begin by it; {}", dialog.then);
    sheet.lines.extend(labelled("Will happen", [Words::new().text(will)], width));
    let will_not = "no rollout is paused or stopped by it";
    sheet.lines.extend(labelled("Will not", [Words::new().text(will_not)], width));
    sheet.lines.extend(labelled("Nobody stops", [Words::new().warn("what has begun goes on to its end")], width));
    sheet.foot.push(Words::new());
    sheet.foot.push(key("y", "write its end down", true).then(3, key("esc", "close, it goes on to hold", true)));
    sheet
}
