//! Salt through salt-api (rest_cherrypy), seen live at 3008.3: an executor of jobs. Rollouts, gates and approvals are
//! `driven`'s, from the user's plans.
//!
//! It translates and asks; it keeps the session and nothing else. `docs/backends/salt.md` says what it needs there.

pub mod calls;
mod errors;
mod events;
mod facts;
mod outcome;
mod rights;
mod session;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::session::{A_MINUTE, Talk, is_over};
use super::driven::labels::OURS;
use super::driven::{Act, Asked, Driven, Executor, History, Packages, Probe, Report};
use super::http::{Client, Limits, Manners, Sent};
use super::port::{Capability, Descriptor, HintStream, Identity, Receipt, Right, Task, Trouble};
use super::settings::Settings;
use crate::action::Verb;
use crate::domain::{Health, Run, Target, TenantId, Text};
use crate::plan::types::{Call, Order, Outcome};

/// The most functions of states that can be tried without changing anything.
const STATES: &[&str] = &["state.apply", "state.sls", "state.highstate", "state.single"];

/// Between two reads of the board: a search, and one read for each ring at work.
const BEAT: Duration = Duration::from_secs(15);
/// The same while the event stream says what moved.
const BEAT_LISTENING: Duration = Duration::from_secs(25);

/// One login at one master's API.
pub struct Salt {
    talk: Arc<Talk>,
    descriptor: Descriptor,
    tenants: BTreeMap<TenantId, String>,
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Salt({}, {})", self.descriptor.name, self.descriptor.address)
    }
}

/// The backend: this executor with the plans of the settings.
///
/// # Errors
/// An address that is none, certificates that cannot be used, or no eauth. Nothing is asked yet.
pub fn open(settings: &Settings) -> Result<Driven<Salt>, Trouble> {
    with_limits(settings, Limits::default())
}

/// The same with other time-outs.
pub fn with_limits(settings: &Settings, limits: Limits) -> Result<Driven<Salt>, Trouble> {
    let manners = Manners { accept: "application/json", explain: errors::explain };
    let client = Client::with_limits(settings, manners, limits)?;
    let Some(eauth) = settings.eauth.clone() else {
        return Err(Trouble::Unsupported(
            "this kind of backend needs `eauth`, the master's way of login: pam, ldap, file".into(),
        ));
    };
    let tenants: Vec<TenantId> = settings.tenant.iter().chain(settings.tenants.keys()).cloned().collect();
    let descriptor = Descriptor {
        name: settings.name.clone(),
        kind: "salt",
        address: client.shown_address(),
        tenants,
        capabilities: capabilities(settings),
        insecure: settings.insecure,
        finds_hosts: true,
    };
    let salt = Salt { talk: Arc::new(Talk::new(client, eauth)), descriptor, tenants: settings.tenants.clone() };
    Ok(Driven::new(salt, settings.plans.clone()))
}

fn capabilities(settings: &Settings) -> BTreeMap<Verb, Capability> {
    let by = |words: &str| Capability::Emulated(Text::new(words));
    let rehearses = settings.plans.iter().any(|plan| STATES.contains(&plan.run.fun.as_str()));
    let one = |verb| match verb {
        Verb::Start | Verb::Resume | Verb::Advance => by("a labelled job on the hosts of the ring"),
        Verb::Approve => by("a labelled test.ping that keeps who approved"),
        Verb::Pause => by("a labelled test.ping that holds further rings; a ring that was published runs on"),
        Verb::Retry => by("a new labelled job on the failed hosts"),
        Verb::CatchUp => by("the same job again, to the hosts that never heard of it"),
        Verb::RollBack => by("the versions from before, as the job's results tell them"),
        Verb::Stop => Capability::Native,
        Verb::DryRun if rehearses => Capability::Native,
        Verb::DryRun => Capability::Unsupported("only states can be tried dry: test= on pkg functions upgrades for real".into()),
        Verb::Deny => Capability::Unsupported("nothing is kept of a denial: leave the ring unbegun, or stop".into()),
    };
    Verb::ALL.into_iter().map(|verb| (verb, one(verb))).collect()
}

