/* SPDX-License-Identifier: Apache-2.0 */
#include "front/certificate_header.h"
#include "front/state.h"
#include "front/tls.h"

/* A body that nobody wants is read to its end when it is no longer than this, so that the
 * client, which may be sending still, sees the answer and not a reset. */
enum { DISCARD_MAX = 1 << 20 };

static enum MHD_Result collect(void *context, enum MHD_ValueKind kind, const char *name,
	size_t name_n, const char *value, size_t value_n)
{
	struct exchange *ex = context;

	(void)kind;
	if (ex->header_count == GUARD_HEADERS_MAX)
		return MHD_NO;
	ex->headers[ex->header_count++] =
		(struct http_header){ { name, name_n }, { value, value_n } };
	return MHD_YES;
}

static struct guard_verdict judge(struct exchange *ex, const char *method, const char *version)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		ex->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct guard_head head = {
		.text = { method, info != NULL ? info->header_size : 0 },
		.method = str_from(method),
		.target = ex->target,
		.version = str_from(version),
		.headers = ex->headers,
	};

	(void)MHD_get_connection_values_n(ex->connection, MHD_HEADER_KIND, collect, ex);
	head.count = ex->header_count;
	return guard_check(&head, &ex->loop->front->limits);
}

/* 0 for a method that no route can have. */
static unsigned method_of(struct str name)
{
	static const struct {
		struct str name;
		enum http_method method;
	} methods[] = {
		{ STR_LIT("GET"), HTTP_GET },
		{ STR_LIT("POST"), HTTP_POST },
		{ STR_LIT("OPTIONS"), HTTP_OPTIONS },
		{ STR_LIT("HEAD"), HTTP_HEAD },
		{ STR_LIT("PATCH"), HTTP_PATCH },
		{ STR_LIT("PUT"), HTTP_PUT },
		{ STR_LIT("DELETE"), HTTP_DELETE },
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (str_eq(name, methods[i].name))
			return methods[i].method;
	}
	return 0;
}

static void read_target(struct http_request *rq, struct str target)
{
	ptrdiff_t mark = str_index(target, '?');

	rq->path = mark < 0 ? target : str_first(target, (size_t)mark);
	if (mark >= 0)
		rq->query = str_after(target, (size_t)mark + 1);
}

/* One header only: of two, one might be the client's own. */
static size_t certificate_by_proxy(struct exchange *ex, struct str *ret)
{
	struct str name = str_from(ex->loop->front->config.mtls_header);
	struct str value = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < ex->header_count && name.n > 0; i++)
		if (str_eq_nocase(ex->headers[i].name, name)) {
			value = ex->headers[i].value;
			count++;
		}
	if (count != 1 || certificate_header_read(ex->rq.arena, value, ret) != OK)
		return 0;
	return 1;
}

static size_t certificate_by_handshake(struct exchange *ex, struct str ret[TLS_CHAIN_MAX])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(ex->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	if (!ex->loop->tls || ex->loop->front->config.mtls_host == NULL || info == NULL)
		return 0;
	return tls_client_chain(info->tls_session, ex->rq.arena, ret);
}

/* The certificate of a trusted proxy's own connection is the proxy's. */
static void read_certificate(struct exchange *ex)
{
	const struct front *front = ex->loop->front;
	struct str chain[TLS_CHAIN_MAX];
	size_t count;

	if (networks_hold(front->trust.networks, front->trust.count, &ex->link->peer))
		count = certificate_by_proxy(ex, chain);
	else
		count = certificate_by_handshake(ex, chain);
	if (count == 0)
		return;
	ex->rq.certificate = chain[0];
	ex->rq.certificate_trusted =
		authorities_vouch(atomic_load(&front->authorities), chain, count);
}

static void read_request(struct exchange *ex, struct str host)
{
	struct http_request *rq = &ex->rq;
	const struct address *peer = &ex->link->peer;

	read_target(rq, ex->target);
	for (size_t i = 0; i < ex->header_count; i++)
		ex->headers[i].value = str_trim(ex->headers[i].value);
	rq->headers = ex->headers;
	rq->header_count = ex->header_count;
	rq->host = host_lower(rq->arena, host);
	rq->https = ex->loop->tls;
	rq->remote = arena_str(rq->arena, ex->link->peer_text);
	forwarded_apply(rq, &ex->loop->front->trust, peer);
	read_certificate(ex);
}

static void find_route(struct exchange *ex, unsigned method)
{
	struct router_match match = router_find(ex->loop->router, method, ex->rq.path);

	ex->rq.method = (enum http_method)method;
	ex->rq.tail = match.tail;
	ex->route = match.route;
	ex->allowed = match.allowed;
	ex->form = match.form;
	ex->body_max = ex->loop->front->config.body_max;
	if (match.route == NULL)
		ex->status = match.allowed != 0 ? 405 : 404;
	if (match.allowed == 0 && http_accepts_json(&ex->rq))
		ex->form = FORM_JSON;
	if (match.route != NULL && match.route->body_max != 0)
		ex->body_max = match.route->body_max;
}

static void refuse(struct exchange *ex, const struct guard_verdict *verdict)
{
	ex->status = verdict->status;
	ex->close = true;
	response_text(&ex->rs, verdict->status,
		arena_printf(ex->rq.arena, "%s: %s\n", http_status_text(verdict->status),
			verdict->why));
	response_no_store(&ex->rs);
	ex->rs.reason = verdict->why;
}

bool head_read(struct exchange *ex, const char *method, const char *version)
{
	struct guard_verdict verdict = judge(ex, method, version);

	if (verdict.status != 0) {
		refuse(ex, &verdict);
		return false;
	}
	read_request(ex, verdict.host);
	find_route(ex, method_of(str_from(method)));
	if (verdict.length >= 0 && (uint64_t)verdict.length > ex->body_max && ex->status == 0)
		ex->status = 413;

	/* Chunks are framed by the library, which is lax about their line ends. Nothing that
	 * follows them on the same connection is ever read as a request. */
	ex->close = verdict.chunked;
	ex->discard = ex->status != 0;
	if (ex->discard &&
		(verdict.length > DISCARD_MAX || http_header(&ex->rq, "expect").n > 0)) {
		ex->close = true;
		respond_fault(ex, ex->status);
		return false;
	}
	return true;
}
