/* SPDX-License-Identifier: Apache-2.0 */
#include "base/url.h"
#include "brand/brand.h"
#include "oidc/authorize/authorize_device.h"
#include "oidc/authorize/authorize_record.h"
#include "oidc/authorize/authorize_run.h"
#include "oidc/authorize/session_management.h"

static struct authorize_response fault_response(
	const struct authorize_run *run, const struct fault *fault, bool with_issuer)
{
	const struct authorize_subject *s = &run->subject;
	struct authorize_response r = { .redirect_uri = run->request.redirect_uri,
		.origin = run->request.redirect_origin };

	authorize_response_add(&r, "error", str_from(fault->error));
	authorize_response_add(&r, "error_description", fault->description);
	authorize_response_add(&r, "error_uri",
		fault_uri(s->arena, s->issuer->url, fault->reason, run->rq->id));
	if (run->request.state.n <= STATE_MAX)
		authorize_response_add(&r, "state", run->request.state);
	if (with_issuer && s->tenant->settings.authorization_response_iss)
		authorize_response_add(&r, "iss", s->issuer->url);
	return r;
}

void authorize_refuse_untrusted(struct authorize_run *run, const struct fault *fault)
{
	struct authorize_response r = fault_response(run, fault, false);
	struct error_frame frame = {
		.status = fault->reason == REASON_REDIRECT_URI_MISMATCH ? 403 : 400,
		.origin = error_frame_origin(run->request.redirect_origin),
		.sentence = fault->description,
		.reason = str_from(reason_word(fault->reason)),
		.ui_locales = run->request.ui_locales,
		.owner = brand_owner(run->subject.tenant, run->rq->arena),
	};

	authorize_record(run->provider, &run->subject, run->rq, fault, NULL, NULL);
	run->rs->reason = reason_word(fault->reason);
	error_frame_respond(&frame, &r, run->rq, run->rs);
}

void authorize_add_transport(const struct authorize_run *run, struct authorize_response *r)
{
	const struct authorize_subject *s = &run->subject;
	struct url url;

	r->frame_ancestors = client_frame_ancestors(s->client, s->arena);
	if (run->request.mode != MODE_WEB_MESSAGE || run->request.web_message_target.n == 0)
		return;
	/* The relay is used only as authorize_check proved it; a fault may come before that. */
	if (url_parse(run->request.web_message_uri, &url) != OK)
		return;
	r->relay_uri_origin = url_origin(s->arena, &url);
	if (!client_has_web_origin(s->client, r->relay_uri_origin))
		return;
	r->relay_target = run->request.web_message_target;
}

/* Where the browser withheld the cookie, what the frame tries before it answers. */
static void add_storage_access(
	struct authorize_run *run, const struct fault *fault, struct authorize_response *r)
{
	const struct storage_access_verdict *access = &run->found.access;
	const struct authorize_subject *s = &run->subject;

	if (fault->reason != REASON_COOKIES_BLOCKED || !run->gathered)
		return;
	response_header(run->rs, "Vary", S("Sec-Fetch-Storage-Access, Origin"));
	if (access->retry)
		response_header(run->rs, "Activate-Storage-Access",
			arena_printf(s->arena, "retry; allowed-origin=\"" STR_FMT "\"",
				STR_ARG(http_header(run->rq, "Origin"))));
	if (!access->ask)
		return;
	r->again_url = arena_printf(s->arena, STR_FMT "authorize?" STR_FMT "&%s=1",
		STR_ARG(s->issuer->url), STR_ARG(run->rq->query), STORAGE_ACCESS_MARKER);
	if (access->uncertain)
		r->error_uri_otherwise =
			fault_uri(s->arena, s->issuer->url, REASON_NO_SESSION, run->rq->id);
}

enum err authorize_refuse(struct authorize_run *run, const struct fault *fault)
{
	struct authorize_response r = fault_response(run, fault, true);

	authorize_record(run->provider, &run->subject, run->rq, fault,
		run->gathered ? &run->found : NULL, run->gathered ? &run->facts : NULL);
	if (run->subject.device.n > 0)
		return authorize_device_refuse(
			&run->subject, run->interaction, fault, run->rq, run->rs);
	run->rs->reason = reason_word(fault->reason);
	session_management_add(&run->subject, false, run->rq, run->rs, &r);
	authorize_add_transport(run, &r);
	add_storage_access(run, fault, &r);
	response_mode_respond(run->request.mode, &r, run->rq, run->rs);
	return OK;
}
