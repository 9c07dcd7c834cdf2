#include "history/questions.h"

#include <string.h>

#include "evdiff/history.h"

#define WHAT                                                                                  \
    "family.class || ' ' || family.kind || iif(family.call = '', '', ' ' || family.call) || " \
    "iif(family.field = '', '', ' ' || family.field)"
#define SIGNATURE   "printf('%016x', family.signature)"
#define SHARE(part) "CASE WHEN events > 0 THEN 100.0 * " part " / events END"
#define ROWS        " LIMIT iif(?3 = 0, -1, ?3)"
#define LABEL(id)   "(SELECT label FROM night WHERE night.id = " id ")"
#define NIGHTS      "(SELECT * FROM night ORDER BY id DESC LIMIT ?2)"

/* clang-format off */
static const struct evd_question QUESTIONS[] = {
    {"trend",
     "no nights",
     false,
     "WITH fresh(night, n) AS (SELECT first_night, count(*) FROM strand GROUP BY 1),"
     " begun(night, n) AS (SELECT first_night, count(*) FROM span GROUP BY 1),"
     " sums AS (SELECT n.id, label, count(job) AS jobs, count(CASE WHEN verdict < 5 THEN 1 END) AS conclusive,"
     "  ifnull(sum(events), 0) AS events, ifnull(sum(matched), 0) AS matched, ifnull(sum(absorbed), 0) AS absorbed,"
     "  ifnull(sum(families), 0) AS families, ifnull(sum(roots), 0) AS roots,"
     "  ifnull(sum(centiseconds), 0) AS centiseconds"
     "  FROM " NIGHTS " AS n LEFT JOIN run ON night = n.id GROUP BY n.id)"
     "SELECT label, jobs, conclusive, " SHARE("matched") ", " SHARE(
         "absorbed") ", families, roots,"
                     " ifnull(fresh.n, 0), ifnull(begun.n, 0) - ifnull(fresh.n, 0), centiseconds"
                     " FROM sums LEFT JOIN fresh ON fresh.night = id LEFT JOIN begun ON begun.night = id ORDER BY id" ROWS,
     {{"night", "night", EVD_CELL_TEXT},
      {"jobs", "jobs", EVD_CELL_COUNT},
      {"conclusive", "concl.", EVD_CELL_COUNT},
      {"matched_percent", "matched%", EVD_CELL_PERCENT},
      {"absorbed_percent", "absorbed%", EVD_CELL_PERCENT},
      {"families", "families", EVD_CELL_COUNT},
      {"roots", "roots", EVD_CELL_COUNT},
      {"new", "new", EVD_CELL_COUNT},
      {"back", "back", EVD_CELL_COUNT},
      {"seconds", "seconds", EVD_CELL_SECONDS}}},
    {"new",
     "nothing new",
     true,
     "WITH tonight(id) AS (SELECT iif(?1 IS NULL, (SELECT max(id) FROM night),"
     "  (SELECT id FROM night WHERE label = ?1))),"
     /* Families are as many as strands: one must not be joined with the other but by a key. */
     " strands(id, job, family, first_night, anywhere) AS (SELECT id, job, family, first_night,"
     "  min(first_night) OVER (PARTITION BY family) FROM strand)"
     "SELECT job.name, " SIGNATURE ", count_max, root_nights > 0, " LABEL(
         "strands.anywhere") ", " WHAT " FROM tonight CROSS JOIN strands ON strands.first_night = tonight.id"
                           " CROSS JOIN span ON span.first_night = strands.first_night AND span.strand = strands.id"
                           " JOIN job ON job.id = strands.job JOIN family ON family.id = strands.family"
                           " ORDER BY root_nights > 0 DESC, job.name, family.class, family.kind, family.signature" ROWS,
     {{"job", "job", EVD_CELL_TEXT},
      {"signature", "family", EVD_CELL_SIGNATURE},
      {"count", "count", EVD_CELL_COUNT},
      {"is_root", "root", EVD_CELL_FLAG},
      {"first_night", "first in any job", EVD_CELL_TEXT},
      {"what", "what", EVD_CELL_TEXT}}},
    {"family",
     "no families",
     false,
     "WITH all_of AS (SELECT family, count(*) AS jobs, sum(span.last_night = job.last_night) AS now,"
     "  sum(iif(span.last_night = job.last_night, weight_last, 0)) AS weight, min(strand.first_night) AS first,"
     "  max(span.last_night) AS last FROM strand JOIN job ON job.id = strand.job"
     "  JOIN span ON span.first_night = span_first AND span.strand = strand.id GROUP BY family)"
     "SELECT " SIGNATURE ", jobs, now, weight, " LABEL("first") ", " LABEL(
         "last") ", " WHAT
                 " FROM all_of JOIN family ON family.id = family ORDER BY now > 0 DESC, weight DESC, now DESC, jobs DESC,"
                 " family.signature" ROWS,
     {{"signature", "family", EVD_CELL_SIGNATURE},
      {"jobs", "jobs", EVD_CELL_COUNT},
      {"jobs_now", "now", EVD_CELL_COUNT},
      {"weight", "weight", EVD_CELL_COUNT},
      {"first_night", "first", EVD_CELL_TEXT},
      {"last_night", "last", EVD_CELL_TEXT},
      {"what", "what", EVD_CELL_TEXT}}},
    {"family",
     "no such family",
     true,
     "SELECT " SIGNATURE ", job.name, " LABEL("span.first_night") ", " LABEL(
         "span.last_night") ", span.last_night = job.last_night, nights, root_nights, count_min, count_max, " WHAT
                            " FROM family JOIN strand ON strand.family = family.id JOIN job ON job.id = strand.job"
                            " JOIN span ON span.strand = strand.id WHERE " SIGNATURE " GLOB ?1 || '*'"
                            " ORDER BY family.signature, job.name, span.first_night" ROWS,
     {{"signature", "family", EVD_CELL_SIGNATURE},
      {"job", "job", EVD_CELL_TEXT},
      {"first_night", "first", EVD_CELL_TEXT},
      {"last_night", "last", EVD_CELL_TEXT},
      {"is_there", "now", EVD_CELL_FLAG},
      {"nights", "nights", EVD_CELL_COUNT},
      {"root_nights", "root", EVD_CELL_COUNT},
      {"count_min", "least", EVD_CELL_COUNT},
      {"count_max", "most", EVD_CELL_COUNT},
      {"what", "what", EVD_CELL_TEXT}}},
    {"job",
     "no jobs",
     false,
     "WITH last(job, nights, conclusive, night, verdict, families, roots, centiseconds) AS"
     " (SELECT job, count(*), sum(verdict < 5), max(night), verdict, families, roots,"
     "  cast(avg(centiseconds) AS INTEGER) FROM run"
     "  WHERE night IN (SELECT id FROM " NIGHTS ") GROUP BY job)"
     "SELECT job.name, nights, conclusive, " LABEL("last.night") ", verdict.name, families, roots, centiseconds,"
     " peak_mib FROM last JOIN job ON job.id = last.job JOIN verdict ON verdict.id = last.verdict"
     " ORDER BY centiseconds DESC, job.name" ROWS,
     {{"job", "job", EVD_CELL_TEXT},
      {"nights", "nights", EVD_CELL_COUNT},
      {"conclusive", "concl.", EVD_CELL_COUNT},
      {"last_night", "last", EVD_CELL_TEXT},
      {"verdict", "verdict", EVD_CELL_TEXT},
      {"families", "families", EVD_CELL_COUNT},
      {"roots", "roots", EVD_CELL_COUNT},
      {"mean_seconds", "seconds", EVD_CELL_SECONDS},
      {"peak_mib", "MiB", EVD_CELL_COUNT}}},
    {"job",
     "no such job",
     true,
     "SELECT label, verdict.name, events, " SHARE("matched") ", " SHARE(
         "absorbed") ", families, roots,"
                     " (SELECT count(*) FROM strand WHERE strand.job = job.id AND strand.first_night = n.id), centiseconds"
                     " FROM job JOIN run ON run.job = job.id JOIN " NIGHTS " AS n ON n.id = run.night"
                     " JOIN verdict ON verdict.id = run.verdict WHERE job.name = ?1 ORDER BY n.id" ROWS,
     {{"night", "night", EVD_CELL_TEXT},
      {"verdict", "verdict", EVD_CELL_TEXT},
      {"events", "events", EVD_CELL_COUNT},
      {"matched_percent", "matched%", EVD_CELL_PERCENT},
      {"absorbed_percent", "absorbed%", EVD_CELL_PERCENT},
      {"families", "fam.", EVD_CELL_COUNT},
      {"roots", "roots", EVD_CELL_COUNT},
      {"new", "new", EVD_CELL_COUNT},
      {"seconds", "seconds", EVD_CELL_SECONDS}}},
    {"flaky",
     "nothing flaky",
     false,
     "SELECT job.name, " SIGNATURE ", count(*), sum(nights), max(span.last_night = job.last_night),"
     " " LABEL(
         "strand.first_night") ", " WHAT " FROM span JOIN strand ON strand.id = span.strand"
                               " JOIN job ON job.id = strand.job JOIN family ON family.id = strand.family"
                               " WHERE span.last_night > (SELECT max(id) FROM night) - ?2 GROUP BY strand.id HAVING count(*) > 1"
                               " ORDER BY count(*) DESC, job.name, family.signature" ROWS,
     {{"job", "job", EVD_CELL_TEXT},
      {"signature", "family", EVD_CELL_SIGNATURE},
      {"spans", "spans", EVD_CELL_COUNT},
      {"nights", "nights", EVD_CELL_COUNT},
      {"is_there", "now", EVD_CELL_FLAG},
      {"first_night", "first", EVD_CELL_TEXT},
      {"what", "what", EVD_CELL_TEXT}}},
};
/* clang-format on */

enum { QUESTION_COUNT = sizeof QUESTIONS / sizeof QUESTIONS[0] };

static const struct {
    const char *name, *summary;
} NAMES[] = {
    {"trend", "a line a night: jobs, what matched, families, what was new or back"},
    {"new", "what a night had first, in each of its jobs; default: the last one"},
    {"family", "all families, or the spans of one, by digits of its signature"},
    {"job", "all jobs and what they cost, or the nights of one"},
    {"flaky", "families that were gone and are back"},
};

const char *evd_history_question_name(size_t index)
{
    return index < sizeof NAMES / sizeof NAMES[0] ? NAMES[index].name : NULL;
}

const char *evd_history_question_summary(size_t index)
{
    return index < sizeof NAMES / sizeof NAMES[0] ? NAMES[index].summary : NULL;
}

const struct evd_question *evd_find_question(const char *name, bool has_subject)
{
    const struct evd_question *found = NULL;
    for (size_t i = 0; i < QUESTION_COUNT; i++)
        if (strcmp(QUESTIONS[i].name, name) == 0 && (found == NULL || QUESTIONS[i].has_subject == has_subject))
            found = &QUESTIONS[i];
    return found;
}
