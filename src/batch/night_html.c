/* html: a page of a night, which loads nothing and needs no script: how it went, jobs without a result, what is new or else to be
 * looked at with what differs and how often it did in the nights before, and all jobs. It has the style of a diff's page. */
#include <string.h>

#include "base/letters.h"
#include "batch/night_rows.h"
#include "batch/night_trend.h"
#include "report/counts.h"
#include "report/html.h"
#include "report/xml.h"

enum {
    PAGE_MAX = HTML_BYTES_MAX - HTML_FRAME_MAX,
    LETTERS_MAX = 400,
    BAR_WIDTH = 1000,
    TREND_WIDTH = 4, /* of a night */
    TREND_HEIGHT = 16,
    OPEN_MAX = 3, /* blocks of a section whose events are seen at once */
};

struct page {
    const struct evd_night *night;
    struct evd_output *out;
    struct evd_buffer piece, text;
    uint64_t written;
};

static void put(struct page *page)
{
    page->out->buffer.failed |= page->piece.failed || page->text.failed;
    evd_append_text(&page->out->buffer, (struct evd_text){page->piece.data, page->piece.length});
    page->written += page->piece.length;
    evd_buffer_clear(&page->piece);
    evd_output_flush_some(page->out);
}

/* Writes the piece if there is room for it. */
static bool put_row(struct page *page)
{
    const bool has_room = page->written + page->piece.length <= PAGE_MAX;
    if (has_room)
        put(page);
    else
        evd_buffer_clear(&page->piece);
    return has_room;
}

static void put_rest(struct page *page, size_t count)
{
    if (count > 0)
        evd_buffer_format(
            &page->piece,
            "<p class=\"rest\">%s more left out, so that the page stays small; the report in JSON has all of them.</p>\n",
            evd_grouped(count).text);
    put(page);
}

/* Adds what is in `text`, escaped and cut. */
static void add_text(struct page *page)
{
    evd_cut_letters(&page->text, 0, LETTERS_MAX);
    page->piece.failed |= page->text.failed;
    evd_append_xml(&page->piece, (struct evd_text){page->text.length > 0 ? page->text.data : "", page->text.length},
                   false);
    evd_buffer_clear(&page->text);
}

/* A command to copy, whole. */
static void add_command(struct page *page)
{
    page->piece.failed |= page->text.failed;
    evd_buffer_string(&page->piece, "<p class=\"show\"><code>");
    evd_append_xml(&page->piece, (struct evd_text){page->text.length > 0 ? page->text.data : "", page->text.length},
                   false);
    evd_buffer_string(&page->piece, "</code></p>\n");
    evd_buffer_clear(&page->text);
}

static void add_string(struct page *page, const char *string)
{
    evd_append_line(&page->text, (struct evd_text){string, strlen(string)});
    add_text(page);
}

/* ── How it went ── */

/* The colour of a job's state, of those of the page's bar. */
static unsigned color_of(enum evd_job_state state)
{
    if (state <= EVD_JOB_INCONCLUSIVE)
        return 3;
    if (state <= EVD_JOB_EXPIRED)
        return 1;
    if (state <= EVD_JOB_FIXED)
        return 2;
    return state == EVD_JOB_KNOWN ? 4 : 0;
}

static void put_head(struct page *page, const struct evd_batch_tally *tally)
{
    const struct evd_night *night = page->night;
    const int code = evd_night_exit_code(night);
    size_t before = 0;
    evd_buffer_format(&page->piece, "<h1 class=\"%s\">", code == 0 ? "good" : code == 1 ? "bad" : "unsure");
    evd_describe_night(&page->text, night, tally);
    add_text(page);
    evd_buffer_format(&page->piece,
                      "</h1>\n<svg class=\"bar\" viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" role=\"img\" "
                      "aria-label=\"Jobs by state\">",
                      BAR_WIDTH);
    for (int state = 0; state < EVD_JOB_STATES; state++) {
        const size_t count = night->counts[state];
        if (count == 0)
            continue;
        evd_buffer_format(
            &page->piece, "<rect class=\"b%u\" x=\"%.2f\" y=\"0\" width=\"%.2f\" height=\"10\"/>",
            color_of((enum evd_job_state)state), (double)BAR_WIDTH * (double)before / (double)night->job_count,
            (double)BAR_WIDTH * (double)count / (double)night->job_count);
        before += count;
    }
    evd_buffer_string(&page->piece, "</svg>\n<ul class=\"key\">");
    for (int state = 0; state < EVD_JOB_STATES; state++)
        if (night->counts[state] > 0)
            evd_buffer_format(&page->piece, "<li><span class=\"b%u\"></span>%s <b>%s</b></li>",
                              color_of((enum evd_job_state)state), evd_job_state_summary((enum evd_job_state)state),
                              evd_grouped(night->counts[state]).text);
    evd_buffer_string(&page->piece, "</ul>\n");
    put(page);
}

