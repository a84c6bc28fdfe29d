//! The second key of a gate for two people: of another login, and as far as desks tell, of another person.

use super::Desk;
use crate::backend::driven::Executor;
use crate::backend::driven::labels::Mark;
use crate::backend::driven::picture::Key;

pub const ANOTHER: &str =
    "have another person turn it, at their own login; a name that is missing here is `person` in the config";

/// The key that this desk would turn.
pub fn ours<E: Executor>(desk: &Desk<'_, E>) -> Key {
    Key { login: desk.login.clone(), by: Mark::of(desk.plan, &desk.intent.by) }
}

/// The one who turned a key that we may not turn again.
pub fn whose<E: Executor>(desk: &Desk<'_, E>, key: &Key) -> String {
    if key.login == desk.login {
        return key.login.to_string();
    }
    format!("the same person ({}), as {},", desk.intent.by.word(), key.login)
}

impl<E: Executor> Desk<'_, E> {
    /// Whoever begins the ring behind such a gate is its last key.
    pub(super) fn second_key(&mut self, place: usize) {
        let (ours, name) = (ours(self), &self.plan.rings[place].name);
        let keys = &self.picture.rings[place].keys;
        if let Some(key) = keys.iter().find(|key| key.is_no_other(&ours)) {
            let other = if key.login == self.login { "login" } else { "person" };
            let words = format!("{} turned the first key of ring {name}: the second is another {other}'s", whose(self, key));
            return self.refuse(words, ANOTHER);
        }
        for key in keys {
            let words = match (&key.by, &ours.by) {
                (Some(theirs), Some(ours)) if !theirs.shares_account(ours) => continue,
                (Some(_), Some(_)) => format!(
                    "both keys of ring {name} come from the account {}: that they are two people rests on the names they gave",
                    self.intent.by.account
                ),
                _ => format!("which person turned the first key of ring {name} is not known: only the login, {}", key.login),
            };
            self.warnings.push(words.into());
        }
    }
}
