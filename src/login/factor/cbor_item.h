/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cbor_item: CBOR (RFC 8949) of strangers, read by libcbor within bounds. Inside login/factor
 * only.
 */

#include <cbor.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

static inline void cbor_item_done(cbor_item_t **item)
{
	if (*item != NULL)
		cbor_decref(item);
}
#define auto_item __attribute__((cleanup(cbor_item_done))) cbor_item_t

/*
 * Is every length in these CBOR items (none at all, too) of definite size and within what is
 * there? libcbor allocates what a length promises before it looks, so this is asked first.
 */
bool cbor_is_plausible(struct str);

/* The first item, and what stands behind it. ERR_INVALID  none, or any of it not plausible */
enum err cbor_item_read(struct str, cbor_item_t **ret, struct str *ret_rest) MUST_CHECK;

/* A map of few members, of definite size? */
bool cbor_is_small_map(const cbor_item_t *);
bool cbor_is_key(const cbor_item_t *, const char *name);

/* Each false when it is none; what it takes is in the arena. */
bool cbor_take_bytes(struct arena *, const cbor_item_t *, struct str *ret);
bool cbor_take_text(struct arena *, const cbor_item_t *, struct str *ret);
/* Of 32 bits. */
bool cbor_take_number(const cbor_item_t *, int64_t *ret);
