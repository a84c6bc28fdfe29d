//! Which tenant is armed.

use super::{Sheet, Words, chosen, key, titled};
use crate::app::state::ArmDialog;
use crate::domain::TenantId;
use crate::store::read::need_of;
use crate::ui::format;
use crate::ui::view::View;

pub fn sheet(view: &View, dialog: &ArmDialog) -> Sheet {
    let mut sheet = titled(format!("Arm one tenant for {}", format::countdown(view.state.arm_for)));
    let name_width = dialog.tenants.iter().map(|tenant| Words::new().text(tenant.text()).width()).max().unwrap_or(0).min(32);
    for (at, tenant) in dialog.tenants.iter().enumerate() {
        let is = at == dialog.at;
        let name = Words::new().text(tenant.text()).filled(name_width + 3, view.glyphs().ellipsis);
        let name = if is { name.all(crate::theme::Role::Strong) } else { name };
        sheet.lines.push(chosen(view, is).and(name).and(stands(view, tenant)));
    }
    if dialog.tenants.is_empty() {
        sheet.lines.push(Words::new().text("No tenant is known yet."));
    }
    // The chosen one stays in sight.
    sheet.scroll = dialog.at.saturating_sub(8);
    sheet.foot = vec![
        Words::new(),
        Words::new().dim("Verbs of that tenant count until then; it ends by itself."),
        key("enter", "arm", !dialog.tenants.is_empty()).then(3, key("esc", "close, look only", true)),
    ];
    sheet
}

/// What runs for a tenant, and what of it needs a person.
fn stands(view: &View, tenant: &TenantId) -> Words {
    let of = || view.state.store.rollouts.values().map(|entry| &entry.rollout.value).filter(|rollout| rollout.tenant == *tenant);
    let live = of().filter(|rollout| !rollout.state.has_ended()).count();
    let needs = of().filter(|rollout| need_of(rollout).is_some()).count();
    let words = Words::new().dim(format::some(live as u32, "live rollout"));
    let words = if needs > 0 {
        words.text(", ").warn(format!("{needs} {} a person", if needs == 1 { "needs" } else { "need" }))
    } else {
        words
    };
    if view.state.is_armed(tenant) { words.accent("   armed now") } else { words }
}
