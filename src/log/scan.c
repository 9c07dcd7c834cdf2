#include "log/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/pages.h"
#include "log/shape.h"

_Static_assert(EVD_CHUNK_BYTES_MAX / EVD_EVENT_BYTES_MIN + 2 <= 1 << 22, "a chunk's segments are numbered in 22 bits");
_Static_assert(sizeof(union evd_segment) == 32, "two segments are in a cache line");

/* What a line's reading brings to the caches: about a line, some lines ahead. */
enum { CACHE_LINE_BYTES = 64, PREFETCH_BYTES = 256, PREFETCH_AHEAD = 1536 };

struct evd_scanner *evd_scanner_create(const struct evd_rules *rules, size_t log_count)
{
    struct evd_scanner *scanner = calloc(1, sizeof *scanner);
    if (scanner == NULL)
        return NULL;
    scanner->log_count = log_count;
    scanner->parser = evd_json_parser_create();
    scanner->shapes = evd_shapes_create(rules);
    scanner->logs = calloc(log_count, sizeof *scanner->logs);
    if (scanner->parser == NULL || scanner->shapes == NULL || scanner->logs == NULL) {
        evd_scanner_destroy(scanner);
        return NULL;
    }
    /* Counts are in the worker's own arena: see evd_scan on cache lines. */
    for (size_t i = 0; i < log_count; i++)
        if (!evd_log_facts_init(&scanner->logs[i], rules)) {
            evd_scanner_destroy(scanner);
            return NULL;
        }
    return scanner;
}

void evd_scanner_destroy(struct evd_scanner *scanner)
{
    if (scanner == NULL)
        return;
    for (size_t i = 0; scanner->logs != NULL && i < scanner->log_count; i++)
        evd_log_facts_release(&scanner->logs[i]);
    free(scanner->logs);
    evd_member_list_release(&scanner->members);
    evd_hasher_release(&scanner->hasher);
    evd_json_parser_destroy(scanner->parser);
    evd_shapes_destroy(scanner->shapes);
    free(scanner);
}

void evd_chunk_release(struct evd_chunk *chunk)
{
    evd_pages_free(chunk->events, chunk->event_room * sizeof *chunk->events);
    evd_spill_give_back(chunk->spill, chunk->event_count * sizeof *chunk->events);
    if (chunk->segment_room > 0)
        evd_pages_free(chunk->segments, chunk->segment_room * sizeof *chunk->segments);
    else
        free(chunk->segments);
    free(chunk->disorders);
    free(chunk->problems);
    *chunk = (struct evd_chunk){0};
}

/* With so many tids what is known of each is seldom in the nearest cache. Then an event is added some lines
 * after it was read; meanwhile that is fetched, in two steps so many lines apart. */
enum { MANY_TIDS = 1000, PENDING_STEP = 3, PENDING_MAX = 8 };

/* Where the segments of few tids are, by a hash of theirs: what is asked before the numbers. */
enum { RECENT_TIDS_LOG2 = 6 };

/* An event that was read and is to be added. */
struct pending {
    struct evd_event_record record;
    uint64_t offset; /* of its line */
    uint32_t number; /* of its tid, once it is looked up */
};

/* The state of one scan. */
struct scan {
    struct evd_scanner *scanner;
    const struct evd_scan_job *job;
    struct evd_chunk *chunk;
    struct evd_log_facts *log;
    union evd_segment *segments;
    size_t segment_count;
    struct evd_chunk_event *next; /* where the next event goes, and for how many there is room */
    size_t room_left;
    uint32_t recent[1 << RECENT_TIDS_LOG2]; /* segments; any may be of another tid, or of none yet */
    union evd_segment *last;                /* the last event's, which is often the next's */
    uint64_t read, found, added;            /* of the pending events, so many went through each step */
    struct pending pending[PENDING_MAX];
};

struct sid_use {
    struct evd_log_facts *log;
    int64_t tid;
    bool failed;
};

static void use_sid(void *context, uint64_t sid_hash)
{
    struct sid_use *use = context;
    use->failed |= !evd_log_facts_use_sid(use->log, use->tid, sid_hash);
}

static bool gather_sids(struct scan *scan, const struct evd_json_tape *tape, const struct evd_event_fields *fields,
                        const struct evd_event_summary *summary)
{
    struct evd_hasher *hasher = &scan->scanner->hasher;
    const struct evd_sid_rule *rule = fields->rule->sid;
    struct sid_use use = {scan->log, fields->tid, false};
    evd_event_sids(hasher, tape, rule, summary->sid, use_sid, &use);
    if (evd_event_sid_is_shared_global(hasher, tape, rule, summary) &&
        !evd_log_facts_float(scan->log, evd_hash_string(evd_hasher_string(hasher, tape, summary->sid))))
        return false;
    return !use.failed;
}

