/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_action.h"

#include "oidc/authorize/authorize_event.h"
#include "oidc/session/session_method.h"
#include "oidc/token/action_wish.h"
#include "json/json_writer.h"

typedef struct authorize_subject subject;

struct due {
	struct provider *provider;
	const subject *s;
	const struct http_request *rq;
	const struct json *data; /* of the interaction, or NULL */
	bool is_back;            /* from where an action sent the person */
	struct str carry;        /* what goes on after a challenge, or empty */
	struct authorize_found *found;
	struct authorize_facts *facts;
};

/* What holds for every answer from here on, also when it comes out of the interaction. */
static struct action_wish follow(const struct due *d, struct str text)
{
	struct action_wish said = action_wish_read(d->s->arena, text, d->found->scope);
	struct authorize_wish *wish = &d->found->wish;

	wish->json = text;
	wish->id_claims = said.id_claims;
	wish->access_claims = said.access_claims;
	wish->mfa = said.mfa;
	wish->refresh = said.refresh;
	d->found->scope = said.scope;
	if (wish->mfa.n > 0 && !session_has_method(d->found->session->methods, S("mfa")))
		wish->by = said.mfa_by;
	if (said.is_too_much)
		d->facts->action_failed = true;
	return said;
}

/* What they said in this interaction, of this session, before the page. False: they are to be
 * run, or go on behind a challenge. */
static bool follow_kept(struct due *d)
{
	const struct json *kept = json_get(d->data, "actions");

	if (kept == NULL || !str_eq(json_get_str(kept, "sid"), d->found->session->sid))
		return false;
	d->carry = json_text(d->s->arena, json_get(kept, "carry"));
	if (d->carry.n > 0)
		return false;
	(void)follow(d, json_text(d->s->arena, json_get(kept, "wish")));
	return true;
}

static enum err describe(const struct due *d, struct str *ret)
{
	const struct json *returned = json_get(d->data, "returned");
	struct params params = params_read(d->s->arena, json_get_str(returned, "query"));
	struct authorize_event event = {
		.op = d->provider,
		.subject = d->s,
		.rq = d->rq,
		.session = d->found->session,
		.methods = d->found->session->methods,
		.silent = (d->s->request->prompt & PROMPT_NONE) != 0,
		.returned = d->is_back ? &params : NULL,
		.returned_by_post = json_get_bool(returned, "post", false),
	};
	struct user user;
	enum err err;

	err = user_find(
		db_reader(d->s->tenant->db), d->s->arena, event.session->user_id, &user);
	if (err != OK)
		return err == ERR_NOT_FOUND ? ERR_STORE : err;
	event.user = &user;
	err = authorize_event_load(d->s->arena, &event);
	if (err == OK)
		*ret = authorize_event_write(d->s->arena, &event);
	return err;
}

static struct action_call *call_of(const struct due *d, struct str event)
{
	const struct json *waiting = json_get(d->data, "continue");
	struct action_call *call = arena_alloc(d->s->arena, sizeof(*call));

	*call = (struct action_call){
		.arena = d->s->arena,
		.tenant = d->s->tenant,
		.pipeline = &d->s->tenant->post_login,
		.event = event,
		.carry = d->is_back ? json_text(d->s->arena, json_get(waiting, "carry"))
				    : d->carry,
		.silent = (d->s->request->prompt & PROMPT_NONE) != 0,
		.request_id = d->rq->id,
		.client_id = d->s->client->client_id,
		.user_id = d->found->session->user_id,
		.sid = d->found->session->sid,
		.ip = d->rq->remote,
		.now = d->rq->now,
		.now_ms = d->rq->now_ms,
	};
	return call;
}

/* Described once, however often this request is come back to. */
static enum err prepare(const struct due *d)
{
	struct str event;
	enum err err;

	if (d->found->action != NULL)
		return OK;
	err = describe(d, &event);
	if (err == OK)
		d->found->action = call_of(d, event);
	return err;
}

static enum err run(const struct due *d)
{
	struct authorize_wish *wish = &d->found->wish;
	struct action_result result = { 0 };
	enum err err = prepare(d);

	if (err != OK)
		return err;
	d->found->action->wait = d->rq->may_block ? NULL : d->rq->wait;
	err = d->provider->run_actions(d->provider->actions, d->found->action, &result);
	if (err != OK)
		return err == ERR_INVALID ? ERR_STORE : err;
	d->facts->action_failed = result.failed;
	d->facts->action_denied = result.deny.n > 0;
	d->facts->action_redirect = result.url.n > 0;
	if (!result.failed) {
		struct action_wish said = follow(d, result.wish);

		if (result.carry.n == 0)
			wish->cookie_mode = said.cookie_mode;
	}
	wish->denial = result.deny;
	wish->url = result.url;
	wish->challenge = result.challenge;
	wish->carry = result.carry;
	if (result.by.n > 0)
		wish->by = result.by;
	return OK;
}

/* Back from outside, in the session in which they were sent there. */
static bool is_back(const struct due *d, const struct interaction *interaction)
{
	return interaction != NULL && str_is(interaction->page, "continued") &&
	       str_eq(json_get_str(json_get(d->data, "continue"), "sid"),
		       d->found->session->sid);
}

enum err authorize_action(struct provider *p, const subject *s, const struct http_request *rq,
	const struct interaction *interaction, struct authorize_found *found,
	struct authorize_facts *facts)
{
	struct due d = { .provider = p, .s = s, .rq = rq, .found = found, .facts = facts };

	if (s->tenant->post_login.count == 0 || p->run_actions == NULL ||
		!authorize_reaches_actions(facts))
		return OK;
	if (interaction != NULL && json_parse(s->arena, interaction->data, &d.data, NULL) != OK)
		d.data = NULL;
	if (follow_kept(&d))
		return OK;
	d.is_back = is_back(&d, interaction);
	return run(&d);
}
