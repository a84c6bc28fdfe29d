//! Every dialog, in every stage it can stand in.

use std::collections::BTreeMap;

use patchdeck::action::{ROWS, Verb};
use patchdeck::app::state::{
    ArmDialog, BulkDialog, BulkLine, Dialog, EndOverrideDialog, HelpDialog, Input, NameDialog, NoteDialog, OverrideDialog,
    Palette, Place, PlanDialog, Stage, TicketDialog, Which, WhichDialog,
};
use patchdeck::domain::{CareStage, HostId, IntentId, Release, TenantId, Text};
use patchdeck::plan::types::{
    ActionPlan, Ask, BlastRadius, Call, Context, Door, Eligibility, Facts, Guard, HostGroup, Intent, Judged, PlannedEffect, Step,
};

use super::night::{BACKENDS, pile};
use super::world::{ago, civil, release, rollout_id};

fn note() -> NoteDialog {
    NoteDialog {
        of: Text::new("cause package lock"),
        title: Text::new("package lock: E: Could not get lock <path>. It is held by process <n> (apt-get)"),
        stage: CareStage::CauseFound,
        newest: None,
        inputs: ["lead", "INC-4711", "unattended-upgrades ran"].map(|text| Input::new(text.to_owned())),
        field: 3,
        drawn: true,
    }
}

fn ticket() -> TicketDialog {
    TicketDialog { pile: pile(), tenants: ["acme", "globex"].map(TenantId::new).to_vec(), at: 1, drawn: true }
}

/// Name of the snapshot, the place below, and the dialog.
pub fn all() -> Vec<(&'static str, Place, Dialog)> {
    let plan = |stage, asks, arms| Dialog::Plan(Box::new(plan(stage, asks, arms)));
    let name = Ask::TypeName(Text::new("December baseline"));
    let remark = Ask::Remark { required: false, max: 512 };
    let refused = Stage::Refused {
        why: Text::new("the rollout is running: there is nothing to resume"),
        instead: Some(Text::new("pause it first, or let its gates decide")),
    };
    let changed =
        Stage::Changed(vec![Text::new("wave 2 \"early\" was not begun, and is running"), Text::new("80 hosts became 79 hosts")]);
    vec![
        ("note", Place::Failures, Dialog::Note(Box::new(note()))),
        ("ticket", Place::Failures, Dialog::Ticket(ticket())),
        ("plan-ready", Place::Board, plan(Stage::Ready, vec![], false)),
        ("plan-asks", Place::Board, plan(Stage::Ready, vec![remark.clone(), name], true)),
        ("plan-reading", Place::Board, plan(Stage::Reading, vec![], false)),
        ("plan-again", Place::Board, plan(Stage::ReadingAgain, vec![], false)),
        ("plan-changed", Place::Board, plan(changed, vec![remark], false)),
        ("plan-refused", Place::Board, plan(refused, vec![], false)),
        ("plan-late", Place::Board, late()),
        ("retry", Place::Failures, retry()),
        ("retry-hosts", Place::Failures, every_host(retry())),
        ("rollback", Place::Board, rollback()),
        ("which", Place::Failures, which()),
        ("override", Place::Board, Dialog::Override(Box::new(override_()))),
        ("override-end", Place::Board, Dialog::EndOverride(Box::new(override_end()))),
        ("bulk", Place::Board, Dialog::Bulk(Box::new(bulk()))),
        ("arm", Place::Board, Dialog::Arm(arm())),
        ("name", Place::Board, Dialog::Name(NameDialog { input: Input::new("night shift".to_owned()), drawn: true })),
        ("palette", Place::Board, Dialog::Palette(palette())),
        ("help", Place::Board, Dialog::Help(HelpDialog::default())),
        ("quit", Place::Activity, Dialog::Quit { in_flight: 2 }),
    ]
}

/// One that will not fit its window, with the number half typed.
fn late() -> Dialog {
    let number = Ask::TypeNumber { of: Text::new("how many hosts will be late"), number: 17 };
    let mut dialog = plan(Stage::Ready, vec![number], false);
    dialog.answers[0] = Input::new("1".to_owned());
    if let Some(plan) = &mut dialog.plan {
        plan.nobody_stops = vec![Text::new(
            "17 hosts that start after the cutoff 17:36 EST, the last about 17:42 EST: the backend knows no window; \
             pause in time",
        )];
        plan.window = vec![
            Text::new("open: nothing begins after 17:36 EST, it closes at 17:46 EST"),
            Text::new("will not fit: 17 hosts: last start about 17:42 EST, end about 17:51 EST, at worst 17:58 EST"),
            Text::new("pace 3.0 hosts/min as seen so far; 40 done: fairly sure; restarts after the report are not in it"),
        ];
    }
    Dialog::Plan(Box::new(dialog))
}