/* The SIDs that a shape has found. */
static __attribute__((noinline)) bool use_sids(struct scan *scan, const struct evd_event_record *record)
{
    for (uint32_t i = 0; i < record->sid_count; i++)
        if (!evd_log_facts_use_sid(scan->log, record->tid, record->sids[i]))
            return false;
    return !record->is_shared_global || evd_log_facts_float(scan->log, record->sids[0]);
}

/* The values of kinds that come behind the first one are apart from those of others. */
static __attribute__((noinline)) void note_pairing(struct scan *scan, union evd_segment *segment, uint8_t rank,
                                                   const struct evd_event_record *record, uint64_t offset)
{
    enum { RANK_SHIFT = 56 }; /* offsets are smaller */
    struct evd_tid_facts *facts = &scan->log->facts[segment->number];
    segment->rank = rank;
    const uint64_t order = (uint64_t)(rank - 1) << RANK_SHIFT | offset;
    if (order >= facts->pairing_order)
        return;
    facts->pairing_order = order;
    facts->has_pairing_value = record->has_pairing_value;
    facts->pairing_value = rank == 1 ? record->pairing_value : evd_hash_pair(record->pairing_value, rank);
}

/* The segment of the thread with this number, or the one behind the last where it has none in the chunk yet. */
static inline union evd_segment *known_segment(const struct scan *scan, uint32_t number)
{
    const uint32_t segment = scan->log->segments[number];
    return segment < scan->segment_count && scan->segments[segment].number == number
               ? &scan->segments[segment]
               : &scan->segments[scan->segment_count];
}

/* Begins the thread's segment in the chunk. What is seldom done for an event is in functions of its own, so that the rest needs
 * no more than a few registers. */
static __attribute__((noinline)) union evd_segment *begin_segment(struct scan *scan, uint32_t number,
                                                                  const struct evd_event_record *record)
{
    if (scan->room_left == 0)
        return NULL;
    scan->log->segments[number] = (uint32_t)scan->segment_count;
    union evd_segment *segment = &scan->segments[scan->segment_count++];
    *segment = (union evd_segment){.tid = record->tid, .number = number, .first_idx = record->tid_event_idx};
    return segment;
}

static inline union evd_segment *segment_of(struct scan *scan, uint32_t number, const struct evd_event_record *record)
{
    union evd_segment *known = known_segment(scan, number);
    return __builtin_expect(known < scan->segments + scan->segment_count, 1)
               ? known
               : begin_segment(scan, number, record);
}

/* An event that does not have the number after its predecessor's. */
static __attribute__((noinline)) bool note_order(struct scan *scan, const union evd_segment *segment,
                                                 int64_t tid_event_idx)
{
    if (segment->count == 0)
        return true;
    if (tid_event_idx > segment->last_idx) {
        evd_idx_gaps_add(&scan->log->gaps, 1, (uint64_t)tid_event_idx - (uint64_t)segment->last_idx - 1);
        return true;
    }
    struct evd_chunk *chunk = scan->chunk;
    if (!EVD_MAKE_ROOM(chunk->disorders, chunk->disorder_count, chunk->disorder_capacity))
        return false;
    chunk->disorders[chunk->disorder_count++] =
        (struct evd_disorder){(size_t)(segment - scan->segments), segment->count, tid_event_idx};
    return true;
}

static __attribute__((noinline)) bool note_statistics(struct scan *scan, const struct evd_event_record *record)
{
    if (!evd_log_facts_add_kind(scan->log, record->kind))
        return false;
    if (record->has_host_ns)
        evd_log_facts_add_time(scan->log, record->host_ns);
    return true;
}

/* What the rule of an event's kind asks. */
static inline __attribute__((always_inline)) bool note_rule(struct scan *scan, union evd_segment *segment,
                                                            const struct evd_event_record *record, uint64_t offset)
{
    const struct evd_kind_rule *rule = record->rule;
    if (record->sid_count > 0 && !use_sids(scan, record))
        return false;
    struct evd_kind_use *use = &scan->log->kind_uses[rule - scan->job->rules->kinds];
    use->events++;
    use->skipped_fields += record->skipped_fields;
    use->canonical += record->tag >= EVD_TAG_ORDINALS;
    /* A later event of a segment comes first by its rank only. */
    if (rule->pairing != 0 && record->tag != EVD_TAG_ENGINE_LOCAL &&
        (segment->rank == 0 || rule->pairing < segment->rank))
        note_pairing(scan, segment, rule->pairing, record, offset);
    return !rule->counted ||
           evd_log_facts_count(scan->log, segment->number, rule->counted_index, scan->job->rules->counted_count);
}

