/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/logout/end_session_decide.h"

enum end_session_step end_session_decide(const struct end_session_facts *f)
{
	if (!f->sessions)
		return END_SESSION_NOTHING;
	if (f->hint_names_one)
		return END_SESSION_NAMED;
	return f->may_ask ? END_SESSION_ASK : END_SESSION_ALL;
}
