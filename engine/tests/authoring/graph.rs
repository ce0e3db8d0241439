//! Drawings name every state and page, and no text lies on another.

use engine::authoring::graph::{form_mermaid, of_form, of_workflow, svg, workflow_mermaid};
use engine::definitions::Definitions;
use engine::text::Language;

use crate::corpus;

/// Every drawing of every service, with what it must name.
fn drawings() -> Vec<(String, String, Vec<String>)> {
    let mut all = Vec::new();
    for files in [
        corpus::shipped(),
        corpus::set("town"),
        corpus::set("grammar"),
    ] {
        let definitions = Definitions::load(files).definitions.unwrap();
        for (id, service) in &definitions.services {
            for language in Language::ALL {
                let states = service.workflow.states.iter().skip(1);
                let states =
                    states.filter_map(|state| Some(state.label.as_ref()?.get(language).to_owned()));
                let pages = service
                    .form
                    .questions
                    .pages
                    .iter()
                    .map(|page| page.title.get(language).to_owned());
                let of = |what: &str| format!("{id}-{what}-{}", language.tag());
                all.push((
                    of("workflow"),
                    svg(&of_workflow(&service.workflow, language)),
                    states.collect(),
                ));
                all.push((
                    of("form"),
                    svg(&of_form(&service.form, language)),
                    pages.collect(),
                ));
            }
        }
    }
    all
}

/// The value of an attribute.
fn number(tag: &str, name: &str) -> f64 {
    let from = tag.split_once(&format!(" {name}=\"")).unwrap().1;
    from.split_once('"').unwrap().0.parse().unwrap()
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a person may want to look at the drawings"
)]
fn drawings_name_everything_and_texts_do_not_overlap() {
    for (name, drawing, wanted) in drawings() {
        if let Ok(folder) = std::env::var("SCHALTER_GRAPHS") {
            std::fs::write(format!("{folder}/{name}.svg"), &drawing).unwrap();
        }
        let texts: Vec<&str> = drawing
            .lines()
            .filter(|line| line.starts_with("<text"))
            .collect();
        let all: String = texts
            .iter()
            .map(|line| line.split_once('>').unwrap().1.trim_end_matches("</text>"))
            .collect::<Vec<_>>()
            .join(" ");
        for title in wanted {
            let title = title.replace('&', "&amp;");
            assert!(all.contains(&title), "{name}: {title}");
        }
        let mut ys: Vec<f64> = texts.iter().map(|line| number(line, "y")).collect();
        ys.sort_by(f64::total_cmp);
        assert!(
            ys.windows(2).all(|pair| pair[1] - pair[0] > 10.0),
            "{name}: two texts on one line"
        );
        assert!(drawing.contains("<title id=\"title\">") && drawing.contains("<desc id=\"desc\">"));
    }
}

#[test]
fn mermaid_has_a_line_for_every_transition_and_page() {
    let definitions = Definitions::load(corpus::shipped()).definitions.unwrap();
    for service in definitions.services.values() {
        let text = workflow_mermaid(&service.workflow, Language::De);
        let targets: usize = service
            .workflow
            .chart
            .transitions
            .iter()
            .map(|t| t.targets.len())
            .sum();
        assert_eq!(
            text.lines()
                .filter(|line| line.contains(" --> ") && line.contains(" : "))
                .count(),
            targets
        );
        let text = form_mermaid(&service.form, Language::En);
        let pages = text
            .lines()
            .filter(|line| line.trim_start().starts_with('p') && line.contains("[\""))
            .count();
        assert_eq!(pages, service.form.questions.pages.len());
    }
}
