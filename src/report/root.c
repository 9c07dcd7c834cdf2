#include "report/root.h"

#include <inttypes.h>
#include <string.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/describe.h"
#include "report/python.h"

const struct evd_divergence *evd_root_place(const struct evd_outcome *outcome, const struct evd_family *family,
                                            size_t *pair, size_t *divergence)
{
    *pair = family->has_suspicion ? family->suspicion.pair : family->first_pair;
    *divergence = family->has_suspicion ? family->suspicion.divergence : family->first_divergence;
    return &outcome->pairs[*pair].divergences[*divergence];
}

void evd_describe_root_name(struct evd_buffer *out, const struct evd_family *family, size_t most)
{
    const size_t begin = out->length;
    evd_buffer_format(out, "%s %s ", family->id, evd_class_name(family->class_));
    evd_describe_subject(out, family);
    evd_cut_letters(out, begin, most);
}

void evd_describe_root_extent(struct evd_buffer *out, const struct evd_family *family)
{
    evd_buffer_format(out, "%s time%s in %zu thread%s", evd_grouped(family->count).text, evd_plural(family->count),
                      family->pair_count, evd_plural(family->pair_count));
    if (family->consequence_count > 0)
        evd_buffer_format(out, ", %s of them from earlier ones", evd_grouped(family->consequence_count).text);
    evd_buffer_format(out, "; %s more event%s without it", evd_grouped(family->weight).text,
                      family->weight == 1 ? " matches" : "s match");
    if (family->follower_count > 0)
        evd_buffer_format(out, "; %s more divergence%s from it", evd_grouped(family->follower_count).text,
                          family->follower_count == 1 ? " follows" : "s follow");
}

/* Ends a line that began at `begin`. */
static void end_line(struct evd_buffer *out, size_t begin)
{
    evd_cut_letters(out, begin, EVD_ROOT_LINE_MAX);
    evd_buffer_byte(out, '\n');
}

static void describe_sides(struct evd_buffer *out, const struct evd_divergence *divergence)
{
    size_t begin = out->length;
    for (int side = 0; divergence->value != NULL && side < EVD_SIDES; side++) {
        begin = out->length;
        evd_buffer_format(out, "  %s: %s", evd_side_name(side), side == EVD_OURS ? "  " : "");
        evd_append_python(out, &divergence->value[side]);
        end_line(out, begin);
    }
    if (divergence->class_ == EVD_CLASS_VALUE)
        return;
    evd_buffer_string(out, "  ");
    evd_describe_extent(out, divergence);
    end_line(out, begin);
}

void evd_describe_root(struct evd_buffer *out, const struct evd_outcome *outcome, const struct evd_family *family)
{
    size_t pair, index;
    const struct evd_divergence *divergence = evd_root_place(outcome, family, &pair, &index);
    evd_describe_root_name(out, family, EVD_ROOT_LINE_MAX);
    evd_buffer_byte(out, '\n');
    describe_sides(out, divergence);
    size_t begin = out->length;
    if (divergence->has_notes) {
        evd_buffer_string(out, "  ");
        evd_describe_notes(out, divergence);
        end_line(out, begin);
    }
    begin = out->length;
    evd_buffer_string(out, "  at ");
    evd_describe_place(out, outcome, pair, index);
    if (family->relation != EVD_RELATION_NONE) {
        evd_buffer_string(out, "; ");
        evd_describe_relation(out, family);
    }
    end_line(out, begin);
    begin = out->length;
    evd_buffer_string(out, "  ");
    evd_describe_root_extent(out, family);
    end_line(out, begin);
}

static bool is_plain(struct evd_text path)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+:@%,-";
    for (size_t i = 0; i < path.length; i++)
        if (path.bytes[i] == '\0' || strchr(PLAIN, path.bytes[i]) == NULL)
            return false;
    return path.length > 0;
}

void evd_append_shell_word(struct evd_buffer *out, struct evd_text word)
{
    if (is_plain(word)) {
        evd_append_text(out, word);
        return;
    }
    struct evd_buffer line = {0};
    evd_append_line(&line, word);
    out->failed |= line.failed;
    evd_buffer_byte(out, '\'');
    for (size_t i = 0; i < line.length; i++)
        if (line.data[i] == '\'')
            evd_buffer_string(out, "'\\''");
        else
            evd_buffer_byte(out, line.data[i]);
    evd_buffer_byte(out, '\'');
    evd_buffer_release(&line);
}

/* A path, from where the reader is; one that begins like an option is told as none. */
static void append_path(struct evd_buffer *out, struct evd_text path, const char *folder)
{
    struct evd_buffer from = {0};
    if (folder != NULL && path.length > 0 && path.bytes[0] != '/')
        evd_buffer_format(&from, "%s/", folder);
    else if (path.length > 1 && path.bytes[0] == '-')
        evd_buffer_string(&from, "./");
    evd_buffer_append(&from, path.bytes, path.length);
    out->failed |= from.failed;
    evd_append_shell_word(out, (struct evd_text){from.data, from.length});
    evd_buffer_release(&from);
}

/* " --pair similarity --rules mine.json" */
static void append_asked(struct evd_buffer *out, const struct evd_outcome *outcome, const char *folder)
{
    for (size_t i = 0; i < outcome->asked_count; i++) {
        const struct evd_asked_option *asked = &outcome->asked[i];
        evd_buffer_byte(out, ' ');
        evd_append_shell_word(out, asked->option);
        if (asked->argument.length == 0)
            continue;
        evd_buffer_byte(out, ' ');
        if (asked->is_path)
            append_path(out, asked->argument, folder);
        else
            evd_append_shell_word(out, asked->argument);
    }
}

static bool begins_with(struct evd_text text, const char *beginning)
{
    return text.length > strlen(beginning) && memcmp(text.bytes, beginning, strlen(beginning)) == 0;
}

/* Descriptors and pipes of a process that has ended; files in memory are files. */
static bool can_show(const struct evd_outcome *outcome)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_text path = outcome->path[side];
        if ((begins_with(path, "/dev/") && !begins_with(path, "/dev/shm/")) || begins_with(path, "/proc/"))
            return false;
    }
    return true;
}

bool evd_describe_show(struct evd_buffer *out, const struct evd_outcome *outcome, size_t pair, size_t divergence,
                       const char *folder)
{
    if (!can_show(outcome))
        return false;
    const struct evd_pair_outcome *threads = &outcome->pairs[pair];
    const struct evd_divergence *told = &threads->divergences[divergence];
    const int side = evd_run_of(told, EVD_CANARY).count > 0 ? EVD_CANARY : EVD_OURS;
    const int64_t tid = threads->tid[side], idx = evd_run_of(told, side).first_idx;
    evd_buffer_string(out, "evdiff show ");
    append_path(out, outcome->path[EVD_CANARY], folder);
    evd_buffer_byte(out, ' ');
    append_path(out, outcome->path[EVD_OURS], folder);
    evd_buffer_string(out, side == EVD_OURS ? " --ours" : "");
    /* A word that begins with - would be an option. */
    evd_buffer_format(out, tid < 0 ? " --tid=%" PRId64 " --idx=%" PRId64 : " %" PRId64 ":%" PRId64, tid, idx);
    evd_buffer_string(out, " -C 5");
    append_asked(out, outcome, folder);
    return true;
}
