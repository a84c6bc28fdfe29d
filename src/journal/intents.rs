//! Which steps left and were never settled: the first thing told on start. It looks nothing up itself.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Who};
use super::read::FileRead;
use crate::domain::IntentId;
use crate::plan::types::{Outcome, Receipt, Settlement, Step, StepRecord};

/// A step that left, and of which nobody knows what became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIntent {
    pub record: StepRecord,
    /// What the answer said, if one came.
    pub answered: Option<Receipt>,
    /// Who sent it; none if the file's first line cannot be read.
    pub by: Option<Who>,
    /// The process that sent it lives: it may be waiting for the answer at this moment.
    pub file_live: bool,
}

/// One step of one intent.
type Key = (IntentId, u32);

/// The open steps of all files, oldest file first. A step may be settled by a later process, in another file.
pub fn open_intents(files: &[FileRead]) -> Vec<OpenIntent> {
    let mut answers: BTreeMap<Key, Receipt> = BTreeMap::new();
    let mut closed: BTreeSet<Key> = BTreeSet::new();
    for line in files.iter().flat_map(|file| &file.lines) {
        match &line.entry {
            Entry::Answered { intent, receipt } => {
                let key = (intent.clone(), receipt.step);
                if matches!(receipt.outcome, Outcome::Refused(_)) {
                    closed.insert(key.clone());
                }
                answers.insert(key, receipt.clone());
            }
            Entry::Settled { intent, step, settlement } if closes(settlement) => {
                closed.insert((intent.clone(), *step));
            }
            _ => {}
        }
    }
    let mut told = BTreeSet::new();
    let mut open = Vec::new();
    for file in files {
        let mut by: Option<Who> = None;
        for line in &file.lines {
            match &line.entry {
                Entry::Opened { who, .. } => by = Some(who.clone()),
                Entry::Named { person } => {
                    if let Some(who) = &mut by {
                        who.person = Some(person.clone());
                    }
                }
                Entry::Sending { record } => {
                    let Step::Call(call) = &record.step else { continue };
                    let key = (record.intent.id.clone(), call.id);
                    if !closed.contains(&key) && told.insert(key.clone()) {
                        open.push(OpenIntent {
                            record: StepRecord::clone(record),
                            answered: answers.get(&key).cloned(),
                            by: by.clone(),
                            file_live: file.live,
                        });
                    }
                }
                _ => {}
            }
        }
    }
    open
}

/// Everything but "nobody knows" ends a step.
fn closes(settlement: &Settlement) -> bool {
    match settlement {
        Settlement::Verified(_) | Settlement::Refused(_) | Settlement::Superseded(_) | Settlement::NotThere(_) => true,
        Settlement::Unknown(_) => false,
    }
}