static inline __attribute__((always_inline)) bool add_event_of(struct scan *scan, union evd_segment *segment,
                                                               const struct evd_event_record *record, uint64_t offset)
{
    if (segment == NULL || (__builtin_expect(scan->job->has_statistics, 0) && !note_statistics(scan, record)))
        return false;
    /* Numbers go round; the first event of a segment may be here with any number. */
    if (__builtin_expect(
            (uint64_t)record->tid_event_idx != (uint64_t)segment->last_idx + 1 || record->tid_event_idx == INT64_MIN,
            0) &&
        !note_order(scan, segment, record->tid_event_idx))
        return false;
    if (scan->room_left == 0)
        return false;
    scan->room_left--;
    scan->next->key = record->key;
    scan->next->place = (uint64_t)(segment - scan->segments) << EVD_CHUNK_SEGMENT_SHIFT |
                        (offset - scan->job->begin) << 16 | record->tag;
    scan->next++;
    segment->count++;
    segment->last_idx = record->tid_event_idx;
    return record->rule == NULL || note_rule(scan, segment, record, offset);
}

static __attribute__((noinline)) union evd_segment *find_segment(struct scan *scan, uint32_t *recent,
                                                                 const struct evd_event_record *record)
{
    const uint32_t number = evd_log_facts_of(scan->log, record->tid);
    union evd_segment *segment = number == EVD_TIDS_NONE ? NULL : segment_of(scan, number, record);
    if (segment != NULL)
        *recent = (uint32_t)(segment - scan->segments);
    return segment;
}

static inline bool add_event(struct scan *scan, const struct evd_event_record *record, uint64_t offset)
{
    union evd_segment *segment = scan->last;
    if (segment == NULL || segment->tid != record->tid) {
        uint32_t *recent = &scan->recent[(uint64_t)record->tid * 0x9e3779b97f4a7c15u >> (64 - RECENT_TIDS_LOG2)];
        segment = &scan->segments[*recent];
        if (*recent >= scan->segment_count || segment->tid != record->tid)
            segment = find_segment(scan, recent, record);
        scan->last = segment;
    }
    return add_event_of(scan, segment, record, offset);
}

/* Takes the pending events through the steps until each step has at most `step` left to do. */
static bool advance(struct scan *scan, unsigned step)
{
    struct evd_log_facts *log = scan->log;
    for (; scan->read - scan->found > step; scan->found++) {
        struct pending *pending = &scan->pending[scan->found % PENDING_MAX];
        pending->number = evd_log_facts_of(log, pending->record.tid);
        if (pending->number == EVD_TIDS_NONE)
            return false;
        /* Its segment likely; where that is yet to begin, the facts will be asked for. */
        const uint32_t segment = log->segments[pending->number];
        __builtin_prefetch(&scan->segments[segment]);
        if (segment >= scan->segment_count)
            __builtin_prefetch(&log->facts[pending->number]);
    }
    for (; scan->found - scan->added > step; scan->added++) {
        const struct pending *pending = &scan->pending[scan->added % PENDING_MAX];
        if (!add_event_of(scan, segment_of(scan, pending->number, &pending->record), &pending->record, pending->offset))
            return false;
    }
    return true;
}

/* Without a reason memory ran out. */
static bool add_problem(struct scan *scan, uint64_t offset, const char *reason)
{
    struct evd_chunk *chunk = scan->chunk;
    if (reason == NULL)
        return false;
    chunk->skipped_count += scan->job->is_tolerant;
    if (scan->job->is_tolerant && chunk->problem_count == EVD_SKIPPED_LISTED_MAX)
        return true;
    if (!EVD_MAKE_ROOM(chunk->problems, chunk->problem_count, chunk->problem_capacity))
        return false;
    chunk->problems[chunk->problem_count++] = (struct evd_scan_problem){offset, reason};
    return true;
}

static void count_compared(struct scan *scan, const struct evd_event_fields *fields, const uint32_t *uses)
{
    struct evd_kind_use *counts = scan->log->kind_uses + scan->job->rules->kind_count;
    for (size_t i = 0; i < fields->compare->count; i++)
        counts[fields->compare->rules[i]->index].events += uses[i];
}

