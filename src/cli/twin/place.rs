//! A private folder that goes when its owner does: for passwords and files of a night that is only played.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::config::Dirs;

/// The folder. Dropping it removes it with everything in it.
#[derive(Debug)]
pub struct Place(PathBuf);

impl Place {
    /// Makes a new folder, mode 0700, in the session's runtime folder, else in the state folder.
    pub fn make(dirs: &Dirs, name: &str) -> io::Result<Self> {
        let name = format!("{name}-{}", std::process::id());
        if let Some(runtime) = &dirs.runtime
            && let Ok(place) = Self::in_folder(runtime, &name)
        {
            return Ok(place);
        }
        Self::in_folder(&dirs.state, &name)
    }

    fn in_folder(parent: &Path, name: &str) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        let path = fs::canonicalize(parent)?.join(name);
        // A process of the same number left it, and that one is gone.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a private folder could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_place_is_its_owners_alone_and_goes_with_him() {
        let dir = tempfile::tempdir().expect("a folder");
        let dirs = Dirs {
            config: dir.path().to_path_buf(),
            data: dir.path().to_path_buf(),
            state: dir.path().join("state"),
            runtime: Some(PathBuf::from("/dev/null/nowhere")),
        };
        let place = Place::make(&dirs, "twin").expect("a place");
        let path = place.path().to_path_buf();
        assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o700);
        fs::write(path.join("acme.pass"), "x").expect("written");
        drop(place);
        assert!(!path.exists());
    }
}
