//! Lines for stdout and stderr. A reader that went away (`| head`) is no error, and nothing is written to it any more.

use std::io::{self, Write};

use color_eyre::eyre::Report;

/// Whether anybody still reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Yes,
    Gone,
}

/// Writes whole lines to stdout, at once.
pub fn say(text: &str) -> io::Result<Heard> {
    say_to(&mut io::stdout().lock(), text)
}

fn say_to(out: &mut impl Write, text: &str) -> io::Result<Heard> {
    let newline = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    match out.write_all(text.as_bytes()).and_then(|()| out.write_all(newline.as_bytes())).and_then(|()| out.flush()) {
        Ok(()) => Ok(Heard::Yes),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Heard::Gone),
        Err(error) => Err(error),
    }
}

/// An error with its causes, one line each.
pub fn complain(error: &Report) {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    warn(&causes.join(": "));
}

/// Words for stderr; each line says who speaks, continued lines are indented.
pub fn warn(words: &str) {
    let mut text = String::new();
    for line in words.lines() {
        if !line.starts_with(' ') {
            text.push_str("patchdeck: ");
        }
        text.push_str(line);
        text.push('\n');
    }
    // Without a stderr there is nobody to tell.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        assert_eq!(say_to(&mut Closed, "a line").expect("no error"), Heard::Gone);
    }

    #[test]
    fn every_text_ends_in_one_newline() {
        let mut out = Vec::new();
        say_to(&mut out, "one").expect("written");
        say_to(&mut out, "two\n").expect("written");
        assert_eq!(out, b"one\ntwo\n");
    }
}
