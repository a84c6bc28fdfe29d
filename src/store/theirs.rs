//! What backends themselves say about allowed times, kept beside ours with its source and its age.
//!
//! An answer is the whole word of its backend: the newest one counts. Whether it differs from ours is the app's question.

use std::time::Duration;

use super::Store;
use super::merge::Read;
use crate::domain::{BackendName, BackendWord, Fresh};

impl Store {
    /// Takes a backend's word. `age` is how old it was when it was answered.
    pub fn merge_windows(&mut self, backend: &BackendName, word: BackendWord, age: Duration, read: &Read) {
        let seen = read.seen.minus(age);
        let known = self.theirs.get(backend);
        if known.is_some_and(|known| known.seen > seen) {
            return;
        }
        self.revision += u64::from(known.is_none_or(|known| known.value != word));
        self.theirs_read += 1;
        self.theirs.insert(backend.clone(), Fresh::new(word, seen, read.by.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Mono, Source};
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn word(unread: u32) -> BackendWord {
        BackendWord { unread, ..BackendWord::default() }
    }

    fn merged(answers: &[(u64, u64)]) -> Store {
        let mut store = Store::default();
        for (asked, age) in answers {
            let read = Read {
                seen: Mono(Duration::from_secs(1000 + asked)),
                civil: Timestamp::UNIX_EPOCH,
                by: Source::new("GET /actions"),
            };
            // One moment there, one word.
            let said = word(u32::try_from(1000 + asked - age).unwrap_or(0));
            store.merge_windows(&BackendName::new("acme-hb"), said, Duration::from_secs(*age), &read);
        }
        store
    }

    proptest! {
        #[test]
        fn the_newest_word_counts_in_whatever_order_answers_come_and_however_often(
            answers in proptest::collection::vec((0_u64..50, 0_u64..50), 1..8),
        ) {
            let once = merged(&answers);
            let mut twice = answers.clone();
            twice.extend(answers.iter().rev());
            prop_assert_eq!(&once.theirs, &merged(&twice).theirs);
            let newest = answers.iter().map(|(asked, age)| 1000 + asked - age).max().unwrap_or(0);
            prop_assert_eq!(u64::from(once.theirs[&BackendName::new("acme-hb")].value.unread), newest);
        }
    }

    #[test]
    fn a_word_that_says_the_same_again_is_younger_and_moves_nothing() {
        let (first, again) = (merged(&[(0, 0)]), merged(&[(0, 0), (5, 5)]));
        assert_eq!(first.revision, again.revision);
    }
}
