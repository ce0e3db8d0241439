//! How fast the portal finds services, beside the smallest answer there is.

use std::path::Path;

use crate::load::{Connection, measure, print_row};
use crate::server::Server;

/// Connections the load comes over.
const CONNECTIONS: usize = 32;
/// What people type: titles, other words for them, parts of compounds,
/// misspellings, nothing that is there.
const ASKED: [&str; 8] = [
    "Gewerbe",
    "Sperrm%C3%BCl",
    "Kn%C3%B6llchen",
    "dog+tax",
    "Hund",
    "Anwohnerparken+beantragen",
    "Geburtsurkunde",
    "xyzzy",
];

/// Start-up and memory with all services, and searches over 32 connections.
pub(crate) async fn search(folder: &Path) {
    let server = Server::start(folder, None, None).await;
    println!(
        "portal         start-up {:.0} ms, resident memory {:.0} MiB",
        server.started_in.as_secs_f64() * 1000.0,
        server.resident_mib()
    );
    let least = requests(&server, &["/live".to_owned()]).await;
    print_row("portal", CONNECTIONS, "GET /live", &least, None);
    let pages = ASKED.map(|words| format!("/de/search?q={words}"));
    let found = requests(&server, &pages).await;
    let of_least = Some((least.rate(), "GET /live"));
    print_row("portal", CONNECTIONS, "search", &found, of_least);
    println!(
        "portal         resident memory after {} searches {:.0} MiB",
        found.times.len(),
        server.resident_mib()
    );
    server.stop();
}

async fn requests(server: &Server, pages: &[String]) -> crate::load::Figures {
    let mut states = Vec::new();
    for number in 0..CONNECTIONS {
        let connection = Connection::open(server.address()).await;
        states.push((connection, pages.to_vec(), number));
    }
    measure(states, |(mut connection, pages, number)| async move {
        connection.get(&pages[number % pages.len()]).await;
        (connection, pages, number + 1)
    })
    .await
}
