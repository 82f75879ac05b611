/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/device_user_code.h"

#include "base/buf.h"
#include "base/random.h"

enum { MASK_MOST = 20, LETTERS_LEAST = 8, DIGITS_LEAST = 9 };

static const char purpose[] = "device_user_code";
static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ";
static const char digits[] = "0123456789";

static struct str alphabet(const struct settings *s)
{
	return str_from(s->device_flow.digits ? digits : letters);
}

static size_t places(struct str mask)
{
	size_t n = 0;

	for (size_t i = 0; i < mask.n; i++)
		n += mask.p[i] == '*';
	return n;
}

const char *device_user_code_check_mask(struct arena *a, struct str mask)
{
	(void)a;
	for (size_t i = 0; i < mask.n; i++)
		if (mask.p[i] != '*' && mask.p[i] != '-' && mask.p[i] != ' ')
			return "must be made of *, - and blanks";
	return mask.n > MASK_MOST ? "must be at most 20 characters" : NULL;
}

bool device_user_code_is_long_enough(struct str mask, bool with_digits)
{
	return places(mask) >= (with_digits ? DIGITS_LEAST : LETTERS_LEAST);
}

/* Bytes that would favour the alphabet's beginning are thrown away. */
static char random_of(struct str all)
{
	unsigned char byte;

	do
		random_bytes(&byte, 1);
	while (byte >= 256 - 256 % all.n);
	return all.p[byte % all.n];
}

static struct str in_shape(struct arena *a, struct str mask, struct str code)
{
	struct buf b = buf_new(a, mask.n + 1);
	size_t used = 0;

	for (size_t i = 0; i < mask.n; i++)
		buf_addc(&b, mask.p[i] == '*' ? code.p[used++] : mask.p[i]);
	return buf_str(&b);
}

struct str device_user_code_make(struct arena *a, const struct settings *s)
{
	struct buf code = buf_new(a, MASK_MOST + 1);

	for (size_t i = places(s->device_flow.mask); i > 0; i--)
		buf_addc(&code, random_of(alphabet(s)));
	return in_shape(a, s->device_flow.mask, buf_str(&code));
}

/* Its letters alone; empty when they are too few or too many. */
static struct str bare(struct arena *a, const struct settings *s, struct str typed)
{
	size_t most = places(s->device_flow.mask);
	struct buf code = buf_new(a, MASK_MOST + 1);

	for (size_t i = 0; i < typed.n; i++) {
		char c = typed.p[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (str_index(alphabet(s), c) < 0)
			continue;
		if (code.n == most)
			return S("");
		buf_addc(&code, c);
	}
	return code.n == most ? buf_str(&code) : S("");
}

struct str device_user_code_shape(struct arena *a, const struct settings *s, struct str typed)
{
	struct str code = bare(a, s, typed);

	return code.n > 0 ? in_shape(a, s->device_flow.mask, code) : S("");
}

struct str device_user_code_key(
	const struct seal *seal, struct arena *a, const struct settings *s, struct str typed)
{
	struct str code = bare(a, s, typed);

	return code.n > 0 ? seal_mac(seal, a, purpose, code) : S("");
}
