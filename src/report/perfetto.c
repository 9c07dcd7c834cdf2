/* perfetto: a trace for ui.perfetto.dev and its trace processor. Two processes, canary and ours; a track a thread; slices for what
 * matches and for each divergence, instants where a divergence is one event or none of the side; arrows (flows) from a
 * divergence in canary to ours, and from a cause to what follows from it.
 *
 * The format is TrackEvent (Perfetto, protos/perfetto/trace/track_event, and docs/reference/synthetic-track-event.md). Time is
 * host_ns from the first event of the side on, where all events have one; else the place of the event in its log, in bytes,
 * which is the order of emission. Of a divergence the begin alone is known: what is between two of them is shared out by events.
 *
 * A browser holds some GB of a trace at two to four times its size: there is a slice a run, never one an event, and runs that
 * are too many for a thread become one where they are close. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/letters.h"
#include "report/consequences.h"
#include "report/describe.h"
#include "report/known.h"
#include "report/proto.h"
#include "report/report.h"
#include "report/runs.h"
#include "report/values.h"

enum {
    RUNS_MAX = 400 * 1000, /* of all threads */
    RUNS_MIN = 16,         /* of one, however many threads there are */
    CAUSE_FLOWS_MAX = 100, /* arrows that leave one divergence */
    NAME_MAX = 200,        /* letters of a name, of a value */
    UNPAIRED_MAX = 10000,  /* of a side */
    STANDINGS_MAX = 16,    /* that a ledger may give */
    SEQUENCE = 1,          /* all packets are of one writer */
};

/* Numbers of fields, and values of TrackEvent's type. */
enum { TRACE_PACKET = 1 };
enum { PACKET_TIMESTAMP = 8, PACKET_SEQUENCE = 10, PACKET_EVENT = 11, PACKET_DESCRIPTOR = 60 };
enum { TRACK_UUID = 1, TRACK_NAME = 2, TRACK_PROCESS = 3, TRACK_THREAD = 4, TRACK_PARENT = 5 };
enum { PROCESS_PID = 1, PROCESS_NAME = 6 };
enum { THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5 };
enum { EVENT_ANNOTATION = 4, EVENT_TYPE = 9, EVENT_TRACK = 11, EVENT_CATEGORY = 22, EVENT_NAME = 23, EVENT_FLOW = 47 };
enum { ANNOTATION_STRING = 6, ANNOTATION_NAME = 10 };
enum event_type { TYPE_BEGIN = 1, TYPE_END = 2, TYPE_INSTANT = 3 };

struct trace {
    const struct evd_outcome *outcome;
    const struct evd_known *known; /* or NULL */
    struct evd_output *out;
    struct evd_buffer packet, event, part, text;
    int64_t start[EVD_SIDES]; /* host_ns of the first event that is told */
    struct evd_consequences consequences;
    uint64_t *gaps;  /* of each pair: evd_runs_gap */
    bool *has_arrow; /* a divergence, by number → an arrow leads from its root to it */
    uint64_t count;  /* divergences */
};

static struct evd_text text_of(const struct evd_buffer *buffer)
{
    return (struct evd_text){buffer->length > 0 ? buffer->data : "", buffer->length};
}

static void put_packet(struct trace *trace)
{
    evd_proto_message(&trace->out->buffer, TRACE_PACKET, &trace->packet);
    evd_buffer_clear(&trace->packet);
    evd_output_flush_some(trace->out);
}

/* ── Tracks ── */

static uint64_t process_uuid(int side)
{
    return 1 + (uint64_t)side;
}

/* Of the thread of a number: pairs first, then those without a counterpart. */
static uint64_t thread_uuid(int side, size_t number)
{
    return 16 + 2 * (uint64_t)number + (uint64_t)side;
}

