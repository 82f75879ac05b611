/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/client/client_jwks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"

enum {
	SLOTS = 4096,
	KEY_SIZE = 32,
	KEPT_SECONDS = 3600,
	PAUSE_SECONDS = 10,
	PAUSE_AFTER_FAILURE_SECONDS = 60,
};

/* Each URL has two places, by two parts of its digest; where others have both, the one that was
 * asked for longest ago goes. */
static struct slot {
	char key[KEY_SIZE]; /* SHA-256 of tenant and URL */
	char *text;         /* NULL: it was never had */
	size_t n;
	int64_t fetched_at;
	int64_t tried_at;
} slots[SLOTS];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static bool holds(const struct slot *slot, struct str key)
{
	return slot->tried_at != 0 && memcmp(slot->key, key.p, KEY_SIZE) == 0;
}

/* `part` of the digest: 0, 1. */
static struct slot *place(struct str key, size_t part)
{
	const unsigned char *p = (const unsigned char *)key.p + 2 * part;

	return &slots[((unsigned)p[0] << 8 | p[1]) % SLOTS];
}

/* The one that holds it, or else the one that it may have. Under the lock. */
static struct slot *slot_of(struct str key)
{
	struct slot *one = place(key, 0);
	struct slot *other = place(key, 1);

	if (holds(one, key) || holds(other, key))
		return holds(one, key) ? one : other;
	return one->tried_at <= other->tried_at ? one : other;
}

static bool has_kid(struct arena *a, struct str text, struct str kid)
{
	const struct json *set;

	if (kid.n == 0 || json_parse(a, text, &set, NULL) != OK)
		return kid.n == 0;
	json_each(key, json_get(set, "keys"))
	{
		if (str_eq(json_get_str(key, "kid"), kid))
			return true;
	}
	return false;
}

/* One that does not answer holds a thread for as long as a fetch may take: it is asked less. */
static int64_t asked_again_at(const struct slot *slot)
{
	bool answered = slot->text != NULL && slot->fetched_at == slot->tried_at;

	return slot->tried_at + (answered ? PAUSE_SECONDS : PAUSE_AFTER_FAILURE_SECONDS);
}

/* What is kept, if anything; and whether it is time to ask. Marks the try, so that of many who
 * come at once one asks. */
static void look(struct arena *a, struct str key, struct str kid, int64_t now, bool may_block,
	struct str *ret, bool *ret_fetch)
{
	struct slot *slot;
	bool known;

	pthread_mutex_lock(&mutex);
	slot = slot_of(key);
	known = holds(slot, key);
	if (known && slot->text != NULL)
		*ret = arena_str(a, (struct str){ slot->text, slot->n });
	*ret_fetch = !known || ((slot->fetched_at + KEPT_SECONDS <= now || ret->n == 0 ||
					!has_kid(a, *ret, kid)) &&
				       asked_again_at(slot) <= now);
	if (*ret_fetch && may_block) {
		if (!known) {
			free(slot->text);
			*slot = (struct slot){ 0 };
			memcpy(slot->key, key.p, KEY_SIZE);
		}
		slot->tried_at = now;
	}
	pthread_mutex_unlock(&mutex);
}

/* It was not asked after all: whoever comes next may. */
static void take_back(struct str key, int64_t now)
{
	struct slot *slot;

	pthread_mutex_lock(&mutex);
	slot = slot_of(key);
	if (holds(slot, key) && slot->tried_at == now)
		slot->tried_at = slot->text != NULL ? slot->fetched_at : 0;
	pthread_mutex_unlock(&mutex);
}

static void keep(struct str key, struct str text, int64_t now)
{
	struct slot *slot;
	char *copy = malloc(text.n + 1);

	if (copy == NULL)
		abort();
	memcpy(copy, text.p, text.n);
	pthread_mutex_lock(&mutex);
	slot = slot_of(key);
	if (holds(slot, key)) {
		free(slot->text);
		slot->text = copy;
		slot->n = text.n;
		slot->fetched_at = now;
		copy = NULL;
	}
	pthread_mutex_unlock(&mutex);
	free(copy);
}

enum err client_jwks_get(const struct tenant *t, struct arena *a, struct str url,
	struct str kid, int64_t now, bool may_block, client_jwks_fetch_fn *fetch,
	struct str *ret)
{
	struct str key = sha256(
		a, arena_printf(a, STR_FMT "\n" STR_FMT, STR_ARG(t->name), STR_ARG(url)));
	struct str text = S("");
	struct str fresh = S("");
	enum err err = ERR_INVALID;
	bool due;

	look(a, key, kid, now, may_block, &text, &due);
	if (due && !may_block)
		return ERR_WOULD_BLOCK;
	if (due)
		err = fetch(a, t->settings.outgoing_private_hosts, url, &fresh);
	if (err == ERR_BUSY)
		take_back(key, now);
	if (err == OK && fresh.n > 0) {
		keep(key, fresh, now);
		text = fresh;
	}
	if (text.n == 0)
		return err == ERR_BUSY ? ERR_BUSY : ERR_INVALID;
	*ret = text;
	return OK;
}
