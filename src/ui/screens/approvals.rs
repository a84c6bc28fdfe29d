//! stub
use crate::ui::canvas::Canvas;
use ratatui::layout::Rect;
pub fn draw(_c: &mut Canvas, _a: Rect) {}
