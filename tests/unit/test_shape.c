/* Shapes against their slow twin: a log read with them and one read by the parser alone have the same
 * records, the same statistics, the same problems in the same places. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "log/log.h"
#include "log/reread.h"
#include "memory_log.h"
#include "names/name_reader.h"
#include "random.h"
#include "random_lines.h"

struct read {
    enum evd_status status;
    struct evd_log *log;
    struct evd_problem *problems;
    size_t problem_count;
};

static struct read read_log(const struct evd_rules *rules, const char *path, bool is_plain, size_t chunk_bytes)
{
    struct read read;
    struct evd_error error;
    const struct evd_read_options options = {
        .threads = 1, .chunk_bytes = chunk_bytes, .problems_max = 1000, .has_statistics = true, .is_plain = is_plain};
    read.status =
        evd_logs_open(&path, 1, rules, &options, &read.log, &read.problems, &read.problem_count, NULL, &error);
    return read;
}

/* A log's text read with shapes, and by the parser alone. */
struct two_ways {
    struct read with, without;
};

static struct two_ways read_two_ways(const struct evd_rules *rules, const struct evd_buffer *log, size_t chunk_bytes,
                                     unsigned long long seed)
{
    char path[MEMORY_PATH_BYTES];
    const int fd = memory_file(log->data, log->length, path);
    const struct two_ways read = {read_log(rules, path, false, chunk_bytes), read_log(rules, path, true, 0)};
    close(fd);
    cr_assert_eq(read.with.status, read.without.status, "seed %llu", seed);
    return read;
}

static void release_two_ways(struct two_ways *read)
{
    evd_log_free(read->with.log);
    evd_log_free(read->without.log);
    evd_problems_free(read->with.problems);
    evd_problems_free(read->without.problems);
}

static void expect_same_logs(const struct evd_log *a, const struct evd_log *b, unsigned long long seed)
{
    cr_assert_eq(a->event_count, b->event_count, "seed %llu", seed);
    cr_assert_eq(a->stream_count, b->stream_count, "seed %llu", seed);
    for (size_t i = 0; i < a->stream_count; i++) {
        const struct evd_stream *left = &a->streams[i], *right = &b->streams[i];
        cr_assert_eq(left->count, right->count, "seed %llu", seed);
        for (uint64_t j = 0; j < left->count; j++)
            cr_assert(evd_stream_event(left, j)->key == evd_stream_event(right, j)->key &&
                          evd_stream_event(left, j)->place == evd_stream_event(right, j)->place,
                      "seed %llu, event %llu", seed, (unsigned long long)j);
        cr_expect(left->tid == right->tid && left->has_pairing_value == right->has_pairing_value &&
                      left->pairing_value == right->pairing_value && left->counted[0] == right->counted[0],
                  "seed %llu, tid %lld", seed, (long long)left->tid);
    }
    cr_assert_eq(a->kind_count, b->kind_count, "seed %llu", seed);
    for (size_t i = 0; i < a->kind_count; i++)
        cr_expect(evd_string_equal(a->kinds[i].kind, b->kinds[i].kind) && a->kinds[i].count == b->kinds[i].count,
                  "seed %llu", seed);
    cr_expect(memcmp(a->kind_uses, b->kind_uses, a->rules->kind_count * sizeof *a->kind_uses) == 0, "seed %llu", seed);
    cr_expect(a->has_time_span == b->has_time_span && a->first_ns == b->first_ns && a->last_ns == b->last_ns,
              "seed %llu", seed);
    cr_assert_eq(a->floating.count, b->floating.count, "seed %llu", seed);
    for (size_t i = 0; i < a->floating.count; i++)
        cr_expect_eq(a->floating.hashes[i], b->floating.hashes[i], "seed %llu", seed);
    cr_assert_eq(a->creation_count, b->creation_count, "seed %llu", seed);
    for (size_t i = 0; i < a->creation_count; i++)
        cr_expect(a->creations[i].offset == b->creations[i].offset && a->creations[i].tid == b->creations[i].tid,
                  "seed %llu", seed);
}

