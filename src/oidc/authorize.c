/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize.h"

#include "base/url.h"
#include "oidc/authorize_action.h"
#include "oidc/authorize_device.h"
#include "oidc/authorize_gather.h"
#include "oidc/authorize_issue.h"
#include "oidc/authorize_mfa.h"
#include "oidc/authorize_record.h"
#include "oidc/authorize_source.h"
#include "oidc/interaction_begin.h"
#include "oidc/rate_limit.h"
#include "oidc/response_mode/response_mode.h"
#include "oidc/session_cookie.h"
#include "oidc/session_management.h"
#include "page/error_page.h"
#include "tenant/provider.h"

/* One request on its way through the beats. */
struct run {
	struct provider *provider;
	const struct http_request *rq;
	struct http_response *rs;
	struct authorize_subject subject;
	struct authorize_request request;
	const struct interaction *interaction; /* NULL when it comes straight from the client */
	struct str interaction_id;
	struct authorize_source source;
	struct id_token_hint hint;
	struct authorize_found found;
	struct authorize_facts facts;
	bool gathered;

	struct authorize_response response;
	struct jws_draft draft; /* of its id_token, signed with those of others */
	bool is_issued;
	enum err signed_err;

	/* Where actions made it wait: what to go on with. */
	struct tenant *tenant;
	struct str scope_before;
	struct authorize_facts facts_before;
};

static const struct fault unavailable = {
	"temporarily_unavailable",
	STR_LIT("The server cannot answer right now. Try again in a moment."),
	REASON_TEMPORARILY_UNAVAILABLE,
};

static const struct fault server_error = {
	"server_error",
	STR_LIT("The server could not complete the request."),
	REASON_SERVER_ERROR,
};

static const struct fault too_many = {
	"temporarily_unavailable",
	STR_LIT("The client asks more often than the tenant allows. Try again later."),
	REASON_TOO_MANY_REQUESTS,
};

static bool is_silent(const struct run *run)
{
	return (run->request.prompt & PROMPT_NONE) != 0;
}

static void load_subject(struct run *run, const struct tenant *tenant)
{
	struct authorize_subject *s = &run->subject;
	const struct issuer *issuer =
		run->interaction != NULL
			? tenant_issuer_by_url(tenant, run->interaction->issuer)
			: NULL;

	s->arena = run->rq->arena;
	s->tenant = tenant;
	s->request = &run->request;
	/* What became an interaction was found to come the right way. */
	s->is_pushed = run->interaction != NULL || run->source.pushed.n > 0;
	s->is_signed = run->interaction != NULL || run->source.is_signed;
	s->device = authorize_device_of(run->interaction, s->arena);
	authorize_subject_load(
		s, issuer != NULL ? issuer : tenant_issuer(tenant, run->rq->host));
}

static struct authorize_response fault_response(
	const struct run *run, const struct fault *fault, bool with_issuer)
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

/* Rows 1 to 3: a page of our own that also tells whoever waits for an answer. */
static void respond_untrusted(struct run *run, const struct fault *fault)
{
	struct authorize_response r = fault_response(run, fault, false);
	struct error_frame frame = {
		.status = fault->reason == REASON_REDIRECT_URI_MISMATCH ? 403 : 400,
		.origin = error_frame_origin(run->request.redirect_origin),
		.title = str_from(reason_text(fault->reason)->title),
		.sentence = fault->description,
		.reason = str_from(reason_word(fault->reason)),
		.request_id = run->rq->id,
	};

	authorize_record(run->provider, &run->subject, run->rq, fault, NULL, NULL);
	run->rs->reason = reason_word(fault->reason);
	error_frame_respond(&frame, &r, run->rq, run->rs);
}

static void add_transport(struct run *run, struct authorize_response *r)
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
	struct run *run, const struct fault *fault, struct authorize_response *r)
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

static enum err respond_fault(struct run *run, const struct fault *fault)
{
	struct authorize_response r = fault_response(run, fault, true);

	authorize_record(run->provider, &run->subject, run->rq, fault,
		run->gathered ? &run->found : NULL, run->gathered ? &run->facts : NULL);
	if (run->subject.device.n > 0)
		return authorize_device_refuse(
			&run->subject, run->interaction, fault, run->rq, run->rs);
	run->rs->reason = reason_word(fault->reason);
	session_management_add(&run->subject, false, run->rq, run->rs, &r);
	add_transport(run, &r);
	add_storage_access(run, fault, &r);
	response_no_store(run->rs);
	response_mode_respond(run->request.mode, &r, run->rq, run->rs);
	return OK;
}

/* A limit of the tenant's is told like any error, with the time after which to come again. */
static const struct fault *check_limit(struct run *run)
{
	int64_t seconds = rate_limit_take(
		run->provider, run->subject.tenant, run->subject.client->client_id, run->rq);

	if (seconds == 0 || run->interaction != NULL)
		return NULL;
	response_header(run->rs, "Retry-After",
		arena_printf(run->rq->arena, "%lld", (long long)seconds));
	return &too_many;
}

