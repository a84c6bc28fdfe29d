//! How a line carries its hash: over its own bytes, so that a later version verifies lines it would write differently.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::entry::Entry;

/// What the first line of the first file names as the hash before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const BEFORE_HASH: &[u8] = b",\"hash\":\"";
const AFTER_HASH: &[u8] = b"\"}";
const HASH_CHARS: usize = GENESIS.len();

/// A line without its hash. The order of fields is the order of bytes.
#[derive(Serialize)]
struct Unsealed<'a> {
    at: Timestamp,
    seq: u64,
    prev: &'a str,
    entry: &'a Entry,
}

/// The part of a line the chain is checked by, whatever its entry is.
#[derive(Deserialize)]
pub struct Head {
    pub at: Timestamp,
    pub seq: u64,
    pub prev: String,
}

/// The line with its newline, and its hash.
pub fn seal(at: Timestamp, seq: u64, prev: &str, entry: &Entry) -> Result<(Vec<u8>, String), serde_json::Error> {
    let mut line = serde_json::to_vec(&Unsealed { at, seq, prev, entry })?;
    // The hash goes inside the object: its closing brace moves behind it.
    line.pop();
    let hash = hash(&line);
    line.extend_from_slice(BEFORE_HASH);
    line.extend_from_slice(hash.as_bytes());
    line.extend_from_slice(AFTER_HASH);
    line.push(b'\n');
    Ok((line, hash))
}

/// A line's hashed bytes and the hash it states; none if it is no sealed line.
pub fn unseal(line: &[u8]) -> Option<(&[u8], &str)> {
    let rest = line.strip_suffix(AFTER_HASH)?;
    let (rest, stated) = rest.split_at(rest.len().checked_sub(HASH_CHARS)?);
    let body = rest.strip_suffix(BEFORE_HASH)?;
    Some((body, std::str::from_utf8(stated).ok()?))
}

pub fn hash(bytes: &[u8]) -> String {
    let mut words = String::with_capacity(HASH_CHARS);
    for byte in Sha256::digest(bytes) {
        let _ = write!(words, "{byte:02x}");
    }
    words
}
