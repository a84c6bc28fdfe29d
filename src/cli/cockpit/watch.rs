//! Calendar files and the config, looked at again while the cockpit runs. What changed is read beside the loop, which hears of
//! the result; a calendar that cannot be read replaces none.
//!
//! Only the calendar is taken from a config that changed: everything else waits for the next start.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use crate::app::lookout;
use crate::app::message::Message;
use crate::calendar::Calendars;
use crate::config::watch::Watched;
use crate::config::{Loaded, Problems};
use crate::domain::{Clock, Text};

/// Sets whose openings are worked out ahead at once: all that a config may have.
const ALL: usize = usize::MAX;

/// What is looked at, and how it is read again.
pub struct Watch<R> {
    files: Vec<PathBuf>,
    watched: Watched,
    read: R,
    zone: TimeZone,
    clock: Clock,
}

impl<R: FnMut() -> color_eyre::eyre::Result<Loaded> + Send + 'static> Watch<R> {
    /// `read` loads the config of `loaded` anew; `zone` is where tenants are that name no zone.
    pub fn new(loaded: &Loaded, zone: TimeZone, read: R) -> Self {
        let files = files(loaded);
        Self { watched: Watched::new(files.clone()), files, read, zone, clock: loaded.config.clock }
    }

    /// Looks every so often until nobody listens.
    pub async fn run(self, every: Duration, told: mpsc::Sender<Message>) {
        lookout::keep(self, every, told, |watch| watch.look().map(Message::Calendar)).await;
    }

    /// One look. None where nothing changed, or where somebody may still be writing.
    fn look(&mut self) -> Option<Result<Box<Calendars>, Text>> {
        if !self.watched.changed() {
            return None;
        }
        let loaded = match (self.read)() {
            Ok(loaded) => loaded,
            Err(error) => return Some(Err(in_words(&error))),
        };
        let files = files(&loaded);
        if files != self.files {
            self.watched = Watched::new(files.clone());
            self.files = files;
        }
        let mut calendars = Calendars::new(loaded.config.calendar, self.zone.clone());
        calendars.keep(self.clock.civil(Timestamp::now()), ALL);
        Some(Ok(Box::new(calendars)))
    }
}

/// The config, and the calendar files that it names.
fn files(loaded: &Loaded) -> Vec<PathBuf> {
    let mut files = vec![loaded.path.clone()];
    files.extend(loaded.config.calendar_files.iter().cloned());
    files.dedup();
    files
}

/// The first problem with its place, and how many more there are.
fn in_words(error: &color_eyre::eyre::Report) -> Text {
    let Some(problems) = error.downcast_ref::<Problems>() else { return Text::new(error.to_string()) };
    let Some(first) = problems.iter().next() else { return Text::new(error.to_string()) };
    let name = first.place.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let line = first.place.line.map_or_else(String::new, |line| format!(":{line}"));
    let more = if problems.len() > 1 { format!(", and {} more", problems.len() - 1) } else { String::new() };
    Text::new(format!("{name}{line}: {}{more}", first.what))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::config;

    const CONFIG: &str = "[[backend]]\nname = \"acme-hb\"\nkind = \"hawkbit\"\nurl = \"https://hawkbit.example.net\"\ntenant = \"acme\"\n\n\
                          [[ics]]\nfile = \"acme.ics\"\ntenant = \"acme\"\nare = \"freezes\"\nzone = \"UTC\"\n";

    fn event(day: &str) -> String {
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:{day}\nSUMMARY:{day}\nDTSTART;VALUE=DATE:{day}\nEND:VEVENT\nEND:VCALENDAR\n")
    }

    fn load(path: &Path) -> color_eyre::eyre::Result<Loaded> {
        Ok(config::load(Some(path), &["hawkbit"], &|_| None)?)
    }

    /// What the loop hears next, and how long that took.
    async fn next(heard: &mut mpsc::Receiver<Message>) -> Result<Vec<String>, String> {
        match heard.recv().await {
            Some(Message::Calendar(Ok(calendars))) => {
                Ok(calendars.rules().freezes.iter().map(|rule| rule.freeze.name.to_string()).collect())
            }
            Some(Message::Calendar(Err(words))) => Err(words.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_calendar_file_that_changes_is_read_again_and_one_that_breaks_is_told_until_it_is_mended() {
        let dir = tempfile::tempdir().expect("a folder");
        let (file, ics) = (dir.path().join("config.toml"), dir.path().join("acme.ics"));
        fs::write(&file, CONFIG).expect("written");
        fs::write(&ics, event("20261224")).expect("written");
        let loaded = load(&file).expect("a good config");
        let (told, mut heard) = mpsc::channel(4);
        let again = file.clone();
        let watch = Watch::new(&loaded, TimeZone::UTC, move || load(&again));
        tokio::spawn(watch.run(Duration::from_secs(5), told));

        fs::write(&ics, event("20261231")).expect("written");
        assert_eq!(next(&mut heard).await, Ok(vec!["20261231".to_owned()]));
        fs::write(&ics, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n").expect("written");
        let told = next(&mut heard).await.expect_err("it is cut off");
        assert!(told.starts_with("acme.ics:3: ") && told.contains("cannot be taken"), "{told}");
        fs::write(&ics, event("20270101")).expect("written");
        assert_eq!(next(&mut heard).await, Ok(vec!["20270101".to_owned()]));
        // The config itself: a file that is named from now on is looked at from now on.
        fs::write(dir.path().join("other.ics"), event("20270401")).expect("written");
        fs::write(&file, CONFIG.replace("acme.ics", "other.ics")).expect("written");
        assert_eq!(next(&mut heard).await, Ok(vec!["20270401".to_owned()]));
        fs::write(dir.path().join("other.ics"), event("20270402")).expect("written");
        assert_eq!(next(&mut heard).await, Ok(vec!["20270402".to_owned()]));
        fs::write(&file, "[[window]\n").expect("written");
        let told = next(&mut heard).await.expect_err("no TOML");
        assert!(told.starts_with("config.toml:"), "{told}");
        // Nothing changes: nothing is said.
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(heard.try_recv().is_err());
    }
}
