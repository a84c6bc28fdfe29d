//! Lane: the hosts that have not failed and must not hide, of one kind: since when, and what is known of each.

use ratatui::layout::Rect;

use super::{About, hosts};
use crate::action::Action;
use crate::app::state::{RowId, SortKey};
use crate::domain::Lane;
use crate::store::read::LaneHost;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::widgets::pane::{self, Pane, Share};
use crate::ui::widgets::table::{self, Column, Listing, Width};
use crate::ui::words::Words;
use crate::ui::{lanes, parts};

type Col<'a> = Column<&'a LaneHost>;

pub const ABOUT: About = About {
    question: "hosts that have not failed and must not hide: since when, what next",
    looks: &[Action::Open, Action::Mark, Action::Copy, Action::Check],
};

pub fn draw(canvas: &mut Canvas, area: Rect, lane: Lane) {
    let view = canvas.view;
    let list = view.state.list();
    let known = &view.state.lane_hosts;
    let (listed, detail) = pane::split(&view, area, list.map_or(0, |list| list.order.len()), Share::Lines(8));
    let hidden = list.is_some_and(|list| list.of > 0);
    let empty = if hidden { "The filter hides every host." } else { "No host stands here any more." };
    let placed = |id: &RowId| match id {
        RowId::Host(host) => known.get(host),
        _ => None,
    };
    table::draw(
        canvas,
        listed,
        &Listing {
            caption: caption(&view, lane),
            ..Listing::new(list, &columns(lane), &|_, id| placed(id), vec![Words::new().text(empty)])
        },
    );
    let Some(area) = detail else { return };
    let pane = view.selected().and_then(placed).map(|host| account(&view, lane, host, area));
    pane::draw(canvas, area, &pane.unwrap_or_default());
}

fn caption(view: &View, lane: Lane) -> Words {
    let words = lanes::name(lane).dim(format!(": {}", lane.meaning()));
    match view.state.lanes.get(&lane).and_then(|sum| lanes::usual_of(lane, &sum.usuals)) {
        Some(usual) => words.then(3, Words::new().dim(usual)),
        None => words,
    }
}

fn columns<'a>(lane: Lane) -> Vec<Col<'a>> {
    let since = match lane {
        Lane::Offline => "LAST SEEN",
        Lane::Stuck => "NO WORD",
        Lane::NotBack | Lane::Restarting => "RESTARTING",
        Lane::RestartOwed => "OWED FOR",
        Lane::Silent => "SAYS",
    };
    let mut columns = vec![
        Col::text("HOST", Width::Fit(10, 28), 0, |_, host: &&LaneHost| Words::new().text(&host.name)).sorts(SortKey::Name),
        Col::text("TENANT", Width::Fit(6, 14), 2, |view, host| match view.state.store.entry(&host.wave.rollout) {
            Some(entry) => Words::new().text(entry.rollout.value.tenant.text()),
            None => Words::new().dim(view.glyphs().none),
        })
        .sorts(SortKey::Tenant),
    ];
    columns.push(if lane == Lane::Silent {
        Col::text(since, Width::Fit(8, 26), 0, |view, host| match &host.says {
            Some(says) => Words::new().alert(says),
            None => Words::new().dim(view.glyphs().none),
        })
    } else {
        Col::figure(since, Width::Fit(9, 12), 0, |view, host| match host.since {
            Some(at) => Words::new().text(lanes::since(view, at)),
            None => Words::new().dim("never"),
        })
        .sorts(SortKey::When)
    });
    if lane == Lane::Silent {
        columns.push(Col::text("REPORTED", Width::Fit(8, 24), 0, |view, host| {
            let release = view.state.store.entry(&host.wave.rollout).and_then(|entry| entry.rollout.value.release.as_ref());
            release.map_or_else(|| Words::new().dim(view.glyphs().none), |release| Words::new().text(&release.name))
        }));
    }
    columns.extend([
        Col::text("ROLLOUT", Width::Flex(12), 0, |view, host| match view.state.store.entry(&host.wave.rollout) {
            Some(entry) => Words::new().text(&entry.rollout.value.name),
            None => Words::new().dim(view.glyphs().none),
        }),
        Col::text("WAVE", Width::Fit(5, 16), 1, |view, host| match view.state.store.wave(&host.wave) {
            Some(wave) => Words::new().text(&wave.name),
            None => Words::new().dim(view.glyphs().none),
        }),
        Col::figure("CONTACT", Width::Fit(7, 9), 3, |view, host| match host.contact {
            Some(at) => Words::new().text(lanes::since(view, at)),
            None => Words::new().dim(view.glyphs().none),
        }),
    ]);
    columns
}

fn account(view: &View, lane: Lane, host: &LaneHost, area: Rect) -> Pane {
    let width = usize::from(area.width).saturating_sub(3);
    let title = Words::new().strong(&host.name).then(3, lanes::name(lane));
    let mut lines = vec![parts::labelled("Next step", Words::new().text(lane.next_step()))];
    let told = match lane {
        Lane::Silent => Words::new().dim(
            "the backend counts it as done; sending the release again does nothing while the backend thinks that it is there",
        ),
        Lane::NotBack => Words::new().dim("nothing that patchdeck or the backend can send reaches it"),
        Lane::Stuck => Words::new().dim("its last report is as old as that; whether it still works nobody knows"),
        Lane::Offline => Words::new().dim("it takes the job by itself when it comes back; nobody knows when"),
        Lane::RestartOwed => Words::new().dim("it counts as at work until then"),
        Lane::Restarting => Words::new().dim("as long as others took"),
    };
    lines.push(parts::labelled("Known", told));
    if let Some(facts) = view.state.store.facts_of(&host.id, &host.name) {
        lines.push(parts::labelled("Host", hosts::known(facts)));
    }
    if let Some(entry) = view.state.store.entry(&host.wave.rollout) {
        lines.extend(parts::call(view, entry, width));
    }
    Pane { title, right: parts::age(view.since(host.seen)), lines }
}
