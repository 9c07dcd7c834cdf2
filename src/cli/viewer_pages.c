/* The viewer's pages: what is in a list, and a text's lines. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "plain.h"
#include "viewer.h"

/* ── Texts that grow ── */

struct growing {
    char *bytes;
    size_t length, capacity;
    bool failed;
};

static bool append(void *context, const char *bytes, size_t length)
{
    struct growing *text = context;
    if (text->failed)
        return false;
    if (length > text->capacity - text->length) {
        const size_t capacity = 2 * text->capacity + length + 256;
        char *longer = realloc(text->bytes, capacity);
        text->failed = longer == NULL;
        if (text->failed)
            return false;
        text->bytes = longer;
        text->capacity = capacity;
    }
    if (length > 0)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    return true;
}

static void append_format(struct growing *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append_format(struct growing *text, const char *format, ...)
{
    char *made;
    va_list args;
    va_start(args, format);
    const int length = vasprintf(&made, format, args);
    va_end(args);
    text->failed |= length < 0;
    if (length < 0)
        return;
    append(text, made, (size_t)length);
    free(made);
}

static void append_text(struct growing *text, struct evd_text part)
{
    append(text, part.bytes, part.length);
}

/* ── Rows ── */

static void append_family(struct growing *row, const struct cli_viewed *viewed, size_t index)
{
    const struct evd_outcome *outcome = viewed->outcome;
    const struct evd_known *known = viewed->known;
    const struct evd_family *family = &outcome->families[index];
    if (outcome->control_count > 0)
        append_format(row, "%-5s ", family->news_count > 0 ? "new" : "noise");
    append_format(row, "%s %-9s ", family->id, evd_class_name(family->class_));
    append_text(row, family->kind);
    if (family->call.length > 0)
        append(row, " ", 1);
    append_text(row, family->call);
    if (family->field.length > 0)
        append(row, " ", 1);
    append_text(row, family->field);
    const bool is_judged = known != NULL && known->families[index].standing != NULL;
    append_format(row, "  %s%s%" PRIu64 " in %zu thread%s", is_judged ? known->families[index].summary : "",
                  is_judged ? ", " : "", family->count, family->pair_count, cli_plural(family->pair_count));
    if (outcome->control_count > 0 && family->news_count > 0 && family->news_count < family->count)
        append_format(row, ", %" PRIu64 " new", family->news_count);
    if (!family->is_root)
        append_format(row, ", follows from %s", outcome->families[family->follows].id);
    else if (family->follower_count > 0)
        append_format(row, ", %" PRIu64 " follow", family->follower_count);
}

static uint64_t unmatched(const struct evd_pair_outcome *pair)
{
    const struct evd_event_counts *c = &pair->counts[EVD_CANARY], *o = &pair->counts[EVD_OURS];
    const uint64_t canary = c->differing + c->left_over, ours = o->differing + o->left_over;
    return canary > ours ? canary : ours;
}

static void append_thread(struct growing *row, const struct evd_outcome *outcome, size_t index)
{
    const struct evd_pair_outcome *pair = &outcome->pairs[index];
    size_t news = 0;
    for (size_t i = 0; outcome->control_count > 0 && i < pair->divergence_count; i++)
        news += pair->divergences[i].news != EVD_NEWS_NONE;
    if (outcome->control_count > 0)
        append_format(row, news > 0 ? "%5zu new  " : "          ", news);
    append_format(row, "canary %-6" PRId64 " ours %-6" PRId64 " %" PRIu64 " of %" PRIu64 " matched",
                  pair->tid[EVD_CANARY], pair->tid[EVD_OURS], pair->counts[EVD_CANARY].matched,
                  pair->total[EVD_CANARY]);
    if (pair->divergence_count > 0)
        append_format(row, ", %zu divergence%s", pair->divergence_count, cli_plural(pair->divergence_count));
    else
        append_format(row, unmatched(pair) > 0 ? ", ends early" : ", equal");
}

char *cli_page_row(const struct cli_page *page, const struct cli_viewed *viewed, size_t row)
{
    struct growing text = {.bytes = NULL};
    char *plain = NULL;
    if (page->text != NULL)
        append(&text, page->text + page->lines[row], page->lines[row + 1] - page->lines[row] - 1);
    else if (page->kind == CLI_PAGE_THREADS)
        append_thread(&text, viewed->outcome, page->items[row]);
    else
        append_family(&text, viewed, page->items[row]);
    if (!text.failed)
        plain = cli_plain(text.bytes != NULL ? text.bytes : "", text.length);
    free(text.bytes);
    return plain;
}

/* ── Titles ── */

/* Percent of canary's events. */
static double matched_share(const struct evd_outcome *outcome)
{
    const uint64_t all = outcome->event_count[EVD_CANARY], matched = outcome->counts[EVD_CANARY].matched;
    const double share = matched < all ? 100.0 * (double)matched / (double)all : 100.0;
    return matched < all && share > 99.9 ? 99.9 : share; /* as reports say it: what is not all is not 100.0 */
}

void cli_page_title(const struct cli_page *page, const struct cli_viewed *viewed, char *title, size_t size)
{
    const struct evd_outcome *outcome = viewed->outcome;
    int length = snprintf(title, size, " evdiff: %s; ", evd_verdict_summary(outcome->verdict));
    if (outcome->control_count > 0)
        length += snprintf(title + length, size - (size_t)length, "%zu new, %zu noise; ", outcome->news_family_count,
                           outcome->family_count - outcome->news_family_count);
    const size_t left = size - (size_t)length;
    switch (page->kind) {
    case CLI_PAGE_FAMILIES:
        if (page->has_pair)
            snprintf(title + length, left, "families of canary %lld: %zu",
                     (long long)outcome->pairs[page->pair].tid[EVD_CANARY], page->count);
        else if (page->looks_only)
            snprintf(title + length, left, "look first at: %zu of %zu families; %.1f %% of canary's matched",
                     page->count, outcome->family_count, matched_share(outcome));
        else
            snprintf(title + length, left, "families: %zu of %zu, %zu of them roots", page->count,
                     outcome->family_count, outcome->root_family_count);
        break;
    case CLI_PAGE_THREADS:
        snprintf(title + length, left, "threads: %zu of %zu", page->count, outcome->pair_count);
        break;
    case CLI_PAGE_FAMILY: snprintf(title + length, left, "family %s", outcome->families[page->family].id); break;
    case CLI_PAGE_HELP: snprintf(title + length, left, "help"); break;
    }
}

void cli_page_keys(const struct cli_page *page, char *keys, size_t size)
{
    snprintf(keys, size, " %zu/%zu%s%s  1 looks 2 families 3 threads  / search  & filter  ? help  q back",
             page->count > 0 ? page->cursor + 1 : 0, page->count, page->filter[0] != '\0' ? "  &" : "", page->filter);
}

/* ── Lists ── */

static bool make_items(struct cli_page *page, size_t most)
{
    free(page->items);
    page->items = calloc(most + 1, sizeof *page->items);
    page->count = 0;
    return page->items != NULL;
}

/* Leaves the rows that hold the filter, in whatever case. */
static bool filter(struct cli_page *page, const struct cli_viewed *viewed)
{
    size_t kept = 0;
    for (size_t i = 0; page->filter[0] != '\0' && i < page->count; i++) {
        char *row = cli_page_row(page, viewed, i);
        if (row == NULL)
            return false;
        if (strcasestr(row, page->filter) != NULL)
            page->items[kept++] = page->items[i];
        free(row);
    }
    if (page->filter[0] != '\0')
        page->count = kept;
    if (page->cursor >= page->count)
        page->cursor = page->count > 0 ? page->count - 1 : 0;
    return true;
}

static bool is_in_pair(const struct evd_family *family, size_t pair)
{
    for (size_t i = 0; i < family->pair_count; i++)
        if (family->pairs[i] == pair)
            return true;
    return false;
}

bool cli_page_families(struct cli_page *page, const struct cli_viewed *viewed)
{
    const struct evd_outcome *outcome = viewed->outcome;
    page->kind = CLI_PAGE_FAMILIES;
    if (!make_items(page, outcome->family_count))
        return false;
    const size_t looks =
        viewed->known == NULL ? outcome->look_count
        : viewed->known->told_count < EVD_LOOKS_MAX
            ? viewed->known->told_count
            : EVD_LOOKS_MAX;
    for (size_t i = 0; i < (page->looks_only ? looks : outcome->family_count); i++) {
        const size_t index = !page->looks_only       ? i
                             : viewed->known != NULL ? viewed->known->told[i]
                                                     : outcome->looks[i].family;
        if (!page->has_pair || is_in_pair(&outcome->families[index], page->pair))
            page->items[page->count++] = index;
    }
    return filter(page, viewed);
}

static const struct evd_outcome *sorted_outcome; /* qsort's order has no context */

static int worst_first(const void *a, const void *b)
{
    const size_t left = *(const size_t *)a, right = *(const size_t *)b;
    const uint64_t l = unmatched(&sorted_outcome->pairs[left]), r = unmatched(&sorted_outcome->pairs[right]);
    return l != r ? (l > r ? -1 : 1) : (left > right) - (left < right);
}

bool cli_page_threads(struct cli_page *page, const struct cli_viewed *viewed)
{
    page->kind = CLI_PAGE_THREADS;
    if (!make_items(page, viewed->outcome->pair_count))
        return false;
    for (size_t i = 0; i < viewed->outcome->pair_count; i++)
        page->items[page->count++] = i;
    sorted_outcome = viewed->outcome;
    qsort(page->items, page->count, sizeof *page->items, worst_first);
    return filter(page, viewed);
}

/* ── Texts ── */

static bool split(struct cli_page *page, struct growing *text)
{
    free(page->text);
    free(page->lines);
    page->text = text->bytes;
    page->lines = NULL;
    page->count = 0;
    size_t count = 1;
    for (size_t i = 0; !text->failed && i < text->length; i++)
        count += text->bytes[i] == '\n';
    if (!text->failed)
        page->lines = calloc(count + 1, sizeof *page->lines);
    if (page->lines == NULL)
        return false;
    for (size_t i = 0; i < text->length; i++)
        if (text->bytes[i] == '\n')
            page->lines[++page->count] = i + 1;
    return true;
}

bool cli_family_place(const struct evd_outcome *outcome, size_t family, size_t index, size_t *pair, size_t *divergence)
{
    const struct evd_family *told = &outcome->families[family];
    for (size_t i = 0; i < told->pair_count; i++) {
        const struct evd_pair_outcome *threads = &outcome->pairs[told->pairs[i]];
        for (size_t j = 0; j < threads->divergence_count; j++)
            if (threads->divergences[j].family == family && index-- == 0) {
                *pair = told->pairs[i];
                *divergence = j;
                return true;
            }
    }
    return false;
}

/* In lines of at most `width` bytes, broken at spaces where there are some. */
static void append_wrapped(struct growing *text, unsigned width, const char *line)
{
    while (strlen(line) > width) {
        size_t length = width;
        while (length > 0 && line[length] != ' ')
            length--;
        length = length > 0 ? length : width;
        append(text, line, length);
        append(text, "\n", 1);
        line += length + (line[length] == ' ');
    }
    append_format(text, "%s\n", line);
}

static void append_error(struct growing *text, unsigned width, const struct evd_error *error)
{
    char line[EVD_PATH_MAX + EVD_MESSAGE_MAX + 128], place[64] = "";
    if (error->line > 0)
        snprintf(place, sizeof place, ":%" PRIu64 ":%" PRIu64, error->line, error->column);
    snprintf(line, sizeof line, "The events around its places can't be told: %s%s%s%s", error->path, place,
             error->path[0] != '\0' ? ": " : "", error->message);
    append_wrapped(text, width, line);
}

/* Both sides around the page's place. */
static void append_beside(struct cli_page *page, struct cli_viewed *viewed, const struct evd_report_options *options,
                          struct growing *text, char *message, size_t size)
{
    const struct evd_outcome *outcome = viewed->outcome;
    struct evd_beside *beside = NULL;
    struct evd_error error = {.message = ""};
    size_t pair, divergence;
    if (!cli_family_place(outcome, page->family, page->place, &pair, &divergence))
        return;
    const struct evd_divergence *told = &outcome->pairs[pair].divergences[divergence];
    const enum evd_side side = evd_run_of(told, EVD_CANARY).count > 0 ? EVD_CANARY : EVD_OURS;
    if (viewed->logs[EVD_CANARY] == NULL && (viewed->has_tried || !viewed->open(viewed, &viewed->error))) {
        if (!viewed->has_tried)
            snprintf(message, size, "%s%s%s", viewed->error.path, viewed->error.path[0] != '\0' ? ": " : "",
                     viewed->error.message);
        viewed->has_tried = true;
        append(text, "\n", 1);
        append_error(text, options->width, &viewed->error);
        return;
    }
    if (viewed->warning != NULL && viewed->warning[0] != '\0') {
        append(text, "\n", 1);
        append_wrapped(text, options->width, viewed->warning);
    }
    const struct evd_log *const both[EVD_SIDES] = {viewed->logs[EVD_CANARY], viewed->logs[EVD_OURS]};
    append_format(text,
                  "\nPlace %zu: canary %" PRId64 " [%" PRId64 "], ours %" PRId64 " [%" PRId64 "], %" PRIu64
                  " events around it:\n",
                  page->place + 1, outcome->pairs[pair].tid[EVD_CANARY], evd_run_of(told, EVD_CANARY).first_idx,
                  outcome->pairs[pair].tid[EVD_OURS], evd_run_of(told, EVD_OURS).first_idx, page->context);
    if (evd_beside_make(both, outcome, side, outcome->pairs[pair].tid[side], evd_run_of(told, side).first_idx,
                        page->context, &beside, &error) == EVD_OK)
        evd_report_beside(beside, options, append, text, &error);
    else
        snprintf(message, size, "%s%s%s", error.path, error.path[0] != '\0' ? ": " : "", error.message);
    evd_beside_free(beside);
}

bool cli_page_family(struct cli_page *page, struct cli_viewed *viewed, unsigned width, char *message, size_t size)
{
    const struct evd_report_options options = {.width = width, .known = viewed->known};
    struct growing text = {.bytes = NULL};
    struct evd_error error;
    char id[EVD_FAMILY_ID_BYTES];
    size_t found;
    page->kind = CLI_PAGE_FAMILY;
    memcpy(id, viewed->outcome->families[page->family].id, sizeof id);
    if (evd_report_explain(viewed->outcome, id, &options, &found, append, &text, &error) != EVD_OK && !text.failed)
        append_format(&text, "%s\n", error.message);
    append_beside(page, viewed, &options, &text, message, size);
    return split(page, &text);
}

bool cli_page_help(struct cli_page *page)
{
    static const char HELP[] =
        "Keys, as in less and vim\n"
        "\n"
        "  1  2  3           where to look first; all families; threads\n"
        "  j k, arrows       down, up                 g G, Home End   first, last\n"
        "  space b, PgDn PgUp, ^F ^B  a screen on, back   ^D ^U    half of one\n"
        "  Enter l, Right    open: a family; the families of a thread\n"
        "  q h, Left         back; at the beginning: leave       Q   leave\n"
        "  }  {              to the right, and to the left, where lines are cut\n"
        "  /  n  N           search; the next one; the one before\n"
        "  &                 filter a list by a text; nothing: all of it\n"
        "  ?                 this help\n"
        "\n"
        "In a family\n"
        "\n"
        "  ]  [              next and previous root\n"
        "  c                 the family that it follows from\n"
        "  >  <              next and previous place\n"
        "  +  -              more and fewer events around the place\n"
        "\n"
        "Of two events that differ, - is canary's and + ours; on a wide terminal both\n"
        "stand beside each other.\n";
    struct growing text = {.bytes = NULL};
    page->kind = CLI_PAGE_HELP;
    append(&text, HELP, sizeof HELP - 1);
    return split(page, &text);
}

void cli_page_release(struct cli_page *page)
{
    free(page->items);
    free(page->text);
    free(page->lines);
    *page = (struct cli_page){.kind = CLI_PAGE_HELP};
}
