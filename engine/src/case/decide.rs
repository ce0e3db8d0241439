//! The only producers of [`Decision`]s: opening a case, acting on it, timers
//! that fall due, and the two entries outside of any workflow, remarks and
//! assignments.

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::decide_effects::{Draft, Occasion};
use super::{Actor, Attachment, Case, CaseEvent, Decision, Millis, Submission};
use crate::form::{self, Findings, Questions};
use crate::text::Text;
use crate::workflow::chart::TransitionIndex;
use crate::workflow::{
    self, CapacityFacts, EventRule, Facts, PartyFacts, SYSTEM, SlotFacts, Snapshot, StepError,
    StepOutput, Stimulus, Strictness, Style, Workflow, calendar,
};

/// Name of the entry that takes a case off the public pages.
pub const WITHHELD: &str = "withheld";

/// What a decision needs to know beyond the case and its submission.
#[derive(Clone, Debug)]
pub struct Env<'a> {
    /// The time.
    pub now: Millis,
    /// Who acts.
    pub actor: &'a Actor,
    /// Roles of the workflow the actor has; `applicant` for the citizen, and
    /// [`workflow::system_roles`] for the program.
    pub roles: &'a [String],
    /// The history of the case.
    pub history: &'a [CaseEvent],
    /// Names of the documents the case has already.
    pub documents: &'a [String],
    /// Free places of the case's resource; `None` where there is none.
    pub capacity_free: Option<i64>,
    /// The calendar of the service and what is taken in it.
    pub slots: Option<SlotFacts<'a>>,
    /// Whether a payment of the case has arrived.
    pub paid: bool,
    /// Place in the waiting list, or the one a new entry would get.
    pub rank: Option<i64>,
    /// A fresh id, used if this step asks for a payment.
    pub payment_id: Uuid,
    /// Files handed in with this step.
    pub attachments: &'a [Attachment],
}

/// An action somebody may choose now.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    /// Name of the event.
    pub event: &'a str,
    /// Text of the button.
    pub label: &'a Text,
    /// A sentence beside it.
    pub description: Option<&'a Text>,
    /// Weight of the button.
    pub style: Style,
    /// What must be entered with it.
    pub form: Option<&'a Questions>,
    /// Why it cannot be chosen although it is shown.
    pub enabled: Result<(), Text>,
}

/// Why an action is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing answers to the event where the case stands.
    #[error("the action is not possible in the state the case is in; load the case again")]
    NotOffered,
    /// Somebody may, but not with these roles.
    #[error("the action needs another role")]
    RoleNotAllowed,
    /// The same person did the first of two steps (separation of duties).
    #[error("the same person did `{event}`; somebody else must act now")]
    FourEyes {
        /// The first step.
        event: String,
    },
    /// A condition of the workflow is not met.
    #[error("a condition of the workflow is not met: {}", .0.de)]
    RequireFailed(Text),
    /// The data entered are not good.
    #[error("the data given with the action are not good")]
    InvalidInput(Findings),
    /// The case is closed.
    #[error("the case is closed")]
    Closed,
    /// The workflow itself failed; nothing was changed.
    #[error("the workflow could not make the step; nothing was changed")]
    Broken(#[from] StepError),
}

impl Refusal {
    /// What the person reads.
    pub fn text(&self) -> Text {
        match self {
            Refusal::NotOffered => Text::both(
                "Diese Aktion ist im jetzigen Stand des Vorgangs nicht möglich. Bitte laden Sie den Vorgang neu.",
                "This action is not possible in the present state of the case. Please load the case again.",
            ),
            Refusal::RoleNotAllowed => Text::both(
                "Für diese Aktion fehlt Ihnen die Berechtigung.",
                "You do not have the permission for this action.",
            ),
            Refusal::FourEyes { .. } => Text::both(
                "Vier-Augen-Prinzip: Den vorigen Schritt haben Sie selbst ausgeführt. Diesen muss eine andere Person ausführen.",
                "Four-eyes principle: you did the step before yourself. Another person has to do this one.",
            ),
            Refusal::RequireFailed(text) => text.clone(),
            Refusal::InvalidInput(_) => Text::both(
                "Bitte prüfen Sie Ihre Eingaben.",
                "Please check what you entered.",
            ),
            Refusal::Closed => Text::both("Der Vorgang ist abgeschlossen.", "The case is closed."),
            Refusal::Broken(StepError::Slot(problem)) => problem.text(),
            Refusal::Broken(_) => Text::both(
                "Der Schritt konnte nicht ausgeführt werden. Der Vorgang ist unverändert. Bitte melden Sie sich bei der Betreuung des Systems.",
                "The step could not be made. The case is unchanged. Please contact the operators of the system.",
            ),
        }
    }
}

