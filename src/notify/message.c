/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/message.h"

#include <time.h>

#include "base/base64.h"
#include "base/random.h"

enum {
	LINE = 76,       /* RFC 2045, 6.8 */
	WORD_BYTES = 42, /* of an encoded-word: at most 75 characters (RFC 2047, 2) */
	BOUNDARY_BYTES = 18,
	DATE_SIZE = 40,
};

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '"' || s.p[i] == '\\')
			return false;
	return true;
}

/* As many bytes of UTF-8 as fit into one encoded-word, whole characters only. */
static size_t word_length(struct str s)
{
	size_t n = s.n < WORD_BYTES ? s.n : WORD_BYTES;

	while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n > 0 ? n : 1;
}

/* RFC 2047: what a header may hold of other languages. Control characters cannot get out of an
 * encoded-word, so nobody adds a header. */
static void add_words(struct buf *b, struct str s)
{
	bool first = true;

	while (s.n > 0) {
		size_t n = word_length(s);

		buf_add(b, first ? S("=?UTF-8?B?") : S("\r\n =?UTF-8?B?"));
		buf_add(b, base64_encode(b->arena, s.p, n));
		buf_add(b, S("?="));
		s = str_after(s, n);
		first = false;
	}
}

static void add_unstructured(struct buf *b, struct str s)
{
	if (is_plain(s) && s.n < LINE)
		buf_add(b, s);
	else
		add_words(b, s);
}

static void add_from(struct buf *b, const struct message_frame *frame)
{
	buf_add(b, S("From: "));
	if (frame->from_name.n > 0 && is_plain(frame->from_name))
		buf_addf(b, "\"" STR_FMT "\" ", STR_ARG(frame->from_name));
	else if (frame->from_name.n > 0) {
		add_words(b, frame->from_name);
		buf_add(b, S("\r\n "));
	}
	buf_addf(b, "<" STR_FMT ">\r\n", STR_ARG(frame->from));
}

static void add_date(struct buf *b, int64_t now)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t at = (time_t)now;
	struct tm tm;

	gmtime_r(&at, &tm);
	buf_addf(b, "Date: %.3s, %02d %.3s %d %02d:%02d:%02d +0000\r\n",
		days + (ptrdiff_t)tm.tm_wday * 3, tm.tm_mday, months + (ptrdiff_t)tm.tm_mon * 3,
		tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void add_part(struct buf *b, struct str boundary, const char *type, struct str body)
{
	struct str text = base64_encode(b->arena, body.p, body.n);

	buf_addf(b,
		"--" STR_FMT "\r\nContent-Type: %s; charset=utf-8\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\n",
		STR_ARG(boundary), type);
	for (; text.n > 0; text = str_after(text, LINE)) {
		buf_add(b, str_first(text, LINE));
		buf_add(b, S("\r\n"));
	}
}

struct str message_write(
	struct arena *a, const struct notify_message *m, const struct message_frame *frame)
{
	struct buf b = buf_new(a, 2 * (m->text.n + m->html.n) + 1024);
	struct str boundary = random_token(a, BOUNDARY_BYTES);

	add_from(&b, frame);
	buf_addf(&b, "To: <" STR_FMT ">\r\nSubject: ", STR_ARG(m->to));
	add_unstructured(&b, m->subject);
	buf_add(&b, S("\r\n"));
	add_date(&b, frame->now);
	buf_addf(&b, "Message-ID: <" STR_FMT "@" STR_FMT ">\r\n",
		STR_ARG(random_token(a, BOUNDARY_BYTES)), STR_ARG(frame->domain));
	/* RFC 3834: no holiday answers. */
	buf_add(&b, S("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"));
	buf_addf(&b, "Content-Type: multipart/alternative; boundary=\"" STR_FMT "\"\r\n\r\n",
		STR_ARG(boundary));
	add_part(&b, boundary, "text/plain", m->text);
	add_part(&b, boundary, "text/html", m->html);
	buf_addf(&b, "--" STR_FMT "--\r\n", STR_ARG(boundary));
	return buf_str(&b);
}