static void begin_section(struct page *page, const char *title)
{
    evd_buffer_format(&page->piece, "<section aria-label=\"%s\"><h2>%s</h2>\n", title, title);
}

/* Of the heads, those of numbers begin with #. */
static void begin_table(struct page *page, const char *const *heads)
{
    evd_buffer_string(&page->piece, "<div class=\"wide\" tabindex=\"0\"><table class=\"jobs\"><thead><tr>");
    for (; *heads != NULL; heads++) {
        const bool is_number = **heads == '#';
        evd_buffer_format(&page->piece, "<th scope=\"col\"%s>%s</th>", is_number ? " class=\"n\"" : "",
                          *heads + is_number);
    }
    evd_buffer_string(&page->piece, "</tr></thead><tbody>\n");
}

static const char END_TABLE[] = "</tbody></table></div>\n";

static void put_runs(struct page *page, enum evd_job_state state, const char *title)
{
    static const char *const HEADS[] = {"job", "run", "result", "it said", NULL};
    const struct evd_night *night = page->night;
    size_t left = 0;
    if (night->counts[state] == 0)
        return;
    begin_section(page, title);
    begin_table(page, HEADS);
    put(page);
    for (size_t i = 0; i < night->job_count; i++)
        for (size_t j = 0; night->jobs[i].state == state && j < night->jobs[i].run_count; j++) {
            const struct evd_night_run *run = &night->jobs[i].runs[j];
            evd_buffer_string(&page->piece, "<tr><th scope=\"row\">");
            add_string(page, night->jobs[i].name);
            evd_buffer_format(&page->piece, "</th><td>%zu</td><td>%s</td><td><code>", j + 1,
                              evd_night_run_summary(run));
            add_string(page, run->message);
            evd_buffer_string(&page->piece, "</code></td></tr>\n");
            left += !put_row(page);
        }
    evd_buffer_string(&page->piece, END_TABLE);
    put_rest(page, left);
    evd_buffer_string(&page->piece, "</section>\n");
    put(page);
}

/* ── Families and lines ── */

/* How often a family was there in the last nights that had it, as a bar a night, the newest last. */
static void add_trend(struct page *page, const struct evd_memory *memory)
{
    uint64_t most = 1;
    if (memory->count_count < 2)
        return;
    for (size_t i = 0; i < memory->count_count; i++)
        most = memory->counts[i] > most ? memory->counts[i] : most;
    evd_buffer_format(&page->piece, "<svg width=\"%zu\" height=\"%d\" role=\"img\" aria-label=\"Divergences by night:",
                      TREND_WIDTH * memory->count_count, TREND_HEIGHT);
    for (size_t i = 0; i < memory->count_count; i++)
        evd_buffer_format(&page->piece, " %s", evd_grouped(memory->counts[i]).text);
    evd_buffer_string(&page->piece, "\">");
    for (size_t i = 0; i < memory->count_count; i++) {
        const double height = TREND_HEIGHT * ((double)memory->counts[i] / (double)most);
        evd_buffer_format(&page->piece, "<rect class=\"b1\" x=\"%zu\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"/>",
                          TREND_WIDTH * i, TREND_HEIGHT - height, TREND_WIDTH - 1, height);
    }
    evd_buffer_string(&page->piece, "</svg>");
}

static void add_jobs(struct page *page, const struct evd_night_row *row)
{
    for (size_t i = 0; i < row->job_count && i < EVD_ROW_JOBS_MAX; i++) {
        evd_buffer_string(&page->piece, i > 0 ? ", " : "");
        add_string(page, row->names[i]);
    }
    if (row->job_count > EVD_ROW_JOBS_MAX)
        evd_buffer_format(&page->piece, " and %s more", evd_grouped(row->job_count - EVD_ROW_JOBS_MAX).text);
}

/* What differs: both values, or how many events of one side. */
static void add_sides(struct page *page, const struct evd_night_family *family)
{
    if (family->sides[EVD_CANARY] == NULL) {
        evd_buffer_string(&page->piece, "<code>");
        add_string(page, family->difference);
        evd_buffer_string(&page->piece, "</code>");
        return;
    }
    struct evd_buffer sides[EVD_SIDES] = {{0}, {0}};
    for (int side = 0; side < EVD_SIDES; side++)
        evd_append_text(&sides[side], (struct evd_text){family->sides[side], strlen(family->sides[side])});
    evd_html_append_sides(&page->piece, sides, LETTERS_MAX);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_release(&sides[side]);
}

