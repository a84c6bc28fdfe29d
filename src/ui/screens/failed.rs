//! Failed hosts of one pile: where, how often, since when, and in which words.

use ratatui::layout::Rect;

use super::About;
use crate::action::Action;
use crate::app::state::{RowId, SortKey};
use crate::domain::{Evidence, Failure, Signature, Text};
use crate::store::read::Pile;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::widgets::pane::{self, Pane, Share};
use crate::ui::widgets::table::{self, Column, Listing, Width};
use crate::ui::words::Words;
use crate::ui::{causes, format, parts};

type Col<'a> = Column<&'a Failure>;

/// Lines of evidence that are looked through for the telling one.
const LINES: usize = 200;

pub const ABOUT: About = About {
    question: "the failed hosts of one cause, and their words",
    looks: &[Action::Open, Action::Ticket, Action::Note, Action::Mark],
};

pub fn draw(canvas: &mut Canvas, area: Rect, pile: &Pile) {
    let view = canvas.view;
    let list = view.state.list();
    let queue = &view.state.store.queue;
    let (listed, detail) = pane::split(&view, area, list.map_or(0, |list| list.order.len()), Share::Half);
    let hidden = list.is_some_and(|list| list.of > 0);
    let empty = if hidden { "The filter hides every failed host." } else { "No host fails for this any more." };
    let failure = |id: &RowId| match id {
        RowId::Failed(attempt) => queue.failure(attempt),
        _ => None,
    };
    table::draw(
        canvas,
        listed,
        &Listing {
            caption: caption(&view, pile),
            kept: read(&view, pile),
            ..Listing::new(list, &columns(pile), &|_, id| failure(id), vec![Words::new().text(empty)])
        },
    );
    let Some(area) = detail else { return };
    let pane = view.selected().and_then(failure).map(|failure| account(&view, failure));
    pane::draw(canvas, area, &pane.unwrap_or_default());
}

fn caption(view: &View, pile: &Pile) -> Words {
    let words = match pile {
        Pile::Cause(signature) => causes::signature(signature),
        pile => Words::new().text(causes::pile_name(view, pile)),
    };
    let variants = if let Pile::Cause(signature) = pile { causes::variants(view, signature) } else { None };
    words.then(3, variants.unwrap_or_default())
}

/// Of how many hosts the words were read.
fn read(view: &View, pile: &Pile) -> Words {
    let sum = view.state.piles.get(pile);
    let read = sum.map(|sum| format!("read {} of {}", format::count(sum.read as u64), format::count(sum.hosts as u64)));
    Words::new().dim(read.unwrap_or_default())
}

fn columns<'a>(pile: &Pile) -> Vec<Col<'a>> {
    let mut columns = vec![
        Col::text("HOST", Width::Fit(10, 28), 0, |_, failure: &&Failure| Words::new().text(&failure.name)).sorts(SortKey::Name),
        Col::text("TENANT", Width::Fit(6, 14), 3, |_, failure| Words::new().text(failure.tenant.text())).sorts(SortKey::Tenant),
        Col::text("WAVE", Width::Fit(5, 16), 2, |view, failure| wave(view, failure)),
        Col::figure("TRIED", Width::Fit(5, 6), 1, |_, failure| tried(failure)).sorts(SortKey::Tries),
        Col::figure("FAILED", Width::Fit(6, 14), 0, |view, failure| failed(view, failure)).sorts(SortKey::When),
        Col::text("STAGE", Width::Fit(5, 11), 4, |view, failure| Words::new().dim(causes::stage_of(view, failure).word())),
        Col::text("NOW", Width::Fit(3, 12), 3, |_, _| Words::new().dim("not checked")),
    ];
    if !matches!(pile, Pile::Cause(_)) {
        columns.insert(
            1,
            Col::text("CAUSE", Width::Fit(6, 22), 0, |_, failure| Words::new().text(failure.signature.class.to_string())),
        );
    }
    columns.push(Col::text("EVIDENCE", Width::Flex(18), 0, |view, failure| evidence(view, failure)));
    columns
}

fn wave(view: &View, failure: &Failure) -> Words {
    match &failure.wave {
        Some(id) => Words::new().text(view.state.store.wave(id).map_or_else(|| id.text(), |wave| wave.name.clone())),
        None => Words::new().dim("not told"),
    }
}

fn tried(failure: &Failure) -> Words {
    let role = if failure.tries > 1 { Role::Text } else { Role::Dim };
    Words::of(role, failure.tries.to_string())
}

/// When it failed; `by 23:14` where nobody told, and it is at least as long ago as we know of it.
fn failed(view: &View, failure: &Failure) -> Words {
    match failure.at {
        Some(at) => Words::new().text(view.short(at, Some(&failure.tenant))),
        None => Words::new().dim(format!("by {}", view.short(failure.noticed, Some(&failure.tenant)))),
    }
}

/// The telling line of what was said.
fn evidence(view: &View, failure: &Failure) -> Words {
    if let Some(line) = telling(failure) {
        return Words::new().text(line);
    }
    match (&failure.evidence, view.state.store.queue.why_unreadable(&failure.attempt)) {
        (Some(_), _) => Words::new().dim(Signature::WORDLESS),
        (None, Some(_)) => Words::new().warn("cannot be read"),
        (None, None) => Words::new().dim("not read yet"),
    }
}

