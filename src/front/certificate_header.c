/* SPDX-License-Identifier: Apache-2.0 */
#include "front/certificate_header.h"

#include "base/base64.h"
#include "base/url.h"

static const struct str begins = STR_LIT("-----BEGIN CERTIFICATE-----");
static const struct str ends = STR_LIT("-----END CERTIFICATE-----");

/* Is it one SEQUENCE with a length of two or three bytes, and nothing behind it (X.690, 8.1)?
 * A certificate is one; what a proxy writes where there is none ("NONE") is not. */
static bool is_der(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (s.n < 4 || p[0] != 0x30)
		return false;
	if (p[1] == 0x81)
		return s.n == 3 + (size_t)p[2];
	return p[1] == 0x82 && s.n == 4 + ((size_t)p[2] << 8 | p[3]);
}

static enum err decode(struct arena *a, struct str text, struct str *ret)
{
	struct str der;

	if (base64_decode(a, text, &der) != OK || !is_der(der))
		return ERR_INVALID;
	*ret = der;
	return OK;
}

/* The base64 between the two lines, without blanks. */
static enum err read_pem(struct arena *a, struct str value, struct str *ret)
{
	struct buf text;
	struct str pem;

	if (url_decode(a, value, false, &pem) != OK)
		return ERR_INVALID;
	pem = str_trim(pem);
	if (!str_starts(pem, begins) || !str_ends(pem, ends) || pem.n < begins.n + ends.n)
		return ERR_INVALID;
	pem = str_first(str_after(pem, begins.n), pem.n - begins.n - ends.n);
	text = buf_new(a, pem.n + 1);
	for (size_t i = 0; i < pem.n; i++)
		if (str_index(S(" \t\r\n"), pem.p[i]) < 0)
			buf_addc(&text, pem.p[i]);
	return decode(a, buf_str(&text), ret);
}

enum err certificate_header_read(struct arena *a, struct str value, struct str *ret_der)
{
	value = str_trim(value);
	if (str_starts(value, S("-----")))
		return read_pem(a, value, ret_der);
	if (value.n > 2 && value.p[0] == ':' && value.p[value.n - 1] == ':')
		value = str_first(str_after(value, 1), value.n - 2);
	return decode(a, value, ret_der);
}
