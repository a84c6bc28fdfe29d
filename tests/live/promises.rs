//! One set of promises, held by the twin and by a real Salt alike: the same questions, the same answers. Where the two differ,
//! the twin is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures::StreamExt;
use patchdeck::backend::driven::Driven;
use patchdeck::backend::driven::{Act, Executor, Probe, Report};
use patchdeck::backend::port::{Subject, Trouble};
use patchdeck::backend::salt::{self, Salt};
use patchdeck::backend::settings::SecretSource;
use patchdeck::domain::{HostState, Run, Target, TenantId};
use patchdeck::plan::types::{Order, OrderKind, Outcome};
use patchdeck::twin::{self, Options, builtin};
use serde_json::{Value, json};

use super::{Lab, PATIENCE, lab, own_id};

/// Hosts that no other scenario touches.
const ONE: &str = "acme-web-08";
const TWO: &str = "acme-app-02";
const FOREIGN: &str = "globex-app-02";

type Promise = for<'a> fn(&'a Place) -> Pin<Box<dyn Future<Output = Value> + 'a>>;

/// One server that keeps promises.
struct Place {
    lab: Lab,
    ops: Driven<Salt>,
    /// So that a job is found again on a server that remembers a day of them.
    run: String,
}

impl Place {
    fn new(lab: Lab) -> Self {
        let ops = salt::open(&lab.settings("OPS", Vec::new())).expect("it opens");
        Self { lab, ops, run: own_id("promise") }
    }

    fn as_user(&self, user: &str) -> Driven<Salt> {
        salt::open(&self.lab.settings(user, Vec::new())).expect("it opens")
    }

    fn order(&self, fun: &str, arg: &[&str], hosts: &[&str], number: u32) -> Order {
        let run = Run { fun: fun.into(), arg: arg.iter().map(|arg| Value::from(*arg)).collect(), ..Run::default() };
        let labels = [("pd", "1"), ("pd_rollout", self.run.as_str()), ("pd_kind", "launch")];
        Order {
            kind: OrderKind::Launch(run),
            hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
            labels: labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            key: self.ops.executor().key(jiff::Timestamp::now(), number),
        }
    }

    async fn send(&self, order: &Order) -> Outcome {
        let executor = self.ops.executor();
        executor.send(&executor.call(order)).await.expect("a receipt").outcome
    }

    /// A fresh host that ends its next runs so.
    async fn profile(&self, host: &str, name: &str) {
        self.prepared("patch.reset", host, name).await;
    }

    async fn prepared(&self, fun: &str, host: &str, name: &str) {
        let order = self.order(fun, &[name], &[host], 999_999);
        assert_eq!(self.send(&order).await, Outcome::Accepted);
        self.ended(&order.key).await;
    }

    /// What an upgrade would bring a host now.
    async fn offered(&self, host: &str) -> patchdeck::backend::driven::Packages {
        let run = Run { fun: "pkg.upgrade".into(), ..Run::default() };
        self.ops.executor().offered(&run, &[host.to_owned()]).await.expect("an answer").expect("a list")
    }

    async fn report(&self, job: &str) -> Option<Report> {
        self.ops.executor().job(job).await.expect("an answer")
    }

