//! A case on its way with a virtual clock: the engine decides, and what would
//! leave the house is kept.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::case::{
    Actor, Attachment, Case, CaseEvent, Env, Millis, PaymentRequest, Refusal, Submission, act,
    open_case,
};
use crate::check::scenario::play::Stage;
use crate::check::scenario::play::parties::said_again;
use crate::check::scenario::{Act, Coverage, Refused, Who, given};
use crate::form;
use crate::text::Language;
use crate::workflow::{APPLICANT, SYSTEM, calendar};

/// More timers than this fire in no scenario; a circle would.
pub(in crate::check::scenario) const MOST_TIMERS: usize = 1_000;
/// Ids of the files of one step begin this far from those of the next.
pub(super) const FILES_A_STEP: u128 = 1_000;

/// What would have left the house since the last look.
#[derive(Clone, Debug, Default)]
pub(in crate::check::scenario) struct Sent {
    pub(in crate::check::scenario) mails: Vec<Json>,
    pub(in crate::check::scenario) documents: Vec<Json>,
    pub(in crate::check::scenario) notices: Vec<Json>,
    pub(in crate::check::scenario) deliveries: Vec<Json>,
    pub(in crate::check::scenario) places: Vec<Json>,
    pub(in crate::check::scenario) payment: Option<Json>,
    pub(in crate::check::scenario) letters: Map<String, Json>,
}

/// What set the case in motion, for running it again.
#[derive(Clone, Debug)]
struct Call {
    at: Millis,
    what: What,
    free: Option<i64>,
    paid: bool,
}

#[derive(Clone, Debug)]
pub(in crate::check::scenario) enum What {
    Open,
    Act(Who, String),
    Timer(String),
}

/// A case on its way.
#[derive(Clone)]
pub(in crate::check::scenario) struct Player<'a> {
    pub(in crate::check::scenario) stage: &'a Stage<'a>,
    pub(in crate::check::scenario) submission: Submission,
    pub(in crate::check::scenario) case: Option<Case>,
    pub(in crate::check::scenario) history: Vec<CaseEvent>,
    pub(in crate::check::scenario) documents: Vec<String>,
    pub(in crate::check::scenario) timers: BTreeMap<String, Millis>,
    pub(in crate::check::scenario) now: Millis,
    pub(in crate::check::scenario) free: Option<i64>,
    pub(in crate::check::scenario) held: i64,
    pub(in crate::check::scenario) waiting: bool,
    pub(in crate::check::scenario) paid: bool,
    /// The newest payment asked for.
    pub(in crate::check::scenario) payment: Option<PaymentRequest>,
    /// Whether it is still open.
    pub(in crate::check::scenario) unpaid: bool,
    pub(in crate::check::scenario) sent: Sent,
    /// What went wrong that no scenario can expect.
    pub(in crate::check::scenario) problems: Vec<String>,
    calls: Vec<Call>,
    coverage: Option<Coverage>,
    /// No letters are written.
    pub(in crate::check::scenario) quiet: bool,
}

