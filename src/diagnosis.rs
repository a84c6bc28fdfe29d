//! Why a host failed: from codes and words to a class, a signature that other failures share, and what may be done next.
//!
//! Pure. The taxonomy is data (`data/failure-taxonomy.toml`, and a user's own text on top of it); [`Taxonomy::diagnose`] reads
//! one failure, [`Clusters`] counts those of one signature. It asks no backend, tries nothing again and reads no file. Loading
//! compiles some eighty expressions: do it on a worker, once.

pub mod clusters;
mod codes;
mod diagnose;
pub mod mask;
mod matcher;
mod names;
mod rules;
pub mod taxonomy;
mod telling;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::domain::{Cause, Signature, Variant};

pub use clusters::Clusters;
pub use mask::mask;
pub use names::Names;
pub use taxonomy::{Problem, Taxonomy};
pub use telling::line as telling_line;

/// Longest text that is looked at. Of a longer one the first and the last half of it count: a tool tells why at its end.
pub const MAX_BYTES: usize = 64 * 1024;

/// What is known of one failure. Everything but the words may be missing, and the words may be empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told<'a> {
    /// The tool or service that gave the code or status: a scope of the taxonomy.
    pub tool: Option<&'a str>,
    pub code: Option<i64>,
    /// A status word of the service.
    pub status: Option<&'a str>,
    pub text: &'a str,
    /// The text is reports on the way, or nothing, and the error itself was read and has no words. Such a line counts only where it
    /// says that something failed.
    pub on_the_way: bool,
    /// The host's own names and addresses, to be masked.
    pub names: &'a [&'a str],
}

/// What the words mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    pub signature: Arc<Signature>,
    /// Every cause that was recognised, the telling one first. Empty: class `unknown`.
    pub causes: Vec<Arc<Cause>>,
    /// Masked parts that may be the cause themselves.
    pub variants: Vec<Variant>,
}
