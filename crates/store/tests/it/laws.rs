//! The list of the laws that hold on both databases. Each is a function of an empty store.
//!
//! SQLite runs each as a test of its own. PostgreSQL runs them all in one test, each in a database of its
//! own, because a server takes a second to start and runners start a process for each test.

use std::pin::Pin;

use claviger_store::Store;

/// A law, ready to be run.
pub(crate) type Law = fn(Store) -> Pin<Box<dyn Future<Output = ()> + Send>>;

macro_rules! laws {
    ($($area:ident :: $law:ident),* $(,)?) => {
        /// Every law by name.
        pub(crate) fn all() -> Vec<(&'static str, Law)> {
            vec![$((stringify!($law), |store| Box::pin(crate::$area::$law(store)))),*]
        }

        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $law() {
                    let (folder, store) = crate::sqlite::fresh().await;
                    crate::$area::$law(store.clone()).await;
                    store.close().await;
                    drop(folder);
                }
            )*
        }
    };
}

laws![
    transactions::a_dropped_write_leaves_nothing,
    transactions::what_is_committed_is_read_at_once,
    transactions::a_reader_does_not_see_what_is_not_committed,
    transactions::many_writers_lose_nothing,
    transactions::a_changed_value_is_an_error_and_not_a_guess,
    transactions::a_taken_identity_is_a_conflict,
    buckets::a_connection_reads_back_as_it_was_kept,
    buckets::keys_of_a_reference_are_remembered,
    buckets::a_removed_connection_takes_its_buckets_objects_tasks_and_keys,
    buckets::synchronization_keeps_what_a_person_decided,
    buckets::assets_are_listed_by_pages_and_filters,
    buckets::a_bucket_is_as_sensitive_as_its_live_objects,
    buckets::statistics_count_by_provider,
    buckets::unseen_buckets_go_unless_authorized,
    buckets::an_object_is_pending_when_new_changed_or_back,
    buckets::a_scan_of_old_content_is_not_kept,
    buckets::an_archived_object_is_pending_once_it_is_restored,
    buckets::a_listing_finds_what_is_missing,
    buckets::progress_counts_every_state,
    buckets::what_could_not_be_read_is_tried_again_in_turn,
    buckets::only_what_holds_key_pairs_is_scanned_again,
    buckets::a_task_keeps_its_progress,
    buckets::the_inventory_is_replaced_as_a_whole,
    identities::a_user_of_a_provider_is_found_by_issuer_and_subject,
    names::any_object_name_comes_back_unharmed,
    names::words_are_ordered_by_their_bytes,
    names::a_search_takes_every_character_literally,
    evidence::evidence_is_new_then_known_then_reopened,
    evidence::allowed_evidence_stays_allowed,
    evidence::evidence_is_found_by_event_object_and_state,
    evidence::changes_that_the_detector_must_know_of_are_found_by_when_they_were_noted,
    evidence::the_first_reads_of_some_objects_are_told_by_address,
    access::saved_views_are_ones_own_or_shared,
    risk_events::a_risk_event_reads_back_as_it_was_kept,
    risk_events::risk_events_are_listed_by_pages_and_filters,
    risk_events::the_events_of_a_bucket_are_listed_however_many_they_are,
    risk_events::counts_follow_every_change,
    risk_events::a_new_level_changes_existing_events_of_that_type_only,
    risk_events::a_leak_begins_at_its_first_readable_instant_by_its_worst_source,
    risk_events::a_leak_names_the_object_where_it_was_found_first,
    risk_events::an_event_held_for_update_loses_no_change,
    risk_events::the_timeline_takes_a_line_once_and_keeps_its_order,
    risk_events::the_latest_line_of_a_kind_is_found,
    alerts::an_untouched_policy_is_the_default,
    alerts::an_alert_keeps_its_sealed_password,
    alerts::a_message_is_put_in_the_outbox_once,
    alerts::a_delivered_message_stays_delivered,
    alerts::a_dead_message_can_be_sent_again_and_a_delivered_one_cannot,
    alerts::a_collected_message_is_told_once,
    alerts::failure_is_told_once_until_it_works_again,
    alerts::an_event_is_followed_up_once_at_a_time,
    alerts::an_address_is_kept_once_however_it_is_written,
    alerts::a_plan_reads_back_as_it_was_kept,
    jobs::a_job_is_leased_by_one_worker_only,
    jobs::every_job_is_leased_once_however_many_workers,
    jobs::the_job_due_longest_comes_first,
    jobs::a_waiting_job_keeps_its_payload_and_runs_at_the_earlier_instant,
    jobs::a_done_job_begins_anew,
    jobs::a_job_asked_for_while_it_runs_runs_again,
    jobs::an_expired_lease_is_taken_over_and_the_old_worker_is_told,
    jobs::an_extended_lease_is_not_taken_over,
    jobs::a_failed_job_is_retried_with_its_error,
    jobs::a_rescheduled_job_waits_and_counts_from_zero,
    jobs::a_released_worker_leaves_its_jobs_ready,
    jobs::a_job_is_due_when_it_may_run_or_its_lease_ends,
    logs::what_keys_handed_on_is_forgotten_by_when_it_was_noted,
    logs::a_key_follows_the_latest_of_its_line,
    logs::what_all_keys_show_is_kept_in_its_order_until_it_is_forgotten,
    logs::the_keys_that_are_judged_ahead_are_those_of_the_last_word,
    logs::a_log_file_is_counted_once,
    logs::the_latest_log_file_is_that_of_its_kind_of_name,
    logs::a_rejected_line_is_kept_by_reference,
    logs::states_of_keys_and_a_setting_are_replaced,
    logs::an_alarm_is_withdrawn_once_and_may_stand_again,
    logs::an_entry_of_the_allowlist_is_kept_whole_and_counts_what_it_silenced,
    access::a_user_signs_in_by_name,
    access::a_session_ends_at_its_hour_and_with_its_user,
    access::sessions_are_listed_used_and_ended_one_by_one,
    access::a_token_reads_back_and_ends_at_its_hour_and_with_its_user,
    access::two_admins_who_take_away_each_other_leave_one,
    audit::acts_form_a_chain,
    audit::acts_at_once_form_one_chain,
    audit::a_changed_act_breaks_the_chain_at_its_place,
    audit::a_removed_act_breaks_the_chain,
    audit::a_cut_off_tail_breaks_the_chain,
    sources::a_rotated_token_has_a_former_one,
    sources::progress_adds_up_and_a_failure_keeps_its_beginning,
    sources::checkpoints_and_gaps_are_kept_and_forgotten,
    sources::of_many_references_the_latest_stay,
    repositories::a_repository_goes_on_where_it_was_read_to,
    repositories::evidence_stands_while_a_content_holds_it,
    dial::the_last_turn_of_the_dial_takes_the_place_of_later_ones,
    dial::a_preview_takes_the_place_of_one_that_ended_and_of_no_other,
];