/*
 * A failure of the environment. Somebody waits in a hidden frame, so a silent request hears
 * of it like of any other error; and when the loop thread may not write, it is run again.
 */
static enum err respond_failure(struct run *run, enum err err)
{
	if (err == ERR_WOULD_BLOCK || err == ERR_WAIT || !is_silent(run))
		return err;
	*run->rs = (struct http_response){ .status = 0 };
	return respond_fault(
		run, err == ERR_BUSY || err == ERR_STORE ? &unavailable : &server_error);
}

/* Everything is made but the page. */
static enum err deliver(struct run *run)
{
	const struct authorize_subject *s = &run->subject;
	struct authorize_response *r = &run->response;

	if (run->signed_err != OK)
		return respond_failure(run, run->signed_err);
	authorize_response_add(r, "state", run->request.state);
	if (s->tenant->settings.authorization_response_iss)
		authorize_response_add(r, "iss", s->issuer->url);
	authorize_record(run->provider, s, run->rq, NULL, &run->found, &run->facts);
	if (s->device.n > 0)
		return authorize_device_approve(s, run->interaction, r, run->rq, run->rs);
	session_management_add(s, true, run->rq, run->rs, r);
	add_transport(run, r);
	response_mode_respond(run->request.mode, r, run->rq, run->rs);
	return OK;
}

static void sign_draft(void *kept)
{
	struct run *run = kept;

	run->signed_err = jws_draft_sign(&run->draft);
}

static enum err issue(struct run *run)
{
	struct http_wait *wait = run->rq->may_block ? NULL : run->rq->wait;
	enum err err;

	run->response = (struct authorize_response){ .redirect_uri = run->request.redirect_uri,
		.origin = run->request.redirect_origin };
	err = authorize_issue(&run->subject, run->rq, &run->found, run->interaction != NULL,
		wait != NULL ? &run->draft : NULL, &run->response);
	if (err != OK)
		return respond_failure(run, err);
	run->is_issued = true;
	if (run->draft.key == NULL)
		return deliver(run);
	wait->work = sign_draft;
	return ERR_WAIT;
}

/* Whom the request names: nobody else may answer the sign-in page. */
static struct str named_user(const struct run *run)
{
	if (!run->facts.differs)
		return S("");
	if (run->hint.sub.n > 0)
		return run->hint.sub;
	return run->request.claims_subject.n > 0 ? run->request.claims_subject
						 : run->request.login_hint;
}

static const struct fault *worded(const struct run *run, const struct fault *fault)
{
	if (fault->reason != REASON_ACTION_DENIED || run->found.wish.denial.n == 0)
		return fault;
	return fault_with(
		run->rq->arena, fault->error, fault->reason, "", run->found.wish.denial, "");
}

/* Only one of two tabs that come back with the same interaction gets an answer. */
static enum err end_interaction(struct run *run)
{
	if (run->interaction == NULL)
		return OK;
	return interaction_end(run->subject.tenant, run->interaction);
}

/* A pushed request is used up by what comes of it. An error gives nothing, and leaves it. */
static enum err use_up(struct run *run)
{
	enum err err = authorize_source_use_up(run->subject.tenant, run->rq, &run->source);

	return err == OK ? end_interaction(run) : err;
}

static enum err act(struct run *run)
{
	struct authorize_decision next = authorize_decide(&run->facts);
	enum err err = OK;

	if (authorize_session_is_used(&run->facts))
		authorize_touch(&run->subject, run->rq, run->found.session);
	switch (next.step) {
	case AUTHORIZE_ISSUE:
		err = use_up(run);
		return err == OK ? issue(run) : err;
	case AUTHORIZE_REFUSE:
		err = end_interaction(run);
		return err == OK ? respond_fault(run, worded(run, next.fault)) : err;
	case AUTHORIZE_LOGIN:
	case AUTHORIZE_ACCOUNT:
	case AUTHORIZE_MFA:
	case AUTHORIZE_CONSENT:
	case AUTHORIZE_REDIRECT:
		err = authorize_source_use_up(run->subject.tenant, run->rq, &run->source);
		if (err != OK)
			return err;
		return interaction_begin(&run->subject, run->rq, &run->found, run->interaction,
			run->interaction_id, next.step, named_user(run), run->rs);
	case AUTHORIZE_STEPS:
		break;
	}
	return respond_fault(run, &server_error);
}

/* What may stand between the session and an answer. */
static enum err load_policy(struct run *run)
{
	enum err err = authorize_action(run->provider, &run->subject, run->rq, run->interaction,
		&run->found, &run->facts);

	if (err == OK)
		err = session_cookie_follow(&run->subject, run->rq, &run->found, run->rs);
	if (err == OK)
		err = authorize_mfa(&run->subject, run->rq, &run->found, &run->facts);
	return err == OK ? authorize_gather_grant(&run->subject, &run->found, &run->facts)
			 : err;
}

static enum err answer(struct run *run)
{
	enum err err = load_policy(run);

