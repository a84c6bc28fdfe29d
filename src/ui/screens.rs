//! One file a screen. A list screen is a column table, the thing of a row, and what the selected one has to tell.
//!
//! Here is only which place is drawn by which file, and which file says what it is about.

mod activity;
mod approvals;
mod backends;
mod board;
mod failed;
mod failures;
mod found;
mod host;
mod hosts;
mod lane;
mod rollout;
mod wave;
mod windows;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use crate::action::Action;
use crate::app::state::Place;

/// What a screen says of itself, to hints and help.
pub(super) struct About {
    /// The one question it answers.
    pub question: &'static str,
    /// What can be done here that changes nothing, the likeliest first: what does not fit among the hints stands in the help.
    pub looks: &'static [Action],
}

pub(super) fn draw(canvas: &mut Canvas, area: Rect) {
    match canvas.view.state.place() {
        Place::Board => board::draw(canvas, area),
        Place::Rollout(id) => rollout::draw(canvas, area, id),
        Place::Wave(id) => wave::draw(canvas, area, id),
        Place::Host(id) => host::draw(canvas, area, id),
        Place::Windows => windows::draw(canvas, area),
        Place::Failures => failures::draw(canvas, area),
        Place::Pile(pile) => failed::draw(canvas, area, pile),
        Place::Lane(lane) => lane::draw(canvas, area, *lane),
        Place::Approvals => approvals::draw(canvas, area),
        Place::Activity => activity::draw(canvas, area),
        Place::Backends => backends::draw(canvas, area),
        Place::Found => found::draw(canvas, area),
    }
}

pub(super) fn about(place: &Place) -> &'static About {
    match place {
        Place::Board => &board::ABOUT,
        Place::Rollout(_) => &rollout::ABOUT,
        Place::Wave(_) => &wave::ABOUT,
        Place::Host(_) => &host::ABOUT,
        Place::Windows => &windows::ABOUT,
        Place::Failures => &failures::ABOUT,
        Place::Pile(_) => &failed::ABOUT,
        Place::Lane(_) => &lane::ABOUT,
        Place::Approvals => &approvals::ABOUT,
        Place::Activity => &activity::ABOUT,
        Place::Backends => &backends::ABOUT,
        Place::Found => &found::ABOUT,
    }
}
