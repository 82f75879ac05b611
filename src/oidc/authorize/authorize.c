/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize.h"

#include "oidc/authorize/authorize_action.h"
#include "oidc/authorize/authorize_device.h"
#include "oidc/authorize/authorize_issue.h"
#include "oidc/authorize/authorize_loop.h"
#include "oidc/authorize/authorize_mfa.h"
#include "oidc/authorize/authorize_record.h"
#include "oidc/authorize/authorize_run.h"
#include "oidc/authorize/interaction_begin.h"
#include "oidc/authorize/session_cookie.h"
#include "oidc/authorize/session_management.h"
#include "oidc/rate_limit.h"
#include "oidc/response_mode/response_mode.h"
#include "oidc/tenant_page.h"
#include "oidc/token/id_token.h"
#include "tenant/provider.h"

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

static bool is_silent(const struct authorize_run *run)
{
	return (run->request.prompt & PROMPT_NONE) != 0;
}

static void load_subject(struct authorize_run *run, const struct tenant *tenant)
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

/*
 * A limit of the tenant's is told like any error, with the time after which to come again. A
 * request counts when it first comes: not when it is run again where it may block, nor when a
 * person comes back with what became of it.
 */
static const struct fault *check_limit(struct authorize_run *run)
{
	int64_t seconds;

	if (run->interaction != NULL || run->rq->may_block)
		return NULL;
	seconds = rate_limit_take(
		run->provider, run->subject.tenant, run->subject.client->client_id, run->rq);
	if (seconds == 0)
		return NULL;
	response_retry_after(run->rs, run->rq->arena, seconds);
	return &too_many;
}

/*
 * A failure of the environment. Somebody waits in a hidden frame, so a silent request hears
 * of it like of any other error; and when the loop thread may not write, it is run again.
 */
static enum err respond_failure(struct authorize_run *run, enum err err)
{
	if (err == ERR_WOULD_BLOCK || err == ERR_WAIT || !is_silent(run))
		return err;
	*run->rs = (struct http_response){ .status = 0 };
	return authorize_refuse(
		run, err == ERR_BUSY || err == ERR_STORE ? &unavailable : &server_error);
}

/* Everything is made but the page. */
static enum err deliver(struct authorize_run *run)
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
	authorize_add_transport(run, r);
	response_mode_respond(run->request.mode, r, run->rq, run->rs);
	return OK;
}

static void sign_draft(void *kept)
{
	struct authorize_run *run = kept;

	run->signed_err = jws_draft_sign(&run->draft);
}

static enum err issue(struct authorize_run *run)
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
static struct str named_user(const struct authorize_run *run)
{
	if (!run->facts.differs)
		return S("");
	if (run->hint.sub.n > 0)
		return run->hint.sub;
	return run->request.claims_subject.n > 0 ? run->request.claims_subject
						 : run->request.login_hint;
}

static const struct fault *worded(const struct authorize_run *run, const struct fault *fault)
{
	if (fault->reason != REASON_ACTION_DENIED || run->found.wish.denial.n == 0)
		return fault;
	return fault_with(
		run->rq->arena, fault->error, fault->reason, "", run->found.wish.denial, "");
}

/* Only one of two tabs that come back with the same interaction gets an answer. */
static enum err end_interaction(struct authorize_run *run)
{
	if (run->interaction == NULL)
		return OK;
	return interaction_end(run->subject.tenant, run->interaction);
}

/* What would come of an id_token that nobody can be given. */
static enum err check_key(const struct authorize_run *run, const struct fault **ret)
{
	if ((run->request.response_type & RESPONSE_ID_TOKEN) == 0)
		return OK;
	return id_token_check(run->subject.tenant, run->subject.client, run->rq, ret);
}

/* A pushed request is used up by what comes of it. An error gives nothing, and leaves it. */
static enum err use_up(struct authorize_run *run)
{
	enum err err = authorize_source_use_up(run->subject.tenant, run->rq, &run->source);

	return err == OK ? end_interaction(run) : err;
}

static enum err act_issue(struct authorize_run *run)
{
	const struct fault *fault = NULL;
	enum err err = check_key(run, &fault);

	if (err == OK && fault == NULL)
		err = use_up(run);
	if (err != OK)
		return err;
	return fault != NULL ? authorize_refuse(run, fault) : issue(run);
}

static enum err act(struct authorize_run *run)
{
	struct authorize_decision next = authorize_decide(&run->facts);
	enum err err = OK;

	if (authorize_session_is_used(&run->facts))
		authorize_touch(&run->subject, run->rq, run->found.session);
	switch (next.step) {
	case AUTHORIZE_ISSUE:
		return authorize_loop_stop(run) ? OK : act_issue(run);
	case AUTHORIZE_REFUSE:
		err = end_interaction(run);
		return err == OK ? authorize_refuse(run, worded(run, next.fault)) : err;
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
	return authorize_refuse(run, &server_error);
}

/* What may stand between the session and an answer. */
static enum err load_policy(struct authorize_run *run)
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

static enum err answer(struct authorize_run *run)
{
	enum err err = load_policy(run);

	if (err != OK)
		return respond_failure(run, err);
	run->gathered = true;
	return act(run);
}

/* Where the request itself could not be read, that is what is wrong. */
static const struct fault *untrusted_fault(
	const struct authorize_run *run, const struct fault *fault)
{
	return run->source.fault != NULL && fault->reason != REASON_CLIENT_UNKNOWN
		       ? run->source.fault
		       : fault;
}

static enum err run_authorize(
	struct authorize_run *run, const struct tenant *tenant, struct str text)
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
		authorize_refuse_untrusted(run, untrusted_fault(run, fault));
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
		return authorize_refuse(run, fault);
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
	tenant_release(&((struct authorize_run *)kept)->tenant);
}

/* It waits: who comes back goes on from there, so that nothing before is done twice. */
static void keep(struct authorize_run *run, struct tenant **tenant)
{
	run->tenant = *tenant;
	*tenant = NULL;
	run->rq->wait->drop = drop;
	run->rq->wait->kept = run;
}

static enum err go_on(struct authorize_run *run)
{
	run->found.scope = run->scope_before;
	run->found.wish = (struct authorize_wish){ 0 };
	run->facts = run->facts_before;
	return answer(run);
}

static enum err begin(struct authorize_run *run, struct tenant **tenant)
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
	struct authorize_run *run = rq->wait->kept;
	enum err err;

	if (run == NULL) {
		tenant = provider_tenant(p, rq->host);
		if (tenant == NULL)
			return ERR_STORE;
		run = arena_alloc(rq->arena, sizeof(*run));
		*run = (struct authorize_run){ .provider = p, .rq = rq, .rs = rs };
		err = begin(run, &tenant);
	} else {
		err = run->is_issued ? deliver(run) : go_on(run);
	}
	if (err != ERR_NOT_FOUND || run->source.pushed.n == 0)
		return err;
	/* Two came with one pushed request, and the other was first. */
	return authorize_refuse(run, &authorize_source_gone);
}

enum err authorize_resume(
	struct provider *p, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *tenant = provider_tenant(p, rq->host);
	struct authorize_run run = { .provider = p, .rq = rq, .rs = rs };
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
		tenant_page_expired(tenant, rq, rs, "flow.gone.body");
		return OK;
	}
	if (err != OK)
		return err;
	run.interaction = &interaction;
	err = run_authorize(&run, tenant, interaction.request);
	if (err != ERR_NOT_FOUND)
		return err;
	/* Another tab was first. */
	tenant_page_expired(tenant, rq, rs, "flow.gone.body");
	return OK;
}
