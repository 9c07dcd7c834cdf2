/* What reports for people say of divergences, in one place so that they say it alike. */
#ifndef EVD_REPORT_DESCRIBE_H
#define EVD_REPORT_DESCRIBE_H

#include "base/buffer.h"
#include "evdiff/outcome.h"

/* How a pair came out, the worst first. */
enum evd_pair_state { EVD_STATE_DIVERGED, EVD_STATE_ENDS_EARLY, EVD_STATE_EQUAL };

enum evd_pair_state evd_pair_state(const struct evd_pair_outcome *pair);

/* "Diverged: 7 of 14 thread pairs" */
void evd_describe_verdict(struct evd_buffer *out, const struct evd_outcome *outcome);

/* "14,364 of canary's 14,462 events matched (99.3 %)"; of equal logs "818 events matched, the rules see past 109 of
 * canary's and 111 of ours" */
void evd_describe_matched(struct evd_buffer *out, const struct evd_outcome *outcome);

/* The logs of a diff, in which lines may have been skipped: canary's, ours, then those of the control runs. */
size_t evd_log_count(const struct evd_outcome *outcome);

/* What was skipped in the log with an index, from 0. */
const struct evd_skipped_lines *evd_skipped_in(const struct evd_outcome *outcome, size_t log);

/* "3 lines of ours are no events and were skipped", "1 line of control run 0 is no event and was skipped" */
void evd_describe_skipped(struct evd_buffer *out, const struct evd_outcome *outcome, size_t log);

/* "ours ends early: canary goes on for 3 events" */
void evd_describe_end(struct evd_buffer *out, const struct evd_pair_outcome *pair);

/* "643 divergences are 185 families; 139 of them follow from the other 46"; with control runs "500 divergences are 148
 * families: 115 noise, 33 new; 26 of those follow from the other 7" */
void evd_describe_families(struct evd_buffer *out, const struct evd_outcome *outcome);

/* "suspicion 9.0: +6.0 events match before and behind it, +4.0 a call fails on one side only, -1.0 it occurs again" */
void evd_describe_suspicion(struct evd_buffer *out, const struct evd_suspicion *suspicion);

/* "kernel.return NtReadFile return_value": what a family's divergences are about. */
void evd_describe_subject(struct evd_buffer *out, const struct evd_family *family);

/* "breaks address 0x1234 = 0x9876 learnt at canary tid 84 idx 290", and of ranges how far they reach. */
void evd_describe_breaks(struct evd_buffer *out, const struct evd_broken_renaming *breaks);

/* "return_value is null in ours only, under its mark" */
void evd_describe_null(struct evd_buffer *out, const struct evd_marked_null *null);

/* "new: no control run has it", or "noise"; with control runs only. */
void evd_describe_novelty(struct evd_buffer *out, enum evd_news news);

/* The notes on a divergence, "; " between: what it breaks, what a mark hides; nothing when there is none. */
void evd_describe_notes(struct evd_buffer *out, const struct evd_divergence *divergence);

/* What a pair differs in first, a null that a mark hides included; *matched: pairs of events that match before it. NULL
 * when it has not diverged. */
const struct evd_first_divergence *evd_told_first(const struct evd_pair_outcome *pair, uint64_t *matched);

/* What differs, in the reference's words. Texts are as they are: it may be more than one line. */
void evd_describe_first(struct evd_buffer *out, const struct evd_first_divergence *first);

/* How long a divergence that is no value is: "4 events", "4 events by 2", "canary goes on for 4 events". */
void evd_describe_extent(struct evd_buffer *out, const struct evd_divergence *divergence);

/* How the two sides of a divergence differ: "canary=259 ours=2147483653" for values, else its extent; and its
 * note. */
void evd_describe_difference(struct evd_buffer *out, const struct evd_divergence *divergence);

/* The same with values as people of the field read them: "canary=0x103 STATUS_PENDING ours=0x0 STATUS_SUCCESS". */
void evd_describe_shown_difference(struct evd_buffer *out, const struct evd_divergence *divergence,
                                   enum evd_shown_as shown_as);

/* "canary 84 [295], ours 96 [301]": the threads, and tid_event_idx in them. */
void evd_describe_place(struct evd_buffer *out, const struct evd_outcome *outcome, size_t pair, size_t divergence);

/* "both look like addresses"; nothing when there is nothing plain. */
void evd_describe_relation(struct evd_buffer *out, const struct evd_family *family);

/* "skipped fields of wait.end" */
void evd_describe_rule(struct evd_buffer *out, const struct evd_rule_use *use);

/* "28 of 47 pairs of threads part within their first 4 events; …". */
void evd_describe_hint(struct evd_buffer *out, const struct evd_hint *hint);

/* Rules that this run switched off. */
size_t evd_off_rule_count(const struct evd_outcome *outcome);

/* All divergences of all pairs. */
uint64_t evd_divergence_count(const struct evd_outcome *outcome);

/* "; lines 11 and 12 of the traces", "; events 3 and 4, lines 11 and 12 of the traces": where the events of a quotation are in the
 * traces that the logs were made of; nothing where that is not known, or `quotation` is NULL. */
void evd_describe_source(struct evd_buffer *out, const struct evd_quotation *quotation);

/* "threads 231:240 draw and 100:103 draw of the traces": what these call them; nothing where that is not known, or `quotation` is
 * NULL. */
void evd_describe_source_threads(struct evd_buffer *out, const struct evd_quotation *quotation);

/* What a saved outcome quotes too of a family at a place; NULL where it does not. */
const struct evd_quotation *evd_quotation_at(const struct evd_outcome *outcome, size_t family, size_t pair,
                                             size_t divergence);

/* evd_quotation::arguments of such a place; empty where it is not quoted. */
struct evd_text evd_arguments_at(const struct evd_outcome *outcome, size_t family, size_t pair, size_t divergence);

#endif
