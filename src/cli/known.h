/* evdiff known: what its actions share. */
#ifndef EVD_CLI_KNOWN_H
#define EVD_CLI_KNOWN_H

#include "cli.h"

/* The options; bits of known_request::given. */
enum known_option {
    KNOWN_FILE = 1,
    KNOWN_STATE = 2,
    KNOWN_JOB = 4,
    KNOWN_BUG = 8,
    KNOWN_OWNER = 16,
    KNOWN_UNTIL = 32,
    KNOWN_REASON = 64,
    KNOWN_DRY_RUN = 128,
};

struct known_request {
    unsigned given; /* which options are */
    const char *file;
    enum evd_ledger_state state;
    struct evd_text job, bug, owner, reason;
    evd_day until;
    char *const *operands; /* those behind the action */
    size_t operand_count;
};

/* A ledger's file that is being changed, and the output in its place. Not to be moved or copied. */
struct known_edit;

/* Opens the file to be changed, in its place only when it is no dry run; NULL after a message. A file with faults is refused unless
 * `may_be_faulty`. */
struct known_edit *known_edit_open(const struct known_request *request, const char *path, bool may_be_new,
                                   bool may_be_faulty);
struct evd_ledger_file *known_edit_file(struct known_edit *edit);

/* Writes the file when it has changed; a dry run prints what would change, any other what did when it `prints`. EXIT_DONE, or another
 * exit code after a message. Closed in any case. */
int known_edit_commit(struct known_edit *edit, bool prints);
void known_edit_discard(struct known_edit *edit);

/* The actions that take a night's folder. Check prints what prune would change, after what `check` prints of each ledger. */
struct known_night *known_night_open(const char *folder);                       /* NULL after a message */
char *known_night_outcome(const struct known_night *night, const char *digits); /* to be freed; NULL after a message */
bool known_night_outcomes(const struct known_night *night, evd_take_outcome *take, void *context,
                          size_t *left); /* false after a message */
void known_night_close(struct known_night *night);
int known_check_night(const char *folder, int (*check)(const char *path));
int known_prune(const struct known_request *request);

/* An outcome whose families come in. */
struct known_source {
    char *path;
    struct evd_outcome *outcome;
    bool (*fails)[EVD_SIDES]; /* of each family: whether one of its calls fails on that side only */
    size_t *by_signature;     /* indexes of the families in the order of their signatures */
};

/* Reads an outcome, whose path is taken over; false after a message. To be released in any case. */
bool known_source_read(struct known_source *source, char *path);
void known_source_release(struct known_source *source);

/* Puts a family in. False after a message. */
bool known_source_put(const struct known_request *request, struct evd_ledger_file *file,
                      const struct known_source *source, size_t family);

/* The jobs that a request is for. */
struct evd_text known_job(const struct known_request *request);

/* The actions that take families of outcomes. */
int known_add(const struct known_request *request);
int known_learn(const struct known_request *request);

#endif
