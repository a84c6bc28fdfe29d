//! Why the journal cannot be written or read, in words a person can act on. While it cannot be written, no action is sent.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::domain::Text;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalError {
    /// The directory cannot be made or listed.
    Directory { path: PathBuf, why: Text },
    /// The process's own file cannot be made.
    Create { path: PathBuf, why: Text },
    /// The file cannot be locked, so that another process could not tell that this one lives.
    Lock { path: PathBuf, why: Text },
    /// A line could not be written whole. The file is closed for further lines.
    Write { path: PathBuf, why: Text },
    /// An earlier line could not be written, so nothing more is.
    Closed { path: PathBuf },
    /// An entry could not be put into JSON.
    Encode(Text),
}

/// The reason comes first: on a screen the end is what has no room, and paths are long.
impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory { path, why } => write!(f, "{why}: journal directory {}", shown(path)),
            Self::Create { path, why } => write!(f, "{why}: journal {} cannot be made", shown(path)),
            Self::Lock { path, why } => write!(f, "{why}: journal {} cannot be locked", shown(path)),
            Self::Write { path, why } => {
                write!(f, "{why}: journal {} cannot be written, no action is sent any more", shown(path))
            }
            Self::Closed { path } => {
                write!(f, "a line could not be written, start patchdeck anew: journal {} is closed", shown(path))
            }
            Self::Encode(why) => write!(f, "journal line cannot be put into words: {why}"),
        }
    }
}

impl std::error::Error for JournalError {}

fn shown(path: &Path) -> Text {
    Text::new(path.to_string_lossy())
}

/// What the system said, in our words where a person can do something about it.
pub fn why(error: &io::Error) -> Text {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "no room left on the disk".into(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        ErrorKind::PermissionDenied => "not permitted to this user".into(),
        ErrorKind::NotFound => "it is not there".into(),
        _ => Text::new(error.to_string()),
    }
}