	if (err != OK)
		return respond_failure(run, err);
	run->gathered = true;
	return act(run);
}

/* Where the request itself could not be read, that is what is wrong. */
static const struct fault *untrusted_fault(const struct run *run, const struct fault *fault)
{
	return run->source.fault != NULL && fault->reason != REASON_CLIENT_UNKNOWN
		       ? run->source.fault
		       : fault;
}

static enum err run_authorize(struct run *run, const struct tenant *tenant, struct str text)
{
	const struct fault *fault;
	enum err err;

	run->request = authorize_request_read(run->rq->arena, text);
	err = authorize_source_read(
		tenant, run->rq, run->interaction != NULL, &run->request, &run->source);
	if (err != OK)
		return err;
	authorize_claims_read(run->rq->arena, &run->request);
	load_subject(run, tenant);
	if (run->subject.client != NULL)
		authorize_claims_default(
			run->rq->arena, run->subject.client->default_acr_values, &run->request);
	fault = authorize_check_before_trust(&run->subject);
	if (fault != NULL) {
		respond_untrusted(run, untrusted_fault(run, fault));
		return OK;
	}
	/* From here on the client hears about its mistakes itself. */
	fault = run->source.fault != NULL ? run->source.fault : authorize_check(&run->subject);
	if (fault == NULL && run->request.id_token_hint.n > 0)
		fault = id_token_hint_read(tenant, run->subject.client, run->rq->arena,
			run->request.id_token_hint, &run->hint);
	if (fault == NULL)
		fault = check_limit(run);
	if (fault != NULL)
		return respond_fault(run, fault);
	err = authorize_gather(
		&run->subject, run->rq, run->interaction, &run->hint, &run->found, &run->facts);
	if (err != OK)
		return respond_failure(run, err);
	run->scope_before = run->found.scope;
	run->facts_before = run->facts;
	return answer(run);
}

static void drop(void *kept)
{
	tenant_release(&((struct run *)kept)->tenant);
}

/* It waits: who comes back goes on from there, so that nothing before is done twice. */
static void keep(struct run *run, struct tenant **tenant)
{
	run->tenant = *tenant;
	*tenant = NULL;
	run->rq->wait->drop = drop;
	run->rq->wait->kept = run;
}

static enum err go_on(struct run *run)
{
	run->found.scope = run->scope_before;
	run->found.wish = (struct authorize_wish){ 0 };
	run->facts = run->facts_before;
	return answer(run);
}

static enum err begin(struct run *run, struct tenant **tenant)
{
	const struct http_request *rq = run->rq;
	enum err err =
		run_authorize(run, *tenant, rq->method == HTTP_POST ? rq->body : rq->query);

	if (err == ERR_WAIT || (err == ERR_WOULD_BLOCK && run->found.action != NULL))
		keep(run, tenant);
	return err;
}

enum err authorize(struct provider *p, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *tenant = NULL;
	struct run *run = rq->wait->kept;
	enum err err;

	if (run == NULL) {
		tenant = provider_tenant(p, rq->host);
		if (tenant == NULL)
			return ERR_STORE;
		run = arena_alloc(rq->arena, sizeof(*run));
		*run = (struct run){ .provider = p, .rq = rq, .rs = rs };
		err = begin(run, &tenant);
	} else {
		err = run->is_issued ? deliver(run) : go_on(run);
	}
	if (err != ERR_NOT_FOUND || run->source.pushed.n == 0)
		return err;
	/* Two came with one pushed request, and the other was first. */
	return respond_fault(run, &authorize_source_gone);
}

static void respond_expired(
	const struct issuer *issuer, const struct http_request *rq, struct http_response *rs)
{
	const struct reason_text *text = reason_text(REASON_INTERACTION_EXPIRED);

	rs->reason = text->word;
	page_error(rq, rs, 400, S("en"), str_from(text->title), str_from(text->happened),
		str_from(text->word),
		fault_uri(rq->arena, issuer->url, REASON_INTERACTION_EXPIRED, rq->id));
}

enum err authorize_resume(
	struct provider *p, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *tenant = provider_tenant(p, rq->host);
	struct run run = { .provider = p, .rq = rq, .rs = rs };
	struct interaction interaction;
	struct params params = params_read(rq->arena, rq->query);
	const struct issuer *issuer;
	enum err err;

	if (tenant == NULL)
		return ERR_STORE;
	issuer = tenant_issuer(tenant, rq->host);
	run.interaction_id = params_get(&params, "state");
	err = interaction_resume(tenant, issuer, rq, run.interaction_id, &interaction);
	if (err == ERR_NOT_FOUND) {
		respond_expired(issuer, rq, rs);
		return OK;
	}
	if (err != OK)
		return err;
	run.interaction = &interaction;
	err = run_authorize(&run, tenant, interaction.request);
	if (err != ERR_NOT_FOUND)
		return err;
	/* Another tab was first. */
	respond_expired(issuer, rq, rs);
	return OK;
}
