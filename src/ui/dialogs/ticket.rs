//! Whose ticket: failures of one cause may be several tenants', and a ticket names one.

use super::{Sheet, Words, chosen, key, titled};
use crate::app::state::TicketDialog;
use crate::ui::view::View;

pub fn sheet(view: &View, dialog: &TicketDialog) -> Sheet {
    let mut sheet = titled("Ticket text for which tenant?");
    sheet.lines = vec![Words::new().dim("Hosts and words of the others are left out."), Words::new()];
    sheet.lines.extend(
        dialog.tenants.iter().enumerate().map(|(at, tenant)| chosen(view, dialog.at == at).and(Words::new().text(tenant.text()))),
    );
    sheet.foot = vec![Words::new(), key("enter", "copy", true).then(3, key("esc", "close", true))];
    sheet
}
