//! The master's event stream as reasons to ask sooner: only jobs of ours, and who came or went. States are never taken from it.
//!
//! It has no replay and no keep-alive, and ends when the token does, when the master restarts and when the API stops. Then it
//! is opened anew, with a new login where that is why, and everything is asked once, because the gap is lost.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use serde_json::Value;
use tokio::time::sleep;

use super::session::{Talk, is_over};
use crate::backend::driven::labels::{OURS, ROLLOUT};
use crate::backend::http::stream::Pieces;
use crate::backend::port::{Hint, HintStream, Subject};
use crate::domain::{BackendName, HostId, RolloutId};

/// A master with presence events says something each minute; one without is asked anew after this.
const SILENCE: Duration = Duration::from_secs(200);
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// Longest event that is read: a host's whole answer is in it.
const LONGEST_EVENT: usize = 4 * 1024 * 1024;

struct Ear {
    talk: Arc<Talk>,
    name: BackendName,
    open: Option<Pieces>,
    text: Vec<u8>,
    rest: Duration,
    waiting: Vec<Hint>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.talk.set_listening(false);
    }
}

pub fn hints(talk: Arc<Talk>, name: BackendName) -> HintStream {
    let ear = Ear { talk, name, open: None, text: Vec::new(), rest: FIRST, waiting: Vec::new() };
    stream::unfold(ear, async |mut ear| {
        let hint = ear.next().await;
        Some((hint, ear))
    })
    .boxed()
}

impl Ear {
    async fn next(&mut self) -> Hint {
        loop {
            if let Some(hint) = self.waiting.pop() {
                return hint;
            }
            let Some(pieces) = &mut self.open else {
                if self.reopen().await {
                    return Hint { subject: Subject::Board, host: None, at: None };
                }
                continue;
            };
            match pieces.next().await {
                Some(piece) => self.take(&piece),
                None => self.shut(),
            }
        }
    }

    fn shut(&mut self) {
        self.open = None;
        self.text.clear();
        self.talk.set_listening(false);
    }

    /// Tries once. True if it is open now.
    async fn reopen(&mut self) -> bool {
        // The first login is the connection's own: a refused one must not be tried twice as often because of this.
        let Some(session) = self.talk.held().clone() else { return self.wait().await };
        let mut opened = self.talk.client.listen("/events", &session.proof, SILENCE).await;
        if let Err(failure) = &opened
            && is_over(failure)
            && let Ok(anew) = self.talk.session(Some(&session)).await
        {
            opened = self.talk.client.listen("/events", &anew.proof, SILENCE).await;
        }
        let Ok(pieces) = opened else { return self.wait().await };
        self.open = Some(pieces);
        self.rest = FIRST;
        self.talk.set_listening(true);
        true
    }

    async fn wait(&mut self) -> bool {
        sleep(self.rest).await;
        self.rest = (self.rest * 2).min(LONGEST);
        false
    }

    fn take(&mut self, piece: &[u8]) {
        self.text.extend_from_slice(piece);
        while let Some(end) = self.text.windows(2).position(|pair| pair == b"\n\n") {
            let block: Vec<u8> = self.text.drain(..end + 2).collect();
            self.waiting.extend(hint(&String::from_utf8_lossy(&block), &self.name));
        }
        if self.text.len() > LONGEST_EVENT {
            self.shut();
        }
    }
}

/// What one event is a reason for.
fn hint(block: &str, name: &BackendName) -> Option<Hint> {
    let line = |key: &str| block.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    let tag = line("tag:")?;
    if tag == "salt/presence/change" || tag.starts_with("salt/minion/") {
        return Some(Hint { subject: Subject::Board, host: None, at: None });
    }
    // Everything else is left unread: polls of others are in it with their whole answers.
    let mut parts = tag.strip_prefix("salt/job/")?.split('/').skip(1);
    let (kind, host) = (parts.next()?, parts.next());
    if !matches!(kind, "publish" | "start" | "ret") {
        return None;
    }
    let event: Value = serde_json::from_str(line("data:")?).ok()?;
    let data = &event["data"];
    let labels = [&data["metadata"], &data["data"]["metadata"]].into_iter().find(|labels| labels.is_object())?;
    if labels[OURS.0] != OURS.1 {
        return None;
    }
    Some(Hint {
        subject: Subject::Rollout(RolloutId::new(name.clone(), labels[ROLLOUT].as_str()?)),
        host: host.map(|host| HostId::new(name.clone(), host)),
        at: data["_stamp"].as_str().and_then(|stamp| stamp.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const LABELS: &str = r#""metadata":{"pd":"1","pd_rollout":"kb-2026-12"}"#;

    #[rstest]
    #[case::publish("publish", None)]
    #[case::answer("ret/acme-web-04", Some("acme-web-04"))]
    fn a_job_of_ours_is_a_reason_for_its_rollout(#[case] end: &str, #[case] host: Option<&str>) {
        let block = format!(
            "tag: salt/job/20261122012946911376/{end}\ndata: {{\"data\":{{{LABELS},\"_stamp\":\"2026-11-22T01:29:47.045548+00:00\"}}}}\n\n"
        );
        let found = hint(&block, &BackendName::new("lab")).expect("a hint");
        assert_eq!(found.subject, Subject::Rollout(RolloutId::new(BackendName::new("lab"), "kb-2026-12")));
        assert_eq!(found.host.as_ref().map(HostId::raw), host);
        assert_eq!(found.at, "2026-11-22T01:29:47.045548Z".parse().ok());
    }

    #[test]
    fn the_labels_of_a_start_lie_one_deeper() {
        let block = format!("tag: salt/job/1/start/web-1\ndata: {{\"data\":{{\"data\":{{{LABELS}}}}}}}\n\n");
        assert!(hint(&block, &BackendName::new("lab")).is_some());
    }

    #[rstest]
    #[case::somebody_elses_job("tag: salt/job/1/ret/web-1\ndata: {\"data\":{\"metadata\":{\"other\":\"1\"}}}\n\n")]
    #[case::without_labels("tag: salt/job/1/ret/web-1\ndata: {\"data\":{}}\n\n")]
    #[case::a_poll("tag: salt/run/1/ret\ndata: {\"data\":{\"return\":{\"pd\":\"1\"}}}\n\n")]
    #[case::the_hosts_of_a_job("tag: salt/job/1/new\ndata: {\"data\":{}}\n\n")]
    #[case::presence("tag: salt/presence/present\ndata: {}\n\n")]
    #[case::the_head_of_the_stream("retry: 400\n\n")]
    #[case::no_json("tag: salt/job/1/ret/web-1\ndata: {\n\n")]
    fn everything_else_is_no_reason(#[case] block: &str) {
        assert_eq!(hint(block, &BackendName::new("lab")), None);
    }
}
