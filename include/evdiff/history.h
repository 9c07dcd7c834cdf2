/* History: what nights have come to, one after the other, in one SQLite file.
 *
 *     evd_history_open("night.history", true, &history, &error);
 *     evd_history_import(history, folders, 2, &tally, &error);    the folders of evdiff batch
 *     evd_history_answer(history, &request, "text", …);
 *     evd_history_close(history);
 *
 * All of it is derived from the outcomes of the nights and can be made again. A family that a job has night after night is one
 * span, not a row a night. docs/history.md has the tables, for whoever asks the file itself.
 *
 * The file is input like any other: one that another program made, that a newer evdiff made or that is damaged is refused.
 *
 * Threads: one history, one thread at a time. Processes: any number; who writes waits up to ten seconds for another. */
#ifndef EVDIFF_HISTORY_H
#define EVDIFF_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "evdiff/batch.h"
#include "evdiff/error.h"
#include "evdiff/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the file's format; a file of an earlier one is brought up to it when it is opened. */
enum { EVD_HISTORY_VERSION = 1 };

struct evd_history;

/* Whether the library was built with SQLite. Without, evd_history_open says so: EVD_E_ARGUMENT. */
bool evd_history_is_built(void);

/* True when a file with a database is there, which opening it would read; false for one that opening would make or refuse. Cost:
 * reading its first bytes. */
bool evd_history_is_there(const char *path);

/* Opens a history; with `is_made`, one that is not there is made, and goes again when it is closed before a night came into it. *history is to be closed; NULL when it fails. Errors: EVD_E_IO,
 * EVD_E_INPUT for a file that is no history, EVD_E_NO_MEMORY. Cost: reading the file once. */
enum evd_status evd_history_open(const char *path, bool is_made, struct evd_history **history, struct evd_error *error);

/* Takes NULL too. */
void evd_history_close(struct evd_history *history);

/* What an import did. */
struct evd_history_tally {
    size_t added, changed, unchanged; /* nights */
};

/* Takes in nights by their folders, the earliest first, whatever their order here; nights are ordered by their names. A night that is
 * there is brought up to what its folder has. What comes before a night that is there, or changes one, makes the folders of later nights
 * be read again. Each night is taken in whole or not at all; *tally counts those that were, also on failure. Errors: EVD_E_IO, EVD_E_INPUT,
 * EVD_E_NO_MEMORY. Cost: reading the outcomes, and a step a family. */
enum evd_status evd_history_import(struct evd_history *history, const char *const *folders, size_t count,
                                   struct evd_history_tally *tally, struct evd_error *error);

/* The folder of the last night before one of such a name, as it was imported, whether it is there or not; *folder is to be
 * freed with free, NULL: there is no such night. Errors: as evd_history_answer. */
enum evd_status evd_history_night_before(struct evd_history *history, const char *night, char **folder,
                                         struct evd_error *error);

/* The first night in which a job had a family, where that is before `night`; *first is to be freed with free, NULL: there is
 * none. Errors: as above. */
enum evd_status evd_history_first_night(struct evd_history *history, const char *job, uint64_t signature,
                                        const char *night, char **first, struct evd_error *error);

/* Tells how a job came out in the last nights up to one of a name, the newest first, EVD_JOB_NIGHTS_MAX at most; none where the history has
 * no such night or job. `history` is a struct evd_history: it is an evd_tell_job_nights. Errors: as evd_history_answer; EVD_E_IO when `take`
 * was false. */
enum evd_status evd_history_job_nights(void *history, const char *job, const char *night, evd_take_job_night *take,
                                       void *taken, struct evd_error *error);

/* The questions, by index from 0; NULL past the last one. */
const char *evd_history_question_name(size_t index);
const char *evd_history_question_summary(size_t index);

/* "text", "json", "tsv"; NULL past the last one. */
const char *evd_history_format_name(size_t index);

struct evd_history_request {
    const char *question;
    const char
        *subject; /* of "job" its name, of "family" digits that its signature begins with, of "new" a night; or NULL */
    uint64_t nights; /* so many of the last ones, for "trend", "job" and "flaky"; 0: 30 */
    uint64_t limit;  /* rows at most; 0: all */
    unsigned width;  /* text: columns to keep lines within; 0: no limit */
};

/* Answers a question. Errors: EVD_E_ARGUMENT for an unknown question, format or subject; EVD_E_INPUT when the file holds what no import
 * has written; EVD_E_IO when `write` returned false; EVD_E_NO_MEMORY. */
enum evd_status evd_history_answer(struct evd_history *history, const struct evd_history_request *request,
                                   const char *format, evd_write *write, void *context, struct evd_error *error);

#ifdef __cplusplus
}
#endif

#endif