static void expect_same_problems(const struct read *a, const struct read *b, unsigned long long seed)
{
    cr_assert_eq(a->problem_count, b->problem_count, "seed %llu", seed);
    for (size_t i = 0; i < a->problem_count; i++) {
        const struct evd_error *left = &a->problems[i].error, *right = &b->problems[i].error;
        cr_expect(
            left->line == right->line && left->column == right->column && strcmp(left->message, right->message) == 0,
            "seed %llu", seed);
    }
}

/* The names that are listed on the way are those that the parser lists. Returns how many there are. */
static size_t expect_same_names(const struct evd_log *log, unsigned long long seed)
{
    struct evd_name_reader readers[2] = {{.is_plain = false}, {.is_plain = true}};
    struct evd_name_list names[2] = {0};
    size_t count = 0;
    for (int i = 0; i < 2; i++)
        cr_assert(evd_name_reader_init(&readers[i], log->rules));
    for (size_t i = 0; i < log->event_count; i++) {
        int64_t idx[2];
        for (int j = 0; j < 2; j++)
            cr_assert_eq(evd_name_reader_read(&readers[j], log, log_event(log, i), &names[j], &idx[j], NULL), EVD_OK,
                         "seed %llu", seed);
        cr_assert(names[0].count == names[1].count && idx[0] == idx[1], "seed %llu", seed);
        for (size_t j = 0; j < names[0].count; j++)
            cr_assert(names[0].names[j].rule == names[1].names[j].rule &&
                          names[0].names[j].path == names[1].names[j].path &&
                          names[0].names[j].value == names[1].names[j].value,
                      "seed %llu", seed);
        count += names[0].count;
    }
    cr_expect_eq(readers[0].reread.bytes_read, readers[1].reread.bytes_read, "seed %llu", seed);
    for (int i = 0; i < 2; i++) {
        evd_name_reader_release(&readers[i]);
        evd_name_list_release(&names[i]);
    }
    return count;
}

static bool are_same_tokens(const struct evd_json_tape *a, const struct evd_json_tape *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct evd_json_token *left = &a->tokens[i], *right = &b->tokens[i];
        if (left->start != right->start || left->length != right->length || left->next != right->next ||
            left->type != right->type || left->escaped != right->escaped)
            return false;
    }
    return true;
}

static bool are_same_facts(const struct evd_reread_event *a, const struct evd_reread_event *b)
{
    const struct evd_event_fields *f = &a->fields, *g = &b->fields;
    const struct evd_event_summary *s = &a->summary, *t = &b->summary;
    return evd_string_equal(f->kind, g->kind) && f->rule == g->rule && f->compare == g->compare && f->tid == g->tid &&
           f->tid_event_idx == g->tid_event_idx && f->payload == g->payload && f->host_ns == g->host_ns &&
           f->idx == g->idx && s->key == t->key && s->tag == t->tag && s->skipped_fields == t->skipped_fields &&
           s->pairing == t->pairing && s->sid == t->sid && s->sid_pointer == t->sid_pointer &&
           s->sid_object_type == t->sid_object_type && s->entry == t->entry &&
           (s->compare_uses == NULL) == (t->compare_uses == NULL);
}

/* Events that are read again are what the parser makes of them, byte for byte and token for token. Again and again, so
 * that shapes are learnt. Returns how many lines shapes have read. */
