//! A case on its way with a virtual clock: the engine decides, and what would
//! leave the house is kept.

use std::collections::BTreeMap;

use jiff::Span;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::run::Stage;
use super::{Act, Coverage, Passing, Refused, Who, given};
use crate::case::{
    Actor, Attachment, Case, CaseEvent, Claim, Decision, Env, Millis, ParcelContent,
    PaymentRequest, Refusal, Submission, act, fire_timer, open_case,
};
use crate::form;
use crate::text::Language;
use crate::workflow::{APPLICANT, SYSTEM, calendar};

/// More timers than this fire in no scenario; a circle would.
const MOST_TIMERS: usize = 1_000;
/// Ids of the files of one step begin this far from those of the next.
const FILES_A_STEP: u128 = 1_000;

/// What would have left the house since the last look.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    pub(super) mails: Vec<Json>,
    pub(super) documents: Vec<Json>,
    pub(super) notices: Vec<Json>,
    pub(super) deliveries: Vec<Json>,
    pub(super) places: Vec<Json>,
    pub(super) payment: Option<Json>,
    pub(super) letters: Map<String, Json>,
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
enum What {
    Open,
    Act(Who, String),
    Timer(String),
}

/// A case on its way.
#[derive(Clone)]
pub(super) struct Player<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) submission: Submission,
    pub(super) case: Option<Case>,
    pub(super) history: Vec<CaseEvent>,
    documents: Vec<String>,
    pub(super) timers: BTreeMap<String, Millis>,
    pub(super) now: Millis,
    pub(super) free: Option<i64>,
    held: i64,
    pub(super) waiting: bool,
    paid: bool,
    /// The newest payment asked for.
    pub(super) payment: Option<PaymentRequest>,
    /// Whether it is still open.
    pub(super) unpaid: bool,
    pub(super) sent: Sent,
    /// What went wrong that no scenario can expect.
    pub(super) problems: Vec<String>,
    calls: Vec<Call>,
    coverage: Option<Coverage>,
    /// No letters are written.
    pub(super) quiet: bool,
}

impl<'a> Player<'a> {
    pub(super) fn new(
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
    pub(super) fn fork(&self) -> Player<'a> {
        Player {
            coverage: None,
            quiet: true,
            sent: Sent::default(),
            ..self.clone()
        }
    }

    pub(super) fn take_coverage(&mut self) -> Coverage {
        self.coverage.take().unwrap_or_default()
    }

    pub(super) fn problem(&mut self, text: String) {
        if !self.problems.contains(&text) {
            self.problems.push(text);
        }
    }

    pub(super) fn cover_letter(&mut self, template: &str) {
        if let Some(coverage) = &mut self.coverage {
            coverage.letter(self.stage.service, template);
        }
    }