/* The events around the place, each in a line of its own, by the marks of the text report; what matches on both sides has none. */
static void add_events(struct page *page, const char *events, bool is_open)
{
    enum { INDENT = 3 };
    if (events == NULL || events[0] == '\0')
        return;
    evd_buffer_format(&page->piece,
                      "<details%s><summary>events around it</summary><pre class=\"change\" tabindex=\"0\">",
                      is_open ? " open" : "");
    while (*events != '\0') {
        const size_t length = strcspn(events, "\n"), from = length < INDENT ? length : INDENT;
        const char mark = events[from];
        const char *side = mark == '-' ? "canary" : mark == '+' ? "ours" : mark == '!' ? "differs" : NULL;
        if (side != NULL)
            evd_buffer_format(&page->piece, "<span class=\"%s\">", side);
        evd_append_xml(&page->piece, (struct evd_text){events + from, length - from}, false);
        evd_buffer_string(&page->piece, side != NULL ? "</span>\n" : "\n");
        events += length + (events[length] != '\0');
    }
    evd_buffer_string(&page->piece, "</pre></details>\n");
}

/* What fails is told with what it takes to look at it. */
static void add_block(struct page *page, const struct evd_night_row *row, bool is_open)
{
    const struct evd_night_family *family = row->family;
    evd_buffer_string(&page->piece, "<article><h3>");
    add_string(page, family->what);
    evd_buffer_string(&page->piece, "</h3>\n<div class=\"sides\">");
    add_sides(page, family);
    evd_buffer_string(&page->piece, "</div>\n<p>in ");
    add_jobs(page, row);
    evd_buffer_string(&page->piece, "; first seen in night ");
    add_string(page, family->memory.first);
    evd_buffer_string(&page->piece, " ");
    add_trend(page, &family->memory);
    evd_buffer_string(&page->piece, "</p>\n");
    if (family->note[0] != '\0') {
        evd_buffer_string(&page->piece, "<p>");
        add_string(page, family->note);
        evd_buffer_string(&page->piece, "</p>\n");
    }
    evd_buffer_string(&page->piece, "<p class=\"at\">at ");
    add_string(page, family->place);
    evd_buffer_string(&page->piece, "</p>\n");
    add_events(page, family->events, is_open);
    evd_append_line(&page->text, (struct evd_text){family->show, strlen(family->show)});
    add_command(page);
    if (family->entry == NULL) {
        evd_append_known_add(&page->text, page->night, row);
        add_command(page);
    }
    evd_buffer_string(&page->piece, "</article>\n");
}

static void add_row(struct page *page, const struct evd_night_row *row)
{
    const struct evd_memory *memory = row->line != NULL ? &row->line->memory : &row->family->memory;
    evd_buffer_string(&page->piece, "<tr><th scope=\"row\">");
    add_string(page, row->line != NULL ? row->line->what : row->family->what);
    evd_buffer_string(&page->piece, "</th><td>");
    add_jobs(page, row);
    evd_buffer_string(&page->piece, "</td><td>");
    add_string(page, memory->first);
    evd_buffer_string(&page->piece, "</td><td>");
    add_trend(page, memory);
    evd_buffer_string(&page->piece, "</td><td>");
    if (row->line != NULL)
        evd_describe_night_line(&page->text, row->line);
    else
        evd_append_line(&page->text, (struct evd_text){row->family->note, strlen(row->family->note)});
    add_text(page);
    evd_buffer_string(&page->piece, "</td></tr>\n");
}

static void put_section(struct page *page, const struct evd_night_section *section)
{
    static const char *const HEADS[] = {"what", "in", "first seen", "by night", "note", NULL};
    const bool has_blocks = !section->are_lines && evd_night_section_fails(page->night, section);
    struct evd_night_rows rows;
    size_t told = 0;
    page->out->buffer.failed |= !evd_night_rows_make(page->night, section, &rows);
    if (rows.count > 0) {
        begin_section(page, section->title);
        if (has_blocks)
            evd_buffer_string(&page->piece, "<div class=\"looks\">\n");
        else
            begin_table(page, HEADS);
        put(page);
        for (; told < rows.count && told < HTML_ROWS_MAX; told++) {
            if (has_blocks)
                add_block(page, &rows.list[told], told < OPEN_MAX);
            else
                add_row(page, &rows.list[told]);
            if (!put_row(page))
                break;
        }
        evd_buffer_string(&page->piece, has_blocks ? "</div>\n" : END_TABLE);
        put_rest(page, rows.count - told);
        evd_buffer_string(&page->piece, "</section>\n");
        put(page);
    }
    evd_night_rows_release(&rows);
}

static bool has_nights(const struct evd_night *night)
{
    for (size_t i = 0; i < night->job_count; i++)
        if (night->jobs[i].night_count > 1)
            return true;
    return false;
}