/// Opens the case of a submission: its first state, receipt, deliveries.
///
/// # Errors
/// Where the workflow cannot be started; the submission is then not accepted.
pub fn open_case(
    workflow: &Workflow,
    submission: Submission,
    env: &Env<'_>,
) -> Result<Decision, StepError> {
    let case = new_case(&submission, env.now);
    let facts = facts(Some(&case), &submission, env);
    let output = workflow::step(workflow, &Snapshot::of(&case), Stimulus::Start, &facts)?;
    let payload = Map::new();
    let occasion = Occasion {
        workflow,
        submission: &submission,
        env,
        name: "submitted",
        payload: &payload,
    };
    let mut decision = Draft::new(case, occasion).finish(output);
    decision.attachments = submission.attachments.clone();
    decision.submission = Some(submission);
    Ok(decision)
}

/// Somebody acts on a case, or a system reports an event.
///
/// # Errors
/// Why not; nothing may be written then.
pub fn act(
    workflow: &Workflow,
    case: &Case,
    submission: &Submission,
    event: &str,
    payload: Map<String, Json>,
    env: &Env<'_>,
) -> Result<Decision, Refusal> {
    let facts = facts(Some(case), submission, env);
    let snapshot = Snapshot::of(case);
    // Which form applies is known before its answers are; guards that look at
    // the answers see what was checked, not what was sent.
    let asked = workflow::candidates(
        workflow,
        &snapshot,
        event,
        &payload,
        &facts,
        Strictness::Open,
    )?;
    let payload = match case.closed_at {
        None => check_input(workflow, &asked, &payload, &facts)?,
        Some(_) => payload,
    };
    let chosen = allowed(workflow, case, &snapshot, event, &payload, &facts)?;
    for rule in chosen.iter().filter_map(|index| workflow.rule(*index)) {
        check_four_eyes(rule, env)?;
        check_required(workflow, &snapshot, rule, &payload, &facts)?;
    }
    let output = workflow::step(
        workflow,
        &snapshot,
        Stimulus::Event {
            name: event,
            payload: &payload,
        },
        &facts,
    )?;
    if output.taken.is_empty() {
        return Err(Refusal::NotOffered);
    }
    let occasion = Occasion {
        workflow,
        submission,
        env,
        name: event,
        payload: &payload,
    };
    let mut decision = Draft::new(case.clone(), occasion).finish(output);
    decision.attachments = env.attachments.to_vec();
    Ok(decision)
}

/// A timer fell due. `None` when it is stale, its guard does not hold, or the
/// case is closed: then the timer is to be forgotten and nothing happens.
///
/// # Errors
/// Where the workflow could not make the step.
pub fn fire_timer(
    workflow: &Workflow,
    case: &Case,
    submission: &Submission,
    key: &str,
    env: &Env<'_>,
) -> Result<Option<Decision>, StepError> {
    if case.closed_at.is_some() {
        return Ok(None);
    }
    let facts = facts(Some(case), submission, env);
    let output = workflow::step(
        workflow,
        &Snapshot::of(case),
        Stimulus::Timer { key },
        &facts,
    )?;
    if output.taken.is_empty() {
        return Ok(None);
    }
    let id = key.rsplit('/').nth(1).unwrap_or(key);
    let (name, payload) = (format!("timer.{id}"), Map::new());
    let occasion = Occasion {
        workflow,
        submission,
        env,
        name: &name,
        payload: &payload,
    };
    Ok(Some(Draft::new(case.clone(), occasion).finish(output)))
}

