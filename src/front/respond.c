/* SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/url.h"
#include "front/state.h"
#include "observe/access_log.h"
#include "observe/metrics.h"

static bool has_header(const struct http_response *rs, const char *name)
{
	for (size_t i = 0; i < rs->header_count; i++) {
		if (strcasecmp(rs->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

static const char *error_code(int status)
{
	if (status == 503)
		return "temporarily_unavailable";
	return status >= 500 ? "server_error" : "invalid_request";
}

/* What is said when nobody gave better words. */
static void plain(struct exchange *ex, int status)
{
	const char *text = http_status_text(status);
	struct arena *arena = ex->rq.arena;

	if (ex->form == FORM_JSON)
		response_json(&ex->rs, status,
			arena_printf(arena,
				"{\"error\":\"%s\",\"error_description\":\"%s\","
				"\"request_id\":\"%s\"}",
				error_code(status), text, ex->rq.id.p));
	else
		response_text(&ex->rs, status,
			arena_printf(arena, "%d %s\nRequest %s\n", status, text, ex->rq.id.p));
	response_no_store(&ex->rs);
}

void respond_fault(struct exchange *ex, int status)
{
	const struct front *front = ex->loop->front;
	const char *reason = ex->rs.reason;

	ex->rs = (struct http_response){ 0 };
	if (front->config.fault != NULL)
		front->config.fault(front->provider, &ex->rq, &ex->rs, ex->form, status);
	if (ex->rs.status == 0)
		plain(ex, status);
	if (status == 405 && !has_header(&ex->rs, "Allow"))
		response_header(&ex->rs, "Allow", router_allow(ex->rq.arena, ex->allowed));
	if (status == 503 && !has_header(&ex->rs, "Retry-After"))
		response_header(&ex->rs, "Retry-After", S("1"));
	if (ex->rs.reason == NULL)
		ex->rs.reason = reason;
}

/*
 * Not for localhost: the browser would remember it for every port, and the developer's other
 * programs there would be out of reach.
 */
static bool wants_https_only(const struct http_request *rq)
{
	struct str host = rq->host;
	size_t n = host.n;

	if (!rq->https)
		return false;
	while (n > 0 && host.p[n - 1] != ':' && host.p[n - 1] != ']')
		n--;
	if (n > 0 && host.p[n - 1] == ':')
		host = str_first(host, n - 1);
	return !url_host_is_loopback(host);
}

static void add_own_headers(struct exchange *ex)
{
	struct http_response *rs = &ex->rs;

	if (!has_header(rs, "X-Content-Type-Options"))
		response_header(rs, "X-Content-Type-Options", S("nosniff"));
	if (!has_header(rs, "Referrer-Policy"))
		response_header(rs, "Referrer-Policy", S("no-referrer"));
	if (wants_https_only(&ex->rq) && !has_header(rs, "Strict-Transport-Security"))
		response_header(rs, "Strict-Transport-Security", S("max-age=31536000"));
	if (ex->close || atomic_load_explicit(&ex->loop->front->stopping, memory_order_relaxed))
		response_header(rs, "Connection", S("close"));
}

static bool add_headers(struct MHD_Response *response, struct exchange *ex)
{
	for (size_t i = 0; i < ex->rs.header_count; i++) {
		const char *name = ex->rs.headers[i].name;
		struct str value = ex->rs.headers[i].value;

		if (value.n > 0 && MHD_add_response_header(response, name,
					   arena_cstr(ex->rq.arena, value)) != MHD_YES)
			return false;
	}
	return true;
}

static enum MHD_Result queue(struct exchange *ex)
{
	/* The library only reads, and is done before the arena is wiped. */
	void *body = (void *)(uintptr_t)ex->rs.body.p;
	struct MHD_Response *response =
		MHD_create_response_from_buffer(ex->rs.body.n, body, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result queued = MHD_NO;

	if (response == NULL)
		return MHD_NO;
	if (add_headers(response, ex))
		queued = MHD_queue_response(ex->connection, (unsigned)ex->rs.status, response);
	MHD_destroy_response(response);
	return queued;
}

static const char *route_name(const struct exchange *ex)
{
	if (ex->route != NULL)
		return ex->route->name;
	return ex->rq.path.p != NULL ? "none" : "refused";
}

enum MHD_Result respond(struct exchange *ex)
{
	int64_t now = clock_mono_us();
	int64_t deadline = now + (int64_t)ex->loop->front->config.send_seconds * 1000000;
	int64_t took = ex->started != 0 ? now - ex->started : 0;
	enum MHD_Result queued;

	ex->state = EXCHANGE_DONE;
	atomic_store_explicit(&ex->link->deadline, deadline, memory_order_relaxed);
	add_own_headers(ex);
	queued = queue(ex);
	if (queued != MHD_YES)
		log_line(LOG_ERROR, "front", "a response cannot be sent", "request_id",
			ex->rq.id.p, "route", route_name(ex), NULL);
	metrics_request(route_name(ex), ex->rs.status, took);
	access_log(&ex->rq, route_name(ex), &ex->rs, took);
	return queued;
}
