/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/registration.h"

#include "base/random.h"
#include "crypto/digest.h"
#include "oidc/endpoint/registration_metadata.h"
#include "oidc/endpoint/registration_sector.h"
#include "oidc/fault_response.h"
#include "oidc/rate_limit.h"
#include "oidc/record.h"
#include "store/document.h"
#include "tenant/document_secret.h"
#include "tenant/provider.h"
#include "json/json_writer.h"

enum { ID_BYTES = 24, TOKEN_BYTES = 32, SECRET_BYTES = 48 };

#define FAULT(name, error, sentence, reason) \
	static const struct fault name = { error, STR_LIT(sentence), reason }

FAULT(is_off, "access_denied", "Clients cannot register themselves with this tenant.",
	REASON_REGISTRATION_INVALID);
FAULT(no_json, "invalid_client_metadata", "The body is not a JSON object.",
	REASON_REGISTRATION_INVALID);
FAULT(bad_token, "invalid_token", "The token is not one for this registration.",
	REASON_REGISTRATION_INVALID);
FAULT(other_client, "invalid_client_metadata",
	"client_id must be the one of this registration.", REASON_REGISTRATION_INVALID);
FAULT(too_many, "too_many_requests", "There are too many registrations. Try again later.",
	REASON_TOO_MANY_REQUESTS);

/* One request. What is set depends on how far it got. */
struct run {
	struct provider *provider;
	const struct http_request *rq;
	const struct tenant *tenant;
	const struct issuer *issuer;
	const struct json *body;
	const struct json *stored; /* the document that is there */
	struct registration_metadata metadata;
	struct str client_id;
	struct str secret; /* one that was made now, in the clear */
	struct str token;
	struct str document; /* to be written; empty: delete */
	int64_t version;
	const struct fault *fault;
};

static struct str bearer(const struct http_request *rq)
{
	struct str header = http_header(rq, "Authorization");

	if (header.n <= 7 || !str_eq_nocase(str_first(header, 7), S("Bearer ")))
		return S("");
	return str_trim(str_after(header, 7));
}

static bool may_register(const struct run *run)
{
	struct str_list digests = run->tenant->settings.initial_access_tokens;
	struct str digest = sha256_base64url(run->rq->arena, bearer(run->rq));
	bool found = digests.count == 0;

	for (size_t i = 0; i < digests.count; i++)
		found = equal_in_constant_time(digests.list[i], digest) || found;
	return found;
}

/* What only the tenant knows of the metadata: that is what it says, and what it allows. */
static const struct fault *check_metadata(const struct run *run)
{
	FAULT(unsigned_token, "invalid_client_metadata",
		"id_token_signed_response_alg must be one that this server supports.",
		REASON_REGISTRATION_INVALID);
	FAULT(front_channel, "invalid_client_metadata",
		"id_token_signed_response_alg cannot be none with response_types that hold "
		"id_token.",
		REASON_REGISTRATION_INVALID);
	const struct json *metadata;

	if (json_parse(run->rq->arena, run->metadata.echo, &metadata, NULL) != OK)
		return &no_json;
	if (str_is(json_get_str(metadata, "id_token_signed_response_alg"), "none")) {
		if (!run->tenant->settings.unsigned_id_tokens)
			return &unsigned_token;
		json_each(type, json_get(metadata, "response_types"))
		{
			if (str_has_word(type->str, S("id_token")))
				return &front_channel;
		}
	}
	return registration_sector_check(run->tenant, run->rq->arena, metadata);
}

static const struct fault *read_body(struct run *run)
{
	const struct fault *fault;

	if (!str_eq_nocase(http_content_type(run->rq), S("application/json")) ||
		json_parse(run->rq->arena, run->rq->body, &run->body, NULL) != OK ||
		run->body->type != JSON_MAP)
		return &no_json;
	fault = registration_metadata_read(
		run->rq->arena, run->body, run->provider->mtls, &run->metadata);
	return fault != NULL ? fault : check_metadata(run);
}

/* Our document for it; what it refuses is refused here, member and all. */
static const struct fault *make_document(struct run *run, struct str digest)
{
	struct arena *a = run->rq->arena;
	bool has_secret =
		run->stored != NULL && json_get(run->stored, "client_secret_mac") != NULL;
	const struct json *body;
	struct client client;
	struct str text, why;

	if (run->metadata.needs_secret && !has_secret)
		run->secret = random_token(a, SECRET_BYTES);
	text = registration_document(a, &run->metadata, run->client_id, run->secret, digest);
	if (json_parse(a, text, &body, &why) != OK ||
		client_read(a, text, body, &client, &why) != OK ||
		document_with_secrets(a, run->tenant->seal, DOCUMENT_CLIENT, body, run->stored,
			&run->document, &why) != OK)
		return fault_with(
			a, "invalid_client_metadata", REASON_REGISTRATION_INVALID, "", why, "");
	return NULL;
}

static enum err write_document(struct db_conn *conn, void *arg)
{
	struct run *run = arg;
	struct document row = {
		.id = run->client_id, .name = run->client_id, .body = run->document
	};
	enum err err = run->document.n > 0
			       ? document_put(conn, DOCUMENT_CLIENT, &row, run->rq->now)
			       : document_delete(conn, DOCUMENT_CLIENT, run->client_id);

	return err == OK ? configuration_version(conn, &run->version) : err;
}

static enum err change(struct run *run)
{
	enum err err = db_write(run->tenant->db, write_document, run);

	if (err == OK)
		provider_await(run->provider, run->rq->host, run->version);
	return err;
}

