/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_mfa.h"

#include "oidc/session/session_method.h"
#include "oidc/token/action_wish.h"
#include "store/remembered_browser.h"
#include "tenant/browser.h"

typedef struct authorize_subject subject;

enum { COOKIES_LOOKED_AT = 4 };

/* Where the person asked us to remember this browser (store/remembered_browser.h). */
static enum err find_remembered(
	const subject *s, const struct http_request *rq, struct authorize_found *found)
{
	struct str user_id = found->session->user_id;

	for (size_t i = 0; i < COOKIES_LOOKED_AT; i++) {
		struct str cookie = http_cookie(rq, s->issuer->mfa_cookie, i);
		struct str browser;
		enum err err;

		if (cookie.n == 0)
			break;
		if (browser_secret_read(s->tenant, s->arena, cookie, &browser) != OK)
			continue;
		err = remembered_browser_find(db_reader(s->tenant->db), browser, user_id,
			rq->now, &found->remembered_used_at);
		if (err == OK)
			found->remembered = browser;
		if (err != ERR_NOT_FOUND)
			return err;
	}
	return OK;
}

/* An action's word stands in place of the policy's, which lets browsers be remembered. */
static bool allows_remembering(const subject *s, const struct authorize_found *found)
{
	return found->wish.mfa.n == 0 ||
	       action_wish_allows_remembering(s->arena, found->wish.mfa);
}

enum err authorize_mfa(const subject *s, const struct http_request *rq,
	struct authorize_found *found, struct authorize_facts *facts)
{
	bool demanded = str_has_word(s->request->acr_values, S(ACR_MULTI_FACTOR));
	bool wanted = s->tenant->settings.mfa_always || found->wish.mfa.n > 0;
	enum err err;

	if (found->wish.challenge.n > 0) {
		facts->mfa_due = true;
		return OK;
	}
	if (found->session == NULL || facts->state != SESSION_LIVE ||
		session_has_method(found->session->methods, S("mfa")))
		return OK;
	facts->mfa_due = demanded || wanted;
	found->may_remember_browser = !demanded && wanted && allows_remembering(s, found);
	if (!found->may_remember_browser)
		return OK;
	err = find_remembered(s, rq, found);
	if (err == OK)
		facts->mfa_due = found->remembered.n == 0;
	return err;
}