static size_t expect_same_rereads(const struct evd_log *log, unsigned long long seed)
{
    struct evd_reread readers[2];
    for (int i = 0; i < 2; i++)
        cr_assert(evd_reread_init(&readers[i]));
    readers[1].is_plain = true;
    const size_t reads = log->event_count == 0 ? 0 : 3 * EVD_REREAD_LINES_PARSED + 2 * log->event_count;
    for (size_t i = 0; i < reads; i++) {
        const struct evd_event *event = log_event(log, i % log->event_count);
        struct evd_reread_event read[2];
        for (int j = 0; j < 2; j++)
            cr_assert_eq(evd_reread_event(&readers[j], log, event, &read[j], NULL), EVD_OK, "seed %llu", seed);
        cr_assert(read[0].text.bytes == read[1].text.bytes && read[0].text.length == read[1].text.length, "seed %llu",
                  seed);
        cr_assert_eq(read[0].tape->text, read[1].tape->text, "seed %llu", seed);
        cr_assert(are_same_tokens(read[0].tape, read[1].tape), "seed %llu", seed);
        cr_assert(are_same_facts(&read[0], &read[1]), "seed %llu", seed);
    }
    cr_expect_eq(readers[0].bytes_read, readers[1].bytes_read, "seed %llu", seed);
    cr_expect_eq(readers[1].lines_parsed, reads, "seed %llu", seed);
    const size_t by_shapes = reads - readers[0].lines_parsed;
    for (int i = 0; i < 2; i++)
        evd_reread_release(&readers[i]);
    return by_shapes;
}

/* The same log read with and without shapes. */
static void expect_twins(const struct evd_rules *rules, const struct evd_buffer *text)
{
    struct two_ways read = read_two_ways(rules, text, 0, 0);
    cr_assert(read.with.status == EVD_OK && read.without.status == EVD_OK);
    expect_same_logs(read.with.log, read.without.log, 0);
    release_two_ways(&read);
}

