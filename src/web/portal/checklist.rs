//! The personal checklist of a service: a few of its questions, and what
//! papers, cost and time follow. The answers stand in the address, so that it
//! can be kept, printed and passed on; nothing is stored.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Html;
use engine::definitions::Service;
use engine::form::{self, Checklist, FieldKind, Need, Question};
use engine::text::Language;
use serde_json::{Map, Value as Json};

use super::view::{AnswerView, BetweenView, ChecklistView, PaperView, QuestionView};
use super::{address, link, page};
use crate::web::citizen::view::{FeeLineView, FeeView};
use crate::web::errors::PageError;
use crate::web::frame::Said;
use crate::web::site::Site;
use crate::web::visitor::Lang;

/// More answers than this are a list to choose from.
const RADIOS: usize = 6;

/// The checklist of a service.
pub(super) async fn checklist(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path((_, id)): Path<(String, String)>,
    Query(given): Query<Vec<(String, String)>>,
) -> Result<Html<String>, PageError> {
    let portal = site.desk.catalog.portal();
    let definitions = &portal.definitions;
    let service = definitions.services.get(&id).ok_or(PageError::NotFound)?;
    if service.form.checklist.is_empty() {
        return Err(PageError::NotFound);
    }
    let answers = answers(service, &given);
    let env = site.desk.form_env(site.desk.clock.now(), language);
    let list = form::checklist(&service.form, &answers, env);
    let view = view(&site, service, &list, language);
    let title = site.say(
        language,
        "checklist.title",
        &[("service", service.form.title.get(language).to_owned())],
    );
    let path = format!("services/{id}/checklist");
    page(&site, language, "portal/checklist", &title, &path, view)
}

/// The answers in the address, by the paths of the questions.
fn answers(service: &Service, given: &[(String, String)]) -> Map<String, Json> {
    let mut answers = Map::new();
    for path in &service.form.checklist {
        let value = given.iter().find(|(name, _)| name == path);
        let Some((_, value)) = value.filter(|(_, value)| !value.is_empty()) else {
            continue;
        };
        let field = service.form.questions.field(path);
        let yes_or_no = field.is_some_and(|field| matches!(field.kind, FieldKind::Boolean));
        let answer = match (yes_or_no, value.as_str()) {
            (true, "yes") => Json::Bool(true),
            (true, "no") => Json::Bool(false),
            (true, _) => continue,
            (false, value) => Json::from(value),
        };
        put(&mut answers, path, answer);
    }
    answers
}

/// Puts an answer at a path of groups.
fn put(answers: &mut Map<String, Json>, path: &str, answer: Json) {
    match path.split_once('.') {
        None => drop(answers.insert(path.to_owned(), answer)),
        Some((group, rest)) => {
            let inner = answers
                .entry(group)
                .or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(inner) = inner {
                put(inner, rest, answer);
            }
        }
    }
}

fn view(site: &Site, service: &Service, list: &Checklist<'_>, language: Language) -> ChecklistView {
    let info = &service.form.service;
    let papers = |need: Need| {
        list.papers
            .iter()
            .filter(|paper| paper.need == need)
            .map(|paper| PaperView {
                label: Said::of(paper.label, language),
                later: paper.later,
            })
            .collect::<Vec<_>>()
    };
    let nothing_known = list.fee.as_ref().is_some_and(|fee| fee.lines.is_empty());
    let fee = list.fee.as_ref().filter(|fee| !fee.lines.is_empty());
    ChecklistView {
        service: link(service, None, language),
        action: format!("{}/checklist", address(language, &service.form.id)),
        questions: list
            .questions
            .iter()
            .map(|asked| question(site, asked, language))
            .collect(),
        answered: list.questions.iter().any(|asked| asked.answer.is_some()),
        complete: list.complete,
        needed: papers(Need::Needed),
        depends: papers(Need::Depends),
        optional: papers(Need::Optional),
        at_hand: info
            .needed
            .iter()
            .map(|text| Said::of(text, language))
            .collect(),
        fee: fee.map(|fee| FeeView {
            total: fee.total.clone(),
            payable: true,
            lines: fee
                .lines
                .iter()
                .map(|line| FeeLineView {
                    label: Said::of(&line.label, language),
                    amount: line.amount.clone(),
                    basis: line.basis.clone(),
                })
                .collect(),
        }),
        between: list.between.map(|(least, most)| BetweenView {
            least: least.to_string(),
            most: most.to_string(),
        }),
        fee_open: list.fee_open && !nothing_known,
        cost: info.cost.as_ref().map(|text| Said::of(text, language)),
        minutes: info.minutes,
        processing_time: info
            .processing_time
            .as_ref()
            .map(|text| Said::of(text, language)),
        identification: service.form.identification.level.name(),
        identification_reason: service
            .form
            .identification
            .reason
            .as_ref()
            .map(|text| Said::of(text, language)),
        who: info.who.as_ref().map(|text| Said::of(text, language)),
    }
}

fn question(site: &Site, asked: &Question<'_>, language: Language) -> QuestionView {
    let id = asked.field.path.replace('.', "-");
    let given = asked.answer.as_ref();
    let answer = |value: &str, label: Said, chosen: bool| AnswerView {
        id: format!("{id}-{value}"),
        value: value.to_owned(),
        label,
        chosen,
    };
    let options = if matches!(asked.field.kind, FieldKind::Boolean) {
        let [yes, no] =
            ["form.yes", "form.no"].map(|key| Said::plain(site.say(language, key, &[])));
        vec![
            answer("yes", yes, given == Some(&Json::Bool(true))),
            answer("no", no, given == Some(&Json::Bool(false))),
        ]
    } else {
        let options = asked.options.iter();
        options
            .map(|option| {
                let chosen = given.and_then(Json::as_str) == Some(option.id.as_str());
                answer(&option.id, Said::of(&option.text, language), chosen)
            })
            .collect()
    };
    QuestionView {
        name: asked.field.path.clone(),
        select: options.len() > RADIOS,
        label: Said::of(asked.label, language),
        options,
        id,
    }
}