    pub(super) fn form_env(&self, at: Millis, language: Language) -> form::Env<'static> {
        form::Env {
            now: calendar::local(at).unwrap_or_default(),
            world: &calendar::Nrw,
            language,
        }
    }

    /// Whether the case has ended.
    pub(super) fn closed(&self) -> bool {
        self.case
            .as_ref()
            .is_some_and(|case| case.closed_at.is_some())
    }

    pub(super) fn env<'e>(
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
            paid: self.paid,
            rank: self.submission.capacity.as_ref().map(|_| 1),
            payment_id: Uuid::from_u128(2),
            attachments,
        }
    }

    /// Opens the case.
    pub(super) fn open(&mut self) -> Result<(), String> {
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
    pub(super) fn act(&mut self, wanted: &Act) -> Result<(), (Refused, String)> {
        let Some(case) = self.case.clone() else {
            return Err((Refused::State, "there is no case".to_owned()));
        };
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

    /// Lets time pass.
    pub(super) fn pass(&mut self, time: &Passing) -> Result<(), String> {
        match time {
            Passing::Timer(id) => self.wait_for(id),
            Passing::To(moment) => {
                let until = calendar::instant(*moment).map_err(|error| error.to_string())?;
                self.advance(until)
            }
            Passing::For {
                days,
                working_days,
                hours,
            } => {
                let local = calendar::local(self.now).map_err(|error| error.to_string())?;
                let mut later = local
                    .checked_add(Span::new().try_days(*days).map_err(|e| e.to_string())?)
                    .map_err(|error| error.to_string())?;
                for _ in 0..*working_days {
                    let next = later.date().tomorrow().map_err(|error| error.to_string())?;
                    let next =
                        calendar::next_working_day(next).map_err(|error| error.to_string())?;
                    later = next.to_datetime(later.time());
                }
                let until = calendar::instant(later).map_err(|error| error.to_string())?;
                self.advance(until.saturating_add(hours.saturating_mul(3_600_000)))
            }
        }
    }

    fn advance(&mut self, until: Millis) -> Result<(), String> {
        if until < self.now {
            return Err("time cannot pass backwards".to_owned());
        }
        for _ in 0..MOST_TIMERS {
            match self.next_timer() {
                Some((key, due)) if due <= until => self.fire(&key, due)?,
                _ => {
                    self.now = until;
                    return Ok(());
                }
            }
        }
        Err("timers never come to rest".to_owned())
    }

    fn wait_for(&mut self, id: &str) -> Result<(), String> {
        let middle = format!("/{id}/");
        let mine = self.timers.iter().filter(|(key, _)| key.contains(&middle));
        let Some((wanted, _)) = mine.min_by_key(|(_, due)| **due) else {
            let running: Vec<&str> = self.timers.keys().map(|key| timer_id(key)).collect();
            let running = if running.is_empty() {
                "none".to_owned()
            } else {
                running.join(", ")
            };
            return Err(format!(
                "the timer `{id}` does not run here; running: {running}"
            ));
        };
        let wanted = wanted.clone();
        for _ in 0..MOST_TIMERS {
            let Some((key, due)) = self.next_timer() else {
                break;
            };
            self.fire(&key, due)?;
            if key == wanted {
                return Ok(());
            }
            if !self.timers.contains_key(&wanted) {
                return Err(format!(
                    "the timer `{id}` ended before it fired, through `{}`",
                    timer_id(&key)
                ));
            }
        }
        Err(format!("the timer `{id}` never fires"))
    }

    /// The timer that falls due next.
    pub(super) fn next_timer(&self) -> Option<(String, Millis)> {
        let next = self
            .timers
            .iter()
            .min_by_key(|(key, due)| (**due, key.as_str()));
        next.map(|(key, due)| (key.clone(), *due))
    }

    /// A timer falls due.
    pub(super) fn fire(&mut self, key: &str, due: Millis) -> Result<(), String> {
        self.now = self.now.max(due);
        self.timers.remove(key);
        let Some(case) = self.case.clone() else {
            return Ok(());
        };
        let (actor, roles) = (Actor::System, [SYSTEM.to_owned()]);
        let before = self.clone_for_coverage();
        let env = self.env(&actor, &roles, &[]);
        let workflow = &self.stage.service.workflow;
        let fired = fire_timer(workflow, &case, &self.submission, key, &env);
        let Some(decision) = fired.map_err(|error| error.to_string())? else {
            return Ok(());
        };
        if !self.places_fit(&decision) {
            return Err(format!(
                "the timer `{}` takes more places than are free",
                timer_id(key)
            ));
        }
        self.called(What::Timer(key.to_owned()));
        self.cover(&before, crate::workflow::Stimulus::Timer { key }, &roles);
        self.record(decision);
        Ok(())
    }

    fn called(&mut self, what: What) {
        self.calls.push(Call {
            at: self.now,
            what,
            free: self.free,
            paid: self.paid,
        });
    }

    fn places_fit(&self, decision: &Decision) -> bool {
        let mut free = self.free.unwrap_or(0);
        let mut held = self.held;
        decision.claims.iter().all(|claim| match claim {
            Claim::Take { quantity, .. } => {
                free -= quantity;
                free >= 0
            }
            Claim::Release { .. } => {
                free += held;
                held = 0;
                true
            }
            Claim::Wait { .. } => true,
        })
    }

    /// Keeps what a step decided.
    fn record(&mut self, decision: Decision) {
        for claim in &decision.claims {
            self.claim(claim);
        }
        match decision.payment {
            Some(payment) => {
                let (amount, purpose) = (&payment.amount, &payment.purpose);
                self.sent.payment = Some(json!({ "amount": amount, "purpose": purpose }));
                self.payment = Some(payment);
                self.unpaid = true;
            }
            // Only what is open can be closed.
            None if decision.payments_closed && self.unpaid => {
                self.sent.payment = Some(Json::from("closed"));
                self.unpaid = false;
            }
            None => {}
        }
        for key in &decision.timers_cancelled {
            self.timers.remove(key);
        }
        let set = decision.timers_set.into_iter();
        self.timers
            .extend(set.map(|timer| (timer.key, timer.due_at)));
        self.history.push(decision.event);
        self.case = Some(decision.case);
        for order in &decision.documents {
            self.documents.push(order.name.clone());
            self.sent.documents.push(Json::from(order.name.as_str()));
            self.write_letter(&order.template, &order.data, order.at, true);
        }
        for parcel in decision.parcels {
            self.keep(parcel.content);
        }
    }

    fn claim(&mut self, claim: &Claim) {
        let text = match claim {
            Claim::Take { quantity, .. } => {
                self.free = self.free.map(|free| free - quantity);
                self.held = *quantity;
                self.waiting = false;
                format!("take {quantity}")
            }
            Claim::Wait { quantity, .. } => {
                self.waiting = true;
                format!("wait {quantity}")
            }
            Claim::Release { .. } => {
                self.free = self.free.map(|free| free + self.held);
                self.held = 0;
                self.waiting = false;
                "release".to_owned()
            }
        };
        self.sent.places.push(Json::from(text));
    }

    fn keep(&mut self, content: ParcelContent) {
        match content {
            ParcelContent::Mail {
                template,
                attach,
                data,
                ..
            } => {
                self.sent.mails.push(json!({ template.as_str(): attach }));
                self.write_letter(&template, &data, self.now, false);
            }
            ParcelContent::Notify {
                role,
                template,
                data,
                ..
            } => {
                self.sent.notices.push(json!({ template.as_str(): role }));
                self.write_letter(&template, &data, self.now, false);
            }
            ParcelContent::Deliver {
                department,
                queue,
                attach,
            } => {
                let to = format!("{department}/{queue}");
                self.sent.deliveries.push(json!({ to: attach }));
            }
            ParcelContent::Promote { .. } => {}
        }
    }

    /// What the coverage compares with: nothing where nobody counts.
    fn clone_for_coverage(&self) -> Option<Player<'a>> {
        self.coverage.as_ref().map(|_| self.fork())
    }

    fn cover(
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
    pub(super) fn cover_rest(&mut self) {
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
    pub(super) fn replays(&self) -> Result<(), String> {
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
                        with: event.payload.clone(),
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
pub(super) fn timer_id(key: &str) -> &str {
    key.rsplit('/').nth(1).unwrap_or(key)
}

fn actor(who: &Who) -> (Actor, [String; 1]) {
    match who {
        Who::Applicant => (Actor::Citizen, [APPLICANT.to_owned()]),
        Who::System => (Actor::System, [SYSTEM.to_owned()]),
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
        capacity: submission
            .capacity
            .as_ref()
            .map(|wish| crate::workflow::CapacityFacts {
                free: player.free,
                quantity: wish.quantity,
                limit: wish.limit,
            }),
    }
}
