/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/kept.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/refresh_token.h"
#include "store/session.h"

struct kept {
	struct provider *provider;
	pthread_t thread;
};

/* "RS256 KID, ES256 KID, EdDSA KID" */
static struct str signing_keys(struct arena *a, const struct tenant *t)
{
	static const enum jws_alg algs[] = { JWS_RS256, JWS_PS256, JWS_ES256, JWS_EDDSA };
	struct buf text = buf_new(a, 256);
	struct str kid;

	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		if (keyring_current(t->keys, algs[i], &kid) != NULL)
			buf_addf(&text, "%s%s " STR_FMT, text.n > 0 ? ", " : "",
				jws_alg_name(algs[i]), STR_ARG(kid));
	return buf_str(&text);
}

static void tell(struct arena *a, const struct tenant *t)
{
	struct db_conn *conn = db_reader(t->db);
	int64_t began = clock_mono_us();
	int64_t now = clock_now();
	int64_t families;
	int64_t sessions;

	if (session_count_live(conn, now, &sessions) ||
		refresh_family_count_live(conn, now, &families))
		return;
	log_line(LOG_INFO, "serve", "restored", "tenant", arena_cstr(a, t->name), "sessions",
		arena_printf(a, "%lld", (long long)sessions).p, "refresh_tokens",
		arena_printf(a, "%lld", (long long)families).p, "signing_keys",
		signing_keys(a, t).p, "counted_in_ms",
		arena_printf(a, "%lld", (long long)(clock_mono_us() - began) / 1000).p, NULL);
}

static void *count(void *arg)
{
	const struct kept *kept = arg;
	struct arena *a = arena_new(4096);
	struct tenant *t;

	for (size_t i = 0; (t = provider_tenant_at(kept->provider, i)) != NULL; i++) {
		tell(a, t);
		tenant_unref(t);
	}
	arena_free(a);
	return NULL;
}

struct kept *kept_count(struct provider *provider)
{
	struct kept *kept = calloc(1, sizeof(*kept));

	if (kept == NULL)
		abort();
	kept->provider = provider;
	if (pthread_create(&kept->thread, NULL, count, kept) == 0)
		return kept;
	free(kept);
	return NULL;
}

void kept_end(struct kept *kept)
{
	if (kept == NULL)
		return;
	(void)pthread_join(kept->thread, NULL);
	free(kept);
}
