//! The index of names: every name leads to its definition, every use is
//! found, and a rename changes all of them and nothing else.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use engine::authoring::symbols::{Edit, Index, Kind, RenameError, SymbolId, Wants};
use engine::definitions::Definitions;
use engine::feel::{Expression, Scope};
use engine::source::{Severity, SourceFile, Sources, Span};

/// The definition files below some folders.
#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn files(root: &Path, folders: &[&str]) -> Vec<SourceFile> {
    fn walk(root: &Path, at: &Path, files: &mut Vec<SourceFile>) {
        for entry in at.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else if path.extension().is_some_and(|e| e == "yaml" || e == "hbs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                files.push(SourceFile {
                    path: name.replace('\\', "/"),
                    text: std::fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    let mut files = Vec::new();
    for folder in folders {
        walk(root, &root.join(folder), &mut files);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn shipped() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Sources::new(files(&root, &["forms", "workflows", "catalogue"]))
}

fn town() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions/town");
    Sources::new(files(&root, &["."]))
}

/// `path:line:column` of a span.
fn place(sources: &Sources, span: Span) -> String {
    let (line, column) = sources.line_column(span.file, span.start);
    format!("{}:{line}:{column}", sources.file(span.file).unwrap().path)
}

/// The symbol at the `|` in a piece of text of a file.
fn at(sources: &Sources, index: &Index, path: &str, marked: &str) -> SymbolId {
    let (file, source) = sources.iter().find(|(_, file)| file.path == path).unwrap();
    let cursor = marked.find('|').unwrap();
    let piece = marked.replacen('|', "", 1);
    let start = source
        .text
        .find(&piece)
        .unwrap_or_else(|| panic!("{piece:?} is not in {path}"));
    index
        .symbol_at(file, u32::try_from(start + cursor).unwrap())
        .unwrap_or_else(|| panic!("no symbol at {marked:?} in {path}"))
}

fn edited(sources: &Sources, edits: &[Edit]) -> Sources {
    let mut files: Vec<SourceFile> = sources.iter().map(|(_, file)| file.clone()).collect();
    for edit in edits.iter().rev() {
        let range = edit.span.start as usize..edit.span.end as usize;
        files[edit.span.file.0 as usize]
            .text
            .replace_range(range, &edit.text);
    }
    Sources::new(files)
}

#[test]
fn names_lead_to_their_definitions() {
    let sources = shipped();
    let index = Index::build(&sources);
    let vhs = "forms/vhs-course-registration/form.yaml";
    let course = "workflows/course-registration.yaml";
    let offer = "workflows/letters/vhs-course-registration/offer.de.hbs";
    let cases: &[(&str, &str, Kind, &str, &str)] = &[
        (
            vhs,
            "name: app|licant.person.given_names",
            Kind::Field,
            "applicant",
            vhs,
        ),
        (
            vhs,
            "applicant.person.given_|names",
            Kind::Field,
            "given_names",
            "forms/lib/person.yaml",
        ),
        (
            vhs,
            "resource: '\"courses/\" + course_num|ber'",
            Kind::Field,
            "course_number",
            vhs,
        ),
        (
            vhs,
            "limit: cour|ses[number",
            Kind::Data,
            "courses",
            "catalogue/data/courses.yaml",
        ),
        (
            vhs,
            "limit: courses[num|ber = course_number]",
            Kind::Column,
            "number",
            "catalogue/data/courses.yaml",
        ),
        (
            vhs,
            "[1].pla|ces",
            Kind::Column,
            "places",
            "catalogue/data/courses.yaml",
        ),
        (vhs, "reduction != \"no|ne\"", Kind::Choice, "none", vhs),
        (
            vhs,
            "use: payment.cho|ice",
            Kind::Group,
            "choice",
            "forms/lib/payment.yaml",
        ),
        (
            vhs,
            "use: pay|ment.choice",
            Kind::Library,
            "payment",
            "forms/lib/payment.yaml",
        ),
        (
            "forms/vhs-course-registration/scenarios.yaml",
            "[payment.mandate.sepa_ar|ea]",
            Kind::Check,
            "sepa_area",
            "forms/lib/bank.yaml",
        ),
        (
            "forms/vhs-course-registration/scenarios.yaml",
            "payment.mandate.account.ib|an: [payment.mandate.sepa_area]",
            Kind::Field,
            "iban",
            "forms/lib/bank.yaml",
        ),
        // In a folded text.
        (
            "forms/lib/bank.yaml",
            "upper case(substring(acc|ount.iban",
            Kind::Field,
            "account",
            "forms/lib/bank.yaml",
        ),
        (
            vhs,
            "workflow: course-|registration",
            Kind::Workflow,
            "course-registration",
            course,
        ),
        (
            vhs,
            "waiting_|list: waiting_list_ok",
            Kind::Param,
            "waiting_list",
            course,
        ),
        (
            vhs,
            "applicant.address.country = \"D|E\"",
            Kind::Choice,
            "DE",
            "catalogue/codelists/countries.yaml",
        ),
        (
            course,
            "target: open.under_|review",
            Kind::State,
            "under_review",
            course,
        ),
        (
            course,
            "target: op|en.under_review",
            Kind::State,
            "open",
            course,
        ),
        (
            course,
            "raise: offer_|expired",
            Kind::Event,
            "offer_expired",
            course,
        ),
        (
            course,
            "guard: params.pay|ment = \"online\"",
            Kind::Param,
            "payment",
            course,
        ),
        (
            course,
            "set: { missing: event.mis|sing }",
            Kind::Field,
            "missing",
            course,
        ),
        (
            course,
            "set: { mis|sing: event.missing }",
            Kind::Variable,
            "missing",
            course,
        ),
        (course, "by: [cle|rk]", Kind::Role, "clerk", course),
        (
            course,
            "form: ask_|back",
            Kind::ActionForm,
            "ask_back",
            course,
        ),
        (
            course,
            "attach: [rec|eipt]",
            Kind::Document,
            "receipt",
            course,
        ),
        (
            course,
            "template: place-off|ered",
            Kind::Letter,
            "place-offered",
            "workflows/letters/place-offered.de.hbs",
        ),
        (
            offer,
            "{{answers.course_|number}}",
            Kind::Field,
            "course_number",
            vhs,
        ),
        (offer, "- {{given_|name}}", Kind::Field, "given_name", vhs),
        (
            "forms/business-registration/scenarios.yaml",
            "[owner_address.postcode_of_|germany]",
            Kind::Check,
            "postcode_of_germany",
            "forms/lib/address.yaml",
        ),
        (
            "forms/business-registration/scenarios.yaml",
            "[owner_|address.postcode_of_germany]",
            Kind::Field,
            "owner_address",
            "forms/business-registration/form.yaml",
        ),
        (
            "forms/fees/map-products.yaml",
            "product: '\"city_|map\"'",
            Kind::Choice,
            "city_map",
            "forms/fees/map-products.yaml",
        ),
        (
            "forms/fees/map-products.yaml",
            "then: 6.50 * quan|tity",
            Kind::Input,
            "quantity",
            "forms/fees/map-products.yaml",
        ),
    ];
    for (path, marked, kind, name, defined) in cases {
        let id = at(&sources, &index, path, marked);
        let symbol = index.symbol(id).unwrap();
        assert_eq!(
            (symbol.kind, symbol.name.as_str()),
            (*kind, *name),
            "{marked}"
        );
        let first = place(&sources, symbol.definitions[0]);
        assert!(first.starts_with(defined), "{marked}: {first}");
    }
}

#[test]
fn every_place_holds_the_name_alone() {
    for sources in [shipped(), town()] {
        let index = Index::build(&sources);
        for occurrence in index.occurrences() {
            let symbol = index.symbol(occurrence.symbol).unwrap();
            if symbol.kind == Kind::Letter && occurrence.definition {
                continue;
            }
            let file = sources.file(occurrence.span.file).unwrap();
            let range = occurrence.span.start as usize..occurrence.span.end as usize;
            let here = place(&sources, occurrence.span);
            assert!(occurrence.exact, "{here}");
            assert_eq!(&file.text[range], symbol.name, "{here}");
        }
        for (_, symbol) in index.symbols() {
            assert!(!symbol.definitions.is_empty(), "{symbol:?}");
        }
    }
}

#[test]
fn the_names_in_scope_are_those_of_the_checker() {
    for sources in [shipped(), town()] {
        let index = Index::build(&sources);
        let mut seen = 0;
        for slot in index.slots() {
            let Wants::Rule(levels) = &slot.wants else {
                continue;
            };
            let library = sources
                .file(slot.span.file)
                .unwrap()
                .path
                .starts_with("forms/lib/");
            let mut scope = Scope {
                open: library,
                ..Scope::default()
            };
            for level in levels {
                for (name, shape) in level.iter() {
                    scope.names.insert(name.clone(), shape.ty.clone());
                }
            }
            if let Err(problems) = Expression::compile(&slot.text, &scope) {
                let here = place(&sources, slot.span);
                panic!("{here}: {}: {problems:?}", slot.text);
            }
            seen += 1;
        }
        assert!(seen > 20, "{seen}");
    }
}

#[test]
fn a_rename_reaches_form_workflow_and_letters() {
    let sources = shipped();
    let index = Index::build(&sources);
    let vhs = "forms/vhs-course-registration/form.yaml";
    let id = at(&sources, &index, vhs, "- id: course_num|ber");
    let edits = index.rename(&sources, id, "kursnummer").unwrap();
    let mut places: Vec<&str> = edits
        .iter()
        .map(|edit| sources.file(edit.span.file).unwrap().path.as_str())
        .collect();
    places.dedup();
    assert!(places.contains(&vhs));
    assert!(places.contains(&"workflows/letters/vhs-course-registration/offer.de.hbs"));
    let renamed = edited(&sources, &edits);
    let left: Vec<&str> = renamed
        .iter()
        // Another service may ask for a number of a course, too.
        .filter(|(_, file)| file.path.contains("vhs-course-registration/"))
        .filter(|(_, file)| file.text.contains("course_number"))
        .map(|(_, file)| file.path.as_str())
        .collect();
    assert_eq!(left, Vec::<&str>::new());
    let loaded = Definitions::load(renamed.iter().map(|(_, file)| file.clone()).collect());
    assert_eq!(
        loaded.report.count(Severity::Error),
        0,
        "{}",
        loaded.report.render(&loaded.sources)
    );
    // The way back gives the same bytes.
    let again = Index::build(&renamed);
    let id = at(&renamed, &again, vhs, "- id: kurs|nummer");
    let back = again.rename(&renamed, id, "course_number").unwrap();
    let restored = edited(&renamed, &back);
    assert!(sources.iter().zip(restored.iter()).all(|(a, b)| a.1 == b.1));
}

#[test]
fn symbols_of_every_kind_can_be_renamed_and_back() {
    let sources = town();
    let index = Index::build(&sources);
    let mut kinds = std::collections::BTreeSet::new();
    for (id, symbol) in index.symbols() {
        if symbol.fixed.is_some() {
            continue;
        }
        let new = format!("{}_neu", symbol.name);
        let edits = match index.rename(&sources, id, &new) {
            Ok(edits) => edits,
            // The name is what something else hangs on, such as the options
            // of a table's input, or a built-in name.
            Err(error @ (RenameError::Breaks { .. } | RenameError::Fixed { .. })) => {
                assert!(
                    matches!(symbol.kind, Kind::Choice | Kind::Letter),
                    "{symbol:?}: {error}"
                );
                continue;
            }
            Err(error) => panic!("{symbol:?}: {error}"),
        };
        kinds.insert(symbol.kind);
        let renamed = edited(&sources, &edits);
        let loaded = Definitions::load(renamed.iter().map(|(_, file)| file.clone()).collect());
        assert!(loaded.report.is_usable(), "{symbol:?}");
        assert_ne!(edits, []);
    }
    assert!(kinds.len() >= 14, "{kinds:?}");
}

#[test]
fn names_that_would_change_a_meaning_are_refused() {
    let sources = shipped();
    let index = Index::build(&sources);
    let vhs = "forms/vhs-course-registration/form.yaml";
    let number = at(&sources, &index, vhs, "- id: course_num|ber");
    let error = |id, name: &str| index.rename(&sources, id, name).unwrap_err();
    assert!(matches!(
        error(number, "course-number"),
        RenameError::BadName(..)
    ));
    assert!(matches!(error(number, "Kurs"), RenameError::BadName(..)));
    assert!(matches!(error(number, "and"), RenameError::BadName(..)));
    // Another field, and a column that a filter would find first.
    assert!(matches!(
        error(number, "course_title"),
        RenameError::Taken { .. }
    ));
    assert!(matches!(error(number, "number"), RenameError::Taken { .. }));
    let form = at(&sources, &index, vhs, "\nid: vhs-course|-registration");
    assert!(matches!(error(form, "kurs"), RenameError::Fixed { .. }));
}

#[test]
fn files_with_mistakes_are_indexed_as_far_as_they_go() {
    let good = town();
    for (file, source) in good.iter() {
        for cut in (0..source.text.len()).step_by(97) {
            if !source.text.is_char_boundary(cut) {
                continue;
            }
            let mut files: Vec<SourceFile> = good.iter().map(|(_, f)| f.clone()).collect();
            files[file.0 as usize].text.truncate(cut);
            let sources = Sources::new(files);
            let index = Index::build(&sources);
            for occurrence in index.occurrences() {
                let file = sources.file(occurrence.span.file).unwrap();
                assert!(occurrence.span.end as usize <= file.text.len());
            }
        }
    }
}

const SCENARIOS: &str = r#"schalter: scenarios/1
answers:
  spanish:
    course_number: S4012
    participants: [{ given_name: Noor, birth_year: 1990 }]
    reduction: student
scenarios:
  - id: place
    base: spanish
    answers:
      "participants.0.given_name": Ana
      reduction: none
    expect:
      pages: [course]
      hidden: [payment.mandate, participants.0.given_name]
      findings: { course_number: course_exists }
      route: adult-education/courses
      params: { waiting_list: true }
      state: [open.confirmed]
      mails: [{ received: [receipt] }, confirmed]
      timers: { ended: 2027-05-24 }
      offers: { applicant: [cancel], clerk: [cancel_on_request!] }
    steps:
      - { as: clerk/a, do: ask_back, with: { missing: x }, expect: { vars: { missing: x } } }
      - { wait_for: reminder, expect: { notices: [{ overdue: teamlead }] } }
  - { id: again, base: place }
"#;

#[test]
fn scenarios_follow_a_rename() {
    let mut files: Vec<SourceFile> = shipped().iter().map(|(_, f)| f.clone()).collect();
    let path = "forms/vhs-course-registration/scenarios.yaml";
    files.retain(|file| file.path != path);
    files.push(SourceFile {
        path: path.to_owned(),
        text: SCENARIOS.to_owned(),
    });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let sources = Sources::new(files);
    let index = Index::build(&sources);
    let cases: &[(&str, Kind, usize)] = &[
        ("    cour|se_number: S4012", Kind::Field, 2),
        ("[{ given_na|me: Noor", Kind::Field, 3),
        ("parti|cipants: [{", Kind::Field, 3),
        ("reduction: stu|dent", Kind::Choice, 1),
        ("reduction: no|ne", Kind::Choice, 1),
        ("pages: [cou|rse]", Kind::Page, 1),
        ("payment.man|date", Kind::Field, 1),
        (": course_ex|ists", Kind::Check, 1),
        ("adult-education/cour|ses", Kind::Queue, 1),
        ("{ waiting_|list: true", Kind::Param, 1),
        ("open.con|firmed]", Kind::State, 1),
        ("received: [rec|eipt]", Kind::Document, 1),
        ("{ end|ed: 2027", Kind::Timer, 1),
        ("cle|rk: [", Kind::Role, 2),
        ("[cancel_on_|request!]", Kind::Event, 1),
        ("with: { mis|sing", Kind::Field, 1),
        ("vars: { mis|sing", Kind::Variable, 1),
        ("wait_for: remin|der", Kind::Timer, 1),
        ("overdue: team|lead", Kind::Role, 1),
        ("base: pla|ce", Kind::Scenario, 2),
        ("  span|ish:", Kind::Scenario, 2),
    ];
    for (marked, kind, here) in cases {
        let id = at(&sources, &index, path, marked);
        let symbol = index.symbol(id).unwrap();
        assert_eq!(symbol.kind, *kind, "{marked}");
        let places = index.references_of(id).filter(|o| {
            let file = sources.file(o.span.file).unwrap();
            file.path == path
        });
        let mut count = 0;
        for place in places {
            let text = &sources.file(place.span.file).unwrap().text;
            let range = place.span.start as usize..place.span.end as usize;
            assert_eq!(&text[range], symbol.name, "{marked}");
            count += 1;
        }
        assert_eq!(count, *here, "{marked}");
    }
}

#[test]
fn the_index_around_a_file_has_the_same_places_in_it() {
    let sources = shipped();
    let whole = Index::build(&sources);
    // One file of each kind.
    let paths = [
        "catalogue/data/courses.yaml",
        "forms/fees/map-products.yaml",
        "forms/lib/delivery.yaml",
        "forms/map-product-order/form.yaml",
        "forms/vhs-course-registration/form.yaml",
        "workflows/course-registration.yaml",
        "workflows/letters/received.de.hbs",
        "workflows/letters/vhs-course-registration/offer.de.hbs",
    ];
    for (file, source) in sources.iter() {
        if !paths.contains(&source.path.as_str()) {
            continue;
        }
        let around = Index::build_around(&sources, file);
        let named = |index: &Index| {
            let places = index.occurrences().iter().filter(|o| o.span.file == file);
            let names = places.map(|o| (o.span, index.symbol(o.symbol).unwrap().path.clone()));
            let mut names: Vec<_> = names.collect();
            names.sort();
            names
        };
        let (few, all) = (named(&around), named(&whole));
        if source.path.starts_with("forms/lib/") {
            // Forms may change the options of a library's question.
            assert!(few.iter().all(|name| all.contains(name)), "{}", source.path);
        } else {
            assert_eq!(few, all, "{}", source.path);
        }
        assert_eq!(
            around.slots().filter(|slot| slot.span.file == file).count(),
            whole.slots().filter(|slot| slot.span.file == file).count(),
            "{}",
            source.path
        );
    }
}
