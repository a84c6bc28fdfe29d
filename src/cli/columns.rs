//! Rows of plain text with columns that stay straight. It knows no colour and no width of a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::Text;

pub fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// The widest cell: one long name does not push everybody's columns off the screen.
const CELL: usize = 60;

/// At most [`CELL`] cells; what was cut shows.
fn cut(cell: &str) -> String {
    if cell.width() <= CELL {
        return cell.to_owned();
    }
    let mut kept = String::new();
    for letter in cell.chars() {
        if kept.width() + letter.width().unwrap_or(0) >= CELL {
            break;
        }
        kept.push(letter);
    }
    kept + "…"
}

/// Columns two spaces apart; those named stand to the right. Widths are what a terminal draws. The last column may be long,
/// since nothing stands behind it.
pub fn aligned(rows: &[Vec<String>], right: &[usize]) -> Vec<String> {
    let last = rows.first().map_or(0, Vec::len).saturating_sub(1);
    let bounded = |(at, cell): (usize, &String)| if at == last { cell.clone() } else { cut(cell) };
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().enumerate().map(bounded).collect()).collect();
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

    #[test]
    fn one_long_name_is_cut_and_the_columns_behind_it_stay_near() {
        let long = "x".repeat(500);
        let rows = vec![row(["A", "N", "WHY"]), row([&long, "1", &long]), row(["東".repeat(100).as_str(), "2", ""])];
        let lines = aligned(&rows, &[1]);
        assert_eq!(lines[0], format!("A{}N  WHY", " ".repeat(CELL + 1)));
        assert_eq!(lines[1], format!("{}…  1  {long}", "x".repeat(CELL - 1)), "the last column has nothing behind it");
        assert_eq!(lines[2], format!("{}…   2", "東".repeat(29)), "a wide letter is not cut in half");
    }
}
