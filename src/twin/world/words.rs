//! What one device says: a failure's form with its blanks filled in.
//!
//! Numbers, processes, hosts and versions differ from device to device, and a reader has to see through that. What fills a
//! blank follows from the seed, the action and the blank's own text, so a history reads the same whenever it is read, and one
//! blank stands for the same in all messages of a device. Knows nothing of what the words mean.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// What the blanks of one action are filled from.
pub struct Speaker<'a> {
    pub seed: u64,
    pub action: usize,
    pub host: &'a str,
    /// The release the device was told to take, and the one it had.
    pub release: &'a str,
    pub before: &'a str,
}

/// One `{...}` of a form.
enum Blank<'f> {
    Host,
    Release,
    Before,
    Number(u64, u64),
    Hex(usize),
    One(&'f str),
}

impl Speaker<'_> {
    /// The form in this device's words. Braces around anything that is no blank stay.
    pub fn say(&self, form: &str) -> String {
        let mut said = String::with_capacity(form.len());
        let mut rest = form;
        while let Some((plain, after)) = rest.split_once('{') {
            said.push_str(plain);
            let inside = after.split_once('}').and_then(|(name, tail)| Some((blank(name)?, name, tail)));
            let Some((blank, name, tail)) = inside else {
                said.push('{');
                rest = after;
                continue;
            };
            self.fill(&mut said, &blank, name);
            rest = tail;
        }
        said + rest
    }

    fn fill(&self, said: &mut String, blank: &Blank<'_>, name: &str) {
        let mut random =
            SmallRng::seed_from_u64(self.seed ^ (self.action as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ hash(name));
        match *blank {
            Blank::Host => said.push_str(self.host),
            Blank::Release => said.push_str(self.release),
            Blank::Before => said.push_str(self.before),
            Blank::Number(low, high) => said.push_str(&random.random_range(low..=high).to_string()),
            Blank::Hex(digits) => {
                let digit = |_| char::from(b"0123456789abcdef"[random.random_range(0..16)]);
                said.extend((0..digits).map(digit));
            }
            Blank::One(choices) => {
                let choices: Vec<&str> = choices.split('|').collect();
                said.push_str(choices[random.random_range(0..choices.len())]);
            }
        }
    }
}

/// The first pair of braces in a form that is no blank: a mistake of the scenario's author.
pub fn mistake(form: &str) -> Option<&str> {
    form.split('{').skip(1).find_map(|after| {
        let name = after.split('}').next().unwrap_or(after);
        (!after.contains('}') || blank(name).is_none()).then_some(name)
    })
}

fn blank(name: &str) -> Option<Blank<'_>> {
    match name.split_once(':') {
        None => match name {
            "host" => Some(Blank::Host),
            "release" => Some(Blank::Release),
            "before" => Some(Blank::Before),
            "pid" => Some(Blank::Number(700, 32_767)),
            _ => None,
        },
        Some(("n", range)) => {
            let (low, high) = range.split_once('-')?;
            let (low, high) = (low.parse().ok()?, high.parse().ok()?);
            (low <= high).then_some(Blank::Number(low, high))
        }
        Some(("hex", digits)) => digits.parse().ok().filter(|digits| (1..=128).contains(digits)).map(Blank::Hex),
        Some(("one", choices)) => Some(Blank::One(choices)),
        _ => None,
    }
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn speaker(action: usize, host: &str) -> Speaker<'_> {
        Speaker { seed: 7, action, host, release: "2026.12", before: "2026.11" }
    }

    #[test]
    fn a_device_says_the_same_whenever_it_is_asked_and_another_says_something_else() {
        let form = "{host}: process {pid} holds {hex:12}, {n:1-900000} of {release} over {before}";
        let said = speaker(3, "till-1").say(form);
        assert_eq!(said, speaker(3, "till-1").say(form));
        assert!(said.starts_with("till-1: process ") && said.ends_with(" of 2026.12 over 2026.11"), "{said}");
        assert_ne!(said, speaker(4, "till-1").say(form));
    }

    #[test]
    fn one_blank_stands_for_the_same_in_all_messages_of_a_device() {
        let device = speaker(9, "x");
        assert_eq!(device.say("{n:1-99999}"), device.say("{n:1-99999}"));
        assert_ne!(device.say("{hex:32}"), device.say("{hex:31}"));
    }

    #[test]
    fn every_choice_is_made_by_somebody_and_numbers_keep_to_their_range() {
        let mut seen = std::collections::BTreeSet::new();
        for action in 0..200 {
            seen.insert(speaker(action, "x").say("{one:3|127|1}"));
            let number: u64 = speaker(action, "x").say("{n:5-7}").parse().unwrap();
            assert!((5..=7).contains(&number));
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["1", "127", "3"]);
    }

    #[rstest]
    #[case("no blank at all", None)]
    #[case("{host} {pid} {n:1-2} {hex:8} {one:a|b} {release} {before}", None)]
    #[case("{hots}", Some("hots"))]
    #[case("{n:9-1}", Some("n:9-1"))]
    #[case("{n:x}", Some("n:x"))]
    #[case("{hex:0}", Some("hex:0"))]
    #[case("{host} and {open", Some("open"))]
    fn braces_that_are_no_blank_are_found(#[case] form: &str, #[case] found: Option<&str>) {
        assert_eq!(mistake(form), found);
    }

    #[test]
    fn braces_around_other_things_stay() {
        assert_eq!(speaker(1, "x").say("a {b} {{host}} {"), "a {b} {x} {");
    }
}