impl<'a> Player<'a> {
    pub(in crate::check::scenario) fn new(
        stage: &'a Stage<'a>,
        submission: Submission,
        free: Option<i64>,
        coverage: Option<Coverage>,
    ) -> Player<'a> {
        let limit = submission.capacity.as_ref().map(|wish| wish.limit);
        Player {
            stage,
            now: submission.received_at,
            free: limit.map(|limit| free.unwrap_or(limit)),
            submission,
            case: None,
            history: Vec::new(),
            documents: Vec::new(),
            timers: BTreeMap::new(),
            held: 0,
            waiting: false,
            paid: false,
            payment: None,
            unpaid: false,
            sent: Sent::default(),
            problems: Vec::new(),
            calls: Vec::new(),
            coverage,
            quiet: false,
        }
    }

    /// The same case without anything that counts what was tried.
    pub(in crate::check::scenario) fn fork(&self) -> Player<'a> {
        Player {
            coverage: None,
            quiet: true,
            sent: Sent::default(),
            ..self.clone()
        }
    }

    pub(in crate::check::scenario) fn take_coverage(&mut self) -> Coverage {
        self.coverage.take().unwrap_or_default()
    }

    pub(in crate::check::scenario) fn problem(&mut self, text: String) {
        if !self.problems.contains(&text) {
            self.problems.push(text);
        }
    }

    pub(in crate::check::scenario) fn cover_letter(&mut self, template: &str) {
        if let Some(coverage) = &mut self.coverage {
            coverage.letter(self.stage.service, template);
        }
    }

    pub(in crate::check::scenario) fn form_env(
        &self,
        at: Millis,
        language: Language,
    ) -> form::Env<'static> {
        form::Env {
            now: calendar::local(at).unwrap_or_default(),
            world: &calendar::Nrw,
            language,
        }
    }

    /// Whether the case has ended.
    pub(in crate::check::scenario) fn closed(&self) -> bool {
        self.case
            .as_ref()
            .is_some_and(|case| case.closed_at.is_some())
    }

    pub(in crate::check::scenario) fn env<'e>(
        &'e self,
        actor: &'e Actor,
        roles: &'e [String],
        attachments: &'e [Attachment],
    ) -> Env<'e> {
        Env {
            now: self.now,
            actor,
            roles,
            history: &self.history,
            documents: &self.documents,
            capacity_free: self.free,
            slots: self.slots(),
            paid: self.paid,
            rank: self.submission.capacity.as_ref().map(|_| 1),
            payment_id: Uuid::from_u128(2),
            attachments,
        }
    }

    /// The calendar, in which nobody else has booked.
    fn slots(&self) -> Option<crate::workflow::SlotFacts<'_>> {
        static NOBODY: crate::appointment::Busy = crate::appointment::Busy {
            units: std::collections::BTreeSet::new(),
            closures: Vec::new(),
        };
        let rules = self.stage.service.form.appointment.as_ref()?;
        Some(crate::workflow::SlotFacts {
            calendar: &rules.calendar,
            busy: &NOBODY,
        })
    }

    /// Opens the case.
    pub(in crate::check::scenario) fn open(&mut self) -> Result<(), String> {
        let (actor, roles) = (Actor::Citizen, [APPLICANT.to_owned()]);
        let (service, submission) = (self.stage.service, self.submission.clone());
        let before = self.clone_for_coverage();
        let decided = open_case(
            &service.workflow,
            submission,
            &self.env(&actor, &roles, &[]),
        );
        let decision = decided.map_err(|error| error.to_string())?;
        if !self.places_fit(&decision) {
            return Err("the case takes more places than are free".to_owned());
        }
        self.called(What::Open);
        self.cover(&before, crate::workflow::Stimulus::Start, &roles);
        self.record(decision);
        Ok(())
    }

    /// Somebody acts, or a system reports.
    pub(in crate::check::scenario) fn act(
        &mut self,
        wanted: &Act,
    ) -> Result<(), (Refused, String)> {
        let Some(case) = self.case.clone() else {
            return Err((Refused::State, "there is no case".to_owned()));
        };
        if let Who::Party { key } = &wanted.who {
            return self.answer(&case, key, wanted);
        }
        if wanted.event == "payment.succeeded" && wanted.who == Who::System {
            self.paid = true;
            self.unpaid = false;
        }
        let (actor, roles) = actor(&wanted.who);
        let first = FILES_A_STEP * (2 + self.calls.len() as u128);
        let (payload, files) = self.uploads(wanted, first);
        let workflow = &self.stage.service.workflow;
        let before = self.clone_for_coverage();
        let env = self.env(&actor, &roles, &files);
        let decided = act(
            workflow,
            &case,
            &self.submission,
            &wanted.event,
            payload,
            &env,
        );
        let decision = decided.map_err(|refusal| self.why(&case, &wanted.event, &refusal))?;
        if !self.places_fit(&decision) {
            return Err((
                Refused::Places,
                "there are not enough free places".to_owned(),
            ));
        }
        self.called(What::Act(wanted.who.clone(), wanted.event.clone()));
        let payload = decision.event.payload.clone();
        let stimulus = crate::workflow::Stimulus::Event {
            name: &wanted.event,
            payload: &payload,
        };
        self.cover(&before, stimulus, &roles);
        self.record(decision);
        Ok(())
    }

    fn uploads(&self, wanted: &Act, first: u128) -> (Map<String, Json>, Vec<Attachment>) {
        let workflow = &self.stage.service.workflow;
        let mut rules = workflow
            .rules
            .iter()
            .flatten()
            .filter(|rule| rule.name == wanted.event);
        let form = rules.find_map(|rule| workflow.forms.get(rule.form.as_ref()?));
        match form {
            Some(form) => given::with_uploads(&wanted.with, &form.questions, first),
            None => (wanted.with.clone(), Vec::new()),
        }
    }

    fn why(&self, case: &Case, event: &str, refusal: &Refusal) -> (Refused, String) {
        let kind = match refusal {
            Refusal::NotOffered if self.answers_to(case, event) => Refused::Guard,
            Refusal::NotOffered | Refusal::Broken(_) => Refused::State,
            Refusal::RoleNotAllowed => Refused::Role,
            Refusal::FourEyes { .. } => Refused::FourEyes,
            Refusal::RequireFailed(_) => Refused::Require,
            Refusal::InvalidInput(_) => Refused::Input,
            Refusal::Closed => Refused::Closed,
        };
        let words = match refusal {
            Refusal::InvalidInput(findings) => {
                let found = findings
                    .0
                    .iter()
                    .map(|f| format!("{} ({})", f.path, f.code));
                format!("{refusal}: {}", found.collect::<Vec<_>>().join(", "))
            }
            Refusal::Broken(error) => error.to_string(),
            _ => refusal.to_string(),
        };
        (kind, words)
    }

    /// Whether a transition of an active state has this event, whatever its guard.
    fn answers_to(&self, case: &Case, event: &str) -> bool {
        let workflow = &self.stage.service.workflow;
        let chart = &workflow.chart;
        let active = case
            .configuration
            .iter()
            .filter_map(|path| chart.find(path));
        let around = active.flat_map(|state| std::iter::once(state).chain(chart.ancestors(state)));
        around
            .flat_map(|state| &chart.states[state].transitions)
            .any(|index| workflow.rule(*index).is_some_and(|rule| rule.name == event))
    }

    pub(super) fn refusal(&self, case: &Case, event: &str, refusal: &Refusal) -> (Refused, String) {
        self.why(case, event, refusal)
    }

    /// How many things set the case in motion so far.
    pub(super) fn calls(&self) -> usize {
        self.calls.len()
    }

    pub(in crate::check::scenario) fn called(&mut self, what: What) {
        self.calls.push(Call {
            at: self.now,
            what,
            free: self.free,
            paid: self.paid,
        });
    }

    /// What the coverage compares with: nothing where nobody counts.
    pub(in crate::check::scenario) fn clone_for_coverage(&self) -> Option<Player<'a>> {
        self.coverage.as_ref().map(|_| self.fork())
    }

    pub(in crate::check::scenario) fn cover(
        &mut self,
        before: &Option<Player<'a>>,
        stimulus: crate::workflow::Stimulus<'_>,
        roles: &[String],
    ) {
        if let (Some(coverage), Some(before)) = (&mut self.coverage, before) {
            let snapshot = before.case.as_ref().map(crate::workflow::Snapshot::of);
            let facts = facts(before, roles);
            coverage.step(
                before.stage.service,
                &snapshot.unwrap_or_default(),
                stimulus,
                &facts,
            );
        }
    }

    /// Guards of whatever could happen now count as tried.
    pub(in crate::check::scenario) fn cover_rest(&mut self) {
        let Some(mut coverage) = self.coverage.take() else {
            return;
        };
        if let Some(case) = self.case.as_ref().filter(|case| case.closed_at.is_none()) {
            let facts = facts(self, &[]);
            coverage.rest(self.stage.service, case, &facts);
        }
        self.coverage = Some(coverage);
    }

    /// The case again from its history: what it was made of leads to the same.
    pub(in crate::check::scenario) fn replays(&self) -> Result<(), String> {
        let mut again = Player::new(self.stage, self.submission.clone(), None, None);
        again.quiet = true;
        for (call, event) in self.calls.iter().zip(&self.history) {
            (again.now, again.free, again.paid) = (call.at, call.free, call.paid);
            let done = match &call.what {
                What::Open => again.open(),
                What::Timer(key) => again.fire(key, call.at),
                What::Act(who, name) => {
                    let wanted = Act {
                        who: who.clone(),
                        event: name.clone(),
                        with: match who {
                            Who::Party { .. } => said_again(&event.payload),
                            _ => event.payload.clone(),
                        },
                    };
                    again.act(&wanted).map_err(|(_, words)| words)
                }
            };
            done.map_err(|error| {
                format!(
                    "entry {} of the history ({}): {error}",
                    event.seq, event.name
                )
            })?;
        }
        match again.case == self.case && again.history == self.history {
            true => Ok(()),
            false => Err("the history leads to another case when it is run again".to_owned()),
        }
    }
}