/// What somebody with these roles may do now: the usual next steps first, what
/// cannot be taken back last, else in the order of the workflow.
///
/// # Errors
/// Where the case does not fit its workflow.
pub fn offered<'w>(
    workflow: &'w Workflow,
    case: &Case,
    submission: &Submission,
    env: &Env<'_>,
) -> Result<Vec<Offer<'w>>, StepError> {
    let facts = facts(Some(case), submission, env);
    let (snapshot, nothing) = (Snapshot::of(case), Map::new());
    let mut offers: Vec<Offer<'w>> = Vec::new();
    for rule in workflow.rules.iter().flatten() {
        let mine = rule
            .by
            .iter()
            .any(|role| role != SYSTEM && env.roles.contains(role));
        if !mine || offers.iter().any(|offer| offer.event == rule.name) {
            continue;
        }
        let found = workflow::candidates(
            workflow,
            &snapshot,
            &rule.name,
            &nothing,
            &facts,
            Strictness::Open,
        )?;
        let rules: Vec<&EventRule> = found
            .iter()
            .filter_map(|index| workflow.rule(*index))
            .collect();
        let Some(first) = rules.first() else { continue };
        let form = rules
            .iter()
            .find_map(|rule| rule.form.as_ref())
            .and_then(|form| workflow.forms.get(form));
        let mut enabled = Ok(());
        for rule in &rules {
            // What depends on data still to be entered is asked afterwards.
            let open = rule.require.as_ref().is_some_and(workflow::reads_event);
            let result = check_four_eyes(rule, env).and_then(|()| match open {
                true => Ok(()),
                false => check_required(workflow, &snapshot, rule, &nothing, &facts),
            });
            enabled = enabled.and(result.map_err(|refusal| refusal.text()));
        }
        offers.push(Offer {
            event: &first.name,
            label: &first.label,
            description: first.description.as_ref(),
            style: first.style,
            form: form.map(|form| &form.questions),
            enabled,
        });
    }
    offers.sort_by_key(|offer| offer.style);
    Ok(offers)
}

/// Gives the case to a clerk, or back to the queue.
pub fn assign(case: &Case, to: Option<&str>, env: &Env<'_>) -> Decision {
    let payload = to
        .map(|account| ("to".to_owned(), Json::from(account)))
        .into_iter()
        .collect();
    let mut decision = entry(case, "assign", payload, true, env);
    decision.case.assignee = to.map(str::to_owned);
    decision
}

/// Adds a remark to the history; the citizen never sees an internal one.
pub fn note(case: &Case, text: &str, internal: bool, env: &Env<'_>) -> Decision {
    let payload = Map::from_iter([("text".to_owned(), Json::from(text))]);
    let mut decision = entry(case, "note", payload, internal, env);
    decision.attachments = env.attachments.to_vec();
    decision
}

/// Takes a case off the public pages whatever its workflow says: a closed case
/// takes no actions, but what was published must always be withdrawable.
pub fn withhold(case: &Case, env: &Env<'_>) -> Decision {
    let mut decision = entry(case, WITHHELD, Map::new(), true, env);
    decision.case.published = false;
    decision.publication = Some(super::publication::PublicChange::Hide);
    decision
}

/// An entry of the history that moves nothing.
fn entry(
    case: &Case,
    name: &str,
    payload: Map<String, Json>,
    internal: bool,
    env: &Env<'_>,
) -> Decision {
    let case = Case {
        revision: case.revision + 1,
        ..case.clone()
    };
    let event = CaseEvent {
        seq: case.revision,
        name: name.to_owned(),
        actor: env.actor.clone(),
        at: env.now,
        payload,
        configuration: case.configuration.clone(),
        internal,
    };
    super::decide_effects::plain(case, event)
}

/// The transitions an event takes, or why it takes none.
fn allowed(
    workflow: &Workflow,
    case: &Case,
    snapshot: &Snapshot,
    event: &str,
    payload: &Map<String, Json>,
    facts: &Facts<'_>,
) -> Result<Vec<TransitionIndex>, Refusal> {
    if case.closed_at.is_some() {
        return Err(Refusal::Closed);
    }
    let select =
        |strictness| workflow::candidates(workflow, snapshot, event, payload, facts, strictness);
    let chosen = select(Strictness::Exact)?;
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    match select(Strictness::AnyRole)?.is_empty() {
        true => Err(Refusal::NotOffered),
        false => Err(Refusal::RoleNotAllowed),
    }
}

/// Compares the actor with whoever last caused each of the events named.
fn check_four_eyes(rule: &EventRule, env: &Env<'_>) -> Result<(), Refusal> {
    for name in &rule.not_by_actor_of {
        let last = env.history.iter().rev().find(|entry| entry.name == *name);
        if last.is_some_and(|entry| same_person(&entry.actor, env.actor)) {
            return Err(Refusal::FourEyes {
                event: name.clone(),
            });
        }
    }
    Ok(())
}

