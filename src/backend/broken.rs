//! A connection that could not be opened, because of a file it names or an address that is none. It keeps its place on every
//! screen and answers each question with the reason.
//!
//! It asks nobody and does not heal: what it names is read again at the next start.

use jiff::Timestamp;

use super::port::{
    Backend, Capability, Decision, Descriptor, Identity, Intent, Interest, Observation, Receipt, Receipts, Refusal, Settlement,
    Step, StepRecord, Survey, Task, Trouble,
};
use super::settings::Settings;
use crate::action::Verb;
use crate::domain::Text;

#[derive(Debug)]
pub struct Broken {
    descriptor: Descriptor,
    trouble: Trouble,
}

impl Broken {
    pub fn new(settings: &Settings, kind: &'static str, trouble: Trouble) -> Self {
        let why = Capability::Unsupported(Text::new(trouble.to_string()));
        let descriptor = Descriptor {
            name: settings.name.clone(),
            kind,
            address: Text::new(&settings.url),
            tenants: settings.tenant.iter().chain(settings.tenants.keys()).cloned().collect(),
            capabilities: Verb::ALL.into_iter().map(|verb| (verb, why.clone())).collect(),
            insecure: settings.insecure,
            finds_hosts: false,
        };
        Self { descriptor, trouble }
    }

    fn answer<T: Send + 'static>(&self) -> Task<'static, T> {
        Box::pin(std::future::ready(Err(self.trouble.clone())))
    }
}

impl Backend for Broken {
    fn describe(&self) -> &Descriptor {
        &self.descriptor
    }

    fn connect(&self, _: Timestamp) -> Task<'_, Identity> {
        self.answer()
    }

    fn observe(&self, _: Interest) -> Task<'_, Observation> {
        self.answer()
    }

    fn survey<'a>(&'a self, _: &'a Intent) -> Task<'a, Survey> {
        self.answer()
    }

    fn steps(&self, _: &Decision) -> Result<Vec<Step>, Refusal> {
        Err(Refusal::new(self.trouble.to_string()))
    }

    fn send<'a>(&'a self, _: &'a Step, _: &'a Receipts) -> Task<'a, Receipt> {
        self.answer()
    }

    /// Nothing is known of what an earlier session sent there.
    fn look_up<'a>(&'a self, _: &'a StepRecord) -> Task<'a, Settlement> {
        self.answer()
    }
}
