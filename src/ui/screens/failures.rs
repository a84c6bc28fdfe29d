//! Failures: which causes, how far spread, what next. One row a pile, by cause or by what the person chose; below them what is
//! no failure and must not hide.

use ratatui::layout::Rect;

use super::{About, failed};
use crate::action::Action;
use crate::app::state::{RowId, SortKey};
use crate::domain::{CareStage, Cluster, Lane, TenantId};
use crate::store::read::{LaneSum, Pile, PileBy, Sum};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::widgets::pane::{self, Pane, Share};
use crate::ui::widgets::table::{self, Column, Listing, Width};
use crate::ui::words::Words;
use crate::ui::{causes, format, lanes, parts};

/// A pile or a lane, and what it comes to.
enum Row<'a> {
    Pile(&'a Pile, &'a Sum),
    Lane(Lane, &'a LaneSum),
}

type Col<'a> = Column<Row<'a>>;

pub const ABOUT: About = About {
    question: "which causes, how far spread, what next",
    looks: &[Action::Open, Action::Ticket, Action::Note, Action::Group, Action::Mark, Action::Check],
};

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    let list = view.state.list();
    let piles = &view.state.piles;
    let (listed, detail) = pane::split(&view, area, list.map_or(0, |list| list.order.len()), Share::Half);
    let row = |id: &RowId| match id {
        RowId::Pile(pile) => piles.get_key_value(pile).map(|(pile, sum)| Row::Pile(pile, sum)),
        RowId::Lane(lane) => view.state.lanes.get(lane).map(|sum| Row::Lane(*lane, sum)),
        _ => None,
    };
    table::draw(
        canvas,
        listed,
        &Listing { caption: caption(&view), ..Listing::new(list, &columns(&view), &|_, id| row(id), empty(&view)) },
    );
    let Some(area) = detail else { return };
    let pane = view.selected().and_then(row).map(|row| match row {
        Row::Pile(pile, sum) => account(&view, pile, sum, area),
        Row::Lane(lane, sum) => lane_account(&view, lane, sum),
    });
    pane::draw(canvas, area, &pane.unwrap_or_default());
}

/// What a lane means, what to do, and the first of its hosts.
fn lane_account(view: &View, lane: Lane, sum: &LaneSum) -> Pane {
    let title = lanes::name(lane).then(3, Words::new().dim(lane.meaning()));
    let right = Words::new().dim(format::hosts(sum.hosts));
    let mut lines = vec![parts::labelled("Next step", Words::new().text(lane.next_step()))];
    lines.push(parts::labelled("Known", lanes::said(view, lane, sum)));
    let calls = sum.tenants.iter().filter_map(|id| view.state.store.tenants.get(id)?.call.clone());
    lines.extend(calls.map(|call| parts::labelled("Call", Words::new().text(call))));
    let open = view.key(Action::Open).unwrap_or_default();
    lines.push(Words::new());
    lines.push(Words::of(Role::Key, open).dim(" lists its hosts, those longest in it first"));
    Pane { title, right, lines }
}

/// How the rows are piled, and how much of the evidence was read.
fn caption(view: &View) -> Words {
    let queue = &view.state.store.queue;
    let coverage = view.state.store.coverage_of_tonight(view.state.now.civil);
    let count = |number: usize| format::count(number as u64);
    let mut words = Words::new();
    // How much the causes below can be trusted comes before what a narrow screen cuts off.
    if queue.unread() > 0 {
        let read = queue.len().saturating_sub(queue.unread());
        words = words.dim(format!("evidence read {} of {}", count(read), count(queue.len())));
    }
    if coverage.total > 0 {
        let (reported, total) = (format::count(coverage.reported.into()), format::count(coverage.total.into()));
        let reported = Words::new().dim(format!("reported done {reported} of {total}, ")).and(lanes::verified(&coverage));
        words = words.then(3, reported);
    }
    if view.state.pile_by != PileBy::Cause {
        words = words.then(3, Words::new().dim("by ").text(view.state.pile_by.word()));
    }
    if queue.beyond() > 0 {
        words = words.then(3, Words::new().warn(format!("{} more failures are not kept", count(queue.beyond()))));
    }
    for connection in view.state.store.connections.values() {
        if connection.no_failures.is_some() {
            words = words.then(3, Words::new().warn(format!("{}: no failure queue for this login", connection.name)));
        }
    }
    let (open, done) = queue.tried_again();
    if open + done > 0 {
        let told = [(open, "at work"), (done, "done")].into_iter().filter(|(number, _)| *number > 0);
        let told: Vec<String> = told.map(|(number, word)| format!("{} {word}", count(number))).collect();
        words = words.then(3, Words::new().text(format!("tried again: {}", told.join(", "))));
    }
    words
}

