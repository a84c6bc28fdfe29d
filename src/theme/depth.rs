//! How many colours the terminal can show, told from its environment.
//!
//! It asks the terminal nothing: an answer would cost a round trip before the first paint.

/// Colour depth, from rich to poor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Depth {
    /// 24 bits a colour.
    TrueColour,
    /// The xterm palette; only its 240 stable colours are used, the first sixteen are the user's own.
    Indexed256,
    /// The sixteen ANSI names.
    Sixteen,
    /// Default colours with bold, reverse, underline and dim.
    Mono,
}

impl Depth {
    pub const ALL: [Self; 4] = [Self::TrueColour, Self::Indexed256, Self::Sixteen, Self::Mono];

    /// Its word for configs and options.
    pub fn name(self) -> &'static str {
        match self {
            Self::TrueColour => "truecolour",
            Self::Indexed256 => "256",
            Self::Sixteen => "16",
            Self::Mono => "mono",
        }
    }

    /// The depth of this word.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|depth| depth.name() == name)
    }
}

/// Terminals that show 24-bit colour and say so only by their name.
const RICH: &[&str] = &["alacritty", "contour", "foot", "ghostty", "iterm2", "kitty", "wezterm"];

/// The depth for this environment. `requested` is what the person asked for and wins over everything.
///
/// `NO_COLOR` (no-color.org: set and not empty) gives [`Depth::Mono`]. `COLORTERM` is not believed on the Linux console and
/// inside GNU screen, where it leaks in from the terminal outside.
pub fn depth_from(env: impl Fn(&str) -> Option<String>, requested: Option<Depth>) -> Depth {
    let value = |name: &str| env(name).unwrap_or_default();
    let term = value("TERM");
    if let Some(depth) = requested {
        return depth;
    }
    if !value("NO_COLOR").is_empty() || term.is_empty() || term == "dumb" || term.starts_with("vt") || term.ends_with("-mono") {
        return Depth::Mono;
    }
    if term == "linux" || term == "cygwin" {
        return Depth::Sixteen;
    }
    let inside_screen = !value("STY").is_empty();
    let says_rich = matches!(value("COLORTERM").as_str(), "truecolor" | "24bit")
        || term.contains("direct")
        || RICH.iter().any(|name| term.contains(name));
    if says_rich && !inside_screen {
        Depth::TrueColour
    } else if says_rich || term.contains("256color") {
        Depth::Indexed256
    } else {
        Depth::Sixteen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::nothing_set(&[], Depth::Mono)]
    #[case::dumb(&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::Mono)]
    #[case::serial_console(&[("TERM", "vt220")], Depth::Mono)]
    #[case::linux_console(&[("TERM", "linux"), ("COLORTERM", "truecolor")], Depth::Sixteen)]
    #[case::plain_xterm(&[("TERM", "xterm")], Depth::Sixteen)]
    #[case::xterm_256(&[("TERM", "xterm-256color")], Depth::Indexed256)]
    #[case::truecolor(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::TrueColour)]
    #[case::bits(&[("TERM", "xterm"), ("COLORTERM", "24bit")], Depth::TrueColour)]
    #[case::other_colorterm(&[("TERM", "xterm"), ("COLORTERM", "yes")], Depth::Sixteen)]
    #[case::direct(&[("TERM", "xterm-direct")], Depth::TrueColour)]
    #[case::kitty(&[("TERM", "xterm-kitty")], Depth::TrueColour)]
    #[case::inside_screen(&[("TERM", "screen-256color"), ("COLORTERM", "truecolor"), ("STY", "1.x")], Depth::Indexed256)]
    #[case::no_color(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::Mono)]
    #[case::no_color_empty(&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Indexed256)]
    fn the_environment_tells_the_depth(#[case] set: &[(&str, &str)], #[case] depth: Depth) {
        let env = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        assert_eq!(depth_from(env, None), depth);
    }

    #[test]
    fn every_depth_is_found_by_its_name() {
        for depth in Depth::ALL {
            assert_eq!(Depth::named(depth.name()), Some(depth));
        }
    }

    #[test]
    fn what_the_person_asked_for_wins() {
        let env = |name: &str| (name == "NO_COLOR").then(|| "1".to_owned());
        assert_eq!(depth_from(env, Some(Depth::Sixteen)), Depth::Sixteen);
    }
}
