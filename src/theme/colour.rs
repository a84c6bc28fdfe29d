//! Colours: their words in a theme file, and the nearest one a poorer terminal can show.
//!
//! Distance is measured in OKLab, where equal steps look equally far apart. The first sixteen palette entries are never a
//! target of rounding: every user paints them differently.

use ratatui::style::Color;

/// Red, green, blue, 0 to 255 each.
pub(super) type Rgb = (u8, u8, u8);

/// Words of the ANSI colours, in the order of their numbers.
const ANSI: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// A colour from its word: `#rrggbb`, an ANSI name, or `default` (the terminal's own).
pub(super) fn named(word: &str) -> Option<Color> {
    if word == "default" {
        return Some(Color::Reset);
    }
    if let Some(hex) = word.strip_prefix('#') {
        // `from_str_radix` takes a sign as well, so the digits are checked first.
        if hex.len() != 6 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let value = u32::from_str_radix(hex, 16).ok()?;
        return Some(Color::Rgb((value >> 16) as u8, (value >> 8) as u8, value as u8));
    }
    ANSI.iter().find(|(name, _)| *name == word).map(|(_, colour)| *colour)
}

/// What a palette number from 16 upwards looks like: a cube of six levels, then a ramp of greys.
pub(super) fn indexed(index: u8) -> Rgb {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    if index >= 232 {
        let grey = 8 + (index - 232) * 10;
        return (grey, grey, grey);
    }
    let place = usize::from(index.saturating_sub(16));
    (LEVELS[place / 36], LEVELS[place / 6 % 6], LEVELS[place % 6])
}

/// The palette number, 16 to 255, that looks most like a colour.
pub(super) fn nearest_indexed(rgb: Rgb) -> u8 {
    let wanted = oklab(rgb);
    (16..=255_u8)
        .min_by(|left, right| far(oklab(indexed(*left)), wanted).total_cmp(&far(oklab(indexed(*right)), wanted)))
        .unwrap_or(16)
}

/// How far apart two colours look; 0 is the same, black to white is 1.
#[cfg(test)]
pub(super) fn distance(left: Rgb, right: Rgb) -> f64 {
    far(oklab(left), oklab(right)).sqrt()
}

fn far(left: [f64; 3], right: [f64; 3]) -> f64 {
    left.iter().zip(right).map(|(a, b)| (a - b).powi(2)).sum()
}

/// One channel of sRGB as light, 0 to 1 (IEC 61966-2-1).
pub(super) fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// Lightness and two opponent axes (Ottosson, 2020).
fn oklab((red, green, blue): Rgb) -> [f64; 3] {
    let (r, g, b) = (linear(red), linear(green), linear(blue));
    let long = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let middle = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let short = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * long + 0.793_617_785 * middle - 0.004_072_046_8 * short,
        1.977_998_495_1 * long - 2.428_592_205 * middle + 0.450_593_709_9 * short,
        0.025_904_037_1 * long + 0.782_771_766_2 * middle - 0.808_675_766 * short,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::hex("#6cb6ff", Some(Color::Rgb(0x6c, 0xb6, 0xff)))]
    #[case::upper("#6CB6FF", Some(Color::Rgb(0x6c, 0xb6, 0xff)))]
    #[case::ansi("bright-black", Some(Color::DarkGray))]
    #[case::own("default", Some(Color::Reset))]
    #[case::short("#fff", None)]
    #[case::sign("#+12345", None)]
    #[case::unknown("mauve", None)]
    fn a_word_is_a_colour_or_nothing(#[case] word: &str, #[case] colour: Option<Color>) {
        assert_eq!(named(word), colour);
    }

    #[test]
    fn every_stable_colour_is_nearest_to_itself() {
        for index in 16..=255 {
            assert_eq!(indexed(nearest_indexed(indexed(index))), indexed(index), "{index}");
        }
    }

    #[test]
    fn black_and_white_are_one_apart() {
        assert!((distance((0, 0, 0), (255, 255, 255)) - 1.0).abs() < 0.001);
    }
}