/* What a parsed line says of its event; and its SIDs and the threads it creates. */
static bool read_event(struct scan *scan, const struct evd_json_tape *tape, const struct evd_event_fields *fields,
                       uint64_t offset, struct evd_event_record *record)
{
    struct evd_scanner *scanner = scan->scanner;
    struct evd_hasher *hasher = &scanner->hasher;
    struct evd_event_summary summary;
    evd_event_summarize(hasher, &scanner->members, tape, fields, &summary);
    *record = (struct evd_event_record){
        .tid = fields->tid,
        .tid_event_idx = fields->tid_event_idx,
        .key = summary.key,
        .tag = summary.tag,
        .rule = fields->rule,
        .kind = fields->kind,
        .skipped_fields = summary.skipped_fields,
        .has_pairing_value = summary.pairing != 0,
    };
    if (summary.compare_uses != NULL)
        count_compared(scan, fields, summary.compare_uses);
    if (summary.pairing != 0)
        record->pairing_value = evd_hash_value(hasher, tape, summary.pairing);
    record->has_host_ns = fields->host_ns != 0 && evd_event_integer(tape, fields->host_ns, &record->host_ns);
    const bool has_sids = fields->rule != NULL && fields->rule->sid != NULL;
    const uint64_t entry = summary.entry == 0 ? 0 : evd_hash_value(hasher, tape, summary.entry);
    if (fields->rule != NULL && fields->rule->creates_threads &&
        !evd_log_facts_add_creation(scan->log, offset, fields->tid, entry))
        return false;
    return !hasher->failed && (!has_sids || gather_sids(scan, tape, fields, &summary));
}

/* Reads a line by the parser. False when memory ran out. */
static bool parse_line(struct scan *scan, uint64_t offset, size_t length)
{
    struct evd_scanner *scanner = scan->scanner;
    evd_hasher_reset(&scanner->hasher);
    struct evd_json_fault json_fault;
    const struct evd_json_tape *tape =
        evd_json_parse(scanner->parser, scan->job->source->bytes + offset, length, &json_fault);
    if (tape == NULL)
        return add_problem(scan, offset + json_fault.offset, json_fault.reason);
    struct evd_event_fields fields;
    struct evd_line_fault fault;
    if (!evd_event_read(&scanner->hasher, scan->job->rules, scan->job->side, tape, &fields, &fault))
        return add_problem(scan, offset + fault.offset, fault.reason);
    struct evd_event_record record;
    if (!read_event(scan, tape, &fields, offset, &record) || !add_event(scan, &record, offset))
        return false;
    if (!scan->job->is_plain)
        evd_shapes_learn(scanner->shapes, &scanner->hasher, tape, length, &fields);
    return true;
}

/* Finds the end of the line at `offset` and reads it by the parser; empty lines are no events. The
 * offset of the next line, or 0 when memory ran out. */
static uint64_t scan_by_parser(struct scan *scan, uint64_t offset)
{
    if (!advance(scan, 0))
        return 0;
    const char *text = scan->job->source->bytes;
    const uint64_t length = scan->job->source->length;
    const char *end = memchr(text + offset, '\n', length - offset);
    const uint64_t next = end == NULL ? length : (uint64_t)(end - text) + 1;
    size_t line = (size_t)(next - offset) - (end != NULL);
    if (line > 0 && text[offset + line - 1] == '\r')
        line--;
    return line == 0 || parse_line(scan, offset, line) ? next : 0;
}

/* Reads the line at `offset` by its shape; the offset of the next line, 0 when memory ran out, or
 * `offset` itself when no shape fits. */
static uint64_t scan_by_shape(struct scan *scan, uint64_t offset)
{
    const struct evd_source *source = scan->job->source;
    struct pending *pending = &scan->pending[scan->read % PENDING_MAX];
    /* The processor fetches ahead by itself, but never beyond a page. */
    for (size_t i = 0; i < PREFETCH_BYTES; i += CACHE_LINE_BYTES)
        __builtin_prefetch(source->bytes + offset + PREFETCH_AHEAD + i);
    const char *next = evd_shapes_read(
        scan->scanner->shapes, source->bytes + offset, source->bytes + source->length, &pending->record);
    if (next == NULL)
        return offset;
    bool is_added;
    if (scan->log->tids.count < MANY_TIDS) {
        is_added = add_event(scan, &pending->record, offset);
    } else {
        evd_tids_prefetch(&scan->log->tids, pending->record.tid);
        pending->offset = offset;
        scan->read++;
        is_added = advance(scan, PENDING_STEP);
    }
    return is_added ? (uint64_t)(next - source->bytes) : 0;
}

