/* SPDX-License-Identifier: Apache-2.0 */

/* WebAuthn: what the browser is asked for, and the words both halves share. */

#include "base/base64.h"
#include "crypto/digest.h"
#include "jose/cose.h"
#include "login/factor/webauthn_parts.h"
#include "json/json_writer.h"

enum { TIMEOUT_MS = 300000 };

bool webauthn_owns(const struct factor *f)
{
	return str_is(f->type, "passkey") || str_is(f->type, "webauthn-roaming");
}

const struct json *webauthn_data(struct arena *a, const struct factor *f)
{
	const struct json *data = NULL;

	return json_parse(a, f->data, &data, NULL) == OK ? data : NULL;
}

struct str webauthn_rp_id(const struct issuer *issuer)
{
	struct str host = issuer->host;
	ptrdiff_t bracket = str_index(host, ']');
	ptrdiff_t colon = str_index(str_after(host, (size_t)(bracket + 1)), ':');

	return colon < 0 ? host : str_first(host, (size_t)(bracket + 1 + colon));
}

struct str webauthn_user_handle(struct arena *a, struct str user_id)
{
	return sha256(a, user_id);
}

struct str webauthn_row_id(struct arena *a, struct str credential_id)
{
	return arena_printf(
		a, "webauthn|" STR_FMT, STR_ARG(sha256_base64url(a, credential_id)));
}

static void put_bytes(struct json_writer *w, const char *key, struct str bytes)
{
	json_put_str(w, key, base64url_encode(w->buf->arena, bytes.p, bytes.n));
}

/* Those of this issuer's name: a browser would not find the others. */
static void put_credentials(
	struct json_writer *w, const char *key, const struct factor_question *q)
{
	json_key(w, key);
	json_begin_list(w);
	for (size_t i = 0; i < q->count; i++) {
		const struct json *data;

		if (!webauthn_owns(&q->factors[i]))
			continue;
		data = webauthn_data(q->arena, &q->factors[i]);
		if (!str_eq(json_get_str(data, "rp"), webauthn_rp_id(q->issuer)))
			continue;
		json_begin_map(w);
		json_put_str(w, "type", S("public-key"));
		json_put_str(w, "id", json_get_str(data, "id"));
		json_end_map(w);
	}
	json_end_list(w);
}

static void put_algorithms(struct json_writer *w)
{
	const struct cose_kind *kind;

	json_key(w, "pubKeyCredParams");
	json_begin_list(w);
	for (size_t i = 0; (kind = cose_kind_at(i)) != NULL; i++) {
		json_begin_map(w);
		json_put_str(w, "type", S("public-key"));
		json_put_int(w, "alg", kind->alg);
		json_end_map(w);
	}
	json_end_list(w);
}

static void put_people(struct json_writer *w, const struct factor_question *q,
	const struct webauthn_user *user)
{
	struct str site = q->tenant->settings.friendly_name;
	struct str display = user->display_name.n > 0 ? user->display_name : user->name;

	json_key(w, "rp");
	json_begin_map(w);
	json_put_str(w, "id", webauthn_rp_id(q->issuer));
	json_put_str(w, "name", site.n > 0 ? site : q->issuer->host);
	json_end_map(w);
	json_key(w, "user");
	json_begin_map(w);
	put_bytes(w, "id", webauthn_user_handle(q->arena, user->user_id));
	json_put_str(w, "name", user->name);
	json_put_str(w, "displayName", display);
	json_end_map(w);
}

struct str webauthn_creation_options(
	const struct factor_question *q, const struct webauthn_user *user)
{
	struct buf b = buf_new(q->arena, 1024);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	put_people(&w, q, user);
	put_bytes(&w, "challenge", q->challenge);
	put_algorithms(&w);
	json_put_int(&w, "timeout", TIMEOUT_MS);
	put_credentials(&w, "excludeCredentials", q);
	json_put_raw(&w, "authenticatorSelection",
		S("{\"residentKey\":\"preferred\",\"userVerification\":\"preferred\"}"));
	json_put_str(&w, "attestation", S("none"));
	json_put_raw(&w, "extensions", S("{\"credProps\":true}"));
	json_end_map(&w);
	return buf_str(&b);
}

struct str webauthn_request_options(const struct factor_question *q, bool with_ids)
{
	struct buf b = buf_new(q->arena, 512);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	put_bytes(&w, "challenge", q->challenge);
	json_put_str(&w, "rpId", webauthn_rp_id(q->issuer));
	json_put_int(&w, "timeout", TIMEOUT_MS);
	if (with_ids)
		put_credentials(&w, "allowCredentials", q);
	/* After a password the key is enough; in place of one, it must be known who holds it.
	 */
	json_put_str(&w, "userVerification", with_ids ? S("preferred") : S("required"));
	json_end_map(&w);
	return buf_str(&b);
}
