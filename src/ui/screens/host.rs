//! Host: one machine. Its standing, its attempts, what it reported, and what we know of it ourselves.

use ratatui::layout::Rect;

use super::{About, failed, hosts};
use crate::action::Action;
use crate::app::state::{RowId, SortKey};
use crate::domain::{Attempt, HostId, HostState, HostStory, StoryLine};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::widgets::pane::{self, Pane, Share};
use crate::ui::widgets::table::{self, Column, Listing, Width};
use crate::ui::words::Words;
use crate::ui::{causes, format, parts};

type Col<'a> = Column<&'a Attempt>;

pub const ABOUT: About = About {
    question: "one machine: attempts, evidence, history",
    looks: &[Action::Back, Action::Copy, Action::CopyConsole, Action::Ticket, Action::Note],
};

pub fn draw(canvas: &mut Canvas, area: Rect, id: &HostId) {
    let view = canvas.view;
    let story = view.state.store.stories.get(id);
    let list = view.state.list();
    let rows = list.map_or(0, |list| list.order.len());
    let (listed, detail) = pane::split(&view, area, rows, Share::Half);
    let attempts = story.map_or(&[][..], |story| &story.value.attempts);
    let empty = Words::new().text(match story {
        None => "This host is being read.",
        Some(_) => "The backend knows no attempt on this host.",
    });
    let attempt = |id: &RowId| match id {
        RowId::Attempt(at) => attempts.get(*at as usize),
        _ => None,
    };
    table::draw(
        canvas,
        listed,
        &Listing {
            caption: story.map_or(Words::new(), |story| standing(&view, &story.value)),
            ..Listing::new(list, &columns(), &|_, id| attempt(id), vec![empty])
        },
    );
    if let (Some(area), Some(story)) = (detail, story) {
        let seen = parts::age(story.age(&view.state.now));
        pane::draw(canvas, area, &account(&view, &story.value, seen));
    }
}

/// Something is known that only the host itself can have told.
fn answered(story: &HostStory) -> bool {
    let told = |state| matches!(state, HostState::Failed | HostState::AtWork | HostState::Done);
    story.installed.is_some() || story.attempts.iter().any(|attempt| told(attempt.state))
}

/// Its standing, and when it last spoke.
fn standing(view: &View, story: &HostStory) -> Words {
    let contact = match story.contact {
        Some(at) => Words::new().dim("contact ").text(format::ago(view.civil_ago(at))),
        // A job history tells of no contact; who answered was in contact all the same.
        None if answered(story) => Words::new().dim("contact not told"),
        None => Words::new().warn("never in contact"),
    };
    let contact = if story.overdue { contact.text(", ").warn("overdue") } else { contact };
    Words::new().text(&story.standing).then(3, contact)
}

/// What is installed, and what should be.
fn release(story: &HostStory) -> Words {
    match (&story.installed, &story.assigned) {
        (Some(installed), Some(assigned)) if installed == assigned => Words::new().dim("installed ").text(&installed.name),
        (Some(installed), Some(assigned)) => {
            Words::new().dim("installed ").text(&installed.name).warn(format!(", assigned {}", assigned.name))
        }
        (Some(installed), None) => Words::new().dim("installed ").text(&installed.name),
        (None, Some(assigned)) => Words::new().warn(format!("nothing installed, assigned {}", assigned.name)),
        (None, None) => Words::new().dim("no release known"),
    }
}

fn columns<'a>() -> [Col<'a>; 6] {
    [
        Col::text("BEGAN", Width::Fit(5, 16), 0, |view, attempt| match attempt.began {
            Some(at) => Words::new().text(view.hour(at, None)),
            None => Words::new().dim(view.glyphs().none),
        })
        .sorts(SortKey::When),
        Col::text("STATE", Width::Fit(9, 14), 0, |_, attempt| parts::host_state(attempt.state)),
        Col::figure("CODE", Width::Fit(5, 11), 2, |view, attempt| match attempt.code {
            Some(code) => Words::new().text(code.to_string()),
            None => Words::new().dim(view.glyphs().none),
        }),
        Col::text("ROLLOUT", Width::Flex(18), 0, |_, attempt| match &attempt.rollout {
            Some(rollout) => Words::new().text(rollout),
            None => Words::new().dim("single assignment"),
        }),
        Col::text("RELEASE", Width::Fit(8, 28), 1, |view, attempt| match &attempt.release {
            Some(release) => Words::new().text(&release.name),
            None => Words::new().dim(view.glyphs().none),
        }),
        Col::text("THEIR WORD", Width::Fit(10, 16), 3, |_, attempt| Words::new().dim(&attempt.native)),
    ]
}

