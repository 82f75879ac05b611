/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/fault.h"

#include "base/buf.h"

enum { REFLECTED_MAX = 200 };

static bool may_stand(char c)
{
	unsigned char u = (unsigned char)c;

	return u == 0x20 || u == 0x21 || (u >= 0x23 && u <= 0x5b) || (u >= 0x5d && u <= 0x7e);
}

const struct fault *fault_with(struct arena *a, const char *error, enum reason reason,
	const char *before, struct str value, const char *after)
{
	struct str shown = str_first(value, REFLECTED_MAX);
	struct buf text = buf_new(a, 128 + shown.n);
	struct fault *fault = arena_new_of(a, struct fault);

	buf_add(&text, str_from(before));
	for (size_t i = 0; i < shown.n; i++)
		buf_addc(&text, may_stand(shown.p[i]) ? shown.p[i] : '?');
	buf_add(&text, str_from(after));
	*fault = (struct fault){ error, buf_str(&text), reason };
	return fault;
}

struct str fault_uri(
	struct arena *a, struct str issuer, enum reason reason, struct str request_id)
{
	return arena_printf(a, STR_FMT "why/%s?id=" STR_FMT, STR_ARG(issuer),
		reason_word(reason), STR_ARG(request_id));
}
