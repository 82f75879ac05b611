/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/session/session_choice.h"

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t lifetime_of(const struct session *s, const struct settings *settings)
{
	return least(s->lifetime, s->persistent ? settings->session_lifetime
						: settings->ephemeral_session_lifetime);
}

static int64_t idle_of(const struct session *s, const struct settings *settings)
{
	return least(s->idle_lifetime, s->persistent
					       ? settings->idle_session_lifetime
					       : settings->idle_ephemeral_session_lifetime);
}

int64_t session_ends_in(const struct session *s, const struct settings *settings, int64_t now)
{
	return s->authenticated_at + lifetime_of(s, settings) - now;
}

int64_t session_idles_in(const struct session *s, const struct settings *settings, int64_t now)
{
	return s->last_active_at + idle_of(s, settings) - now;
}

enum session_state session_state_at(
	const struct session *s, const struct settings *settings, int64_t now)
{
	if (s->ended_at != 0)
		return SESSION_REVOKED;
	if (session_ends_in(s, settings, now) <= 0)
		return SESSION_EXPIRED;
	if (session_idles_in(s, settings, now) <= 0)
		return SESSION_IDLE;
	return SESSION_LIVE;
}

/* The first live one that is named; else the first that is named at all. */
static const struct session *find_named(const struct session *list, size_t count,
	const struct settings *settings, int64_t now, struct str sid, struct str user_id)
{
	const struct session *found = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct session *s = &list[i];

		if (sid.n > 0 ? !str_eq(s->sid, sid) : !str_eq(s->user_id, user_id))
			continue;
		if (session_state_at(s, settings, now) == SESSION_LIVE)
			return s;
		if (found == NULL)
			found = s;
	}
	return found;
}

static struct session_choice chosen(
	const struct session *s, const struct settings *settings, int64_t now)
{
	return (struct session_choice){ .state = session_state_at(s, settings, now),
		.session = s };
}

/* By habit: the live one this client chose last; or the only live one. */
static struct session_choice choose_unnamed(
	const struct session *list, size_t count, const struct settings *settings, int64_t now)
{
	const struct session *last_used = NULL;
	const struct session *live = NULL;
	size_t live_count = 0;

	for (size_t i = 0; i < count; i++) {
		const struct session *s = &list[i];

		if (session_state_at(s, settings, now) != SESSION_LIVE)
			continue;
		live_count++;
		if (live == NULL)
			live = s;
		if (s->client_last_at > 0 &&
			(last_used == NULL || s->client_last_at > last_used->client_last_at))
			last_used = s;
	}
	if (last_used != NULL)
		return chosen(last_used, settings, now);
	if (live_count > 1)
		return (struct session_choice){ .state = SESSION_LIVE, .ambiguous = true };
	return chosen(live != NULL ? live : &list[0], settings, now);
}

static bool any_live(
	const struct session *list, size_t count, const struct settings *settings, int64_t now)
{
	for (size_t i = 0; i < count; i++)
		if (session_state_at(&list[i], settings, now) == SESSION_LIVE)
			return true;
	return false;
}

/* Named, but not here: that is row 11, unless nobody at all is signed in (rows 9 and 10). */
static struct session_choice choose_absent(
	const struct session *list, size_t count, const struct settings *settings, int64_t now)
{
	if (any_live(list, count, settings, now))
		return (struct session_choice){ .state = SESSION_LIVE, .differs = true };
	return chosen(&list[0], settings, now);
}

struct session_choice session_choose(const struct session *list, size_t count,
	const struct settings *settings, int64_t now, const struct session_names *names)
{
	struct str user_id = names->hint_sub.n > 0 ? names->hint_sub : names->login_hint;
	const struct session *found = NULL;

	if (count == 0)
		return (struct session_choice){ .state = SESSION_UNKNOWN };
	if (names->sid.n > 0) {
		found = find_named(list, count, settings, now, names->sid, S(""));
		if (found == NULL)
			return choose_absent(list, count, settings, now);
		if (user_id.n > 0 && !str_eq(found->user_id, user_id))
			return (struct session_choice){
				.state = session_state_at(found, settings, now), .differs = true
			};
		return chosen(found, settings, now);
	}
	if (user_id.n == 0)
		return choose_unnamed(list, count, settings, now);
	if (names->hint_sub.n > 0 && names->login_hint.n > 0 &&
		!str_eq(names->hint_sub, names->login_hint))
		return choose_absent(list, count, settings, now);
	found = find_named(list, count, settings, now, S(""), user_id);
	if (found == NULL)
		return choose_absent(list, count, settings, now);
	return chosen(found, settings, now);
}
