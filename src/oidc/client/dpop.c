/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/client/dpop.h"

#include "crypto/digest.h"
#include "oidc/client/dpop_nonce.h"
#include "oidc/client/dpop_proof.h"
#include "oidc/client/mutual_tls.h"
#include "store/used_code.h"

enum {
	IAT_LEEWAY = 60,
	KEEP_SECONDS = 2 * DPOP_NONCE_SECONDS + 1, /* longer than any proof is young */
};

#define INVALID(name, sentence)                                                     \
	static const struct fault name = { "invalid_dpop_proof", STR_LIT(sentence), \
		REASON_DPOP_PROOF_INVALID }

INVALID(two_proofs, "The request has more than one DPoP header.");
INVALID(malformed, "The DPoP proof is malformed, or its signature does not verify.");
INVALID(of_another_method, "The DPoP proof was made for another method (htm).");
INVALID(of_another_url, "The DPoP proof was made for another URL (htu).");
INVALID(of_another_time, "The DPoP proof is too old, or from the future (iat).");
INVALID(of_another_token, "The DPoP proof was made for another access token (ath).");
INVALID(used, "The DPoP proof was used before (jti).");

const struct fault dpop_missing = { "invalid_dpop_proof",
	STR_LIT("The client must send a DPoP proof."), REASON_DPOP_PROOF_INVALID };
static const struct fault no_nonce = { "use_dpop_nonce",
	STR_LIT("The DPoP proof must carry the nonce of the DPoP-Nonce header."),
	REASON_DPOP_NONCE_REQUIRED };

/* How many DPoP headers came; *ret is the last. */
static size_t find_proof(const struct http_request *rq, struct str *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < rq->header_count; i++)
		if (str_eq_nocase(rq->headers[i].name, S("DPoP"))) {
			*ret = rq->headers[i].value;
			count++;
		}
	return count;
}

/* Those of the routes that ask for a proof: routes.c. */
static bool is_for_method(const struct dpop_proof *p, enum http_method method)
{
	switch (method) {
	case HTTP_GET:
		return str_is(p->htm, "GET");
	case HTTP_POST:
		return str_is(p->htm, "POST");
	case HTTP_PUT:
		return str_is(p->htm, "PUT");
	default:
		return false;
	}
}

static bool is_for_url(
	const struct dpop_demand *d, const struct dpop_proof *p, const struct http_request *rq)
{
	struct str path = arena_printf(rq->arena, "/%s", d->path);

	return dpop_htu_is(
		rq->arena, p->htu, mutual_tls_origin(d->provider, d->issuer, rq), path);
}

static const struct fault *check_age(
	const struct dpop_demand *d, const struct dpop_proof *p, const struct http_request *rq)
{
	if (p->nonce.n > 0)
		return dpop_nonce_is_good(d->tenant->seal, rq->arena, p->nonce, rq->now)
			       ? NULL
			       : &no_nonce;
	if (d->nonce_wanted)
		return &no_nonce;
	return p->iat < rq->now - IAT_LEEWAY || p->iat > rq->now + IAT_LEEWAY ? &of_another_time
									      : NULL;
}

static const struct fault *check(
	const struct dpop_demand *d, const struct dpop_proof *p, const struct http_request *rq)
{
	if (!is_for_method(p, rq->method))
		return &of_another_method;
	if (!is_for_url(d, p, rq))
		return &of_another_url;
	if (d->access_token.n > 0 &&
		!str_eq(p->ath, sha256_base64url(rq->arena, d->access_token)))
		return &of_another_token;
	return check_age(d, p, rq);
}

struct take {
	struct str id;
	int64_t now;
};

static enum err take_jti(struct db_conn *conn, void *arg)
{
	const struct take *take = arg;

	return used_code_take(conn, take->id, take->now, take->now + KEEP_SECONDS);
}

/* One key's jti says nothing of another's. */
static enum err use_once(const struct tenant *t, const struct dpop_proof *p,
	const struct http_request *rq, const struct fault **ret)
{
	struct str both =
		arena_printf(rq->arena, STR_FMT "\n" STR_FMT, STR_ARG(p->jkt), STR_ARG(p->jti));
	struct str digest = sha256_base64url(rq->arena, both);
	struct take take = { arena_printf(rq->arena, "dpop." STR_FMT, STR_ARG(digest)),
		rq->now };
	enum err err;

	if (!rq->may_block)
		return ERR_WOULD_BLOCK;
	err = db_write(t->db, take_jti, &take);
	if (err == ERR_CONFLICT)
		*ret = &used;
	return err == ERR_CONFLICT ? OK : err;
}

enum err dpop_check(const struct dpop_demand *d, const struct http_request *rq,
	struct str *ret_jkt, const struct fault **ret_fault)
{
	const struct fault *fault = NULL;
	struct dpop_proof p = { 0 };
	struct str text = { 0 };
	size_t count = find_proof(rq, &text);
	enum err err = OK;

	if (count > 1)
		fault = &two_proofs;
	else if (count == 1 && dpop_proof_read(rq->arena, text, &p) != OK)
		fault = &malformed;
	else if (count == 1)
		fault = check(d, &p, rq);
	if (count == 1 && fault == NULL)
		err = use_once(d->tenant, &p, rq, &fault);
	if (err != OK)
		return err;
	*ret_fault = fault;
	*ret_jkt = fault == NULL ? p.jkt : S("");
	return OK;
}

bool dpop_wants_nonce(const struct tenant *t, const struct client *client)
{
	switch (t->settings.dpop_nonce) {
	case DPOP_NONCE_PUBLIC:
		return client->auth_method == AUTH_NONE;
	case DPOP_NONCE_ALWAYS:
		return true;
	case DPOP_NONCE_NEVER:
		break;
	}
	return false;
}

void dpop_offer_nonce(
	const struct tenant *t, const struct http_request *rq, struct http_response *rs)
{
	struct str proof;

	if (find_proof(rq, &proof) > 0)
		response_header(rs, "DPoP-Nonce", dpop_nonce_make(t->seal, rq->arena, rq->now));
}
