/* Facts: what a night has come to, as the history takes it in.
 *
 * Ownership: all of it belongs to the night's arena. */
#ifndef EVD_HISTORY_FACTS_H
#define EVD_HISTORY_FACTS_H

#include "base/arena.h"
#include "evdiff/judge.h"

/* In the order of how little they say, the worst one last. The first five are conclusive. */
enum evd_night_verdict {
    EVD_NIGHT_DIVERGED,
    EVD_NIGHT_EQUAL,
    EVD_NIGHT_NOTHING_NEW,
    EVD_NIGHT_ENDS_EARLY,
    EVD_NIGHT_UNPAIRED,
    EVD_NIGHT_INCONCLUSIVE,
    EVD_NIGHT_NOTHING_COMPARED,
    EVD_NIGHT_NOT_RUN,
    EVD_NIGHT_TROUBLE,
    EVD_NIGHT_VERDICTS,
};

/* A family that a job has in a night, over all of its runs. */
struct evd_sighting {
    uint64_t signature;
    unsigned recipe;
    const char *class_;
    struct evd_text kind, call, field, after; /* at most EVD_HISTORY_TEXT_MAX bytes */
    bool is_root;                             /* in one of the runs */
    uint64_t count, weight;                   /* the most in one of them */
    struct evd_canary_place place;            /* in the first run that has it */
};

enum { EVD_HISTORY_TEXT_MAX = 512 };

struct evd_job_facts {
    const char *name;
    enum evd_night_verdict verdict;
    uint64_t events, matched, absorbed; /* of canary, over all runs */
    uint64_t centiseconds;              /* of all runs; one byte where milliseconds would need two */
    uint64_t peak_mib;                  /* of the largest; the history has that of the last night */
    uint64_t roots;
    uint64_t digest;                /* of all but the cost; 15 bits, which are two bytes in the file */
    struct evd_sighting *sightings; /* in the order of their signatures; none unless it is conclusive */
    size_t sighting_count;
};

struct evd_night_facts {
    struct evd_arena arena;
    const char *label, *folder;
    struct evd_job_facts *jobs; /* in the order of their names */
    size_t job_count;
};

static inline bool evd_is_conclusive(enum evd_night_verdict verdict)
{
    return verdict < EVD_NIGHT_INCONCLUSIVE;
}

/* Sets the members of a job that follow from the others, and puts its sightings in order. False when memory runs out. */
bool evd_job_facts_settle(struct evd_job_facts *job);

/* The job of a name, or NULL. Cost: a binary search. */
const struct evd_job_facts *evd_find_job_facts(const struct evd_night_facts *night, const char *name);

void evd_night_facts_release(struct evd_night_facts *night);

#endif