/// A group of so many hosts; the figures and marks come from door and choice.
fn group(key: &str, title: &str, says: &str, door: Door, hosts: u32) -> HostGroup {
    let verdict = match door {
        Door::Open => Eligibility::Eligible,
        Door::Acknowledge => Eligibility::AfterFix(Text::new("1 GB free on /boot")),
        Door::Reason => Eligibility::Unknown(Text::new("no rule knows it: a person must judge")),
        Door::Shut => Eligibility::No(Text::new(title)),
    };
    let judged = |at: u32| {
        let name = Text::new(format!("srv-gary-{at:04}"));
        let host = HostId::new(rollout_id("globex-hb", "5").backend, name.as_str());
        let back = title.strip_prefix("back to ").map(|name| Release { native: Text::new("11"), name: Text::new(name) });
        Judged {
            host,
            name,
            verdict: verdict.clone(),
            source: Text::new(format!("job {}, error", 4000 + at)),
            wave: Some(2),
            back,
        }
    };
    HostGroup {
        key: key.to_owned(),
        title: Text::new(title),
        says: Text::new(says),
        door,
        chosen: door == Door::Open,
        from: None,
        hosts: (0..hosts).map(judged).collect(),
    }
}

fn about_hosts(verb: Verb, title: &str, groups: Vec<HostGroup>, asks: Vec<Ask>) -> PlanDialog {
    let choosing = groups.iter().any(|group| group.door != Door::Shut);
    let mut dialog = plan(Stage::Ready, asks, false);
    dialog.intent.verb = verb;
    dialog.choosing = choosing;
    if let Some(plan) = &mut dialog.plan {
        plan.intent.verb = verb;
        plan.title = Text::new(title);
        plan.radius = BlastRadius { at_once: 24, later: 0, waves: 0 };
        plan.nobody_stops.clear();
        plan.groups = groups;
        plan.evidence =
            vec![Text::new("state: PAUSED (\"paused\")"), Text::new("wave 2 \"early\" over limit: 214 of 320 done, 41 failed")];
    }
    dialog
}

/// Many causes: what comes in, what waits for its pause, for a fix, for a reason, and what never does.
fn retry() -> Dialog {
    let mut pause = group("net (pause)", "network (apt_fetch_failed)", "after a pause of 10 min", Door::Reason, 9);
    pause.from = Some("2026-12-08T22:31:00Z".parse().expect("a timestamp"));
    let mut fix = group("enospc", "disk space (enospc)", "first: 1 GB free on /boot; not checked", Door::Acknowledge, 11);
    fix.chosen = true;
    let unknown =
        "unknown · edge-agentd[<n>]: panic: ledger epoch <n> lies ahead of ours, will not replay; halting before the first frame";
    let groups = vec![
        group("lock", "package lock (apt_lock)", "retry, its pause is over", Door::Open, 13),
        fix,
        pause,
        group("unknown", unknown, "no rule knows it: a person must judge", Door::Reason, 30),
        group("no: newer", "it has been given another release since", "", Door::Shut, 2),
    ];
    let mut dialog = about_hosts(Verb::Retry, "Retry: 24 hosts tried again", groups, Vec::new());
    if let Some(plan) = &mut dialog.plan {
        plan.will = vec![
            Text::new("\"December servers\" of globex: 24 hosts tried again"),
            Text::new("rhel-base:2026.12 is assigned to them again; each call is looked up before the next one leaves"),
        ];
        plan.will_not = vec![
            Text::new("the counters of \"December servers\" do not move: the new jobs belong to no rollout"),
            Text::new("41 hosts are left as they are"),
        ];
        plan.nobody_stops =
            vec![Text::new("no wave, no gate and no failure limit holds the new jobs back; they are cancelled one by one")];
        plan.steps = vec![Step::Call(Call {
            id: 1,
            intent: None,
            method: Text::new("POST"),
            path: "/rest/v1/distributionsets/7/assignedTargets".to_owned(),
            query: Vec::new(),
            body: None,
            hosts: (0..24).map(|at| format!("srv-gary-{at:04}")).collect(),
            guard: Guard::default(),
            deadline_seconds: 120,
            undo: None,
        })];
    }
    Dialog::Plan(Box::new(dialog))
}

