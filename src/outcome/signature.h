/* Signature: the hash that tells a family from others, by the recipe EVD_SIGNATURE_RECIPE.
 *
 * It is made of the family's class, its first event's kind and call, the field, and the kinds of the events before. Threads:
 * any. */
#ifndef EVD_OUTCOME_SIGNATURE_H
#define EVD_OUTCOME_SIGNATURE_H

#include "base/stable_hash.h"
#include "evdiff/outcome.h"

/* From hashes: `call_hash` is evd_signature_call of the first event, `before_hash` are evd_stable_hash of the kinds of the
 * events before, the nearest first; 0 where there is none. */
uint64_t evd_signature_of_hashes(enum evd_divergence_class class_, uint64_t call_hash, struct evd_text field,
                                 const uint64_t before_hash[EVD_FAMILY_BEFORE_MAX]);

/* The hash of an event's kind and the name that its rules describe it by. */
uint64_t evd_signature_call(struct evd_text kind, struct evd_text call);

/* From a family's words: class_, kind, call, field, before_count and before. It is evd_family::signature, unless one of the
 * words has half of a surrogate pair, which reports spell out and the signature is not made of. */
uint64_t evd_signature_of(const struct evd_family *family);

#endif