/* The cells of how a job came out by night; where many jobs fill the page, without pictures. */
static void add_job_trends(struct page *page, const struct evd_job_night *nights, size_t count)
{
    const bool has_pictures = page->written < PAGE_MAX / 2;
    evd_buffer_string(&page->piece, "<td>");
    if (has_pictures)
        evd_append_roots_trend(&page->piece, nights, count);
    evd_buffer_string(&page->piece, "</td><td>");
    if (has_pictures)
        evd_append_matched_trend(&page->piece, nights, count);
    evd_buffer_string(&page->piece, "</td><td class=\"n\">");
    evd_append_last_matched(&page->piece, nights, count);
    evd_buffer_string(&page->piece, "</td>");
}

/* All jobs together, by night. */
static void put_trend(struct page *page)
{
    struct evd_job_night sums[EVD_JOB_NIGHTS_MAX];
    size_t count;
    if (!evd_sum_job_nights(page->night, sums, &count)) {
        page->out->buffer.failed = true;
        return;
    }
    if (count < 2)
        return;
    begin_section(page, "By night");
    evd_buffer_string(&page->piece, "<p class=\"trends\"><span>");
    evd_append_roots_trend(&page->piece, sums, count);
    evd_buffer_format(&page->piece, " <b>%s</b> root%s in all jobs</span> <span>",
                      evd_grouped(sums[count - 1].roots).text, evd_plural(sums[count - 1].roots));
    evd_append_matched_trend(&page->piece, sums, count);
    evd_buffer_string(&page->piece, " <b>");
    evd_append_last_matched(&page->piece, sums, count);
    evd_buffer_string(&page->piece, "</b> of canary’s events matched</span></p>\n<p class=\"rest\">The last ");
    evd_buffer_format(&page->piece, "%zu nights that the history has, since ", count);
    add_string(page, sums[0].name);
    evd_buffer_string(&page->piece, ".</p>\n</section>\n");
    put(page);
}

/* All jobs, in the order of the plan. */
static void put_jobs(struct page *page)
{
    static const char *const HEADS[] = {"job", "state", "#runs", "#families", NULL};
    static const char *const TREND_HEADS[] = {
        "job", "state", "#runs", "#families", "roots by night", "matched by night", "#matched", NULL};
    const struct evd_night *night = page->night;
    const bool has_trends = has_nights(night);
    size_t told = 0;
    begin_section(page, "Jobs");
    begin_table(page, has_trends ? TREND_HEADS : HEADS);
    put(page);
    for (; told < night->job_count && told < 10 * HTML_ROWS_MAX; told++) {
        const struct evd_night_job *job = &night->jobs[told];
        evd_buffer_string(&page->piece, "<tr><th scope=\"row\">");
        add_string(page, job->name);
        evd_buffer_format(&page->piece, "</th><td>%s</td><td class=\"n\">%zu</td><td class=\"n\">%s</td>",
                          evd_job_state_summary(job->state), job->run_count, evd_grouped(job->families.count).text);
        if (has_trends)
            add_job_trends(page, job->nights, job->night_count);
        evd_buffer_string(&page->piece, "</tr>\n");
        if (!put_row(page))
            break;
    }
    evd_buffer_string(&page->piece, END_TABLE);
    put_rest(page, night->job_count - told);
    evd_buffer_string(&page->piece, "</section>\n");
    put(page);
}

/* A part of the page that a diff's has too: its policy, its style. */
static void put_part(struct page *page, size_t part)
{
    evd_append_text(&page->piece, evd_page_parts[part]);
    put(page);
}

static void render(const struct evd_night *night, const struct evd_batch_tally *tally, struct evd_output *out)
{
    struct page page = {.night = night, .out = out};
    put_part(&page, 0);
    evd_buffer_string(&page.piece, "night ");
    add_string(&page, night->name);
    put_part(&page, 1);
    put_head(&page, tally);
    put_part(&page, 2);
    put_trend(&page);
    put_runs(&page, EVD_JOB_TROUBLE, "Trouble");
    put_runs(&page, EVD_JOB_NOT_RUN, "Not run");
    put_runs(&page, EVD_JOB_INCONCLUSIVE, "Inconclusive");
    for (const struct evd_night_section *section = evd_night_sections; section->title != NULL; section++)
        put_section(&page, section);
    put_jobs(&page);
    evd_buffer_string(&page.piece,
                      "</main>\n<footer><p>Made by evdiff. The page is whole: it loads nothing, and needs no "
                      "script.</p></footer>\n</body>\n</html>\n");
    put(&page);
    evd_buffer_release(&page.piece);
    evd_buffer_release(&page.text);
}

const struct evd_night_format evd_night_html = {
    "html", "a page for a browser: jobs, what is new, since when and how often", render};
