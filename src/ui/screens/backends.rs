//! Backends: is what I see true. Reach, login, rights, age, clock, budget and errors of each connection.

use ratatui::layout::Rect;

use super::About;
use crate::action::Action;
use crate::app::state::{RowId, SortKey};
use crate::domain::{Health, Reading};
use crate::store::read::Connection;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::widgets::pane::{self, Pane, Share};
use crate::ui::widgets::table::{self, Column, Listing, Width};
use crate::ui::words::Words;
use crate::ui::{format, parts};

type Col<'a> = Column<&'a Connection>;

/// A clock that is off by more than this many seconds is told loudly.
const SKEW_SECONDS: u64 = 30;

pub const ABOUT: About = About { question: "is what I see true", looks: &[Action::Refresh, Action::Copy] };

pub fn draw(canvas: &mut Canvas, area: Rect) {
    let view = canvas.view;
    let list = view.state.list();
    let store = &view.state.store;
    let (listed, detail) = pane::split(&view, area, list.map_or(0, |list| list.order.len()), Share::Half);
    let connection = |id: &RowId| match id {
        RowId::Backend(name) => store.connections.get(name),
        _ => None,
    };
    let empty = vec![Words::new().text("No backend is configured. The config names one or more under [[backend]].")];
    table::draw(canvas, listed, &Listing::new(list, &columns(), &|_, id| connection(id), empty));
    let Some(area) = detail else { return };
    let pane = view.selected().and_then(connection).map(|connection| account(&view, connection));
    pane::draw(canvas, area, &pane.unwrap_or_default());
}

fn reading(view: &View, connection: &Connection) -> Words {
    match connection.reading(&view.state.now) {
        Reading::Waiting => Words::new().dim("reading"),
        Reading::Live => Words::new().ok("live"),
        Reading::Stale => Words::new().warn("old"),
        Reading::Unreachable(_) => Words::new().alert("unreachable"),
        Reading::Failing(_) => Words::new().alert("failing"),
        Reading::Refused(_) => Words::new().alert("refused"),
    }
}

fn columns<'a>() -> [Col<'a>; 11] {
    [
        Col::text("NAME", Width::Fit(8, 18), 0, |_, one| Words::new().text(one.name.text())).sorts(SortKey::Name),
        Col::text("KIND", Width::Fit(7, 12), 6, |_, one| Words::new().dim(&one.kind)),
        Col::text("TENANT", Width::Fit(6, 18), 3, |view, one| match one.tenants.as_slice() {
            [] => Words::new().dim(view.glyphs().none),
            [tenant] => Words::new().text(tenant.text()),
            several => Words::new().text(format::some(several.len() as u32, "tenant")),
        }),
        Col::text("STATE", Width::Fit(11, 22), 0, |view, one| {
            let words = reading(view, one);
            if one.insecure { words.text(", ").warn("insecure") } else { words }
        }),
        Col::figure("AGE", Width::Fit(5, 7), 0, |view, one| match one.age(&view.state.now) {
            Some(age) => parts::age(age),
            None => Words::new().dim("never"),
        })
        .sorts(SortKey::Seen),
        Col::text("LOGIN", Width::Fit(6, 16), 2, |view, one| said(view, one.login.as_ref())),
        Col::text("VERSION", Width::Fit(7, 12), 8, |view, one| said(view, one.version.as_ref())),
        Col::figure("CLOCK", Width::Fit(5, 6), 4, |view, one| match one.skew {
            Some(skew) if skew.as_secs().unsigned_abs() >= SKEW_SECONDS => Words::new().warn(format::skew(skew)),
            Some(skew) => Words::new().dim(format::skew(skew)),
            None => Words::new().dim(view.glyphs().none),
        }),
        Col::figure("ERRORS", Width::Fit(6, 9), 1, |_, one| {
            Words::of(if one.health.errors > 0 { Role::Warn } else { Role::Dim }, format::count(one.health.errors))
        }),
        Col::figure("BUDGET", Width::Fit(6, 8), 7, |_, one| Words::new().dim(budget(&one.health))),
        Col::figure("TYPICAL", Width::Fit(7, 7), 5, |view, one| {
            let none = one.health.typical.is_zero();
            Words::new().dim(if none { view.glyphs().none.to_owned() } else { format::span(one.health.typical) })
        }),
    ]
}