/* With a spill chunks are kept to the end: their segments have no more memory than they need, and their events go to a file when the
 * spill has none left for them. They are read into memory in any case: how many there will be is known only then. */
static bool settle(const struct evd_scan_job *job, struct evd_chunk *chunk)
{
    const size_t size = chunk->event_count * sizeof *chunk->events;
    const size_t segments_size = chunk->segment_count * sizeof *chunk->segments;
    if (job->spill == NULL)
        return true;
    union evd_segment *segments = malloc(segments_size + 1);
    if (segments == NULL)
        return false;
    memcpy(segments, chunk->segments, segments_size);
    evd_event_rooms_give(job->rooms, EVD_ROOM_SEGMENTS, chunk->segments);
    chunk->segments = segments;
    chunk->segment_room = 0;
    if (evd_spill_hold(job->spill, size)) {
        chunk->spill = job->spill;
        return true;
    }
    struct evd_chunk_event *events = evd_spill_map_file(job->spill, size, NULL);
    if (events == NULL)
        return false;
    memcpy(events, chunk->events, size);
    evd_event_rooms_give(job->rooms, EVD_ROOM_EVENTS, chunk->events);
    chunk->events = events;
    chunk->event_room = chunk->event_count;
    return true;
}

/* Where the lines end that are read before a block of the text is hashed: where that is asked for, the end of the block. */
static uint64_t end_of_block(const struct evd_scan_job *job, uint64_t block)
{
    const uint64_t end = (block + 1) * EVD_CONTENT_BLOCK_BYTES;
    return job->blocks != NULL && end < job->end ? end : job->end;
}

/* Hashes a block where that is asked for and the block begins here. Its lines were just read: what is in the processor's
 * cache is hashed half as fast again as what is not, and the reading of lines hides the wait for memory. */
static void hash_block(const struct evd_scan_job *job, uint64_t block)
{
    const uint64_t begin = block * EVD_CONTENT_BLOCK_BYTES, rest = job->source->length - begin;
    if (job->blocks != NULL && begin < job->end)
        job->blocks[block] = evd_content_block(
            job->source->bytes + begin, rest < EVD_CONTENT_BLOCK_BYTES ? (size_t)rest : EVD_CONTENT_BLOCK_BYTES);
}

/* Scans into `chunk`; false when memory runs out. */
static bool scan_stretch(struct evd_scanner *scanner, const struct evd_scan_job *job, struct evd_chunk *chunk)
{
    struct scan scan = {.scanner = scanner, .job = job, .chunk = chunk, .log = &scanner->logs[job->log]};
    if ((chunk->events = evd_event_rooms_take(job->rooms, EVD_ROOM_EVENTS)) == NULL)
        return false;
    chunk->event_room = scan.room_left = job->rooms->event_count;
    scan.next = chunk->events;
    if ((chunk->segments = evd_event_rooms_take(job->rooms, EVD_ROOM_SEGMENTS)) == NULL)
        return false;
    chunk->segment_room = job->rooms->event_count;
    scan.segments = chunk->segments;
    const char *text = job->source->bytes;
    const uint64_t length = job->source->length;
    uint64_t offset = job->begin;
    if (offset > 0) {
        const char *end = memchr(text + offset - 1, '\n', length - offset + 1);
        offset = end == NULL ? length : (uint64_t)(end - text) + 1;
    }
    uint64_t block = job->first_block, until;
    do {
        until = end_of_block(job, block);
        while (offset < until && (job->is_tolerant || chunk->problem_count < job->problems_max)) {
            uint64_t next = job->is_plain ? offset : scan_by_shape(&scan, offset);
            if (next == offset)
                next = scan_by_parser(&scan, offset);
            if (next == 0)
                return false;
            offset = next;
        }
        hash_block(job, block++);
    } while (until < job->end);
    if (!advance(&scan, 0))
        return false;
    chunk->event_count = (size_t)(scan.next - chunk->events);
    chunk->segment_count = scan.segment_count;
    return settle(job, chunk);
}

void evd_scan(struct evd_scanner *scanner, const struct evd_scan_job *job, struct evd_chunk *chunk)
{
    /* Counted here, not in the caller's array: the next chunk there is another worker's, and what two
     * workers write to must not share a cache line. */
    struct evd_chunk scanned = {.worker = job->worker, .begin = job->begin};
    scanned.failed = !scan_stretch(scanner, job, &scanned);
    *chunk = scanned;
}