fn columns<'a>(view: &View) -> Vec<Col<'a>> {
    let by = view.state.pile_by;
    let title = match by {
        PileBy::Cause => "CAUSE",
        PileBy::Tenant => "TENANT",
        PileBy::Wave => "WAVE",
        PileBy::Host => "HOST",
        PileBy::Release => "RELEASE",
    };
    let told = if by == PileBy::Cause { "SIGNATURE" } else { "CAUSES" };
    let mut columns = vec![
        Col::text(title, Width::Fit(8, 24), 0, |view, row| match row {
            Row::Pile(pile, sum) => name(view, pile, sum),
            Row::Lane(lane, _) => lanes::name(*lane),
        })
        .sorts(SortKey::Name),
        Col::text(told, Width::Flex(18), 1, |view, row| match row {
            Row::Pile(pile, sum) => said(view, pile, sum),
            Row::Lane(lane, sum) => lanes::said(view, *lane, sum),
        }),
        Col::figure("HOSTS", Width::Fit(5, 7), 0, |_, row| match row {
            Row::Pile(_, sum) => parts::failed(sum.hosts as u32),
            Row::Lane(lane, sum) => lanes::hosts(*lane, sum.hosts),
        })
        .sorts(SortKey::Failed),
    ];
    if by != PileBy::Tenant {
        let column = Col::text("TENANTS", Width::Fit(7, 16), 2, |_, row| match row {
            Row::Pile(_, sum) => tenants(sum.tenants.iter()),
            Row::Lane(_, sum) => tenants(sum.tenants.iter()),
        });
        columns.push(column.sorts(SortKey::Tenant));
    }
    columns.extend([
        Col::figure("NEWEST", Width::Fit(6, 8), 1, |view, row| match row {
            Row::Pile(_, sum) => newest(view, sum),
            Row::Lane(..) => Words::new(),
        })
        .sorts(SortKey::When),
        Col::figure("TRIES", Width::Fit(5, 6), 3, |_, row| match row {
            Row::Pile(_, sum) => tries(sum),
            Row::Lane(..) => Words::new(),
        })
        .sorts(SortKey::Tries),
    ]);
    // While nobody said anything, all of them are new.
    if view.state.memory.has_cares() {
        columns.push(Col::text("STAGE", Width::Fit(5, 11), 5, |view, row| match row {
            Row::Pile(pile, sum) => match causes::stage_of_pile(view, pile, sum) {
                CareStage::New => Words::of(Role::New, CareStage::New.word()),
                stage => Words::new().dim(stage.word()),
            },
            Row::Lane(..) => Words::new(),
        }));
    }
    columns.push(Col::text("NEXT STEP", Width::Fit(9, 22), 0, |_, row| match row {
        Row::Pile(_, sum) => sum.retry.map_or_else(|| Words::new().dim("differs"), causes::next_step),
        Row::Lane(lane, _) => Words::new().text(lane.next_step()),
    }));
    columns
}

/// The pile's name; a cause is marked as new until somebody looked at it, and as due once its deadline is over.
fn name(view: &View, pile: &Pile, sum: &Sum) -> Words {
    match pile {
        Pile::Cause(signature) => {
            let new = causes::stage(view, signature) == CareStage::New;
            let words = Words::new().text(signature.class.to_string());
            let words = if new { words.gap(1).role(Role::New, "new") } else { words };
            if causes::is_over(view, signature, sum) { words.gap(1).alert("due") } else { words }
        }
        pile => Words::new().text(causes::pile_name(view, pile)),
    }
}