/// As many causes that must be mended first.
pub fn of_many_causes(causes: u32) -> Dialog {
    let group = |at: u32| group(&format!("c{at}"), &format!("cause {at}"), "first: mend it; not checked", Door::Acknowledge, 2);
    Dialog::Plan(Box::new(about_hosts(Verb::Retry, "Retry: no host", (0..causes).map(group).collect(), Vec::new())))
}

fn every_host(dialog: Dialog) -> Dialog {
    let Dialog::Plan(mut plan) = dialog else { panic!("a plan") };
    plan.hosts = true;
    Dialog::Plan(plan)
}

fn rollback() -> Dialog {
    let groups = vec![
        group("back: 11", "back to rhel-base:2026.11", "", Door::Open, 214),
        group("restart", "needs a restart first", "said so when it failed; the restart is not checked", Door::Acknowledge, 3),
        group("no: there", "already there (it failed, and has the release before, by the server)", "", Door::Shut, 41),
        group("no: none", "nothing to go back to: the server's history holds no release before", "", Door::Shut, 6),
    ];
    let name = Ask::TypeName(Text::new("December servers"));
    let mut dialog = about_hosts(Verb::RollBack, "Roll back: 214 hosts brought back to the release before", groups, vec![name]);
    if let Some(plan) = &mut dialog.plan {
        plan.beware = vec![
            Text::new("41 hosts not brought back: already there (it failed, and has the release before, by the server)"),
            Text::new("6 hosts not brought back: nothing to go back to: the server's history holds no release before"),
            Text::new("whether a device really can go back, and what becomes of data it changed since, is known to nobody here"),
        ];
        plan.will = vec![Text::new("5 new rollouts install the release before on them, the last wave first")];
        plan.will_not = vec![Text::new("the counters of \"December servers\" do not move, and the bad release is not blocked")];
        plan.undo = Some(Text::new("stop the new rollout on the board"));
    }
    Dialog::Plan(Box::new(dialog))
}

/// Failures of two tenants, one of them armed.
fn which() -> Dialog {
    let of = [
        ("globex", "globex-hb", "5", "December servers", 41),
        ("acme", "acme-hb", "3", "December tills", 112),
        ("acme", "acme-hb", "4", "December gateways", 1),
    ];
    let of = of.map(|(tenant, backend, rollout, name, hosts)| {
        let rollout = rollout_id(backend, rollout);
        let host = |at: u32| HostId::new(rollout.backend.clone(), format!("h-{at}"));
        let (hosts, sent) = ((0..hosts).map(host).collect(), hosts == 1);
        Which { tenant: TenantId::new(tenant), hosts, name: Text::new(name), rollout, sent }
    });
    Dialog::Which(Box::new(WhichDialog { verb: Verb::Retry, of: of.into(), left_out: Vec::new(), at: 1, drawn: true }))
}

fn override_end() -> EndOverrideDialog {
    let OverrideDialog { rollout, rollout_name, tenant, zone, against, ends_by, .. } = override_();
    let from = ends_by - jiff::SignedDuration::from_hours(9);
    let held = patchdeck::domain::Override {
        tenant,
        rollout,
        reason: "storm damage at the branch".into(),
        change: Some("CHG-4711".into()),
        who: "lead".into(),
        second: Some("anna".into()),
        period: patchdeck::domain::Period::new(from, ends_by).expect("a period"),
    };
    EndOverrideDialog { held, rollout_name, then: against, zone, drawn: true }
}

fn override_() -> OverrideDialog {
    OverrideDialog {
        tenant: TenantId::new("initech"),
        rollout: rollout_id("initech-hb", "5"),
        rollout_name: Text::new("December baseline"),
        against: Text::new("initech is frozen until Mon 4 Jan 06:00 EST: year end"),
        frozen: true,
        needs_change: true,
        ends_by: "2026-12-09T13:00:00Z".parse().expect("a timestamp"),
        zone: jiff::tz::TimeZone::get("America/New_York").expect("a zone"),
        answers: ["storm damage", "CHG-4711", "", "lead"].map(|said| Input::new(said.to_owned())),
        field: 2,
        problems: vec![Text::new("second: \"lead\": the second person must be another one")],
        drawn: true,
    }
}

