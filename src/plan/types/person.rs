//! The person at a desk, as far as it knows: an account of the machine, and the name that was asked where accounts or logins are
//! shared. It proves nothing: whoever has two accounts and two logins can be two.

use crate::domain::Text;

/// Empty where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    pub account: Text,
    pub name: Option<Text>,
}

impl Person {
    /// The name, or else the account.
    pub fn word(&self) -> &Text {
        self.name.as_ref().unwrap_or(&self.account)
    }
}