/// The signature, with the variants in the place of the number that they are, where it has one; or which kinds of causes are in the pile.
fn said(view: &View, pile: &Pile, sum: &Sum) -> Words {
    if let Pile::Cause(signature) = pile {
        return causes::signature_with_variants(view, signature);
    }
    // Two signatures of one class are one word here: their words are in the rows by cause.
    let mut classes: Vec<(String, u32)> = Vec::new();
    for (cause, count) in &sum.causes {
        let class = cause.class.to_string();
        match classes.iter_mut().find(|(known, _)| *known == class) {
            Some((_, hosts)) => *hosts += *count,
            None => classes.push((class, *count)),
        }
    }
    if let [(class, _)] = classes.as_slice() {
        return Words::new().text(class);
    }
    classes.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
    let told: Vec<String> = classes.iter().map(|(class, hosts)| format!("{class} {hosts}")).collect();
    Words::new().text(told.join(", "))
}

fn tenants<'a>(mut names: impl Iterator<Item = &'a TenantId>) -> Words {
    let first = names.next().map(|tenant| tenant.text().to_string()).unwrap_or_default();
    let more = names.count();
    Words::new().text(first).dim(if more > 0 { format!(" +{more}") } else { String::new() })
}

/// How long ago the newest failed. Where nobody told, it is at least as long ago as we know of it.
fn newest(view: &View, sum: &Sum) -> Words {
    let Some((at, told)) = sum.newest else { return Words::new().dim(view.glyphs().none) };
    let ago = format::ago(view.civil_ago(at));
    if told { Words::new().text(ago) } else { Words::new().dim(format!("{ago}+")) }
}

fn tries(sum: &Sum) -> Words {
    let (least, most) = (sum.tries.least, sum.tries.most);
    let told = if least == most { most.to_string() } else { format!("{least}-{most}") };
    if most > 1 { Words::new().text(told) } else { Words::new().dim(told) }
}

fn empty(view: &View) -> Vec<Words> {
    let store = &view.state.store;
    if view.state.list().is_some_and(|list| list.of > 0) {
        return vec![Words::new().text("The filter hides every failure.")];
    }
    let failed = store.totals().failed;
    let first = if store.connections.values().all(|connection| connection.board_seen.is_none()) {
        "No backend has answered yet."
    } else if failed > 0 && store.queue.is_empty() {
        "Hosts have failed; which and why is being read."
    } else {
        "No host has failed tonight, as far as the backends report."
    };
    let back = view.key(Action::Board).map_or(Words::new(), |key| Words::of(Role::Key, key).dim(" the board"));
    vec![Words::new().text(first), back]
}

/// The rule and its remedy, what people said, whom to call, and the first hosts.
fn account(view: &View, pile: &Pile, sum: &Sum, area: Rect) -> Pane {
    let width = usize::from(area.width).saturating_sub(3);
    let read = format!("read {} of {}", format::count(sum.read as u64), format::count(sum.hosts as u64));
    let (title, right, mut lines) = match pile {
        Pile::Cause(signature) => {
            let cause = view.state.store.queue.cluster(signature).and_then(|cluster| cluster.cause.as_deref());
            let title = Words::new().strong(signature.class.to_string()).then(3, causes::meaning(cause));
            let right = causes::rule(cause).dim(format!("; {read}"));
            let mut lines = causes::advice(view, signature, cause, sum.tenants.iter(), sum.newest.map(|(at, _)| at));
            lines.extend(causes::variants(view, signature).map(|told| parts::labelled("Variants", told)));
            let newest = view.state.store.queue.cluster(signature).and_then(Cluster::last_told);
            lines.extend(causes::care(view, &causes::key_of(signature), newest));
            lines.extend(causes::age(view, signature, sum));
            (title, right, lines)
        }
        pile => (Words::new().strong(causes::pile_name(view, pile)), Words::new().dim(read), Vec::new()),
    };
    lines.push(Words::new());
    let room = usize::from(area.height).saturating_sub(lines.len() + 4).max(3);
    lines.extend(failed::lines(view, view.state.store.queue.in_pile(pile), sum.hosts, room, width));
    Pane { title, right, lines }
}