/// The id in the key of a timer.
pub(in crate::check::scenario) fn timer_id(key: &str) -> &str {
    key.rsplit('/').nth(1).unwrap_or(key)
}

fn actor(who: &Who) -> (Actor, [String; 1]) {
    match who {
        Who::Applicant => (Actor::Citizen, [APPLICANT.to_owned()]),
        Who::System => (Actor::System, [SYSTEM.to_owned()]),
        Who::Party { key } => {
            let party = Actor::Party {
                key: key.clone(),
                name: key.clone(),
            };
            (party, [SYSTEM.to_owned()])
        }
        Who::Staff { role, account } => {
            let staff = Actor::Staff {
                account: account.clone(),
                name: account.clone(),
            };
            (staff, [role.clone()])
        }
    }
}

fn facts<'f>(player: &'f Player<'_>, roles: &'f [String]) -> crate::workflow::Facts<'f> {
    let submission = &player.submission;
    crate::workflow::Facts {
        now: player.now,
        roles,
        params: &submission.params,
        fee_total: &submission.fee.total,
        language: submission.language,
        paid: player.paid,
        parties: match &player.case {
            None => crate::workflow::PartyFacts::before(submission.parties.as_ref()),
            Some(case) => {
                crate::workflow::PartyFacts::of(submission.parties.as_ref(), &case.parties)
            }
        },
        capacity: submission
            .capacity
            .as_ref()
            .map(|wish| crate::workflow::CapacityFacts {
                free: player.free,
                quantity: wish.quantity,
                limit: wish.limit,
            }),
        appointment: submission.appointment.as_ref(),
        slots: player.slots(),
    }
}