impl Salt {
    async fn identity(&self, civil: Timestamp) -> Result<Identity, Trouble> {
        let began = Instant::now();
        let session = self.talk.session(None).await?;
        // A question that must go through the master: the API itself answers while the master is down.
        let (_, read) =
            self.talk.ask(json!({"client": "runner", "fun": "jobs.list_jobs", "search_metadata": {OURS.0: "0"}})).await?;
        let (ended, took) = (began.elapsed(), read.took);
        let skew = |theirs: Timestamp| skew(theirs.duration_since(civil), ended.saturating_sub(took), ended);
        let rights = Verb::ALL.into_iter().filter_map(|verb| Some((verb, rights::of_verb(&session.perms, verb)?))).collect();
        Ok(Identity {
            login: session.user.clone(),
            tenant: self.descriptor.tenants.iter().map(TenantId::raw).collect::<Vec<_>>().join(", ").into(),
            version: None,
            rights,
            blind: rights::blind(&session.perms),
            skew: read.date.map(skew),
        })
    }

    async fn report(&self, id: &str) -> Result<Option<Report>, Trouble> {
        let (said, _) = self.talk.runner("jobs.list_job", json!({"jid": id})).await?;
        Ok(wire::report(&said))
    }

    async fn asked(&self, job: &str, hosts: &[String]) -> Result<BTreeMap<String, Probe>, Trouble> {
        let chunk = json!({
            "client": "local", "tgt": hosts, "tgt_type": "list", "fun": "saltutil.find_job", "arg": [job],
            "timeout": 3, "gather_job_timeout": 2,
        });
        let (said, _) = self.talk.ask(chunk).await?;
        // A host that is not in the answer at all has no accepted key any more.
        Ok(hosts.iter().map(|host| (host.clone(), said.get(host).map_or(Probe::Silent, wire::probe))).collect())
    }

    async fn hosts(&self, tenant: &TenantId, target: &Target) -> Result<BTreeSet<String>, Trouble> {
        let expression = calls::within(target, self.tenants.get(tenant).map(String::as_str));
        let chunk = json!({
            "client": "local_async", "tgt": expression, "tgt_type": "compound", "fun": "test.ping", "arg": [],
            "metadata": {"pd_kind": "preview"},
        });
        let (said, _) = self.talk.ask(chunk).await?;
        Ok(said.get("minions").map(wire::list).unwrap_or_default())
    }

    async fn sent(&self, call: &Call) -> Receipt {
        let receipt = |outcome, made| Receipt { step: call.id, outcome, made, told: None };
        let session = match self.talk.session(None).await {
            Ok(session) => session,
            Err(trouble) => return receipt(Outcome::Refused(format!("not sent: {trouble}").into()), None),
        };
        let deadline = Duration::from_secs(u64::from(call.deadline_seconds));
        let body = call.body.clone().unwrap_or_default();
        match self.talk.client.send_proved(&call.path, &body, Some(&session.proof), deadline).await {
            Sent::Accepted(said) => accepted(call, said.as_ref()),
            Sent::Refused(failure) if failure.unsent => {
                receipt(Outcome::Refused(format!("not sent: {}", failure.trouble).into()), None)
            }
            Sent::Refused(failure) => {
                if is_over(&failure) {
                    *self.talk.held() = None;
                }
                receipt(Outcome::Refused(failure.trouble.to_string().into()), None)
            }
            Sent::Unknown(failure) => {
                let words = format!("sent, and not known whether it was done: {}", failure.trouble);
                receipt(Outcome::Unknown(words.into()), None)
            }
        }
    }
}

fn accepted(call: &Call, said: Option<&Value>) -> Receipt {
    let Some(said) = said.and_then(|said| said["return"].get(0)) else {
        let words = "answered, and the answer does not say whether it was done";
        return Receipt { step: call.id, outcome: Outcome::Unknown(words.into()), made: None, told: None };
    };
    let made = said.get("jid").and_then(Value::as_str).map(Text::new);
    let launches = calls::asks(call).is_some_and(|asked| asked.key.is_some());
    if launches && made.is_none() {
        let words = "the master knows none of the hosts: no job was made";
        return Receipt { step: call.id, outcome: Outcome::Refused(words.into()), made, told: None };
    }
    Receipt { step: call.id, outcome: Outcome::Accepted, made, told: None }
}

/// How far a clock is off that showed `theirs` at some moment of an exchange, in whole seconds. A master may think for
/// seconds: what lies within the exchange is not off.
fn skew(theirs: SignedDuration, began: Duration, ended: Duration) -> SignedDuration {
    let length = |of: Duration| SignedDuration::try_from(of).unwrap_or_default();
    let (began, ended) = (length(began), length(ended));
    let second = SignedDuration::from_secs(1);
    if theirs > ended {
        theirs - ended
    } else if theirs + second < began {
        theirs + second - began
    } else {
        SignedDuration::ZERO
    }
}