/// The line that has most of the signature's words; none where no line says why.
pub(super) fn telling(failure: &Failure) -> Option<Text> {
    if failure.signature.is_wordless() {
        return None;
    }
    let evidence = failure.evidence.as_ref()?;
    let wanted: Vec<&str> = failure.signature.text.as_str().split(' ').filter(|word| !word.starts_with('<')).collect();
    let has = |line: &str| wanted.iter().filter(|word| line.contains(*word)).count();
    let lines = evidence.raw().lines().take(LINES).map(str::trim).filter(|line| !line.is_empty());
    let best = lines.fold(None, |best: Option<(usize, &str)>, line| match (best, has(line)) {
        (Some(best), found) if best.0 >= found => Some(best),
        (_, found) => Some((found, line)),
    });
    best.map(|(_, line)| Text::new(line))
}

/// The first hosts of a pile as aligned lines, with a head; `5 more` where there is no room for all.
pub fn lines<'a>(
    view: &View,
    failures: impl Iterator<Item = &'a Failure>,
    hosts: usize,
    room: usize,
    width: usize,
) -> Vec<Words> {
    let shown: Vec<&Failure> = failures.take(room.saturating_sub(2).max(1)).collect();
    let cut = view.glyphs().ellipsis;
    let names = shown.iter().map(|failure| Words::new().text(&failure.name).width()).max().unwrap_or(0).clamp(4, 24);
    let waves = shown.iter().map(|failure| wave(view, failure).width()).max().unwrap_or(0).clamp(4, 16);
    let line = |name: Words, of: Words, tried: Words, at: Words, now: Words, said: Words| {
        let right = |words: Words, cells: usize| Words::new().gap(cells.saturating_sub(words.width())).and(words);
        let head = name.filled(names + 2, cut).and(of.filled(waves + 2, cut)).and(right(tried, 5)).gap(2).and(right(at, 8));
        head.gap(3).and(now.filled(13, cut)).and(said).cut(width, cut)
    };
    let dim = |text: &str| Words::new().dim(text);
    let mut lines = vec![line(dim("HOST"), dim("WAVE"), dim("TRIED"), dim("FAILED"), dim("NOW"), dim("EVIDENCE"))];
    lines.extend(shown.iter().map(|failure| {
        let name = Words::new().text(&failure.name);
        let now = dim("not checked");
        line(name, wave(view, failure), tried(failure), failed(view, failure), now, evidence(view, failure))
    }));
    if hosts > shown.len() {
        lines.push(Words::new().dim(format!("{} more", format::count((hosts - shown.len()) as u64))));
    }
    lines
}

/// One failed host: what its words mean, and the words.
pub fn account(view: &View, failure: &Failure) -> Pane {
    let cause = failure.cause().map(|cause| &**cause);
    let title = Words::new()
        .strong(&failure.name)
        .then(3, Words::new().text(failure.signature.class.to_string()))
        .then(3, causes::meaning(cause));
    let mut lines = about(view, failure);
    lines.push(Words::new());
    lines.extend(words(view, failure));
    Pane { title, right: causes::rule(cause), lines }
}

/// Code, cause and advice of one failure, and what people said of it.
pub fn about(view: &View, failure: &Failure) -> Vec<Words> {
    let cause = failure.cause().map(|cause| &**cause);
    let code = match (&failure.signature.code, failure.code) {
        (Some(code), Some(number)) if code.to_string().contains(&number.to_string()) => code.to_string(),
        (Some(code), Some(number)) => format!("{code}, told as {number}"),
        (Some(code), None) => code.to_string(),
        (None, Some(number)) => number.to_string(),
        (None, None) => "none told".to_owned(),
    };
    let mut lines = vec![parts::labelled(
        "Code",
        Words::new().text(code).then(3, Words::new().dim(format!("try {}, id {}", failure.tries, failure.attempt.native))),
    )];
    if !failure.signature.text.is_empty() {
        lines.push(parts::labelled("Signature", Words::new().text(&failure.signature.text)));
    }
    lines.extend(causes::advice(view, &failure.signature, cause, std::iter::once(&failure.tenant), Some(failure.when())));
    let others: Vec<String> = failure.causes.iter().skip(1).map(|cause| format!("{} ({})", cause.class, cause.rule)).collect();
    if !others.is_empty() {
        lines.push(parts::labelled("Also", Words::new().dim(others.join(", "))));
    }
    let own = causes::care(view, &crate::app::state::failure_key(failure), failure.at);
    lines.extend(own.or_else(|| causes::care(view, &causes::key_of(&failure.signature), failure.at)));
    lines
}

/// What was said, raw, line by line.
fn words(view: &View, failure: &Failure) -> Vec<Words> {
    match (&failure.evidence, view.state.store.queue.why_unreadable(&failure.attempt)) {
        (Some(evidence), _) if evidence.raw().trim().is_empty() => {
            vec![Words::new().dim("It said nothing: no words came with the error, and none before it.")]
        }
        (Some(evidence), _) if failure.signature.is_wordless() => raw("SAID on the way, and nothing of why it failed", evidence),
        (Some(evidence), _) => raw("SAID", evidence),
        (None, Some(why)) => vec![Words::new().warn(format!("Its words cannot be read: {why}"))],
        (None, None) => vec![Words::new().dim("Its words are not read yet.")],
    }
}

fn raw(head: &'static str, evidence: &Evidence) -> Vec<Words> {
    let head = Words::new().dim(head);
    std::iter::once(head).chain(evidence.lines().map(|line| Words::new().gap(2).text(line).hanging(4))).collect()
}