static void put_process(struct trace *trace, int side)
{
    struct evd_buffer *descriptor = &trace->event;
    evd_buffer_clear(&trace->part);
    evd_buffer_format(&trace->text, "%s: ", evd_side_name((enum evd_side)side));
    evd_append_line(&trace->text, trace->outcome->path[side]);
    evd_proto_number(&trace->part, PROCESS_PID, process_uuid(side));
    trace->part.failed |= trace->text.failed;
    evd_proto_bytes(&trace->part, PROCESS_NAME, text_of(&trace->text));
    evd_proto_number(descriptor, TRACK_UUID, process_uuid(side));
    evd_proto_message(descriptor, TRACK_PROCESS, &trace->part);
    evd_proto_message(&trace->packet, PACKET_DESCRIPTOR, descriptor);
    evd_buffer_clear(descriptor);
    evd_buffer_clear(&trace->text);
    put_packet(trace);
}

/* ThreadDescriptor's tid has 32 bits: threads are numbered, and their names have the tid. */
static void put_thread(struct trace *trace, int side, size_t number)
{
    struct evd_buffer *descriptor = &trace->event;
    evd_buffer_clear(&trace->part);
    evd_proto_number(&trace->part, THREAD_PID, process_uuid(side));
    evd_proto_number(&trace->part, THREAD_TID, 16 + (uint64_t)number);
    trace->part.failed |= trace->text.failed;
    evd_proto_bytes(&trace->part, THREAD_NAME, text_of(&trace->text));
    evd_proto_number(descriptor, TRACK_UUID, thread_uuid(side, number));
    evd_proto_message(descriptor, TRACK_THREAD, &trace->part);
    evd_proto_number(descriptor, TRACK_PARENT, process_uuid(side));
    evd_proto_message(&trace->packet, PACKET_DESCRIPTOR, descriptor);
    evd_buffer_clear(descriptor);
    evd_buffer_clear(&trace->text);
    put_packet(trace);
}

/* ── Time ── */

/* Times are whatever a log says: those that lie far from the others are where the trace's format can still hold them. */
static uint64_t time_at(const struct trace *trace, int side, int64_t host_ns, uint64_t offset)
{
    const uint64_t most = INT64_MAX / 2;
    const uint64_t time = trace->outcome->has_times ? (uint64_t)host_ns - (uint64_t)trace->start[side] : offset;
    return time < most ? time : most;
}

static void find_starts(struct trace *trace)
{
    const struct evd_outcome *outcome = trace->outcome;
    for (int side = 0; side < EVD_SIDES; side++) {
        trace->start[side] = INT64_MAX;
        for (size_t i = 0; i < outcome->pair_count; i++) {
            const struct evd_pair_times *times = outcome->pairs[i].times;
            if (times != NULL && times->extent[side].first_ns < trace->start[side])
                trace->start[side] = times->extent[side].first_ns;
        }
        for (size_t i = 0; i < outcome->unpaired_count[side]; i++)
            if (outcome->unpaired[side][i].extent.first_ns < trace->start[side])
                trace->start[side] = outcome->unpaired[side][i].extent.first_ns;
    }
}

/* ── Events ── */

/* Begins a track event; what comes behind it is its fields. */
static void begin_event(struct trace *trace, enum event_type type, uint64_t track)
{
    evd_buffer_clear(&trace->event);
    evd_proto_number(&trace->event, EVENT_TYPE, type);
    evd_proto_number(&trace->event, EVENT_TRACK, track);
}

static void end_event(struct trace *trace, uint64_t time)
{
    evd_proto_number(&trace->packet, PACKET_TIMESTAMP, time);
    evd_proto_number(&trace->packet, PACKET_SEQUENCE, SEQUENCE);
    evd_proto_message(&trace->packet, PACKET_EVENT, &trace->event);
    evd_buffer_clear(&trace->event);
    put_packet(trace);
}

static void add_string(struct trace *trace, unsigned field, const char *string)
{
    evd_buffer_clear(&trace->text);
    evd_buffer_string(&trace->text, string);
    trace->event.failed |= trace->text.failed;
    evd_proto_bytes(&trace->event, field, text_of(&trace->text));
    evd_buffer_clear(&trace->text);
}

/* A line below the slice, of what is in `text`. */
static void annotate(struct trace *trace, const char *name)
{
    evd_cut_letters(&trace->text, 0, NAME_MAX);
    evd_buffer_clear(&trace->part);
    trace->part.failed |= trace->text.failed;
    evd_proto_bytes(&trace->part, ANNOTATION_NAME, (struct evd_text){name, strlen(name)});
    evd_proto_bytes(&trace->part, ANNOTATION_STRING, text_of(&trace->text));
    evd_proto_message(&trace->event, EVENT_ANNOTATION, &trace->part);
    evd_buffer_clear(&trace->text);
}