impl Executor for Salt {
    fn describe(&self) -> &Descriptor {
        &self.descriptor
    }

    fn connect(&self, civil: Timestamp) -> Task<'_, Identity> {
        Box::pin(self.identity(civil))
    }

    fn may(&self, what: Act<'_>) -> Task<'_, (Text, Right)> {
        let fun = match what {
            Act::Launch(run) => run.fun.clone(),
            Act::Mark => "test.ping".to_owned(),
            Act::Stop => "saltutil.term_job".to_owned(),
            Act::Kill => "saltutil.kill_job".to_owned(),
        };
        Box::pin(async move {
            let session = self.talk.session(None).await?;
            Ok((session.user.clone(), rights::may(&session.perms, &fun, false)))
        })
    }

    fn preview<'a>(&'a self, tenant: &'a TenantId, target: &'a Target) -> Task<'a, BTreeSet<String>> {
        Box::pin(self.hosts(tenant, target))
    }

    fn jobs(&self) -> Task<'_, History> {
        Box::pin(async move {
            let (said, at) = self.talk.runner("jobs.list_jobs", json!({"search_metadata": {OURS.0: OURS.1}})).await?;
            Ok(History { jobs: wire::jobs(&said), at })
        })
    }

    fn job<'a>(&'a self, id: &'a str) -> Task<'a, Option<Report>> {
        Box::pin(self.report(id))
    }

    fn probe<'a>(&'a self, job: &'a str, hosts: &'a [String]) -> Task<'a, BTreeMap<String, Probe>> {
        Box::pin(self.asked(job, hosts))
    }

    fn call(&self, order: &Order) -> Call {
        calls::call(order)
    }

    fn asks(&self, call: &Call) -> Option<Asked> {
        calls::asks(call)
    }

    fn send<'a>(&'a self, call: &'a Call) -> Task<'a, Receipt> {
        Box::pin(async move { Ok(self.sent(call).await) })
    }

    fn key(&self, at: Timestamp, digits: u32) -> String {
        calls::jid(at, digits)
    }

    fn rehearsal(&self, run: &Run) -> Result<Run, Text> {
        if !STATES.contains(&run.fun.as_str()) {
            return Err(Text::new(format!("{} cannot be tried dry: only states can", run.fun)));
        }
        let mut dry = run.clone();
        dry.kwarg.insert("test".to_owned(), Value::Bool(true));
        Ok(dry)
    }

    fn frozen<'a>(&'a self, hosts: &'a [String]) -> Task<'a, BTreeMap<String, Text>> {
        Box::pin(facts::frozen(&self.talk, hosts))
    }

    fn offered<'a>(&'a self, run: &'a Run, hosts: &'a [String]) -> Task<'a, Option<Packages>> {
        Box::pin(facts::offered(&self.talk, run, hosts))
    }

    fn beat(&self) -> Option<Duration> {
        Some(if self.talk.listens() { BEAT_LISTENING } else { BEAT })
    }

    fn listens(&self) -> bool {
        self.talk.listens()
    }

    /// Every question is a job and a process of the master's.
    fn may_ask(&self) -> bool {
        self.talk.last_minute() < A_MINUTE
    }

    fn health(&self) -> Health {
        let asked = u32::try_from(self.talk.last_minute()).unwrap_or(u32::MAX);
        Health { a_minute: Some((asked, A_MINUTE as u32)), listens: Some(self.talk.listens()), ..self.talk.client.health() }
    }

    fn hints(&self) -> Option<HintStream> {
        Some(events::hints(Arc::clone(&self.talk), self.descriptor.name.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::at_the_beginning_of_a_long_answer(10, 0)]
    #[case::at_its_end(16, 0)]
    #[case::ahead(320, 304)]
    #[case::behind(-300, -309)]
    fn a_clock_is_off_only_by_what_the_exchange_does_not_explain(#[case] theirs: i64, #[case] off: i64) {
        let found = skew(SignedDuration::from_secs(theirs), Duration::from_secs(10), Duration::from_secs(16));
        assert_eq!(found, SignedDuration::from_secs(off));
    }
}