    async fn until(&self, job: &str, holds: impl Fn(&Report) -> bool) -> Report {
        let began = Instant::now();
        loop {
            if let Some(report) = self.report(job).await
                && holds(&report)
            {
                return report;
            }
            assert!(began.elapsed() < PATIENCE, "job {job} stayed {:?}", self.report(job).await);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn ended(&self, job: &str) -> Report {
        self.until(job, |report| report.missing().next().is_none() && !report.told.is_empty()).await
    }

    /// Runs a function and tells how it came out, without what differs from night to night.
    async fn comes_out(&self, profile: &str, fun: &str, arg: &[&str], number: u32) -> Value {
        self.profile(ONE, profile).await;
        let order = self.order(fun, arg, &[ONE], number);
        assert_eq!(self.send(&order).await, Outcome::Accepted);
        let report = self.ended(&order.key).await;
        let result = &report.results[ONE];
        json!({
            "state": result.state, "code": result.code, "message": result.message,
            "brought": result.brought.keys().collect::<Vec<_>>(), "back": result.back.as_ref().map(|run| run.fun.clone()),
        })
    }
}

macro_rules! promises {
    ($($name:literal $place:ident $body:block)*) => {
        const PROMISES: &[(&str, Promise)] = &[$(($name, |$place| Box::pin(async move { $body }))),*];
    };
}

promises! {
    "a login tells who it is, what it may do and what the time is" place {
        let identity = place.ops.executor().connect(jiff::Timestamp::now()).await.expect("an identity");
        let (_, right) = place.as_user("VIEWER").executor().may(Act::Stop).await.expect("a right");
        assert!(identity.skew.expect("a clock").abs() < jiff::SignedDuration::from_secs(5), "{:?}", identity.skew);
        json!({"login": identity.login, "viewer may stop": format!("{right:?}"), "blind": identity.blind})
    }
    "a wrong password is refused, and is no silence" place {
        let mut settings = place.lab.settings("OPS", Vec::new());
        settings.secret = Some(SecretSource::Exec(vec!["echo".into(), "wrong".into()]));
        let trouble = salt::open(&settings).expect("it opens").executor().connect(jiff::Timestamp::now()).await.expect_err("refused");
        json!({"words": trouble.to_string(), "credentials": matches!(trouble, Trouble::Credentials(_))})
    }
    "a target means hosts of its tenant and no other's" place {
        let target = Target::Hosts(vec![ONE.into(), FOREIGN.into(), "nobody-9".into()]);
        let acme = TenantId::new("acme");
        let hosts = place.ops.executor().preview(&acme, &target).await.expect("hosts");
        let grain = Target::Expression(format!("L@{ONE} and G@tenant:globex"));
        let none = place.ops.executor().preview(&acme, &grain).await.expect("hosts");
        json!({"hosts": hosts, "none": none})
    }
    "a job on nobody is refused, and none is made" place {
        let outcome = place.send(&place.order("patch.apply", &[], &["nobody-9"], 1)).await;
        json!({"outcome": outcome})
    }
    "a job is found by its labels, with its author and its hosts" place {
        place.profile(TWO, "success").await;
        let order = place.order("test.ping", &[], &[TWO, "nobody-9"], 2);
        assert_eq!(place.send(&order).await, Outcome::Accepted);
        let report = place.ended(&order.key).await;
        let listed = place.ops.executor().jobs().await.expect("a list").jobs;
        let job = listed.iter().find(|job| job.id == order.key).expect("it is listed");
        assert_eq!(job.labels, order.labels);
        json!({"by": job.by, "asked": report.asked, "told": report.told, "began": job.began.is_some(), "ended": report.job.ended.is_some()})
    }
    "an upgrade that goes well tells what it brought and what was before" place {
        place.comes_out("success", "pkg.upgrade", &[], 3).await
    }
    "a state that is tried dry tells what it would change, and changes nothing" place {
        place.profile(ONE, "success").await;
        let before = place.offered(ONE).await;
        let run = Run { fun: "state.apply".into(), arg: vec!["patching".into()], ..Run::default() };
        let kind = OrderKind::Launch(place.ops.executor().rehearsal(&run).expect("a dry run"));
        let order = Order { kind, ..place.order("", &[], &[ONE], 30) };
        assert_eq!(place.send(&order).await, Outcome::Accepted);
        let result = place.ended(&order.key).await.results[ONE].clone();
        let words = result.message.expect("words").to_string();
        let states = words.split(" (").next().map(str::to_owned);
        assert_eq!(place.offered(ONE).await, before, "it changed something");
        json!({"state": result.state, "would": states, "back": result.back.is_some()})
    }
    "what an upgrade of everything would bring is told by version, and of anything else nothing" place {
        place.profile(ONE, "success").await;
        let all = place.offered(ONE).await;
        let run = Run { fun: "patch.apply".into(), ..Run::default() };
        let other = place.ops.executor().offered(&run, &[ONE.to_owned()]).await.expect("an answer");
        json!({"some": !all.is_empty(), "with versions": all.values().all(|versions| !versions.is_empty()), "other": other.is_none()})
    }
    "a wrapper that goes well tells the same" place { place.comes_out("success", "patch.apply", &[], 4).await }
    "a full disk is told in the tool's words, by the package manager" place { place.comes_out("disk_full", "pkg.upgrade", &[], 5).await }
    "a full disk is told in the tool's words, by a wrapper" place { place.comes_out("disk_full", "patch.apply", &[], 6).await }
    "a lock is told in the tool's words" place { place.comes_out("lock_held", "pkg.upgrade", &[], 7).await }
    "a conflict is told in the tool's words" place { place.comes_out("dep_conflict", "pkg.upgrade", &[], 8).await }
    "a traceback is told by its last line" place {
        let mut told = place.comes_out("exception", "patch.apply", &[], 9).await;
        // The class is a module's own; that one is named is the promise.
        let words = told["message"].as_str().expect("words").split_once(": ").map(|(_, words)| words.to_owned());
        told["message"] = json!(words);
        told
    }
    "false is no success" place { place.comes_out("false", "patch.apply", &[], 10).await }
    "a state run that goes well" place { place.comes_out("success", "state.apply", &["patching"], 11).await }
    "a state that fails names itself" place { place.comes_out("dep_conflict", "state.apply", &["patching"], 12).await }
    "a state with nothing to do is done, whatever the package manager would say" place {
        place.comes_out("success", "patch.apply", &[], 20).await;
        place.prepared("patch.profile", ONE, "dep_conflict").await;
        let order = place.order("state.apply", &["patching"], &[ONE], 21);
        assert_eq!(place.send(&order).await, Outcome::Accepted);
        let result = place.ended(&order.key).await.results[ONE].clone();
        json!({"state": result.state, "code": result.code, "message": result.message})
    }
    "a state that does not render says where" place {
        let mut told = place.comes_out("success", "state.apply", &["patching.broken"], 13).await;
        let words: String = told["message"].as_str().expect("words").chars().take(40).collect();
        told["message"] = json!(words);
        told
    }
    "a function that is not there says so" place { place.comes_out("success", "pkg.nope", &[], 14).await }
    "a hanging host is at work, ends by a signal, and never answers" place {
        place.profile(ONE, "hang").await;
        let order = place.order("patch.apply", &[], &[ONE], 15);
        assert_eq!(place.send(&order).await, Outcome::Accepted);
        let hosts = [ONE.to_owned()];
        let until = async |wanted: Probe| {
            let began = Instant::now();
            loop {
                let said = place.ops.executor().probe(&order.key, &hosts).await.expect("answers")[ONE];
                if said == wanted {
                    return said;
                }
                assert!(began.elapsed() < PATIENCE, "{said:?}");
            }
        };
        let running = until(Probe::Running).await;
        let stop = Order { kind: OrderKind::Terminate { job: order.key.clone() }, labels: BTreeMap::new(), ..order.clone() };
        let stopped = place.send(&stop).await;
        let gone = until(Probe::Gone).await;
        let answers = place.report(&order.key).await.expect("a job").results.len();
        place.profile(ONE, "success").await;
        json!({"running": format!("{running:?}"), "stopped": stopped, "gone": format!("{gone:?}"), "answers": answers})
    }
    "the same job sent twice runs once, and joins those that never heard of it" place {
        place.profile(ONE, "success").await;
        place.profile(TWO, "success").await;
        let order = place.order("patch.apply", &[], &[ONE], 16);
        let first = place.send(&order).await;
        place.ended(&order.key).await;
        let again = place.send(&order).await;
        let late = place.send(&Order { hosts: vec![TWO.into()], ..order.clone() }).await;
        let report = place.until(&order.key, |report| report.results.len() == 2).await;
        let listed = place.ops.executor().jobs().await.expect("a list").jobs;
        json!({"outcomes": [first, again, late], "told": report.told, "done": report.results.values().filter(|it| it.state == HostState::Done).count(),
            "listed": listed.iter().filter(|job| job.id == order.key).count()})
    }
    "a login without the right is refused, and so is one on foreign hosts" place {
        let refused = async |user: &str, host: &str, number: u32| {
            let backend = place.as_user(user);
            let executor = backend.executor();
            let call = executor.call(&place.order("patch.apply", &[], &[host], number));
            executor.send(&call).await.expect("a receipt").outcome
        };
        json!([refused("VIEWER", ONE, 17).await, refused("ACME_OPS", FOREIGN, 18).await])
    }
    "a job that nobody made is none" place { json!(place.report("20200101000000000000").await.is_none()) }
    "a silent answer to a question about an unknown host" place {
        let said = place.ops.executor().probe("20200101000000000000", &[ONE.to_owned(), "nobody-9".to_owned()]).await.expect("answers");
        json!(said.iter().map(|(host, said)| (host.clone(), format!("{said:?}"))).collect::<BTreeMap<_, _>>())
    }
    "nobody is frozen" place {
        json!(place.ops.executor().frozen(&[ONE.to_owned(), FOREIGN.to_owned()]).await.expect("an answer"))
    }
    "the stream of events says that a job of ours began and was answered" place {
        place.ops.executor().connect(jiff::Timestamp::now()).await.expect("an identity");
        let mut hints = place.ops.executor().hints().expect("a stream");
        let first = tokio::time::timeout(PATIENCE, hints.next()).await.expect("it opens").expect("a hint");
        assert_eq!(first.subject, Subject::Board);
        let order = place.order("test.ping", &[], &[TWO], 19);
        assert_eq!(place.send(&order).await, Outcome::Accepted);
        let mut heard = BTreeSet::new();
        while heard.len() < 2 {
            let hint = tokio::time::timeout(PATIENCE, hints.next()).await.expect("it speaks").expect("a hint");
            if let Subject::Rollout(id) = &hint.subject
                && id.raw() == place.run
                && hint.at.is_some()
            {
                heard.insert(hint.host.map(|host| host.raw().to_owned()));
            }
        }
        json!(heard)
    }
}

async fn kept(place: &Place) -> BTreeMap<&'static str, Value> {
    let mut all = BTreeMap::new();
    for (name, promise) in PROMISES {
        all.insert(*name, promise(place).await);
    }
    all
}

/// The lab's hosts and logins, played by the twin: its scenario of rings with another fleet.
fn as_the_lab() -> String {
    let mut night: toml::Table = builtin("rings").expect("a scenario").parse().expect("TOML");
    night["speed"] = 1.0.into();
    // Jobs are named by our clock, and swept by the server's.
    night["opens"] = jiff::Timestamp::now().to_string().into();
    night["begins"] = night["opens"].clone();
    night["hosts"] = 12.into();
    let salt = night["salt"].as_table_mut().expect("a table");
    for key in ["away", "freeze", "job", "plan", "tenant"] {
        salt.remove(key);
    }
    let look = ["test.ping", "patch.scan", "patch.probe", "pkg.list_.*", "grains.items", "saltutil.running", "saltutil.find_job"];
    let run = ["test.*", "patch.*", "pkg.*", "state.*", "saltutil.*", "grains.*", "kernelpkg.*", "schedule.*", "pillar.*"];
    let read = "{ \"@runner\" = [\"jobs.*\", \"manage.*\"] }";
    let tenants = format!(
        "[[tenant]]\nname = \"acme\"\nzone = \"Europe/Berlin\"\ntarget = \"I@tenant:acme\"\nuser = [\n\
         {{ name = \"ops\", perms = [\".*\", \"@runner\", \"@wheel\", \"@jobs\"] }},\n\
         {{ name = \"viewer\", perms = [{{ \"*\" = {look:?} }}, {read}] }},\n\
         {{ name = \"acme-ops\", perms = [{{ \"acme-*\" = {run:?} }}, {read}] }},\n]\n\
         [[tenant.fleet]]\npattern = \"acme-web-{{n}}\"\nhosts = 8\nflavour = \"apt\"\ninstall = {{ quickest = \"1s\", typical = \"1s\", longest = \"1s\" }}\n\
         [[tenant.fleet]]\npattern = \"acme-app-{{n}}\"\nhosts = 2\nflavour = \"apt\"\ninstall = {{ quickest = \"1s\", typical = \"1s\", longest = \"1s\" }}\n\
         [[tenant]]\nname = \"globex\"\nzone = \"America/New_York\"\ntarget = \"I@tenant:globex\"\n\
         user = [{{ name = \"globex-ops\", perms = [{{ \"globex-*\" = {run:?} }}, {read}] }}]\n\
         [[tenant.fleet]]\npattern = \"globex-app-{{n}}\"\nhosts = 2\nflavour = \"dnf\"\n"
    );
    let tenants: toml::Table = tenants.parse().expect("TOML");
    salt.insert("tenant".to_owned(), tenants["tenant"].clone());
    night.to_string()
}

#[tokio::test]
async fn the_same_promises_are_kept_by_the_twin_and_by_a_real_server() {
    let options = Options { hosts: Some(12), ..Options::default() };
    let running = twin::salt::start(&as_the_lab(), options).await.expect("a twin");
    let mut vars = BTreeMap::from([("SALT_LAB_URL".to_owned(), running.logins[0].url.clone())]);
    vars.extend(running.logins.iter().map(|login| {
        let key = format!("SALT_LAB_{}", login.user.to_uppercase().replace('-', "_"));
        (key, format!("{}:{}", login.user, login.password))
    }));
    let twin = kept(&Place::new(Lab::of(vars))).await;
    println!("promises: {} kept by the twin", twin.len());
    let Some(lab) = lab("one set of promises, kept by the twin and by the server") else { return };
    let real = kept(&Place::new(lab)).await;
    for (name, told) in &real {
        assert_eq!(twin[name], *told, "the twin differs from the server: {name}");
    }
    println!("promises: the same {} kept by the server", real.len());
}