fn account(view: &View, story: &HostStory, seen: Words) -> Pane {
    let title = Words::new().strong(&story.name).then(3, release(story));
    let mut lines = Vec::new();
    if let Some(address) = &story.address {
        lines.push(parts::labelled("Address", Words::new().text(address)));
    }
    if let Some(at) = story.installed_at {
        lines.push(parts::labelled("Installed", Words::new().text(view.clock(at, None))));
    }
    match view.state.store.facts_of(&story.id, &story.name) {
        Some(facts) => {
            lines.push(parts::labelled("Known", hosts::known(facts)));
            if let Some(console) = &facts.console {
                let key = view.key(Action::CopyConsole).map_or(Words::new(), |key| Words::of(Role::Key, key).dim(" copies it"));
                lines.push(parts::labelled("Console", Words::new().text(console).then(3, key)));
            }
        }
        None if view.state.store.host_facts.is_empty() => {
            lines.push(parts::labelled(
                "Known",
                Words::new().dim("nothing; a file of yours can be named under [hosts] in the config"),
            ));
        }
        None => lines.push(parts::labelled("Known", Words::new().dim("your host facts file has no line of it"))),
    }
    for gap in &story.gaps {
        lines.push(parts::labelled("Not read", Words::new().warn(gap)));
    }
    lines.extend(failure(view, story));
    lines.push(Words::new());
    let (which, reports) = reports(view, story);
    lines.push(Words::new().dim(format!("REPORTS of {which}, newest first")));
    match reports {
        Ok([]) => lines.push(Words::new().dim("It has reported nothing.")),
        Ok(reports) => lines.extend(reports.iter().flat_map(|report| said(view, report))),
        Err(why) => lines.push(Words::new().dim(why)),
    }
    Pane { title, right: seen, lines }
}

/// The reports of the selected attempt, and which one it is. The newest one's come with the host; an older one's are read when
/// it is selected.
fn reports<'a>(view: &View<'a>, story: &'a HostStory) -> (String, Result<&'a [StoryLine], String>) {
    let newest = || ("the newest attempt".to_owned(), Ok(story.reports.as_slice()));
    let Some(RowId::Attempt(at)) = view.state.selected() else { return newest() };
    let Some(attempt) = story.attempts.get(*at as usize).filter(|_| *at > 0) else { return newest() };
    let which = match attempt.began {
        Some(began) => format!("the attempt of {}", view.hour(began, None)),
        None => "the selected attempt".to_owned(),
    };
    let store = &view.state.store;
    let reports = match (store.evidence.get(&attempt.id), store.queue.why_unreadable(&attempt.id)) {
        (Some(read), _) => Ok(read.value.as_slice()),
        (None, Some(why)) => Err(format!("They cannot be read: {why}")),
        (None, None) => Err("They are being read.".to_owned()),
    };
    (which, reports)
}

/// Why it failed, where the queue has it: cause, rule, advice, and the way back to its wave.
fn failure(view: &View, story: &HostStory) -> Vec<Words> {
    let Some(failure) = view.state.store.queue.of(&story.id) else { return Vec::new() };
    let cause = failure.cause().map(|cause| &**cause);
    let head = Words::new().alert("WHY   ").text(failure.signature.class.to_string()).then(3, causes::meaning(cause));
    let mut lines = vec![Words::new(), head.then(3, causes::rule(cause))];
    lines.extend(failed::about(view, failure));
    let wave = failure.wave.as_ref().and_then(|id| view.state.store.wave(id));
    let rollout = failure.rollout.as_ref().and_then(|id| view.state.store.entry(id));
    if let Some(entry) = rollout {
        let of = &entry.rollout.value.name;
        let words = match wave {
            Some(wave) => Words::new().text(view.pair(of, &wave.name)),
            None => Words::new().text(of).dim("   wave not told"),
        };
        let key = view.key(Action::Open).map_or(Words::new(), |key| Words::of(Role::Key, key).dim(" on the attempt goes there"));
        lines.push(parts::labelled("Wave", words.then(3, key)));
    }
    lines
}

/// One report: when, of which kind, and every line of it.
fn said(view: &View, report: &StoryLine) -> Vec<Words> {
    let at = report.at.map_or_else(|| view.glyphs().none.to_owned(), |at| view.hour(at, None));
    let code = report.code.map_or(Words::new(), |code| Words::new().dim(format!("code {code}")));
    let mut lines = vec![Words::new().dim(at).then(2, Words::new().text(&report.kind)).then(2, code)];
    lines.extend(
        report
            .said
            .iter()
            .flat_map(|evidence| evidence.lines().collect::<Vec<_>>())
            .map(|line| Words::new().gap(2).text(line).hanging(4)),
    );
    lines
}
