//! For tests and benchmarks: a fresh PostgreSQL database beside the one of a URL.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

use crate::StoreError;

/// Makes an empty database on the server of `url` and names it by its URL.
///
/// # Errors
/// When the server cannot be reached or refuses to make databases.
pub async fn fresh_database(url: &str) -> Result<String, StoreError> {
    // The name is made here of hex digits; statements of this kind take no parameters.
    let name = format!("schalter_{}", Uuid::now_v7().simple());
    let mut admin = PgConnection::connect(url).await?;
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut admin)
        .await?;
    admin.close().await?;
    let (server, parameters) = url
        .split_once('?')
        .map_or((url, None), |(server, rest)| (server, Some(rest)));
    let server = server.rsplit_once('/').map_or(server, |(server, _)| server);
    Ok(match parameters {
        Some(parameters) => format!("{server}/{name}?{parameters}"),
        None => format!("{server}/{name}"),
    })
}
