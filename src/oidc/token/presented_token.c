/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/presented_token.h"

#include "oidc/client/dpop.h"
#include "oidc/client/dpop_proof.h"
#include "oidc/client/mutual_tls.h"
#include "oidc/client/proof_of_possession.h"

static const struct fault foreign = { "invalid_token",
	STR_LIT("The token is not one of this server"), REASON_TOKEN_INVALID };
static const struct fault dead = { "invalid_token",
	STR_LIT("The token has expired or was revoked"), REASON_TOKEN_INVALID };
static const struct fault bound = { "invalid_token",
	STR_LIT("The token is bound to a key that the request does not prove to hold"),
	REASON_KEY_MISMATCH };
static const struct fault unbound = { "invalid_token",
	STR_LIT("The token is not bound to a DPoP key: it is a Bearer token"),
	REASON_TOKEN_INVALID };

static struct str by_scheme(const struct http_request *rq, struct str scheme)
{
	struct str header = http_header(rq, "Authorization");

	if (header.n <= scheme.n || !str_eq_nocase(str_first(header, scheme.n), scheme) ||
		header.p[scheme.n] != ' ')
		return S("");
	return str_trim(str_after(header, scheme.n));
}

void presented_token_read(const struct http_request *rq, struct presented_token *ret)
{
	struct str with_proof = by_scheme(rq, S("DPoP"));

	ret->by_dpop = with_proof.n > 0;
	ret->token = ret->by_dpop ? with_proof : by_scheme(rq, S("Bearer"));
}

enum err presented_token_open(const struct tenant *t, const struct http_request *rq,
	struct presented_token *p, const struct fault **ret_fault)
{
	enum err err =
		access_token_open(t, db_reader(t->db), rq->arena, p->token, rq->now, &p->facts);

	if (err == ERR_INVALID || err == ERR_NOT_FOUND) {
		*ret_fault = err == ERR_INVALID ? &foreign : &dead;
		return OK;
	}
	if (err == OK)
		p->client = tenant_client(t, p->facts.client_id);
	return err;
}

enum err presented_token_check_possession(const struct provider *op, const struct tenant *t,
	const struct http_request *rq, const char *path, const struct presented_token *p,
	const struct fault **ret_fault)
{
	struct dpop_demand demand = { .provider = op,
		.tenant = t,
		.issuer = tenant_issuer(t, rq->host),
		.path = path,
		.nonce_wanted = dpop_wants_nonce(t, p->client),
		.access_token = p->token };
	bool by_jkt = p->facts.confirmation.method == CONFIRM_JKT;
	struct possession held = { .x5t = mutual_tls_thumbprint(rq) };
	enum err err = OK;

	if (by_jkt != p->by_dpop) {
		*ret_fault = by_jkt ? &bound : &unbound;
		return OK;
	}
	if (by_jkt)
		err = proof_of_possession_read(&demand, rq, &held, ret_fault);
	if (err != OK || *ret_fault != NULL)
		return err;
	if (by_jkt && held.jkt.n == 0)
		*ret_fault = &dpop_missing;
	else if (!confirmation_is_met(&p->facts.confirmation, &held))
		*ret_fault = &bound;
	return OK;
}

/* RFC 9449, 7.1. */
static bool is_about_dpop(const struct presented_token *p, const struct fault *fault)
{
	return p->by_dpop || p->facts.confirmation.method == CONFIRM_JKT ||
	       (fault != NULL && (fault->reason == REASON_DPOP_PROOF_INVALID ||
					 fault->reason == REASON_DPOP_NONCE_REQUIRED));
}

struct str presented_token_challenge(const struct tenant *t, const struct http_request *rq,
	const struct presented_token *p, const char *realm, const struct fault *fault)
{
	struct arena *a = rq->arena;
	struct str uri;
	struct str challenge =
		is_about_dpop(p, fault)
			? arena_printf(a, "DPoP realm=\"%s\", algs=\"" DPOP_ALGS "\"", realm)
			: arena_printf(a, "Bearer realm=\"%s\"", realm);

	if (fault == NULL)
		return challenge;
	uri = fault_uri(a, tenant_issuer(t, rq->host)->url, fault->reason, rq->id);
	return arena_printf(a,
		STR_FMT ", error=\"%s\", error_description=\"" STR_FMT
			"\", error_uri=\"" STR_FMT "\"",
		STR_ARG(challenge), fault->error, STR_ARG(fault->description), STR_ARG(uri));
}
