//! A sparkline: how many hosts settled in each step of time, oldest first. A figure stands beside it.

use crate::theme::Glyphs;
use crate::ui::words::Words;

/// One cell a bar; the highest bar is the top level, and a bar of nothing is the lowest.
pub fn line(bars: &[u32], glyphs: &Glyphs) -> Words {
    let top = bars.iter().copied().max().unwrap_or(0);
    if top == 0 {
        return Words::new();
    }
    let last = glyphs.spark.len() - 1;
    let text: String =
        bars.iter().map(|bar| glyphs.spark[(u64::from(*bar) * last as u64).div_ceil(u64::from(top)) as usize]).collect();
    Words::new().accent(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_is_the_top_level_and_a_single_host_is_seen() {
        assert_eq!(line(&[0, 1, 50, 100], &Glyphs::UNICODE), Words::new().accent("▁▂▅█"));
    }

    #[test]
    fn nothing_settled_draws_nothing() {
        assert!(line(&[0, 0], &Glyphs::UNICODE).is_empty());
    }
}
