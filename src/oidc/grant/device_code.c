/* SPDX-License-Identifier: Apache-2.0 */

/* RFC 8628, 3.4 and 3.5: a device asks again and again whether it was let in. */

#include "crypto/digest.h"
#include "oidc/grant/grant.h"
#include "oidc/token/authorization_code.h"
#include "store/device_grant.h"

enum {
	SLOWER_BY = 5, /* seconds: RFC 8628, 3.5 */
	SLOWEST = 300,
	SLACK_MS = 500, /* clocks and networks are not exact */
	MS = 1000,
};

static const struct fault no_code = { "invalid_request",
	STR_LIT("Missing required parameter: device_code"), REASON_REQUEST_INVALID };
static const struct fault unknown = { "invalid_grant",
	STR_LIT("Invalid or unknown device code"), REASON_DEVICE_CODE_INVALID };
static const struct fault expired = { "expired_token",
	STR_LIT("The device code has expired. Ask for a new one."), REASON_DEVICE_EXPIRED };
static const struct fault denied = { "access_denied", STR_LIT("The user denied the device"),
	REASON_USER_DENIED };
static const struct fault pending = { "authorization_pending",
	STR_LIT("The user has yet to let the device in"), REASON_DEVICE_PENDING };
static const struct fault too_fast = { "slow_down",
	STR_LIT("The device asks too often: wait five seconds longer from now on"),
	REASON_DEVICE_TOO_FAST };

struct question {
	struct str key;
	int64_t interval;
	int64_t now_ms;
};

static enum err write_poll(struct db_conn *conn, void *arg)
{
	const struct question *q = arg;
	enum err err = device_grant_poll(conn, q->key, q->interval, q->now_ms);

	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err wait(const struct token_request *rq, const struct device_grant *row,
	struct token_answer *ret)
{
	int64_t now_ms = rq->rq->now_ms;
	struct question q = { row->key, row->interval, now_ms };
	bool fast = now_ms < row->polled_at_ms + row->interval * MS - SLACK_MS;

	ret->fault = fast ? &too_fast : &pending;
	ret->is_waiting = true;
	if (fast && q.interval < SLOWEST)
		q.interval += SLOWER_BY;
	return db_write(rq->tenant->db, write_poll, &q);
}

static enum err take(const struct token_request *rq, const struct device_grant *row,
	struct token_answer *ret)
{
	struct authorization_code code;

	if (authorization_code_open(rq->tenant->seal, rq->rq->arena, row->code, &code) != OK ||
		!str_eq(code.redirect_uri_digest, row->key) ||
		tenant_issuer_by_url(rq->tenant, code.issuer) == NULL) {
		ret->fault = &unknown;
		return OK;
	}
	return grant_redeem_code(rq, &code, ret);
}

static enum err redeem(const struct token_request *rq, struct token_answer *ret)
{
	struct str text = params_get(rq->params, "device_code");
	struct device_grant row;
	enum err err;

	if (text.n == 0) {
		ret->fault = &no_code;
		return OK;
	}
	err = device_grant_find(
		db_reader(rq->tenant->db), rq->rq->arena, sha256(rq->rq->arena, text), &row);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (err == ERR_NOT_FOUND || !str_eq(row.client_id, rq->client->client_id))
		ret->fault = &unknown;
	else if (rq->rq->now >= row.expires_at)
		ret->fault = &expired;
	else if (str_is(row.state, "denied"))
		ret->fault = &denied;
	else if (str_is(row.state, "approved"))
		return take(rq, &row, ret);
	else
		return wait(rq, &row, ret);
	return OK;
}

const struct grant_type grant_device_code = {
	.name = "urn:ietf:params:oauth:grant-type:device_code",
	.bit = GRANT_DEVICE_CODE,
	.succeeded = "sede",
	.failed = "fede",
	.redeem = redeem,
};
