/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/request_uri.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"

/* Of what may be fetched at once, the keys of clients need a part. */
enum { SLOTS = 64, KEY_SIZE = 32, KEPT_SECONDS = 5, AT_ONCE = 3 };

static const struct fault not_registered = { "invalid_request_uri",
	STR_LIT("The request_uri is not registered for this client."),
	REASON_REQUEST_URI_INVALID };
static const struct fault not_there = { "invalid_request_uri",
	STR_LIT("There is no request object to be had at the request_uri."),
	REASON_REQUEST_URI_INVALID };
static const struct fault busy = { "temporarily_unavailable",
	STR_LIT("The request_uri cannot be fetched right now. Try again in a moment."),
	REASON_TEMPORARILY_UNAVAILABLE };

/* URLs whose digests fall on the same slot take turns. */
static struct slot {
	char key[KEY_SIZE]; /* SHA-256 of tenant, client and URL */
	char *text;         /* NULL: it was not to be had */
	size_t n;
	int64_t fetched_at; /* 0: empty */
	bool cannot_change;
} slots[SLOTS];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_int waiting;

static struct str without_fragment(struct str uri)
{
	ptrdiff_t hash = str_index(uri, '#');

	return hash < 0 ? uri : str_first(uri, (size_t)hash);
}

bool request_uri_is_registered(const struct client *client, struct str uri)
{
	for (size_t i = 0; i < client->request_uris.count; i++) {
		struct str entry = client->request_uris.list[i];

		if (str_eq(entry, uri) || str_eq(entry, without_fragment(uri)))
			return true;
	}
	return false;
}

static struct slot *slot_of(struct str key)
{
	return &slots[(unsigned char)key.p[0] % SLOTS];
}

/* Is it known, be it that there was nothing to be had? */
static bool look(struct arena *a, struct str key, int64_t now, struct str *ret)
{
	const struct slot *slot = slot_of(key);
	bool known;

	pthread_mutex_lock(&mutex);
	known = slot->fetched_at != 0 && memcmp(slot->key, key.p, KEY_SIZE) == 0 &&
		(slot->cannot_change || now < slot->fetched_at + KEPT_SECONDS);
	if (known)
		*ret = slot->text != NULL ? arena_str(a, (struct str){ slot->text, slot->n })
					  : S("");
	pthread_mutex_unlock(&mutex);
	return known;
}

static void keep(struct str key, struct str text, int64_t now, bool cannot_change)
{
	struct slot *slot = slot_of(key);
	struct slot new = { .n = text.n, .fetched_at = now, .cannot_change = cannot_change };

	memcpy(new.key, key.p, KEY_SIZE);
	if (text.n > 0) {
		new.text = malloc(text.n);
		if (new.text == NULL)
			abort();
		memcpy(new.text, text.p, text.n);
	}
	pthread_mutex_lock(&mutex);
	free(slot->text);
	*slot = new;
	pthread_mutex_unlock(&mutex);
}

/* OpenID Connect Core 1.0, 6.2: the fragment may be the SHA-256 of what is there. */
static bool is_digest_of(struct arena *a, struct str uri, struct str text)
{
	struct str fragment = str_after(uri, without_fragment(uri).n);

	return text.n > 0 && fragment.n > 0 &&
	       str_eq(str_after(fragment, 1), sha256_base64url(a, text));
}

/* ERR_BUSY  too many wait already */
static enum err fetch_now(const struct tenant *t, struct arena *a, struct str key,
	struct str uri, int64_t now, client_jwks_fetch_fn *fetch, struct str *ret)
{
	struct str text = S("");
	enum err err = ERR_BUSY;

	if (atomic_fetch_add(&waiting, 1) < AT_ONCE)
		err = fetch(
			a, t->settings.outgoing_private_hosts, without_fragment(uri), &text);
	atomic_fetch_sub(&waiting, 1);
	if (err == ERR_BUSY)
		return err;
	if (err != OK)
		text = S("");
	keep(key, text, now, is_digest_of(a, uri, text));
	*ret = text;
	return OK;
}

enum err request_uri_read(const struct tenant *t, const struct client *client,
	const struct http_request *rq, struct str uri, client_jwks_fetch_fn *fetch,
	struct str *ret, const struct fault **ret_fault)
{
	struct arena *a = rq->arena;
	struct str key, text;

	*ret_fault = &not_registered;
	if (!request_uri_is_registered(client, uri))
		return OK;
	key = sha256(a, arena_printf(a, STR_FMT "\n" STR_FMT "\n" STR_FMT, STR_ARG(t->name),
				STR_ARG(client->client_id), STR_ARG(uri)));
	if (!look(a, key, rq->now, &text)) {
		if (!rq->may_block)
			return ERR_WOULD_BLOCK;
		*ret_fault = &busy;
		if (fetch_now(t, a, key, uri, rq->now, fetch, &text) != OK)
			return OK;
	}
	*ret_fault = text.n > 0 ? NULL : &not_there;
	*ret = str_trim(text);
	return OK;
}
