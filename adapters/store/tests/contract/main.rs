//! What the store promises, shown on both databases.
//!
//! Each function gets an empty, migrated store. It is listed once below and
//! runs twice: on SQLite always, on PostgreSQL when `TEST_POSTGRES_URL` names
//! a server (`tests/postgres.sh` starts one). Without it the second half
//! fails, unless `SCHALTER_TEST_WITHOUT_POSTGRES=1` says that this is wanted.

mod harness;
mod record;
mod samples;

harness::contract! {
    record::opens_a_case_once,
    record::gives_the_first_result_for_the_same_key,
    record::refuses_a_key_with_other_content,
    record::fifty_senders_of_one_key_make_one_case,
    record::of_two_writers_one_wins,
    record::two_hundred_writers_never_lose_a_step,
    record::finds_a_taken_reference,
    record::refuses_malformed_decisions,
    record::names_documents_apart,
    record::keeps_document_bytes_once,
    record::finds_tampering,
    record::keeps_tenants_apart,
    record::writes_nothing_of_a_refused_decision,
    record::keeps_text_exactly,
}
