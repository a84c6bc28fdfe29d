//! Documents that a backend asks to keep because its system forgets them: one file each, beside the memory, replaced whole.
//!
//! What is in a document is its backend's own business. A file that cannot be read is a document that is not there.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Longest document that is read back, in bytes: a night of some thousand hosts.
const LARGEST: u64 = 64 * 1024 * 1024;

#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// The shelf that belongs to a memory's file: `memory.jsonl` has `memory.kept/` beside it.
    pub fn beside(memory: &Path) -> Self {
        Self { folder: memory.with_extension("kept") }
    }

    /// None: never kept, or not readable.
    pub fn read(&self, name: &str) -> Option<Value> {
        let path = self.path(name);
        if fs::metadata(&path).ok()?.len() > LARGEST {
            return None;
        }
        let mut kept: Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        (kept["name"] == name).then(|| kept["document"].take())
    }

    /// Replaces the document, or leaves the old one as it was.
    pub fn write(&self, name: &str, document: &Value) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let path = self.path(name);
        let new = path.with_extension(format!("new-{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(&serde_json::to_vec(&json!({"name": name, "document": document}))?)?;
        file.sync_data()?;
        fs::rename(&new, &path)
    }

    /// Names hold what users write: a file's name is made of a hash.
    fn path(&self, name: &str) -> PathBuf {
        let hash = Sha256::digest(name).iter().take(12).fold(String::new(), |words, byte| format!("{words}{byte:02x}"));
        self.folder.join(format!("{hash}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_document_is_read_back_by_its_name_and_only_by_its_owner() {
        let dir = tempfile::tempdir().expect("a directory");
        let shelf = Shelf::beside(&dir.path().join("memory.jsonl"));
        assert_eq!(shelf.read("jobs-eu/../x"), None);
        shelf.write("jobs-eu/../x", &json!({"rings": 3})).expect("written");
        shelf.write("jobs-eu/../x", &json!({"rings": 4})).expect("written again");
        assert_eq!(shelf.read("jobs-eu/../x"), Some(json!({"rings": 4})));
        assert_eq!(shelf.read("jobs-eu/y"), None);
        let files: Vec<_> = fs::read_dir(dir.path().join("memory.kept")).expect("a folder").collect();
        assert_eq!(files.len(), 1);
        let mode = files[0].as_ref().expect("a file").metadata().expect("its facts").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_document_is_one_that_is_not_there() {
        let dir = tempfile::tempdir().expect("a directory");
        let shelf = Shelf::beside(&dir.path().join("memory.jsonl"));
        shelf.write("x", &json!(1)).expect("written");
        fs::write(shelf.path("x"), "{\"name\":\"x\",").expect("damaged");
        assert_eq!(shelf.read("x"), None);
    }
}
