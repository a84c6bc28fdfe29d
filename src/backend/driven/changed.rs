//! What is another in a plan than in the one that its jobs were made from, part by part and in words. Pure.
//!
//! Jobs carry a short hash of each part, so that any desk can name the parts; the words of the earlier plan are only known where
//! it was kept.

use sha2::{Digest, Sha256};

use crate::domain::{Gate, Limit, RingPlan, Run, Target};

/// Hex digits of a part's hash. Parts only explain: whether a plan is another one is its fingerprint's to say.
const DIGITS: usize = 4;

/// A part of a plan by its name, with its words.
type Part = (&'static str, String);

fn of_plan(plan: &RingPlan) -> [Part; 4] {
    let apart: Vec<String> = plan.apart.iter().map(|nodes| nodes.join(" ")).collect();
    [
        ("run", run(&plan.run)),
        ("undo", plan.undo.as_ref().map_or_else(|| "nothing".to_owned(), run)),
        ("apart", if apart.is_empty() { "nothing".to_owned() } else { apart.join("; ") }),
        ("tenant", plan.tenant.raw().to_owned()),
    ]
}

fn of_ring(plan: &RingPlan, ring: usize) -> [Part; 4] {
    let ring = &plan.rings[ring];
    let after: Vec<&str> = ring.after.iter().filter_map(|&place| Some(plan.rings.get(place)?.name.as_str())).collect();
    [
        (
            "target",
            match &ring.target {
                Target::Expression(expression) => expression.clone(),
                Target::Hosts(hosts) => hosts.join(" "),
            },
        ),
        ("gate", gate(&ring.gate)),
        ("expect", format!("{} s", ring.expect_seconds)),
        ("after", if after.is_empty() { "nothing".to_owned() } else { after.join(" ") }),
    ]
}

fn run(run: &Run) -> String {
    let args = run.arg.iter().map(ToString::to_string).chain(run.kwarg.iter().map(|(key, value)| format!("{key}={value}")));
    std::iter::once(run.fun.clone()).chain(args).collect::<Vec<_>>().join(" ")
}

fn gate(gate: &Gate) -> String {
    let limit = |limit: &Option<Limit>| limit.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    let (done, failed, soak) = (limit(&gate.done), limit(&gate.failed), gate.soak_seconds.unwrap_or(0));
    format!("done {done}, failed {failed}, soak {soak} s, persons {}", gate.persons)
}

/// The label: `=` and four hashes for the plan itself, then the same for each ring behind its name.
pub fn label(plan: &RingPlan) -> String {
    let hashes = |parts: [Part; 4]| parts.map(|(_, words)| hash(&words)).join(".");
    let rings = (0..plan.rings.len()).map(|ring| format!(",{}={}", plan.rings[ring].name, hashes(of_ring(plan, ring))));
    format!("={}{}", hashes(of_plan(plan)), rings.collect::<String>())
}

/// Eight hex digits.
pub fn short(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(4).fold(String::new(), |words, byte| format!("{words}{byte:02x}"))
}

fn hash(words: &str) -> String {
    short(words.as_bytes())[..DIGITS].to_owned()
}

/// The parts of `plan` that are not as `label` says, with what they were where `before` is known.
pub fn told(plan: &RingPlan, label: &str, before: Option<&RingPlan>) -> Vec<String> {
    let groups: Vec<(&str, Vec<&str>)> =
        label.split(',').filter_map(|group| group.split_once('=')).map(|(name, all)| (name, all.split('.').collect())).collect();
    let theirs = |name: &str| groups.iter().find(|(known, _)| *known == name).map(|(_, hashes)| hashes);
    let mut found = Vec::new();
    let mut compare = |of: &str, now: [Part; 4], hashes: &[&str], was: Option<[Part; 4]>| {
        for (at, (part, words)) in now.into_iter().enumerate() {
            if hashes.get(at).is_some_and(|known| *known == hash(&words)) {
                continue;
            }
            found.push(match &was {
                Some(was) => format!("{part}{of} was {}, is {words}", was[at].1),
                None => format!("{part}{of} is another, {words} here"),
            });
        }
    };
    if let Some(hashes) = theirs("") {
        compare("", of_plan(plan), hashes, before.map(of_plan));
    }
    let mut new = Vec::new();
    for (place, ring) in plan.rings.iter().enumerate() {
        let was = before.and_then(|before| Some(of_ring(before, before.rings.iter().position(|it| it.name == ring.name)?)));
        match theirs(&ring.name) {
            Some(hashes) => compare(&format!(" of ring {}", ring.name), of_ring(plan, place), hashes, was),
            None => new.push(format!("ring {} is new", ring.name)),
        }
    }
    found.extend(new);
    let gone = groups.iter().filter(|(name, _)| !name.is_empty() && plan.rings.iter().all(|ring| ring.name != **name));
    found.extend(gone.map(|(name, _)| format!("ring {name} is gone")));
    if found.is_empty() && !groups.is_empty() {
        found.push("its rings stand in another order".to_owned());
    }
    found
}
