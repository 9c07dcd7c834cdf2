#include "history/sql.h"

static const char *const TEXTS[EVD_SQL_COUNT] = {
    [EVD_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [EVD_SQL_COMMIT] = "COMMIT",
    [EVD_SQL_ROLLBACK] = "ROLLBACK",
    [EVD_SQL_NIGHTS] = "SELECT id, label, folder FROM night ORDER BY id",
    [EVD_SQL_NIGHT_INSERT] = "INSERT INTO night VALUES (?1, ?2, ?3)",
    [EVD_SQL_NIGHT_MOVE] = "UPDATE night SET folder = ?2 WHERE id = ?1 AND folder <> ?2",
    [EVD_SQL_SHIFT_NIGHT] = "UPDATE night SET id = -id - 1 WHERE id >= ?1",
    [EVD_SQL_SHIFT_NIGHT_BACK] = "UPDATE night SET id = -id WHERE id < 0",
    [EVD_SQL_SHIFT_JOB] = "UPDATE job SET last_night = last_night + 1 WHERE last_night >= ?1",
    [EVD_SQL_SHIFT_RUN] = "UPDATE run SET night = -night - 1 WHERE night >= ?1",
    [EVD_SQL_SHIFT_RUN_BACK] = "UPDATE run SET night = -night WHERE night < 0",
    [EVD_SQL_SHIFT_STRAND] = "UPDATE strand SET first_night = first_night + (first_night >= ?1),"
                             " span_first = span_first + 1 WHERE span_first >= ?1",
    [EVD_SQL_SHIFT_SPAN_LAST] = "UPDATE span SET last_night = last_night + 1 WHERE last_night >= ?1",
    [EVD_SQL_SHIFT_SPAN_FIRST] = "UPDATE span SET first_night = -first_night - 1 WHERE first_night >= ?1",
    [EVD_SQL_SHIFT_SPAN_FIRST_BACK] = "UPDATE span SET first_night = -first_night WHERE first_night < 0",
    [EVD_SQL_JOB] = "SELECT id, last_night, peak_mib FROM job WHERE name = ?1",
    [EVD_SQL_JOB_INSERT] = "INSERT INTO job(name, last_night, peak_mib) VALUES (?1, 0, 0)",
    [EVD_SQL_JOB_SEEN] = "UPDATE job SET last_night = ?2, peak_mib = ?3 WHERE id = ?1",
    [EVD_SQL_RUN] =
        "SELECT centiseconds, verdict, digest, events, matched, absorbed, families, roots FROM run WHERE night = ?1 AND job = ?2",
    [EVD_SQL_RUN_PUT] = "INSERT OR REPLACE INTO run VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [EVD_SQL_RUN_DELETE] = "DELETE FROM run WHERE night = ?1 AND job = ?2",
    [EVD_SQL_RUNS_OF_NIGHT] = "SELECT job, verdict, name FROM run JOIN job ON id = job WHERE night = ?1",
    [EVD_SQL_RUNS_OF_JOB] = "SELECT night FROM run WHERE job = ?1",
    [EVD_SQL_FAMILY] = "SELECT id FROM family WHERE signature = ?1 AND recipe = ?2",
    [EVD_SQL_FAMILY_INSERT] = "INSERT INTO family(signature, recipe, class, kind, call, field, after)"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [EVD_SQL_STRAND] = "SELECT id, span_first, root_streak FROM strand WHERE job = ?1 AND family = ?2",
    [EVD_SQL_STRAND_INSERT] =
        "INSERT INTO strand(job, family, first_night, span_first, count_last, weight_last, canary_tid,"
        " canary_idx, is_between, root_streak) VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [EVD_SQL_STRAND_UPDATE] = "UPDATE strand SET span_first = ?2, count_last = ?3, weight_last = ?4, canary_tid = ?5,"
                              " canary_idx = ?6, is_between = ?7, root_streak = ?8 WHERE id = ?1",
    [EVD_SQL_SPAN_EXTEND] = "UPDATE span SET last_night = ?3, nights = nights + 1, root_nights = root_nights + ?4,"
                            " count_min = min(count_min, ?5), count_max = max(count_max, ?5)"
                            " WHERE first_night = ?1 AND strand = ?2 AND last_night = ?6",
    [EVD_SQL_SPAN_INSERT] = "INSERT INTO span VALUES (?1, ?2, ?1, 1, ?3, ?4, ?4)",
    [EVD_SQL_JOB_CLEAR_SPANS] = "DELETE FROM span WHERE strand IN (SELECT id FROM strand WHERE job = ?1)",
    [EVD_SQL_JOB_CLEAR_STRANDS] = "DELETE FROM strand WHERE job = ?1",
    [EVD_SQL_JOB_CLEAR] = "UPDATE job SET last_night = 0, peak_mib = 0 WHERE id = ?1",
    [EVD_SQL_FIRST_NIGHT] =
        "SELECT night.id, night.label FROM strand JOIN night ON night.id = strand.first_night"
        " WHERE strand.job = (SELECT id FROM job WHERE name = ?1)"
        " AND strand.family IN (SELECT id FROM family WHERE signature = ?2)"
        " ORDER BY night.id LIMIT 1",
    /* Nights one by one from the last one on: a job has one run in each, which the key of that table finds. */
    [EVD_SQL_JOB_NIGHTS] =
        "SELECT n.id, run.verdict, run.events, run.matched, run.roots, n.label FROM job CROSS JOIN night AS n"
        " CROSS JOIN run ON run.night = n.id AND run.job = job.id"
        " WHERE job.name = ?1 AND n.id <= (SELECT id FROM night WHERE label = ?2) ORDER BY n.id DESC LIMIT ?3",
    [EVD_SQL_PACK] = "VACUUM",
    [EVD_SQL_DROP_FAMILIES] = "DELETE FROM family WHERE id NOT IN (SELECT family FROM strand)",
    [EVD_SQL_DROP_JOBS] = "DELETE FROM job WHERE id NOT IN (SELECT job FROM run)",
};

const char *evd_sql_text(enum evd_sql which)
{
    return TEXTS[which];
}