fn said(view: &View, text: Option<&crate::domain::Text>) -> Words {
    text.map_or_else(|| Words::new().dim(view.glyphs().none), |text| Words::new().text(text))
}

/// `10/s`, `2.5/s`.
fn budget(health: &Health) -> String {
    match (health.budget_tenths / 10, health.budget_tenths % 10) {
        (whole, 0) => format!("{whole}/s"),
        (whole, tenth) => format!("{whole}.{tenth}/s"),
    }
}

fn account(view: &View, connection: &Connection) -> Pane {
    let title = Words::new().strong(connection.name.text()).then(3, reading(view, connection));
    let mut lines = Vec::new();
    if let Some(failure) = &connection.failure {
        let at = view.read_at(failure.at);
        let again = match failure.again_at {
            Some(again) if again > view.state.now.mono => {
                format!("asked again in {}", format::countdown(again.since(view.state.now.mono)))
            }
            Some(_) => "being asked again".to_owned(),
            None => "not asked again by itself".to_owned(),
        };
        lines
            .push(parts::labelled("Failure", Words::new().alert(failure.behind("unreachable")).dim(format!("   {at}, {again}"))));
    }
    lines.push(parts::labelled("Address", Words::new().text(&connection.address)));
    if connection.insecure {
        lines.push(parts::labelled("Insecure", Words::new().warn("certificate checks are off: anybody on the way may answer")));
    }
    let tenants: Vec<String> = connection.tenants.iter().map(ToString::to_string).collect();
    let theirs = connection.their_tenant.as_ref().map_or(Words::new(), |name| Words::new().dim(format!("called {name} there")));
    lines.push(parts::labelled("Tenants", Words::new().text(tenants.join(", ")).then(3, theirs)));
    if let Some(login) = &connection.login {
        lines.push(parts::labelled("Login", Words::new().text(login)));
    }
    lines.extend(rights(connection));
    for blind in &connection.blind {
        lines.push(parts::labelled("Cannot see", Words::new().warn(blind)));
    }
    if let Some(skew) = connection.skew {
        let loud = skew.as_secs().unsigned_abs() >= SKEW_SECONDS;
        let said =
            if skew.as_secs() == 0 { "agrees with ours".to_owned() } else { format!("{} against ours", format::skew(skew)) };
        lines.push(parts::labelled("Clock", Words::of(if loud { Role::Warn } else { Role::Text }, said)));
    }
    let health = &connection.health;
    let every =
        if health.board_every.is_zero() { String::new() } else { format!("; board every {}", format::span(health.board_every)) };
    let talk = format!(
        "{} requests, {} refused or not answered, {} unchanged; at most {}{every}",
        format::count(health.requests),
        format::count(health.errors),
        format::count(health.not_modified),
        budget(health),
    );
    lines.push(parts::labelled("Talk", Words::new().dim(talk)));
    if let Some((asked, allowed)) = health.a_minute {
        let stream = match health.listens {
            Some(true) => "; events say what moved",
            Some(false) => "; no stream of events: it is asked on a beat",
            None => "",
        };
        let words = format!("{asked} costly questions in the last minute, {allowed} are allowed{stream}");
        lines.push(parts::labelled("Questions", Words::new().dim(words)));
    }
    Pane { title, right: Words::new().dim(&connection.kind), lines }
}

/// What the login may do, what not and why, and what nobody could tell.
fn rights(connection: &Connection) -> Vec<Words> {
    if connection.rights.is_empty() {
        return vec![parts::labelled("Rights", Words::new().dim("not read yet"))];
    }
    let of = |wanted: Option<bool>| connection.rights.iter().filter(move |(_, may, _)| *may == wanted);
    let names = |wanted| of(wanted).map(|(verb, _, _)| verb.as_str()).collect::<Vec<_>>().join(", ");
    let mut lines = Vec::new();
    let may = names(Some(true));
    lines.push(parts::labelled("May", if may.is_empty() { Words::new().dim("only look") } else { Words::new().text(may) }));
    for (verb, _, why) in of(Some(false)) {
        lines.push(parts::labelled("May not", Words::new().warn(verb).dim(format!("   {why}"))));
    }
    let unknown = names(None);
    if !unknown.is_empty() {
        lines.push(parts::labelled("Not known", Words::new().text(unknown)));
    }
    lines
}
