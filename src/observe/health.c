/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/health.h"

#include "http/cors.h"
#include "observe/metrics.h"
#include "store/document.h"
#include "tenant/provider.h"

enum err healthz(struct provider *p, const struct http_request *rq, struct http_response *rs)
{
	(void)p;
	(void)rq;
	cors_any(rs);
	response_no_store(rs);
	response_text(rs, 200, S("ok\n"));
	return OK;
}

enum err readyz(struct provider *p, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *tenant = provider_tenant(p, rq->host);
	int64_t version;

	response_no_store(rs);
	if (tenant == NULL || configuration_version(db_reader(tenant->db), &version) != OK)
		response_text(rs, 503, S("the store does not answer\n"));
	else
		response_text(rs, 200, S("ok\n"));
	return OK;
}

enum err metrics(struct provider *p, const struct http_request *rq, struct http_response *rs)
{
	(void)p;
	rs->status = 200;
	rs->body = metrics_text(rq->arena);
	response_header(rs, "Content-Type", S(METRICS_MEDIA_TYPE));
	response_no_store(rs);
	return OK;
}
