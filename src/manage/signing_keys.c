/* SPDX-License-Identifier: Apache-2.0 */
#include "manage/signing_keys.h"

#include "base/clock.h"
#include "base/url.h"
#include "manage/call.h"
#include "store/document.h"
#include "store/signing_key.h"
#include "json/json_writer.h"

enum { MS = 1000, KEY_GUESS = 320 };

#define ROUTE "signing_keys"

static const struct refusal bad_kid = { 400, "invalid_uri",
	"The kid is not percent-encoded UTF-8.", "request_invalid" };
static const struct refusal no_key = { 404, "inexistent_signing_key",
	"There is no signing key with this kid.", "request_invalid" };
static const struct refusal in_use = { 409, "conflict",
	"The key is current or next: rotate first.", "request_invalid" };

static void put_time(struct arena *a, struct json_writer *w, const char *name, int64_t at)
{
	if (at)
		json_put_str(w, name, clock_iso(a, at * MS));
}

static void put_key(struct arena *a, struct json_writer *w, const struct signing_key *key)
{
	json_begin_map(w);
	json_put_str(w, "kid", key->kid);
	json_put_str(w, "alg", key->alg);
	json_put_bool(w, "next", str_is(key->state, "next"));
	json_put_bool(w, "current", str_is(key->state, "current"));
	json_put_bool(w, "previous", str_is(key->state, "previous"));
	json_put_bool(w, "revoked", str_is(key->state, "revoked"));
	put_time(a, w, "current_since", key->current_at);
	put_time(a, w, "current_until", key->previous_at);
	put_time(a, w, "revoked_at", key->revoked_at);
	json_end_map(w);
}

static void respond_key(const struct call *c, int status, const struct signing_key *key)
{
	struct buf text = buf_new(c->rq->arena, KEY_GUESS);
	struct json_writer w = json_writer_on(&text);

	put_key(c->rq->arena, &w, key);
	call_respond(c, status, buf_str(&text));
}

static struct str details(const struct call *c, struct str kid)
{
	struct buf text = buf_new(c->rq->arena, 96);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "kid", kid);
	json_end_map(&w);
	return buf_str(&text);
}

static enum err list(const struct call *c, struct signing_key **ret, size_t *ret_count)
{
	return signing_key_list(db_reader(c->tenant->db), c->rq->arena, ret, ret_count);
}

enum err signing_keys(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct call c = { op, t, rq, rs, ROUTE, S("") };
	struct buf text = buf_new(rq->arena, 8 * KEY_GUESS);
	struct json_writer w = json_writer_on(&text);
	struct signing_key *keys;
	size_t count;
	enum err e;

	if (t == NULL)
		return ERR_BUSY;
	e = call_admit(&c, S("read:signing_keys"));
	if (e || rs->status)
		return e;
	e = list(&c, &keys, &count);
	if (e)
		return e;
	json_begin_list(&w);
	for (size_t i = 0; i < count; i++)
		put_key(rq->arena, &w, &keys[i]);
	json_end_list(&w);
	call_respond(&c, 200, buf_str(&text));
	return OK;
}

/* ERR_NOT_FOUND */
static enum err find(const struct call *c, struct str kid, const struct signing_key **ret)
{
	struct signing_key *keys;
	size_t count;
	enum err e = list(c, &keys, &count);

	for (size_t i = 0; !e && i < count; i++)
		if (str_eq(keys[i].kid, kid)) {
			*ret = &keys[i];
			return OK;
		}
	return e ? e : ERR_NOT_FOUND;
}

struct revocation {
	struct str kid;
	int64_t now;
	int64_t version;
};

static enum err write_revocation(struct db_conn *conn, void *arg)
{
	struct revocation *r = arg;
	enum err e = signing_key_revoke(conn, r->kid, r->now);

	return e ? e : configuration_version(conn, &r->version);
}

static enum err revoke(const struct call *c, struct str kid)
{
	struct revocation r = { kid, c->rq->now, 0 };
	enum err e = db_write(c->tenant->db, write_revocation, &r);

	if (e)
		return e;
	provider_await(c->provider, c->rq->host, r.version);
	call_record(c, "Revoke a signing key", details(c, kid));
	return OK;
}

static enum err answer_one(struct call *c, bool revokes, struct str encoded)
{
	const struct signing_key *key;
	struct str kid;
	enum err e = OK;

	if (url_decode(c->rq->arena, encoded, false, &kid) || !str_is_utf8(kid)) {
		call_refuse(c, &bad_kid);
		return OK;
	}
	if (revokes)
		e = revoke(c, kid);
	if (!e)
		e = find(c, kid, &key);
	if (e == ERR_NOT_FOUND || e == ERR_CONFLICT) {
		call_refuse(c, e == ERR_CONFLICT ? &in_use : &no_key);
		return OK;
	}
	if (!e)
		respond_key(c, 200, key);
	return e;
}

enum err signing_keys_one(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	static const struct str suffix = STR_LIT("/revoke");
	auto_tenant *t = provider_tenant(op, rq->host);
	struct call c = { op, t, rq, rs, ROUTE, S("") };
	bool revokes = str_ends(rq->tail, suffix);
	struct str kid = revokes ? str_first(rq->tail, rq->tail.n - suffix.n) : rq->tail;
	enum err e;

	if (t == NULL)
		return ERR_BUSY;
	if (revokes != (rq->method == HTTP_PUT)) {
		call_refuse_method(&c, revokes ? "PUT" : "GET");
		return OK;
	}
	e = call_admit(&c, revokes ? S("update:signing_keys") : S("read:signing_keys"));
	if (e || rs->status)
		return e;
	return answer_one(&c, revokes, kid);
}

/* Of all that are current now, the one that signs where nothing else is set. */
static enum err find_current(const struct call *c, const struct signing_key **ret)
{
	struct signing_key *keys;
	size_t count;
	enum err e = list(c, &keys, &count);

	for (size_t i = 0; !e && i < count; i++)
		if (str_is(keys[i].state, "current") && str_is(keys[i].alg, "RS256")) {
			*ret = &keys[i];
			return OK;
		}
	return e ? e : ERR_NOT_FOUND;
}

enum err signing_keys_rotate(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct call c = { op, t, rq, rs, ROUTE, S("") };
	const struct signing_key *key;
	int64_t version = 0;
	enum err e;

	if (t == NULL)
		return ERR_BUSY;
	e = call_admit(&c, S("create:signing_keys update:signing_keys"));
	if (e || rs->status)
		return e;
	e = tenant_keys_rotate(t->db, t->seal, JWS_UNKNOWN, NULL, rq->now);
	if (!e)
		e = configuration_version(db_reader(t->db), &version);
	if (!e)
		e = find_current(&c, &key);
	if (e)
		return e;
	provider_await(op, rq->host, version);
	call_record(&c, "Rotate the signing keys", details(&c, key->kid));
	respond_key(&c, 201, key);
	return OK;
}
