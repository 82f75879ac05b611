/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/session_management.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "page/page.h"
#include "page/script.h"
#include "tenant/browser.h"
#include "tenant/provider.h"

enum { SALT_BYTES = 12, HALF = SHA256_SIZE / 2 };

_Static_assert((int)HALF == (int)BROWSER_STATE_SIZE, "a half covers the state");

static struct str make(
	struct arena *a, struct str client_id, struct str origin, const struct browser_state *s)
{
	const struct str parts[] = { client_id, origin, s->key, random_token(a, SALT_BYTES) };
	struct buf b = buf_new(a, 256);
	unsigned char hash[SHA256_SIZE];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (i > 0)
			buf_addc(&b, ' ');
		buf_add(&b, parts[i]);
	}
	sha256_into(buf_str(&b), hash);
	for (size_t i = 0; i < HALF; i++)
		hash[HALF + i] ^= s->state[i];
	b = buf_new(a, 64);
	base64url_add(&b, hash, HALF);
	buf_addc(&b, '.');
	base64url_add(&b, hash + HALF, HALF);
	buf_addc(&b, '.');
	buf_add(&b, parts[3]);
	return buf_str(&b);
}

void session_management_add(const struct authorize_subject *s, bool signed_in,
	const struct http_request *rq, struct http_response *rs, struct authorize_response *r)
{
	struct str cookie = http_cookie(rq, s->issuer->state_cookie, 0);
	struct browser_state state;

	if (r->origin.n == 0 || !str_has_word(s->request->scope, S("openid")))
		return;
	if (!browser_state_read(s->arena, cookie, &state)) {
		if (!signed_in)
			return;
		cookie = browser_state_next(s->arena, S(""));
		if (!browser_state_read(s->arena, cookie, &state))
			return;
		response_script_cookie(rs, s->arena, s->issuer->state_cookie, cookie,
			s->tenant->settings.session_lifetime);
	}
	authorize_response_add(
		r, "session_state", make(s->arena, s->client->client_id, r->origin, &state));
}

enum err check_session(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	const struct script *script = script_find("check_session");

	if (t == NULL)
		return ERR_BUSY;
	response_html(rs, 200,
		arena_printf(rq->arena,
			"<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">"
			"<title>Session</title><body data-cookie=\"" STR_FMT
			"\"><script>" STR_FMT "</script></body></html>",
			STR_ARG(page_escape(
				rq->arena, tenant_issuer(t, rq->host)->state_cookie)),
			STR_ARG(script->text)));
	/* Framed by whoever likes: it has nothing to show, and answers clients only. */
	response_header(rs, "Content-Security-Policy",
		arena_printf(rq->arena,
			"default-src 'none'; script-src 'sha256-" STR_FMT
			"'; base-uri 'none'; form-action 'none'; frame-ancestors http: https:",
			STR_ARG(script->hash)));
	response_header(rs, "Cross-Origin-Resource-Policy", S("cross-origin"));
	response_header(rs, "Cross-Origin-Embedder-Policy", S("require-corp"));
	response_header(rs, "Cache-Control", S("public, max-age=300"));
	return OK;
}