/* A time that is no integer is none, but the next ones are. */
Test(shape, times_count_after_one_that_is_no_integer)
{
    static const char *const FIRST[] = {"1.5", "\"1\"", "null", "[1]", "{\"a\":1}", "1e3"};
    struct evd_rules *rules;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    for (size_t i = 0; i < sizeof FIRST / sizeof FIRST[0]; i++) {
        struct evd_buffer log = {0};
        evd_buffer_string(&log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
        for (int line = 0; line < 20; line++) {
            evd_buffer_format(&log, "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":%d,\"host_ns\":", line);
            if (line == 0)
                evd_buffer_string(&log, FIRST[i]);
            else
                evd_buffer_format(&log, "%d", 100 + line);
            evd_buffer_string(&log, ",\"payload\":{}}\n");
        }
        expect_twins(rules, &log);
        evd_buffer_release(&log);
    }
    evd_rules_free(rules);
}

/* Roles on kinds that have none in the built-in rules, and on fields that are objects, numbers or null. */
static const char OTHER_RULES[] =
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"other\",\"version\":\"1\",\"why\":\"w\","
    "\"pairing\":{\"kind\":\"kernel.return\",\"field\":\"status\",\"why\":\"w\"},"
    "\"engine_local_kinds\":[{\"kind\":\"import.call\",\"counted\":true,\"why\":\"w\"}],"
    "\"allocator_returns\":["
    "{\"kind\":\"kernel.return\",\"name_field\":\"name\",\"names\":[\"a\",\"caf\u00e9\"],"
    "\"set_fields\":[\"status\"],\"replace_fields\":[\"return_value\"],\"mark\":\"R\",\"why\":\"w\"},"
    "{\"kind\":\"kernel.call\",\"name_field\":\"name\",\"names\":[\"RtlAllocateHeap\",\"a\\nb\"],"
    "\"set_fields\":[\"x\"],\"replace_fields\":[\"args\",\"handle_semantic_id\"],\"mark\":\"C\","
    "\"why\":\"w\"}],"
    "\"skipped_fields\":[{\"kind\":\"x\",\"fields\":[\"args\"],\"why\":\"w\"}]}";

/* Names in fields and in members, of all forms, for all calls and for some; sizes in a field that is canonical for
 * some calls, beside skipped fields, one of which tells the call. */
static const char NAME_RULES[] =
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"names\","
    "\"pairing\":{\"kind\":\"kernel.return\",\"field\":\"status\",\"why\":\"w\"},"
    "\"engine_local_kinds\":[{\"kind\":\"wake.requested\",\"counted\":true,\"why\":\"w\"}],"
    "\"skipped_fields\":[{\"kind\":\"kernel.return\",\"fields\":[\"x\",\"args\"],\"why\":\"w\"},"
    "{\"kind\":\"import.call\",\"fields\":[\"name\"],\"why\":\"w\"},"
    "{\"kind\":\"x\",\"fields\":[\"size\"],\"why\":\"w\"}],"
    "\"allocator_returns\":[{\"kind\":\"sema.release\",\"name_field\":\"name\",\"names\":[\"a\"],"
    "\"set_fields\":[\"status\"],\"replace_fields\":[\"size\"],\"mark\":\"S\",\"why\":\"w\"}],"
    "\"name_classes\":["
    "{\"class\":\"address\",\"at_least\":\"0x100\",\"scope\":\"thread\",\"why\":\"w\"},"
    "{\"class\":\"handle\",\"at_least\":\"0x0\",\"at_most\":\"0xffff\",\"scope\":\"log\",\"why\":\"w\"}],"
    "\"names\":["
    "{\"form\":\"value\",\"class\":\"address\",\"kind\":\"kernel.call\",\"fields\":[\"args.*\",\"size\"],\"why\":\"w\"},"
    "{\"form\":\"end\",\"class\":\"handle\",\"kind\":\"kernel.call\",\"name_field\":\"name\",\"calls\":[\"a\",\"b\"],"
    "\"fields\":[\"args.a0\",\"size\"],\"why\":\"w\"},"
    "{\"form\":\"plain\",\"kind\":\"kernel.call\",\"name_field\":\"name\",\"calls\":[\"a\",\"caf\u00e9\"],"
    "\"fields\":[\"args.*\"],\"why\":\"w\"},"
    "{\"form\":\"birth\",\"class\":\"address\",\"kind\":\"kernel.return\",\"name_field\":\"name\","
    "\"calls\":[\"RtlAllocateHeap\",\"a\\nb\"],\"fields\":[\"return_value\"],\"why\":\"w\","
    "\"size\":{\"kind\":\"sema.release\",\"field\":\"args.a1\"}},"
    "{\"form\":\"birth\",\"class\":\"address\",\"kind\":\"kernel.return\",\"name_field\":\"name\","
    "\"calls\":[\"a\"],\"fields\":[\"size\"],\"why\":\"w\","
    "\"size\":{\"kind\":\"sema.release\",\"field\":\"size\"}},"
    "{\"form\":\"value\",\"class\":\"handle\",\"kind\":\"kernel.return\",\"fields\":[\"return_value\",\"handle_semantic_id\"],"
    "\"why\":\"w\"},"
    "{\"form\":\"value\",\"class\":\"address\",\"kind\":\"import.call\",\"name_field\":\"name\",\"calls\":[\"a\"],"
    "\"fields\":[\"args.a0\"],\"why\":\"w\"},"
    "{\"form\":\"value\",\"class\":\"handle\",\"kind\":\"x\",\"fields\":[\"args.*\",\"args.a1\",\"args\"],\"why\":\"w\"}]}";

static struct evd_rules *load_rules(const char *text)
{
    struct evd_rules *rules;
    struct evd_error error;
    const enum evd_status status = text == NULL ? evd_rules_load(NULL, NULL, &rules, &error)
                                                : evd_rules_load_text("t", text, strlen(text), NULL, &rules, &error);
    cr_assert_eq(status, EVD_OK, "%llu:%llu %s", (unsigned long long)error.line, (unsigned long long)error.column,
                 error.message);
    return rules;
}

Test(shape, reads_what_the_parser_reads, .timeout = 600)
{
    struct evd_rules *const all_rules[] = {load_rules(NULL), load_rules(OTHER_RULES), load_rules(NAME_RULES)};
    unsigned valid = 0, invalid = 0;
    size_t names = 0, by_shapes = 0;
    for (unsigned long long seed = 1; seed <= 4000; seed++) {
        const struct evd_rules *rules = all_rules[seed % 3];
        struct random random = {seed};
        struct evd_buffer log = {0};
        random_lines(&random, &log);
        struct two_ways read = read_two_ways(rules, &log, random_below(&random, 2) ? 0 : 900, seed);
        if (read.with.status == EVD_OK) {
            expect_same_logs(read.with.log, read.without.log, seed);
            names += expect_same_names(read.with.log, seed);
            by_shapes += seed % 8 < 3 ? expect_same_rereads(read.with.log, seed) : 0;
        } else {
            expect_same_problems(&read.with, &read.without, seed);
        }
        valid += read.with.status == EVD_OK;
        invalid += read.with.status != EVD_OK;
        release_two_ways(&read);
        evd_buffer_release(&log);
    }
    cr_expect_gt(valid, 100, "%u valid logs", valid);
    cr_expect_gt(invalid, 100, "%u invalid logs", invalid);
    cr_expect_gt(names, 1000, "%zu names", names);
    cr_expect_gt(by_shapes, 10000, "%zu lines by shapes", by_shapes);
    for (int i = 0; i < 3; i++)
        evd_rules_free(all_rules[i]);
}

/* Logs without errors, all of kinds with names, in which a program does again what it did before. */
Test(shape, lists_the_names_that_the_parser_lists, .timeout = 600)
{
    enum { EARLIER = 20 };
    static const char *const NAME_KINDS[] = {"kernel.call", "kernel.return", "x", "sema.release", "import.call"};
    struct evd_rules *rules = load_rules(NAME_RULES);
    size_t names = 0, by_shapes = 0;
    for (unsigned long long seed = 1; seed <= 300; seed++) {
        struct random random = {seed};
        struct evd_buffer log = {0}, payloads[EARLIER] = {{0}};
        const char *kinds[EARLIER];
        evd_buffer_string(&log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
        for (unsigned i = 0; i < 400; i++) {
            const unsigned which = i < EARLIER ? i : random_below(&random, EARLIER);
            struct evd_buffer *text = &payloads[which];
            if (i < EARLIER || random_below(&random, 3) == 0) {
                evd_buffer_clear(text);
                random_payload(&random, text);
                kinds[which] = PICK(&random, NAME_KINDS);
            }
            evd_buffer_format(&log, "{\"kind\":\"%s\",\"tid\":1,\"tid_event_idx\":%u,\"payload\":", kinds[which], i);
            evd_buffer_append(&log, text->data, text->length);
            evd_buffer_string(&log, "}\n");
        }
        for (unsigned i = 0; i < EARLIER; i++)
            evd_buffer_release(&payloads[i]);
        struct two_ways read = read_two_ways(rules, &log, 0, seed);
        if (read.with.status == EVD_OK) {
            expect_same_logs(read.with.log, read.without.log, seed);
            names += expect_same_names(read.with.log, seed);
            by_shapes += seed % 4 == 0 ? expect_same_rereads(read.with.log, seed) : 0;
        }
        release_two_ways(&read);
        evd_buffer_release(&log);
    }
    evd_rules_free(rules);
    cr_expect_gt(by_shapes, 10000, "%zu lines by shapes", by_shapes);
    cr_expect_gt(names, 10000, "%zu names", names);
}

/* SIDs of both forms, in a field that is compared and in one that is not; what a recipe takes, some of it skipped. */
static const char SID_RULES[] =
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"sids\","
    "\"pairing\":{\"kind\":\"many\",\"field\":\"sids\",\"why\":\"w\"},"
    "\"engine_local_kinds\":[{\"kind\":\"wake\",\"counted\":true,\"why\":\"w\"}],"
    "\"skipped_fields\":[{\"kind\":\"one\",\"fields\":[\"sid\",\"type\"],\"why\":\"w\"},"
    "{\"kind\":\"skipped\",\"fields\":[\"sids\"],\"why\":\"w\"}],"
    "\"sid_sources\":["
    "{\"kind\":\"one\",\"field\":\"sid\",\"recipe\":{\"marker\":\"0xC01AB005\",\"pointer_field\":\"pointer\","
    "\"object_type_field\":\"type\"},\"why\":\"w\"},"
    "{\"kind\":\"many\",\"field\":\"sids\",\"many\":true,\"why\":\"w\"},"
    "{\"kind\":\"skipped\",\"field\":\"sids\",\"many\":true,\"why\":\"w\"}]}";

/* Of few, so that threads share them; now and then the recipe's of pointer 0x10 and type 3, which is spelled twice. */
static void put_sid(struct random *random, struct evd_buffer *log)
{
    static const char *const SIDS[] = {
        "\"a\"", "\"b\"", "\"caf\\u00e9\"", "\"caf\xc3\xa9\"", "null", "7", "[\"a\"]", "\"\""};
    const unsigned draw = random_below(random, 24);
    if (draw < sizeof SIDS / sizeof SIDS[0])
        evd_buffer_string(log, SIDS[draw]);
    else if (draw < 20)
        evd_buffer_format(log, "\"%016x\"", random_below(random, 40));
    else
        evd_buffer_string(log, draw < 22 ? "\"RECIPE\"" : "\"\\u0052ECIPE\"");
}

static void put_array(struct random *random, unsigned length, unsigned depth, struct evd_buffer *log)
{
    evd_buffer_byte(log, '[');
    for (unsigned i = 0; i < length; i++) {
        if (i > 0)
            evd_buffer_byte(log, ',');
        if (depth < 12 && random_below(random, 8) == 0)
            put_array(random, random_below(random, 3), depth + 1, log);
        else if (random_below(random, 12) == 0)
            evd_buffer_format(log, "{\"a\":%u,\"b\":[true,null]}", random_below(random, 3));
        else if (random_below(random, 6) == 0)
            evd_buffer_format(log, random_below(random, 2) ? "%u" : "-%u.0", random_below(random, 3));
        else
            put_sid(random, log);
    }
    evd_buffer_byte(log, ']');
}

/* What FNV-1a yields for the recipe of `pointer` 0x10 and `type` 3, by another way than the program's. */
static unsigned long long recipe_of_16_and_3(void)
{
    static const unsigned BYTES[20] = {0x05, 0xb0, 0x1a, 0xc0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0};
    unsigned long long hash = 14695981039346656037u;
    for (int i = 0; i < 20; i++) {
        hash ^= BYTES[i];
        hash *= 1099511628211u;
    }
    return hash;
}

static void put_line(struct random *random, unsigned form, unsigned i, struct evd_buffer *log)
{
    static const char *const KINDS[] = {"one", "many", "skipped", "plain", "wake"};
    static const char *const POINTERS[] = {"\"0x10\"", "\"16\"", "16", "\"0X010\"", "null"};
    static const char *const TYPES[] = {"3", "3.0", "true", "\"3\"", "null", "4294967299"};
    const char *kind = KINDS[form % 5];
    evd_buffer_format(log, "{\"kind\":\"%s\",\"tid\":%u,\"tid_event_idx\":%u,\"extra\":", kind, random_below(random, 3),
                      i);
    if (form % 3 == 0)
        put_array(random, form % 4, 10, log);
    else
        evd_buffer_string(log, "1");
    evd_buffer_string(log, ",\"payload\":{");
    if (form % 5 == 0) {
        evd_buffer_string(log, "\"sid\":");
        put_sid(random, log);
        evd_buffer_format(log, ",\"pointer\":%s,\"type\":%s", PICK(random, POINTERS), PICK(random, TYPES));
    } else {
        evd_buffer_string(log, "\"sids\":");
        if (random_below(random, 20) == 0)
            put_sid(random, log);
        else
            put_array(random, form % 7, form % 2 ? 12 : 8 + random_below(random, 5), log);
        evd_buffer_string(log, ",\"x\":{\"y\":");
        put_array(random, form % 3, 12, log);
        evd_buffer_byte(log, '}');
    }
    evd_buffer_string(log, "}}\n");
}

/* SIDs float alike, which is what threads that use the same one come to. */
Test(shape, reads_sids_and_arrays_as_the_parser_does, .timeout = 600)
{
    struct evd_rules *const all_rules[] = {load_rules(SID_RULES), load_rules(NULL)};
    size_t floating = 0, by_shapes = 0;
    char recipe[17];
    snprintf(recipe, sizeof recipe, "%016llx", recipe_of_16_and_3());
    for (unsigned long long seed = 1; seed <= 2000; seed++) {
        struct random random = {seed};
        struct evd_buffer log = {0};
        evd_buffer_string(&log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
        /* A few forms, so that most lines have a shape. */
        const unsigned first_form = random_below(&random, 100);
        for (unsigned i = 0; i < 120; i++)
            put_line(&random, first_form + random_below(&random, 3), i, &log);
        evd_buffer_reserve(&log, 1);
        log.data[log.length] = '\0';
        struct evd_buffer text = {0};
        for (const char *p = log.data; *p != '\0';) {
            const bool is_recipe = strncmp(p, "\"RECIPE\"", 8) == 0,
                       is_escaped = strncmp(p, "\"\\u0052ECIPE\"", 13) == 0;
            if (is_recipe)
                evd_buffer_format(&text, "\"%s\"", recipe);
            else if (is_escaped)
                evd_buffer_format(&text, "\"\\u%04x%s\"", (unsigned)recipe[0], recipe + 1);
            else
                evd_buffer_byte(&text, *p);
            p += is_recipe ? 8 : is_escaped ? 13 : 1;
        }
        struct two_ways read = read_two_ways(all_rules[seed % 8 == 0], &text, random_below(&random, 2) ? 0 : 900, seed);
        cr_assert_eq(read.with.status, EVD_OK, "seed %llu", seed);
        expect_same_logs(read.with.log, read.without.log, seed);
        floating += read.with.log->floating.count;
        by_shapes += seed % 8 < 3 ? expect_same_rereads(read.with.log, seed) : 0;
        release_two_ways(&read);
        evd_buffer_release(&log);
        evd_buffer_release(&text);
    }
    cr_expect_gt(floating, 10000, "%zu SIDs float", floating);
    cr_expect_gt(by_shapes, 10000, "%zu lines by shapes", by_shapes);
    evd_rules_free(all_rules[0]);
    evd_rules_free(all_rules[1]);
}

static void put_long_string(struct evd_buffer *log, size_t length, unsigned escape_at, char last)
{
    evd_buffer_byte(log, '"');
    for (size_t i = 0; i < length; i++)
        if (i % 1000 == escape_at)
            evd_buffer_string(log, "\\n");
        else
            evd_buffer_byte(log, (char)('a' + i % 26));
    evd_buffer_byte(log, last);
    evd_buffer_byte(log, '"');
}

/* What a line's strings come to unescaped has room for 4,096 bytes at once; longer ones are read another way. */
Test(shape, escaped_strings_of_any_length_count_alike)
{
    struct evd_rules *rules = load_rules(NULL);
    for (size_t length = 4080; length <= 4110; length++) {
        struct evd_buffer log = {0};
        evd_buffer_string(&log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
        for (unsigned line = 0; line < 24; line++) {
            evd_buffer_format(&log, "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":%u,\"payload\":{\"a\":", line);
            put_long_string(&log, line % 3 == 0 ? 7 : length / (1 + line % 2), line % 5, (char)('A' + line));
            evd_buffer_string(&log, ",\"b\":");
            put_long_string(&log, line % 3 == 1 ? 7 : length / 2, line % 4, (char)('A' + line));
            evd_buffer_string(&log, "}}\n");
        }
        expect_twins(rules, &log);
        evd_buffer_release(&log);
    }
    evd_rules_free(rules);
}
