#include "batch/night_trend.h"

#include <stdlib.h>
#include <string.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/xml.h"

enum { BAR_WIDTH = 5, BAR_GAP = 1, HEIGHT = 20, STUB_HEIGHT = 2 };

static double share_of(const struct evd_job_night *night)
{
    return evd_percent(night->matched, night->events);
}

static bool has_share(const struct evd_job_night *night)
{
    return night->is_conclusive && night->events > 0;
}

static void begin(struct evd_buffer *out, size_t count, const char *title)
{
    evd_buffer_format(out, "<svg class=\"trend\" width=\"%zu\" height=\"%d\" role=\"img\"><title>%s", count * BAR_WIDTH,
                      HEIGHT, title);
}

static void append_name(struct evd_buffer *out, const char *name)
{
    enum { NAME_LETTERS = 60 };
    struct evd_buffer line = {0};
    evd_append_line(&line, (struct evd_text){name, strlen(name)});
    evd_cut_letters(&line, 0, NAME_LETTERS);
    out->failed |= line.failed;
    evd_append_xml(out, (struct evd_text){line.length > 0 ? line.data : "", line.length}, false);
    evd_buffer_release(&line);
}

/* The bars of those nights that said something, or of the others. */
static void append_bars(struct evd_buffer *out, const struct evd_job_night *nights, size_t count, bool are_conclusive,
                        uint64_t most)
{
    bool has_some = false;
    for (size_t i = 0; i < count; i++) {
        double height = HEIGHT * ((double)nights[i].roots / (double)most);
        if (nights[i].is_conclusive != are_conclusive || (are_conclusive && nights[i].roots == 0))
            continue;
        if (!are_conclusive || height < 1)
            height = are_conclusive ? 1 : STUB_HEIGHT;
        evd_buffer_format(out, "%sM%zu %dv-%.1fh%dv%.1fz",
                          has_some         ? ""
                          : are_conclusive ? "<path class=\"b1\" d=\""
                                           : "<path class=\"b3\" d=\"",
                          i * BAR_WIDTH, HEIGHT, height, BAR_WIDTH - BAR_GAP, height);
        has_some = true;
    }
    if (has_some)
        evd_buffer_string(out, "\"/>");
}

void evd_append_roots_trend(struct evd_buffer *out, const struct evd_job_night *nights, size_t count)
{
    uint64_t most = 1;
    if (count < 2)
        return;
    begin(out, count, "Roots by night");
    for (size_t i = 0; i < count; i++) {
        most = nights[i].is_conclusive && nights[i].roots > most ? nights[i].roots : most;
        evd_buffer_byte(out, '\n');
        append_name(out, nights[i].name);
        evd_buffer_format(out, ": %s", nights[i].is_conclusive ? evd_grouped(nights[i].roots).text : "no result");
    }
    evd_buffer_string(out, "</title>");
    append_bars(out, nights, count, true, most);
    append_bars(out, nights, count, false, most);
    evd_buffer_string(out, "</svg>");
}

void evd_append_matched_trend(struct evd_buffer *out, const struct evd_job_night *nights, size_t count)
{
    double least = 100, most = 0;
    bool is_down = false;
    if (count < 2)
        return;
    begin(out, count, "Matched by night");
    for (size_t i = 0; i < count; i++) {
        evd_buffer_byte(out, '\n');
        append_name(out, nights[i].name);
        if (!has_share(&nights[i])) {
            evd_buffer_string(out, ": no result");
            continue;
        }
        least = share_of(&nights[i]) < least ? share_of(&nights[i]) : least;
        most = share_of(&nights[i]) > most ? share_of(&nights[i]) : most;
        evd_buffer_format(out, ": %.1f %%", share_of(&nights[i]));
    }
    evd_buffer_string(out, "</title><path class=\"line\" d=\"");
    for (size_t i = 0; i < count; i++) {
        const double range = most - least;
        const double height = range > 0 ? (HEIGHT - 4) * (share_of(&nights[i]) - least) / range : HEIGHT / 2 - 2;
        const bool joins = is_down;
        is_down = has_share(&nights[i]);
        if (!is_down)
            continue;
        /* One night between two without a result is seen by its own length. */
        evd_buffer_format(out, "%c%.1f %.1f", joins ? 'L' : 'M', (double)(i * BAR_WIDTH) + (joins ? 2.0 : 1.0),
                          HEIGHT - 2 - height);
        if (!joins)
            evd_buffer_string(out, "h1");
    }
    evd_buffer_string(out, "\"/></svg>");
}

void evd_append_last_matched(struct evd_buffer *out, const struct evd_job_night *nights, size_t count)
{
    while (count > 0 && !has_share(&nights[count - 1]))
        count--;
    if (count > 0)
        evd_buffer_format(out, "%.1f %%", share_of(&nights[count - 1]));
}

static int newest_first(const void *a, const void *b)
{
    const struct evd_job_night *const *left = a, *const *right = b;
    return ((*left)->number < (*right)->number) - ((*left)->number > (*right)->number);
}

bool evd_sum_job_nights(const struct evd_night *night, struct evd_job_night sums[EVD_JOB_NIGHTS_MAX], size_t *count)
{
    size_t all = 0, filled = 0, from = EVD_JOB_NIGHTS_MAX;
    *count = 0;
    for (size_t i = 0; i < night->job_count; i++)
        all += night->jobs[i].night_count;
    const struct evd_job_night **sorted = calloc(all + 1, sizeof *sorted);
    if (sorted == NULL)
        return false;
    for (size_t i = 0; i < night->job_count; i++)
        for (size_t j = 0; j < night->jobs[i].night_count; j++)
            sorted[filled++] = &night->jobs[i].nights[j];
    qsort(sorted, filled, sizeof *sorted, newest_first);
    /* From the end of the room on, so that the newest is last. */
    for (size_t i = 0; i < filled; i++) {
        if (i == 0 || sorted[i]->number != sorted[i - 1]->number) {
            if (from == 0)
                break;
            sums[--from] = (struct evd_job_night){.name = sorted[i]->name, .number = sorted[i]->number};
        }
        if (!sorted[i]->is_conclusive)
            continue;
        sums[from].is_conclusive = true;
        sums[from].events += sorted[i]->events;
        sums[from].matched += sorted[i]->matched;
        sums[from].roots += sorted[i]->roots;
    }
    *count = EVD_JOB_NIGHTS_MAX - from;
    memmove(sums, sums + from, *count * sizeof *sums);
    free(sorted);
    return true;
}
