//! What an intent comes to at a system that only runs jobs. Values only.

use std::collections::{BTreeMap, BTreeSet};

use super::{PlannedEffect, Refusal};
use crate::domain::Run;

/// What an intent comes to at a system that only runs jobs; empty elsewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ByJobs {
    /// The jobs that the intent is, in their order, with the hosts they name.
    pub orders: Vec<Order>,
    /// What the verb does here, where that is not what it usually does.
    pub effect: Option<PlannedEffect>,
    /// Why nothing may be sent, from facts that only this shape has.
    pub refusal: Option<Refusal>,
    /// A freeze of the system's own over hosts that would begin: it comes before every question about our windows.
    pub frozen: Option<Refusal>,
}

impl ByJobs {
    /// Every host that a job would name, each once.
    pub fn named(&self) -> BTreeSet<String> {
        self.orders.iter().filter(|order| order.kind.changes_hosts()).flat_map(|order| order.hosts.iter().cloned()).collect()
    }

    /// Takes out every host that is not among `hosts`, and jobs that no host is left of.
    pub fn keep_only(&mut self, hosts: &BTreeSet<&str>) {
        for order in self.orders.iter_mut().filter(|order| order.kind.changes_hosts()) {
            order.hosts.retain(|host| hosts.contains(host.as_str()));
        }
        self.orders.retain(|order| !order.hosts.is_empty());
    }
}

/// One job to ask an executor for.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub kind: OrderKind,
    /// The exact hosts, as the system spells them: never an expression.
    pub hosts: Vec<String>,
    /// How it is found again.
    pub labels: BTreeMap<String, String>,
    /// Second by the system's clock and six digits: the job's own id, so that sending it twice is running it once.
    pub key: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum OrderKind {
    Launch(Run),
    /// A job without effect that keeps a decision with its author's name.
    Mark,
    /// Asks the processes of a job to end.
    Terminate {
        job: String,
    },
    /// Ends the processes of a job at once, whatever they are in the middle of.
    Kill {
        job: String,
    },
}

impl OrderKind {
    pub fn changes_hosts(&self) -> bool {
        !matches!(self, Self::Mark)
    }
}
