//! Rows of plain text with columns that stay straight. It knows no colour and no width of a terminal.

use unicode_width::UnicodeWidthStr;

use crate::domain::Text;

pub fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// Columns two spaces apart; those named stand to the right. Widths are what a terminal draws.
pub fn aligned(rows: &[Vec<String>], right: &[usize]) -> Vec<String> {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let gap = " ".repeat(widths[column] - cell.width());
                if column > 0 {
                    line.push_str("  ");
                }
                if right.contains(&column) {
                    line.push_str(&gap);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&gap);
                }
            }
            Text::bounded(line.trim_end(), 2_000).to_string()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_keep_the_columns_straight() {
        let rows = vec![row(["A", "N"]), row(["東京", "1"]), row(["x", "22"])];
        assert_eq!(aligned(&rows, &[1]), ["A      N", "東京   1", "x     22"]);
    }
}
