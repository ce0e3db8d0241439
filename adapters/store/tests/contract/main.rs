//! What the store promises, shown on both databases.
//!
//! Each function gets an empty, migrated store. It is listed once below and
//! runs twice: on SQLite always, on PostgreSQL when `TEST_POSTGRES_URL` names
//! a server (`tests/postgres.sh` starts one). Without it the second half
//! fails, unless `SCHALTER_TEST_WITHOUT_POSTGRES=1` says that this is wanted.

#![expect(clippy::unwrap_used, reason = "a test that fails shows where")]

mod capacity;
mod drafts;
mod faults;
mod harness;
mod house;
mod outbox;
mod portal;
mod public;
mod queue;
mod record;
mod samples;
mod schema;
mod slots;
mod versions;

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
    faults::dropped_requests_leave_the_store_usable,
    drafts::are_saved_by_revision,
    drafts::are_found_by_their_secrets,
    drafts::are_swept_with_their_files,
    drafts::files_are_claimed_by_the_submission,
    drafts::files_of_others_are_not_claimed,
    drafts::a_draft_is_submitted_once,
    drafts::files_for_a_case_are_swept_unless_claimed,
    outbox::parcels_run_their_course,
    outbox::eight_workers_never_share_a_parcel,
    outbox::a_late_worker_is_refused,
    outbox::a_worker_that_stops_gives_back,
    outbox::a_step_settles_its_parcel,
    outbox::mails_of_a_case_to_one_reader_leave_in_order,
    outbox::timers_come_in_order,
    outbox::a_handled_timer_ends,
    capacity::the_last_place_goes_to_one,
    capacity::places_come_back,
    capacity::waiting_keeps_its_order,
    capacity::payments_end_once,
    capacity::a_step_closes_open_payments,
    portal::messages_run_their_course,
    portal::popular_services_are_counted,
    public::entries_are_found_by_every_filter,
    public::pages_hold_every_entry_once,
    public::an_entry_changes_and_goes,
    queue::pages_hold_every_case_once,
    queue::filters_narrow_the_list,
    queue::names_and_numbers_are_found,
    queue::other_departments_stay_hidden,
    house::accounts_have_roles,
    house::a_made_password_is_spent_once,
    house::sessions_end,
    house::failed_logins_are_counted,
    house::definitions_are_kept,
    house::mails_are_kept_once,
    house::a_sound_database_passes,
    house::damage_is_found,
    slots::the_last_slot_goes_to_one,
    slots::slots_move_and_come_back,
    slots::holds_end_by_themselves,
    slots::closed_times_are_refused,
    versions::sets_are_kept_once,
    versions::one_set_is_in_force_at_a_time,
    versions::open_cases_are_found_by_version,
    versions::drafts_are_found_by_version,
    schema::every_statement_is_understood,
    schema::migrating_twice_is_harmless,
}