/* A stretch of one side of a thread, from a place in its stream to another. */
struct stretch {
    uint64_t from, until; /* time */
};

static void put_matched(struct trace *trace, uint64_t track, struct stretch stretch, uint64_t events)
{
    if (events == 0)
        return;
    begin_event(trace, TYPE_BEGIN, track);
    add_string(trace, EVENT_NAME, "matched");
    add_string(trace, EVENT_CATEGORY, "matched");
    evd_buffer_string(&trace->text, evd_grouped(events).text);
    annotate(trace, "events");
    end_event(trace, stretch.from);
    begin_event(trace, TYPE_END, track);
    end_event(trace, stretch.until);
}

/* What a divergence is, in the lines below its slice. */
static void annotate_divergence(struct trace *trace, const struct evd_divergence *divergence)
{
    const struct evd_family *family = &trace->outcome->families[divergence->family];
    evd_buffer_string(&trace->text, family->id);
    annotate(trace, "family");
    if (divergence->value != NULL) {
        struct evd_buffer values[EVD_SIDES] = {{0}, {0}};
        evd_append_values(values, divergence->value, family->shown_as);
        for (int side = 0; side < EVD_SIDES; side++) {
            trace->text.failed |= values[side].failed;
            evd_append_text(&trace->text, text_of(&values[side]));
            annotate(trace, evd_side_name((enum evd_side)side));
            evd_buffer_release(&values[side]);
        }
    } else {
        evd_describe_extent(&trace->text, divergence);
        annotate(trace, "events");
    }
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_format(&trace->text, "%" PRId64, evd_run_of(divergence, side).first_idx);
        annotate(trace, side == EVD_CANARY ? "canary tid_event_idx" : "ours tid_event_idx");
    }
    if (divergence->cause != EVD_CAUSE_NONE) {
        evd_buffer_string(&trace->text, evd_cause_summary(divergence->cause));
        annotate(trace, "follows by");
    }
    const struct evd_listed_family *known = evd_known_of(trace->known, divergence->family);
    if (known != NULL) {
        evd_describe_known(&trace->text, known);
        annotate(trace, "ledger");
    }
}

/* The arrows of a divergence: from canary to ours; in ours from a root to what follows from it. */
static void add_flows(struct trace *trace, int side, size_t pair, size_t first, bool is_single)
{
    const struct evd_consequences *consequences = &trace->consequences;
    const size_t number = consequences->first[pair] + first;
    evd_proto_fixed64(&trace->event, EVENT_FLOW, number + 1);
    if (side == EVD_CANARY || !is_single)
        return;
    if (trace->has_arrow[number])
        evd_proto_fixed64(&trace->event, EVENT_FLOW, trace->count + number + 1);
    for (size_t next = consequences->heads[number]; next != EVD_NO_DIVERGENCE; next = consequences->nexts[next])
        if (trace->has_arrow[next])
            evd_proto_fixed64(&trace->event, EVENT_FLOW, trace->count + next + 1);
}

/* What a ledger says of the families of a run is a category too, each once, so that a timeline can be searched by it. */
static void add_standings(struct trace *trace, const struct evd_divergence *divergences, size_t first, size_t end)
{
    const char *told[STANDINGS_MAX];
    size_t count = 0;
    for (size_t i = first; i < end && count < STANDINGS_MAX; i++) {
        const struct evd_listed_family *known = evd_known_of(trace->known, divergences[i].family);
        size_t place = 0;
        while (known != NULL && place < count && strcmp(told[place], known->standing) != 0)
            place++;
        if (known == NULL || place < count)
            continue;
        told[count++] = known->standing;
        add_string(trace, EVENT_CATEGORY, known->standing);
    }
}