fn same_person(one: &Actor, other: &Actor) -> bool {
    match (one, other) {
        (Actor::Staff { account: one, .. }, Actor::Staff { account: other, .. }) => one == other,
        (Actor::Citizen, Actor::Citizen) => true,
        _ => false,
    }
}

fn check_required(
    workflow: &Workflow,
    snapshot: &Snapshot,
    rule: &EventRule,
    payload: &Map<String, Json>,
    facts: &Facts<'_>,
) -> Result<(), Refusal> {
    let Some(require) = &rule.require else {
        return Ok(());
    };
    if workflow::condition_holds(workflow, snapshot, &rule.name, payload, facts, require)? {
        return Ok(());
    }
    Err(Refusal::RequireFailed(
        rule.message.clone().unwrap_or_default(),
    ))
}

/// The answers of the action's form, checked, and nothing else. What systems
/// report has no form and is taken as it is.
fn check_input(
    workflow: &Workflow,
    chosen: &[TransitionIndex],
    payload: &Map<String, Json>,
    facts: &Facts<'_>,
) -> Result<Map<String, Json>, Refusal> {
    let mut checked = Map::new();
    let now = calendar::local(facts.now).map_err(StepError::Time)?;
    let env = form::Env {
        now,
        world: &calendar::Nrw,
        language: facts.language,
    };
    for rule in chosen.iter().filter_map(|index| workflow.rule(*index)) {
        match rule.form.as_ref().and_then(|form| workflow.forms.get(form)) {
            Some(form) => {
                let answers = form::check_small(&form.questions, payload, env);
                checked.extend(answers.map_err(Refusal::InvalidInput)?);
            }
            None if rule.by.iter().any(|role| role == SYSTEM) => checked.extend(payload.clone()),
            None => {}
        }
    }
    Ok(checked)
}

/// Answers to the questions of somebody who acts outside of the workflow's forms.
pub(super) fn check_small_form(
    questions: &Questions,
    answers: &Map<String, Json>,
    language: crate::text::Language,
    env: &Env<'_>,
) -> Result<Map<String, Json>, Refusal> {
    let env = form::Env {
        now: calendar::local(env.now).map_err(StepError::Time)?,
        world: &calendar::Nrw,
        language,
    };
    form::check_small(questions, answers, env).map_err(Refusal::InvalidInput)
}

fn new_case(submission: &Submission, now: Millis) -> Case {
    Case {
        id: submission.case_id,
        reference: submission.reference.clone(),
        service: submission.service.clone(),
        definition: submission.definition.clone(),
        revision: 0,
        configuration: Vec::new(),
        history: Default::default(),
        entries: Default::default(),
        vars: Map::new(),
        public_state: String::new(),
        department: submission.route.department.clone(),
        queue: submission.route.queue.clone(),
        flags: Vec::new(),
        due_at: None,
        deadlines: Default::default(),
        assignee: None,
        applicant_name: submission.applicant.name.clone(),
        language: submission.language,
        opened_at: now,
        closed_at: None,
        outcome: None,
        published: false,
        parties: super::parties::begin(submission),
        appointment: None,
    }
}

pub(super) fn facts<'a>(
    case: Option<&Case>,
    submission: &'a Submission,
    env: &Env<'a>,
) -> Facts<'a> {
    Facts {
        now: env.now,
        roles: env.roles,
        params: &submission.params,
        fee_total: &submission.fee.total,
        language: submission.language,
        paid: env.paid,
        capacity: submission.capacity.as_ref().map(|wish| CapacityFacts {
            free: env.capacity_free,
            quantity: wish.quantity,
            limit: wish.limit,
        }),
        parties: PartyFacts::of(
            submission.parties.as_ref(),
            case.map_or(&[], |case| &case.parties),
        ),
        appointment: submission.appointment.as_ref(),
        slots: env.slots,
    }
}

impl StepOutput {
    /// The names of the events of the transitions taken, for traces.
    pub fn trace<'w>(&self, workflow: &'w Workflow) -> Vec<&'w str> {
        self.taken
            .iter()
            .filter_map(|index| workflow.rule(*index))
            .map(|rule| rule.name.as_str())
            .collect()
    }
}
