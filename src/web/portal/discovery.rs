//! What search engines and browsers read: the map of the site, what they may
//! visit, and how to search here.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use engine::text::Language;

use crate::web::site::Site;
use crate::web::visitor::Lang;

/// Addresses nobody has to find: personal pages.
const PRIVATE: [&str; 7] = [
    "drafts",
    "cases",
    "status",
    "resume",
    "search",
    "contact/sent",
    "verify",
];

/// `/sitemap.xml`: every page anybody may find, in both languages.
pub(super) async fn sitemap(State(site): State<Arc<Site>>) -> Response {
    let portal = site.desk.catalog.portal();
    let definitions = &portal.definitions;
    let mut paths: Vec<String> = [
        "",
        "a-z",
        "departments",
        "contact",
        "accessibility",
        "privacy",
        "imprint",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.extend(
        portal
            .areas()
            .iter()
            .map(|area| format!("portals/{}", area.id)),
    );
    let situations = definitions.portals.situations.iter();
    paths.extend(situations.map(|situation| format!("situations/{}", situation.id)));
    let departments = definitions.departments.iter();
    paths.extend(departments.map(|department| format!("departments/{}", department.id)));
    paths.extend(
        definitions
            .services
            .keys()
            .map(|id| format!("services/{id}")),
    );
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    let base = escaped(&site.public_url);
    for path in paths {
        for language in Language::ALL {
            xml.push_str(&format!("<url><loc>{base}/{}/{path}</loc>", language.tag()));
            for other in Language::ALL {
                let tag = other.tag();
                xml.push_str(&format!(
                    "<xhtml:link rel=\"alternate\" hreflang=\"{tag}\" href=\"{base}/{tag}/{path}\"/>"
                ));
            }
            xml.push_str("</url>\n");
        }
    }
    xml.push_str("</urlset>\n");
    (
        [(header::CONTENT_TYPE, "application/xml; charset=utf-8")],
        xml,
    )
        .into_response()
}

/// `/robots.txt`: everything but what is personal.
pub(super) async fn robots(State(site): State<Arc<Site>>) -> Response {
    let mut text = String::from("User-agent: *\nDisallow: /staff\nDisallow: /api/\n");
    for language in Language::ALL {
        for path in PRIVATE {
            text.push_str(&format!("Disallow: /{}/{path}\n", language.tag()));
        }
    }
    text.push_str(&format!("\nSitemap: {}/sitemap.xml\n", site.public_url));
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// How a browser searches here (OpenSearch 1.1).
pub(super) async fn search_description(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
) -> Response {
    let tag = language.tag();
    let name = escaped(&site.town().name);
    let what = escaped(&site.say(language, "search.description", &[]));
    let base = escaped(&site.public_url);
    let short: String = site.town().name.chars().take(16).collect();
    let short = escaped(&short);
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n<ShortName>{short}</ShortName>\n<LongName>{name}</LongName>\n<Description>{what}</Description>\n<Language>{tag}</Language>\n<InputEncoding>UTF-8</InputEncoding>\n<Url type=\"text/html\" template=\"{base}/{tag}/search?q={{searchTerms}}\"/>\n</OpenSearchDescription>\n"
    );
    let kind = "application/opensearchdescription+xml; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], xml).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
