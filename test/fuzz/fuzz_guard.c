/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard: the input is a request head, split by a careless parser. Whatever the guard then
 * believes must be all that was sent: laid end to end, it is the input again.
 */
#include "../unit/lax_head.h"
#include "fuzz.h"

static bool take(struct str *rest, struct str piece)
{
	if (!str_starts(*rest, piece))
		return false;
	*rest = str_after(*rest, piece.n);
	return true;
}

static void take_blanks(struct str *rest)
{
	while (rest->n > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t'))
		*rest = str_after(*rest, 1);
}

static bool take_line_end(struct str *rest)
{
	take_blanks(rest);
	return take(rest, S("\r\n")) || take(rest, S("\0\n"));
}

static bool take_header(struct str *rest, const struct http_header *h)
{
	if (!take(rest, h->name) || !take(rest, S(":")))
		return false;
	take_blanks(rest);
	return take(rest, h->value) && take_line_end(rest);
}

/*
 * NULs before two bare line feeds look like CR LF CR LF once the library has written over them.
 * The head ends at the same byte for everybody, and nothing but the NULs is passed over.
 */
static bool take_last(struct str *rest, const struct http_header *h)
{
	size_t feeds = 0;

	if (!take(rest, h->name) || !take(rest, S(":")))
		return false;
	take_blanks(rest);
	if (!take(rest, h->value))
		return false;
	take_blanks(rest);
	if (rest->n != 4 || rest->p[3] != '\n')
		return false;
	for (size_t i = 0; i < rest->n; i++) {
		feeds += rest->p[i] == '\n';
		if (rest->p[i] != '\n' && rest->p[i] != '\r' && rest->p[i] != '\0')
			return false;
	}
	return feeds == 2;
}

static void check_all_was_shown(const struct guard_head *head, struct str sent)
{
	assert(take(&sent, head->method) && take(&sent, S(" ")));
	assert(take(&sent, head->target) && take(&sent, S(" ")));
	assert(take(&sent, head->version) && take_line_end(&sent));
	for (size_t i = 0; i + 1 < head->count; i++)
		assert(take_header(&sent, &head->headers[i]));
	assert(take_last(&sent, &head->headers[head->count - 1]));
}

static void check_headers(const struct guard_head *head, const struct guard_verdict *verdict)
{
	size_t hosts = 0;
	size_t lengths = 0;
	size_t codings = 0;

	for (size_t i = 0; i < head->count; i++) {
		struct str name = head->headers[i].name;

		hosts += str_eq_nocase(name, S("host"));
		lengths += str_eq_nocase(name, S("content-length"));
		codings += str_eq_nocase(name, S("transfer-encoding"));
	}
	assert(hosts == 1 && lengths + codings <= 1);
	assert((verdict->length >= 0) == (lengths == 1) && verdict->chunked == (codings == 1));
	assert(guard_host_ok(verdict->host));
}

static void fuzz_input(struct arena *a, struct str input)
{
	static const struct guard_limits limits = { 16384, 16384 };
	struct lax_head *lax = arena_new_of(a, struct lax_head);
	char *text = arena_alloc(a, input.n + 1);
	struct guard_verdict verdict;

	if (input.n > 0)
		memcpy(text, input.p, input.n);
	if (!lax_parse(a, text, input.n, lax))
		return;
	verdict = guard_check(&lax->head, &limits);
	assert((verdict.status == 0) == (verdict.why == NULL));
	if (verdict.status != 0)
		return;
	check_all_was_shown(&lax->head, str_first(input, lax->head.text.n));
	check_headers(&lax->head, &verdict);
}
