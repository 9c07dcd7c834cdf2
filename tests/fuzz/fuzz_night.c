/* Fuzzes what a night leaves in its folder and others read: night.json as the night before, a job's record, and the folder as a
 * history takes it in. The input is night.json, job.json and the outcome, with a line "====" between. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <evdiff/evdiff.h>

#include "batch/document.h"
#include "batch/past.h"
#include "batch/record.h"
#include "demand.h"
#include "history/folder.h"
#include "target.h"

static const char SEPARATOR[] = "\n====\n";
static char folder[64], job_folder[96];

static void make_folders(void)
{
    snprintf(folder, sizeof folder, "/tmp/evdiff-fuzz-night-%ld", (long)getpid());
    snprintf(job_folder, sizeof job_folder, "%s/jobs", folder);
    mkdir(folder, 0700);
    mkdir(job_folder, 0700);
    snprintf(job_folder, sizeof job_folder, "%s/jobs/a", folder);
    mkdir(job_folder, 0700);
}

static void put(const char *in, const char *name, const char *bytes, size_t length)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", in, name);
    FILE *file = fopen(path, "wb");
    demand(file != NULL && fwrite(bytes, 1, length, file) == length);
    fclose(file);
}

/* What the night before says of its jobs. */
static void read_before(void)
{
    char path[160];
    struct evd_document document;
    struct evd_before before;
    struct evd_error error = {0};
    snprintf(path, sizeof path, "%s/night.json", folder);
    if (evd_document_read(&document, path, NULL, &error) == EVD_OK) {
        struct evd_arena arena = {0};
        struct evd_job_past past = {.canary = NULL};
        demand(evd_before_index(&before, &document.root));
        demand(evd_past_read(&arena, &before, "a", &past));
        for (size_t i = 0; i < past.families.count; i++)
            demand(past.families.list[i].memory.first != NULL && past.families.list[i].what != NULL &&
                   evd_past_find(&past, past.families.list[i].signature) != NULL);
        evd_past_release(&past);
        evd_before_release(&before);
        evd_arena_release(&arena);
    } else {
        demand(error.message[0] != '\0' && strchr(error.message, '\n') == NULL);
    }
    evd_document_release(&document);
}

static void read_record(void)
{
    char path[160];
    struct evd_arena arena = {0};
    struct evd_record record, again;
    snprintf(path, sizeof path, "%s/job.json", job_folder);
    if (evd_record_read(&arena, path, &record)) {
        demand(record.message != NULL && record.log_count <= EVD_RECORD_LOGS_MAX);
        demand((record.result == EVD_RESULT_DONE) == (record.verdict != NULL));
        snprintf(path, sizeof path, "%s/job.2.json", job_folder);
        demand(evd_record_write(&record, path, NULL) == EVD_OK);
        demand(evd_record_read(&arena, path, &again));
        demand(again.result == record.result && again.log_count == record.log_count &&
               strcmp(again.message, record.message) == 0);
        unlink(path);
    }
    evd_arena_release(&arena);
}

static void read_folder(void)
{
    struct evd_night_facts facts;
    struct evd_error error = {0};
    if (evd_folder_read(folder, NULL, 0, &facts, &error) == EVD_OK) {
        char path[160];
        const char *const folders[] = {folder};
        struct evd_history_tally tally;
        struct evd_history *history;
        snprintf(path, sizeof path, "%s/history", folder);
        demand(evd_history_open(path, true, &history, &error) == EVD_OK);
        if (evd_history_import(history, folders, 1, &tally, &error) == EVD_OK) {
            demand(tally.added == 1);
            demand(evd_history_import(history, folders, 1, &tally, &error) == EVD_OK && tally.unchanged == 1);
        }
        evd_history_close(history);
        unlink(path);
    } else {
        demand(error.message[0] != '\0' && strchr(error.message, '\n') == NULL);
    }
    evd_night_facts_release(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const NAMES[] = {"night.json", "job.json", "outcome.json.zst"};
    if (folder[0] == '\0')
        make_folders();
    const char *rest = (const char *)data;
    for (int i = 0; i < 3; i++) {
        const size_t left = size - (size_t)(rest - (const char *)data);
        const char *cut = left > 0 && i < 2 ? memmem(rest, left, SEPARATOR, sizeof SEPARATOR - 1) : NULL;
        const size_t length = cut != NULL ? (size_t)(cut - rest) : left;
        put(i == 0 ? folder : job_folder, NAMES[i], rest, length);
        rest += length + (cut != NULL ? sizeof SEPARATOR - 1 : 0);
    }
    read_before();
    read_record();
    read_folder();
    return 0;
}