static void respond(struct run *run, int status, struct str metadata, struct http_response *rs)
{
	struct arena *a = run->rq->arena;
	struct buf text = buf_new(a, 2048);
	struct json_writer w = json_writer_on(&text);
	const struct json *map = NULL;

	json_begin_map(&w);
	json_put_str(&w, "client_id", run->client_id);
	if (run->secret.n > 0) {
		json_put_str(&w, "client_secret", run->secret);
		json_put_int(&w, "client_secret_expires_at", 0);
	}
	if (status == 201)
		json_put_int(&w, "client_id_issued_at", run->rq->now);
	json_put_str(&w, "registration_access_token", run->token);
	json_put_str(&w, "registration_client_uri",
		arena_printf(a, STR_FMT "oidc/register/" STR_FMT, STR_ARG(run->issuer->url),
			STR_ARG(run->client_id)));
	if (json_parse(a, metadata, &map, NULL) == OK)
		json_each(member, map)
		{
			json_key_str(&w, member->key);
			json_value(&w, member);
		}
	json_end_map(&w);
	response_json(rs, status, buf_str(&text));
	response_no_store(rs);
}

static void refuse(const struct run *run, struct http_response *rs)
{
	int status = run->fault == &is_off      ? 403
		     : run->fault == &bad_token ? 401
		     : run->fault == &too_many  ? 429
						: 400;

	fault_respond_json(run->fault, run->issuer->url, run->rq, rs, status);
	if (status == 401)
		response_header(rs, "WWW-Authenticate", S("Bearer error=\"invalid_token\""));
}

static void finish(const struct run *run, const char *type)
{
	record(run->provider, run->tenant, run->rq,
		&(struct record){ .route = "registration",
			.type = run->fault == NULL ? type : NULL,
			.fault = run->fault,
			.client_id = run->client_id });
}

static bool begin(struct run *run, struct http_response *rs)
{
	int64_t wait = 0;

	run->issuer = tenant_issuer(run->tenant, run->rq->host);
	if (!run->tenant->settings.dynamic_registration)
		run->fault = &is_off;
	else
		wait = rate_limit_take(run->provider, run->tenant, S("oidc/register"), run->rq);
	if (wait > 0) {
		run->fault = &too_many;
		response_retry_after(rs, run->rq->arena, wait);
	}
	return run->fault == NULL;
}

enum err registration(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct run run = { .provider = op, .rq = rq, .tenant = t };
	enum err err = OK;

	if (t == NULL)
		return ERR_BUSY;
	if (begin(&run, rs))
		run.fault = may_register(&run) ? read_body(&run) : &bad_token;
	if (run.fault == NULL) {
		run.client_id = random_token(rq->arena, ID_BYTES);
		run.token = random_token(rq->arena, TOKEN_BYTES);
		run.fault = make_document(&run, sha256_base64url(rq->arena, run.token));
	}
	if (run.fault == NULL)
		err = change(&run);
	if (err != OK)
		return err;
	if (run.fault == NULL)
		respond(&run, 201, run.metadata.echo, rs);
	else
		refuse(&run, rs);
	finish(&run, "sapi");
	return OK;
}

/* The registration and its token. A client that is gone and a wrong token look the same
 * (RFC 7592, 2). */
static enum err find(struct run *run)
{
	struct arena *a = run->rq->arena;
	struct document row;
	struct str digest = S("");
	enum err err;

	run->token = bearer(run->rq);
	run->client_id = run->rq->tail;
	err = document_find(
		db_reader(run->tenant->db), a, DOCUMENT_CLIENT, run->client_id, &row);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (err == OK && json_parse(a, row.body, &run->stored, NULL) == OK)
		digest = json_get_str(
			json_get(run->stored, "registration"), "access_token_digest");
	if (digest.n == 0 || !equal_in_constant_time(digest, sha256_base64url(a, run->token)))
		run->fault = &bad_token;
	return OK;
}

/* What was registered is replaced as a whole (RFC 7592, 2.2). */
static const struct fault *replace(struct run *run)
{
	const struct json *before = json_get(run->stored, "registration");
	const struct fault *fault = read_body(run);

	if (fault != NULL)
		return fault;
	if (!str_eq(json_get_str(run->body, "client_id"), run->client_id))
		return &other_client;
	return make_document(run, json_get_str(before, "access_token_digest"));
}

static struct str stored_metadata(struct arena *a, const struct json *stored)
{
	const struct json *metadata = json_get(json_get(stored, "registration"), "metadata");

	return metadata == NULL ? S("{}") : json_text(a, metadata);
}

static enum err manage(struct run *run, struct http_response *rs)
{
	enum err err = OK;

	if (run->rq->method == HTTP_GET) {
		respond(run, 200, stored_metadata(run->rq->arena, run->stored), rs);
		return OK;
	}
	if (run->rq->method == HTTP_PUT)
		run->fault = replace(run);
	if (run->fault == NULL)
		err = change(run);
	if (err != OK || run->fault != NULL)
		return err;
	if (run->rq->method == HTTP_PUT) {
		respond(run, 200, run->metadata.echo, rs);
		return OK;
	}
	rs->status = 204;
	response_no_store(rs);
	return OK;
}

enum err registration_management(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct run run = { .provider = op, .rq = rq, .tenant = t };
	enum err err = OK;

	if (t == NULL)
		return ERR_BUSY;
	if (begin(&run, rs))
		err = find(&run);
	if (err == OK && run.fault == NULL)
		err = manage(&run, rs);
	if (err != OK)
		return err;
	if (run.fault != NULL)
		refuse(&run, rs);
	finish(&run, rq->method == HTTP_GET ? NULL : "sapi");
	return OK;
}
