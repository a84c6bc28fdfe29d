//! stub
use super::canvas::Canvas;
use crate::app::state::Dialog;
use ratatui::layout::Rect;
pub(super) fn draw(_canvas: &mut Canvas, _area: Rect, _dialog: &Dialog) {}
