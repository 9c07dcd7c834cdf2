/* Several diffs at once, each on a pool of its own, sharing the rules and the logs; a plain program,
 * since Criterion can not start under ThreadSanitizer. Arguments: two logs and a rules file; the built-in rules
 * have their turn too. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <evdiff/evdiff.h>

#include "memory_log.h"

enum {
    SESSIONS = 4, /* of each way of pairing */
    DIFFS = 3
}; /* of each session */

static struct evd_log *logs[2];

struct session {
    pthread_t thread;
    const struct evd_rules *rules;
    unsigned threads;
    enum evd_pairing pairing;
    struct evd_buffer report;
    enum evd_status status;
};

static void *run(void *context)
{
    struct session *session = context;
    struct evd_session *opened;
    struct evd_error error;
    const struct evd_diff_options options = {.pairing = session->pairing, .emit_absorbed_events = true, .resync = true};
    session->status = evd_session_open(session->rules, session->threads, &opened, &error);
    for (int i = 0; session->status == EVD_OK && i < DIFFS; i++) {
        struct evd_outcome *outcome;
        session->status = evd_session_diff(opened, logs[0], logs[1], &options, &outcome, &error);
        if (session->status == EVD_OK)
            session->status = evd_report_write(outcome, "json", NULL, append_bytes, &session->report, &error);
        evd_outcome_free(outcome);
    }
    evd_session_close(opened);
    return NULL;
}

/* The sessions under the rules in a file; NULL: the built-in ones. Returns how many of them fail. */
static int compare_sessions(const char *const paths[2], const char *rules_path)
{
    struct evd_error error;
    struct evd_rules *loaded;
    const struct evd_read_options options = {.threads = 4, .chunk_bytes = 50000};
    if (evd_rules_load(rules_path, NULL, &loaded, &error) != EVD_OK ||
        evd_logs_open(paths, 2, loaded, &options, logs, NULL, NULL, NULL, &error) != EVD_OK) {
        fprintf(stderr, "sessions: %s\n", error.message);
        return SESSIONS;
    }
    struct session sessions[2 * SESSIONS] = {0};
    for (unsigned i = 0; i < 2 * SESSIONS; i++) {
        sessions[i].rules = loaded;
        sessions[i].threads = i / 2 + 1;
        sessions[i].pairing = i % 2 ? EVD_PAIR_SIMILARITY : EVD_PAIR_FIRST_CALL;
        pthread_create(&sessions[i].thread, NULL, run, &sessions[i]);
    }
    int failures = 0;
    for (unsigned i = 0; i < 2 * SESSIONS; i++) {
        pthread_join(sessions[i].thread, NULL);
        const struct evd_buffer *report = &sessions[i].report, *first = &sessions[i % 2].report;
        const bool is_same = sessions[i].status == EVD_OK && report->length > 0 && report->length == first->length &&
                             memcmp(report->data, first->data, report->length) == 0;
        if (!is_same)
            fprintf(stderr, "session %u differs\n", i);
        failures += !is_same;
    }
    for (unsigned i = 0; i < 2 * SESSIONS; i++)
        evd_buffer_release(&sessions[i].report);
    evd_log_free(logs[0]);
    evd_log_free(logs[1]);
    evd_rules_free(loaded);
    return failures;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "sessions: two logs and a rules file are needed\n");
        return 1;
    }
    const char *const paths[] = {argv[1], argv[2]};
    return compare_sessions(paths, NULL) + compare_sessions(paths, argv[3]) != 0;
}
