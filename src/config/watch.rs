//! Whether files changed since they were last looked at, by what the folder says of them. It reads none of them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// What a folder says of a file: its number, its length and when it was last written. None where there is no such file.
type Mark = Option<(u64, u64, i64, i64)>;

/// Some files, and how they were at the last look.
#[derive(Clone, Debug)]
pub struct Watched {
    files: Vec<PathBuf>,
    marks: Vec<Mark>,
    /// They have changed, and were not the same at two looks yet: somebody may still be writing.
    moving: bool,
}

impl Watched {
    pub fn new(files: Vec<PathBuf>) -> Self {
        let marks = files.iter().map(mark).collect();
        Self { files, marks, moving: false }
    }

    /// Looks again. True once after a change: at the first look that finds them as the look before did.
    pub fn changed(&mut self) -> bool {
        let marks: Vec<Mark> = self.files.iter().map(mark).collect();
        if marks != self.marks {
            self.marks = marks;
            self.moving = true;
            return false;
        }
        std::mem::take(&mut self.moving)
    }
}

fn mark(file: &PathBuf) -> Mark {
    let data = fs::metadata(file).ok()?;
    Some((data.ino(), data.len(), data.mtime(), data.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_is_told_once_and_only_when_it_has_come_to_rest() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("acme.ics");
        fs::write(&file, "one").expect("written");
        let mut watched = Watched::new(vec![file.clone(), dir.path().join("none.ics")]);
        assert!(!watched.changed());
        fs::write(&file, "two, longer").expect("written");
        assert!(!watched.changed(), "it may still be written");
        fs::write(&file, "two, and longer still").expect("written");
        assert!(!watched.changed());
        assert!(watched.changed());
        assert!(!watched.changed());
        fs::remove_file(&file).expect("removed");
        assert!(!watched.changed());
        assert!(watched.changed(), "a file that went is a change");
        fs::write(dir.path().join("none.ics"), "here").expect("written");
        assert!(!watched.changed());
        assert!(watched.changed(), "and so is one that came");
    }

    #[test]
    fn a_file_that_was_put_in_the_place_of_another_is_a_change() {
        let dir = tempfile::tempdir().expect("a folder");
        let (file, new) = (dir.path().join("acme.ics"), dir.path().join("acme.ics.new"));
        fs::write(&file, "same").expect("written");
        fs::write(&new, "size").expect("written");
        let mut watched = Watched::new(vec![file.clone()]);
        fs::rename(&new, &file).expect("renamed");
        assert!(!watched.changed());
        assert!(watched.changed());
    }
}