fn intent() -> Intent {
    Intent::new(IntentId::new("20261208-1-9"), Verb::Resume, TenantId::new("globex"), rollout_id("globex-hb", "5"))
}

fn context() -> Context {
    Context::at(civil())
}

fn composed(asks: Vec<Ask>) -> ActionPlan {
    let effect = PlannedEffect::BeginsNext { wave: Text::new("early"), ordinal: 2, hosts: 80 };
    let call = Call {
        id: 1,
        intent: None,
        method: Text::new("POST"),
        path: "/rest/v1/rollouts/5/resume".to_owned(),
        query: Vec::new(),
        body: None,
        hosts: Vec::new(),
        guard: Guard::default(),
        deadline_seconds: 60,
        undo: None,
    };
    let wait = Step::Await {
        condition: Text::new("the rollout shows running"),
        limit_seconds: 60,
        id: 2,
        path: String::new(),
        until: Vec::new(),
    };
    ActionPlan {
        window: Vec::new(),
        intent: intent(),
        title: Text::new("Resume globex, December baseline: wave 2 \"early\" starts"),
        beware: Vec::new(),
        groups: Vec::new(),
        will: vec![
            Text::new("80 hosts of globex start to install now"),
            Text::new("when 95 % of them are done, the rollout pauses for a person again"),
        ],
        will_not: vec![Text::new("wave 3, 120 hosts, waits for a person again")],
        nobody_stops: vec![Text::new(
            "hosts that were told to begin go on even if the rollout is paused a minute later; nobody calls them back",
        )],
        radius: BlastRadius { at_once: 80, later: 120, waves: 2 },
        evidence: vec![Text::new("wave 1: 40 of 40 done, 0 failed"), Text::new("health: no source connected")],
        read_at: ago(3),
        release: Some(release()),
        you: Text::new("ops on globex-hb; may resume"),
        steps: vec![Step::Call(call), wait],
        undo: None,
        asks,
        rests_on: Facts {
            name: "".into(),
            native: Text::new("paused"),
            effect,
            hosts: 80,
            release: None,
            wave_states: BTreeMap::new(),
            named: std::collections::BTreeSet::new(),
            own: std::collections::BTreeMap::new(),
            window: None,
        },
    }
}

/// A pause, as one of several in the dialog about a whole tenant.
fn pausing() -> ActionPlan {
    let mut plan = composed(vec![]);
    plan.title = Text::new("Pause: no further wave begins, 6 hosts go on");
    plan.nobody_stops = vec![Text::new("6 hosts already told go on to the end")];
    if let Some(Step::Call(call)) = plan.steps.first_mut() {
        "/rest/v1/rollouts/5/pause".clone_into(&mut call.path);
    }
    plan
}

fn plan(stage: Stage, asks: Vec<Ask>, arms: bool) -> PlanDialog {
    let answers = asks.iter().map(|_| Input::new(String::new())).collect();
    let has_plan = !matches!(stage, Stage::Reading | Stage::Refused { .. });
    PlanDialog {
        intent: intent(),
        context: context(),
        rollout_name: Text::new("December baseline"),
        stage,
        field: usize::from(asks.len() > 1),
        answers,
        plan: has_plan.then(|| composed(asks)),
        choosing: false,
        hosts: false,
        arms,
        drawn: true,
        scroll: 0,
        opened: ago(2),
    }
}

fn bulk() -> BulkDialog {
    let line = |name: &str, plan, said: Option<&str>| BulkLine {
        rollout: rollout_id("globex-hb", name),
        name: Text::new(name),
        plan,
        context: context(),
        intent: intent(),
        said: said.map(Text::new),
    };
    BulkDialog {
        tenant: TenantId::new("globex"),
        lines: vec![
            line("OpenSSL 3.0.17 urgent", Some(pausing()), None),
            line("Kiosk firmware", None, Some("it is paused already")),
            line("Starting one", None, None),
        ],
        cannot: vec![(Text::new("December baseline"), Text::new("it waits for an approval and nothing of it runs"))],
        reading: 1,
        arms: true,
        drawn: true,
        scroll: 0,
    }
}

fn arm() -> ArmDialog {
    ArmDialog { tenants: BACKENDS.iter().map(|(_, tenant)| TenantId::new(tenant)).collect(), at: 1, drawn: true }
}

fn palette() -> Palette {
    let matches = ROWS.iter().filter(|row| row.name.contains("pa")).map(|row| row.action).collect();
    Palette { input: Input::new("pa".to_owned()), matches, at: 1 }
}
