//! The plans' targets, looked up without beginning anything: for a check of the config against the live system.

use std::collections::BTreeSet;

use super::{Driven, Executor};
use crate::backend::port::TargetSeen;
use crate::domain::{RingPlan, Target, Text};

pub async fn targets<E: Executor>(driven: &Driven<E>) -> Vec<TargetSeen> {
    let mut all = Vec::new();
    for plan in driven.plans() {
        let mut before: Vec<(String, BTreeSet<String>)> = Vec::new();
        for ring in &plan.rings {
            let name = Text::new(format!("{} {}", plan.id, ring.name));
            match driven.executor().preview(&plan.tenant, &ring.target).await {
                Ok(hosts) => {
                    let wrong = wrong(plan, &ring.target, &hosts, &before);
                    all.push(TargetSeen { name, hosts: u32::try_from(hosts.len()).ok(), wrong });
                    before.push((ring.name.clone(), hosts));
                }
                Err(trouble) => {
                    let words = Text::new(format!("it could not be looked up: {trouble}"));
                    all.push(TargetSeen { name, hosts: None, wrong: vec![words] });
                }
            }
        }
    }
    all
}

fn wrong(plan: &RingPlan, target: &Target, hosts: &BTreeSet<String>, before: &[(String, BTreeSet<String>)]) -> Vec<Text> {
    let mut wrong = Vec::new();
    if hosts.is_empty() {
        wrong.push(Text::new(format!("it means no host of {}", plan.tenant)));
    }
    if let Target::Hosts(named) = target {
        let outside: Vec<&str> = named.iter().filter(|host| !hosts.contains(*host)).map(String::as_str).collect();
        if !outside.is_empty() {
            wrong.push(Text::new(format!("not {}'s there: {}", plan.tenant, outside.join(", "))));
        }
    }
    for (ring, theirs) in before {
        let both: Vec<&str> = hosts.intersection(theirs).take(5).map(String::as_str).collect();
        if !both.is_empty() {
            wrong.push(Text::new(format!("also in ring {ring}: {}", both.join(", "))));
        }
    }
    for nodes in &plan.apart {
        let both: Vec<&str> = nodes.iter().filter(|node| hosts.contains(*node)).map(String::as_str).collect();
        if both.len() > 1 {
            wrong.push(Text::new(format!("holds {}, which must stay apart", both.join(" and "))));
        }
    }
    wrong
}