/* The divergences of a pair from `first` on and before `end`, as one slice of a side, or as an instant. */
static void put_run(struct trace *trace, int side, size_t pair, size_t first, size_t end, struct stretch stretch)
{
    const struct evd_divergence *divergences = trace->outcome->pairs[pair].divergences;
    const struct evd_divergence *one = &divergences[first];
    const uint64_t track = thread_uuid(side, pair);
    const bool is_single = end - first == 1, is_instant = is_single && evd_run_of(one, side).count <= 1;
    bool has_root = false;
    for (size_t i = first; i < end; i++)
        has_root |= divergences[i].cause == EVD_CAUSE_NONE;
    begin_event(trace, is_instant ? TYPE_INSTANT : TYPE_BEGIN, track);
    if (is_single) {
        evd_buffer_format(&trace->text, "%s ", evd_class_name(one->class_));
        evd_describe_subject(&trace->text, &trace->outcome->families[one->family]);
        evd_cut_letters(&trace->text, 0, NAME_MAX);
    } else {
        evd_buffer_format(&trace->text, "%s divergences", evd_grouped(end - first).text);
    }
    trace->event.failed |= trace->text.failed;
    evd_proto_bytes(&trace->event, EVENT_NAME, text_of(&trace->text));
    evd_buffer_clear(&trace->text);
    add_string(trace, EVENT_CATEGORY, has_root ? "root" : "consequence");
    add_standings(trace, divergences, first, end);
    if (is_single)
        annotate_divergence(trace, one);
    add_flows(trace, side, pair, first, is_single);
    end_event(trace, stretch.from);
    if (is_instant)
        return;
    begin_event(trace, TYPE_END, track);
    end_event(trace, stretch.until);
}

/* ── Threads ── */

/* A way along one side of a thread: time never goes back, so that slices follow each other. */
struct way {
    uint64_t now;
    uint64_t position; /* in the stream, where `now` is */
};

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The time of a place between the way's and the next known one, by its share of the events between them. */
static uint64_t between(const struct way *way, uint64_t position, uint64_t next_position, uint64_t next)
{
    const uint64_t events = next_position - way->position, passed = position - way->position;
    if (next_position <= way->position || position <= way->position || passed >= events || next <= way->now)
        return position <= way->position ? way->now : later(way->now, next);
    return way->now + (uint64_t)((double)(next - way->now) * ((double)passed / (double)events));
}

static uint64_t time_of(const struct trace *trace, const struct evd_pair_outcome *pair, int side, size_t index)
{
    const int64_t host_ns =
        pair->times != NULL && trace->outcome->has_times ? pair->times->host_ns[side][index] : trace->start[side];
    return time_at(trace, side, host_ns, evd_run_of(&pair->divergences[index], side).offset);
}

static void put_side(struct trace *trace, int side, size_t index)
{
    static const struct evd_thread_extent NOWHERE;
    const struct evd_pair_outcome *pair = &trace->outcome->pairs[index];
    const struct evd_thread_extent *extent = pair->times != NULL ? &pair->times->extent[side] : &NOWHERE;
    const uint64_t track = thread_uuid(side, index);
    const uint64_t last = time_at(trace, side, extent->last_ns, extent->last_offset);
    struct way way = {.now = time_at(trace, side, extent->first_ns, extent->first_offset)};
    if (pair->divergence_count == 0) {
        put_matched(trace, track, (struct stretch){way.now, later(way.now, last)}, pair->counts[side].matched);
        return;
    }
    for (size_t first = 0, end; first < pair->divergence_count; first = end) {
        end = evd_run_end(pair, first, trace->gaps[index]);
        const uint64_t position = evd_run_of(&pair->divergences[first], side).position;
        const struct evd_divergence *final = &pair->divergences[end - 1];
        const uint64_t behind = evd_run_of(final, side).position + evd_run_of(final, side).count;
        const uint64_t begin = later(way.now, time_of(trace, pair, side, first));
        put_matched(trace, track, (struct stretch){way.now, begin},
                    first == 0 ? position : pair->divergences[first - 1].matched_after);
        way = (struct way){begin, position};
        const bool is_last = end == pair->divergence_count;
        const uint64_t next_position =
            is_last ? behind + final->matched_after : evd_run_of(&pair->divergences[end], side).position;
        const uint64_t next = is_last ? last : time_of(trace, pair, side, end);
        const uint64_t until = between(&way, behind, next_position, next);
        put_run(trace, side, index, first, end, (struct stretch){begin, until});
        way = (struct way){until, behind};
        if (is_last)
            put_matched(trace, track, (struct stretch){way.now, later(way.now, last)}, final->matched_after);
    }
}

