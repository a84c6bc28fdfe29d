//! Which rollout a verb on failures is about, where they are of several: the tenant first, because one dialog is one tenant's.

use super::{Sheet, Words, chosen, key, titled};
use crate::app::state::{Which, WhichDialog};
use crate::theme::Role;
use crate::ui::format;
use crate::ui::view::View;

/// Cells that a tenant gets at most.
const TENANT: usize = 16;
/// Cells of everything in a line but the two names.
const REST: usize = 40;
/// Lines that stay in sight above the chosen one.
const ABOVE: usize = 8;

pub fn sheet(view: &View, dialog: &WhichDialog, width: usize) -> Sheet {
    let does = dialog.verb.word();
    let mut letters = does.chars();
    let head: String = letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    let one_tenant = dialog.of.windows(2).all(|pair| pair[0].tenant == pair[1].tenant);
    let mut sheet = titled(format!("{head}: of which {}?", if one_tenant { "rollout" } else { "tenant" }));
    let widest = |cell: fn(&Which) -> Words| dialog.of.iter().map(|which| cell(which).width()).max().unwrap_or(0);
    let tenants = widest(tenant).min(TENANT);
    let names = widest(name).min(width.saturating_sub(tenants + REST));
    let counts = dialog.of.iter().map(|which| format::count(which.hosts.len() as u64).len()).max().unwrap_or(1);
    let cut = view.glyphs().ellipsis;
    for (at, which) in dialog.of.iter().enumerate() {
        let armed = view.state.is_armed(&which.tenant);
        let hosts = format::count(which.hosts.len() as u64);
        let line = tenant(which).filled(tenants + 3, cut).and(name(which).filled(names + 3, cut));
        let line = line.text(format!("{hosts:>counts$} {}", if which.hosts.len() == 1 { "host " } else { "hosts" }));
        let line = line.then(3, if armed { Words::new().accent("armed") } else { Words::new().dim("look only") });
        let line = if which.sent { line.dim(", a plan was sent") } else { line };
        let line = if at == dialog.at { line.recast(Role::Text, Role::Strong) } else { line };
        sheet.lines.push(chosen(view, at == dialog.at).and(line));
    }
    sheet.scroll = dialog.at.saturating_sub(ABOVE);
    let can = dialog.of.get(dialog.at).is_some_and(|which| view.state.is_armed(&which.tenant));
    let again = view.key(dialog.verb.action()).unwrap_or_else(|| format!(":{does}"));
    let one = format!("One dialog is about one tenant and one rollout; {again} again comes to the others.");
    sheet.foot = vec![
        Words::new(),
        Words::new().dim(one),
        key("enter", &format!("the plan to {does} them"), can).then(3, key("esc", "close", true)),
    ];
    sheet
}

fn tenant(which: &Which) -> Words {
    Words::new().text(which.tenant.text())
}

fn name(which: &Which) -> Words {
    Words::new().text(&which.name)
}
