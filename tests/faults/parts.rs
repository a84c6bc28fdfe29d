//! A rollback of more hosts than one plan brings back, against the twin: in parts, each told in the dialog, sent, linked and counted.

use std::collections::BTreeSet;

use patchdeck::app::message::Carried;
use patchdeck::app::start::Start;
use patchdeck::app::state::{Dialog, Drawn, Input, Place, PlanDialog, Stage, State};
use patchdeck::domain::{Mono, Now, Relation, RolloutId, Source};
use patchdeck::keymap::Keymap;
use patchdeck::plan::types::{ActionPlan, Door, Step};
use patchdeck::store::merge::Read;
use patchdeck::theme::{Depth, Glyphs, load};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::again::{carry, intent, planned, rollout};
use super::*;

fn screen(state: &State) -> String {
    let mut terminal = Terminal::new(TestBackend::new(160, 60)).expect("a test terminal");
    let theme = load("dark", &[], Depth::TrueColour, Glyphs::UNICODE).expect("a built-in theme").theme;
    let mut drawn = Drawn::default();
    terminal.draw(|frame| drawn = patchdeck::ui::draw(frame, state, &theme)).expect("infallible");
    let symbols: Vec<&str> = terminal.backend().buffer().content().iter().map(ratatui::buffer::Cell::symbol).collect();
    let lines = symbols.chunks(160).map(|line| line.concat().replace('│', " "));
    lines.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn state() -> State {
    let (mono, civil) = (Mono(Duration::from_secs(9)), Timestamp::now());
    let keymap = Keymap::load("default", &[]).expect("built in").0;
    State::new(Start::plain(Vec::new(), keymap), Now { mono, civil, real: civil })
}

fn dialog(plan: &ActionPlan, context: &Context) -> String {
    let mut state = state();
    let answers = plan.asks.iter().map(|_| Input::default()).collect();
    state.dialogs.push(Dialog::Plan(Box::new(PlanDialog {
        intent: plan.intent.clone(),
        context: context.clone(),
        rollout_name: plan.rests_on.name.clone(),
        stage: Stage::Ready,
        field: 0,
        answers,
        plan: Some(plan.clone()),
        choosing: false,
        hosts: false,
        arms: false,
        drawn: true,
        scroll: 0,
        opened: state.now.mono,
    })));
    screen(&state)
}

/// Hosts by the calls that make the rollouts.
fn made(plan: &ActionPlan) -> Vec<usize> {
    let calls = plan.steps.iter().filter_map(|step| if let Step::Call(call) = step { Some(call.hosts.len()) } else { None });
    calls.filter(|hosts| *hosts > 0).collect()
}

/// How many of the plan's hosts wait for the next one.
fn later(plan: &ActionPlan) -> usize {
    let waits = plan.groups.iter().filter(|group| group.title.as_str().starts_with("not in this plan"));
    waits.inspect(|group| assert_eq!(group.door, Door::Shut)).map(|group| group.hosts.len()).sum()
}

async fn undoing(backend: &Arc<dyn Backend>, of: &RolloutId) -> Vec<Rollout> {
    let mut all = board(backend).await;
    let Facts::Rollouts { rollouts, .. } = backend.observe(Interest::Night).await.expect("a night").facts else { panic!() };
    all.retain(|known| !rollouts.iter().any(|ended| ended.id == known.id));
    all.extend(rollouts);
    all.retain(|known| known.related.iter().any(|link| link.relation == Relation::RollbackOf && link.rollout == *of));
    all
}

#[tokio::test]
async fn more_hosts_than_one_plan_brings_back_go_in_two_and_stand_on_the_board_with_what_they_undo_and_their_counts() {
    let options = Options { speed: Some(60.0), hosts: Some(5_000), ..Options::default() };
    let twin = hawkbit::start(builtin("bad-patch").expect("built in"), options).await.expect("a twin");
    let context = Context::at(Timestamp::now());
    let is_large = |it: &Rollout| it.state.is_paused() && it.counts.is_some_and(|counts| counts.done > 600);
    let (backend, source) = rollout(&twin, 500, is_large).await;
    let mut parts: Vec<BTreeSet<String>> = Vec::new();
    let mut before: Option<usize> = None;
    while parts.len() < 2 {
        let plan = planned(&backend, intent(&source, Verb::RollBack), &context).await.expect("a plan");
        let (now, left) = (made(&plan), later(&plan));
        let hosts: usize = now.iter().sum();
        let shown = dialog(&plan, &context);
        assert!(now.iter().all(|hosts| (1..=60).contains(hosts)) && now.len() <= 12, "{now:?}");
        assert!(shown.contains("one plan makes at most 12 of them, for the last waves first"), "{shown}");
        assert!(shown.contains(&format!("[x] {hosts} back to ")), "{hosts}: {shown}");
        match before {
            None => {
                assert!(now.len() == 12 && hosts > 600 && left > 0, "{now:?}, {left} left");
                let words =
                    format!("- {left} not in this plan, which makes 12 rollouts at most: roll back again when these have begun");
                assert!(shown.contains(&words), "{words}: {shown}");
            }
            Some(left_before) => {
                assert!(left == 0 && hosts >= left_before, "{hosts} of {left_before}, {left} left");
                assert!(!shown.contains("not in this plan"), "{shown}");
            }
        }
        let named = plan.rests_on.named.clone();
        let calls = plan.steps.iter().filter(|step| matches!(step, Step::Call(_))).count();
        let told = carry(&backend, plan, context.clone()).await;
        // A host that was at work has come to its end since the plan was made: nothing was sent, and it is planned again.
        if told.iter().any(|news| matches!(news, Carried::Changed { .. })) {
            continue;
        }
        assert!(matches!(told.last(), Some(Carried::Settled(Settlement::Verified(_)))), "{told:?}");
        let went = told.iter().filter(|news| matches!(news, Carried::Answered(receipt) if receipt.outcome == Outcome::Accepted));
        assert_eq!(went.count(), calls, "every part left");
        before = Some(left);
        parts.push(named);
    }
    let all = parts[0].len() + parts[1].len();
    let over = |it: &Rollout| it.at_work() == 0 && (it.state.has_ended() || it.state.is_paused());
    let undo = timeout(PATIENCE * 4, async {
        loop {
            let undo = undoing(&backend, &source.id).await;
            if undo.iter().all(over) {
                return undo;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let undo = undo.await.expect("the devices come to an end");
    let sum = |of: fn(&patchdeck::domain::Counts) -> u32| undo.iter().filter_map(|it| it.counts.as_ref()).map(of).sum::<u32>();
    assert_eq!(sum(|counts| counts.total) as usize, all);
    let (done, failed) = (sum(|counts| counts.done) as usize, sum(|counts| counts.failed) as usize);
    assert!(done > all / 2 && failed > 0, "{undo:#?}");
    // Whose way back failed still has the bad release: they wait for somebody to look, and nobody is in both plans.
    assert_eq!(parts[0].intersection(&parts[1]).count(), 0);

    let mut state = state();
    let read = || Read { seen: state.now.mono, civil: state.now.civil, by: Source::new("GET /rollouts") };
    let (first, name) = (undo[0].clone(), source.name.clone());
    let place = Place::Rollout(first.id.clone());
    let read = read();
    state.store.merge_rollouts(&source.id.backend.clone(), [vec![source], undo].concat(), false, true, &read);
    state.trail.go(place);
    patchdeck::app::rows::refresh(&mut state);
    let shown = screen(&state);
    assert!(shown.contains(first.name.as_str()) && shown.contains(&format!("Undoes {name}")), "{shown}");
}