static void put_pair(struct trace *trace, size_t index)
{
    const struct evd_pair_outcome *pair = &trace->outcome->pairs[index];
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_format(&trace->text, "tid %" PRId64 " (%s %" PRId64 ")", pair->tid[side],
                          evd_side_name((enum evd_side) !side), pair->tid[!side]);
        put_thread(trace, side, index);
        put_side(trace, side, index);
    }
}

static void put_unpaired(struct trace *trace, int side)
{
    const struct evd_outcome *outcome = trace->outcome;
    for (size_t i = 0; i < outcome->unpaired_count[side] && i < UNPAIRED_MAX; i++) {
        const struct evd_unpaired *thread = &outcome->unpaired[side][i];
        const size_t number = outcome->pair_count + i;
        const uint64_t from = time_at(trace, side, thread->extent.first_ns, thread->extent.first_offset);
        evd_buffer_format(&trace->text, "tid %" PRId64 " (no counterpart)", thread->tid);
        put_thread(trace, side, number);
        begin_event(trace, TYPE_BEGIN, thread_uuid(side, number));
        add_string(trace, EVENT_NAME, thread->is_never_created ? "never created on the other side" : "no counterpart");
        add_string(trace, EVENT_CATEGORY, "unpaired");
        evd_buffer_string(&trace->text, evd_grouped(thread->total).text);
        annotate(trace, "events");
        end_event(trace, from);
        begin_event(trace, TYPE_END, thread_uuid(side, number));
        end_event(trace, later(from, time_at(trace, side, thread->extent.last_ns, thread->extent.last_offset)));
    }
}

/* Decides which divergences are runs of their own, and which arrows there are: where both ends are. */
static bool prepare(struct trace *trace)
{
    const struct evd_outcome *outcome = trace->outcome;
    const struct evd_consequences *consequences = &trace->consequences;
    trace->count = evd_divergence_count(outcome);
    trace->gaps = calloc(outcome->pair_count + 1, sizeof *trace->gaps);
    trace->has_arrow = calloc(trace->count + 1, sizeof *trace->has_arrow);
    if (!evd_consequences_find(&trace->consequences, outcome) || trace->gaps == NULL || trace->has_arrow == NULL)
        return false;
    const uint64_t share = outcome->pair_count > 0 ? RUNS_MAX / outcome->pair_count : 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        trace->gaps[i] = evd_runs_gap(&outcome->pairs[i], share > RUNS_MIN ? (size_t)share : RUNS_MIN);
    for (uint64_t root = 0; root < trace->count; root++) {
        size_t told = 0;
        for (size_t next = consequences->heads[root]; next != EVD_NO_DIVERGENCE && told < CAUSE_FLOWS_MAX;
             next = consequences->nexts[next])
            if (trace->gaps[consequences->pairs[root]] == 0 && trace->gaps[consequences->pairs[next]] == 0) {
                trace->has_arrow[next] = true;
                told++;
            }
    }
    find_starts(trace);
    return true;
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out)
{
    struct trace trace = {.outcome = outcome, .known = options->known, .out = out};
    if (prepare(&trace)) {
        for (int side = 0; side < EVD_SIDES; side++)
            put_process(&trace, side);
        for (size_t i = 0; i < outcome->pair_count; i++)
            put_pair(&trace, i);
        for (int side = 0; side < EVD_SIDES; side++)
            put_unpaired(&trace, side);
    } else {
        out->buffer.failed = true;
    }
    struct evd_buffer *const buffers[] = {&trace.packet, &trace.event, &trace.part, &trace.text};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        evd_buffer_release(buffers[i]);
    evd_consequences_release(&trace.consequences);
    free(trace.gaps);
    free(trace.has_arrow);
}

const struct evd_report_format evd_format_perfetto = {
    "perfetto", "a timeline for ui.perfetto.dev: every thread of both sides, and arrows", true, true, ".pftrace",
    render};
