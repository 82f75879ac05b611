/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/pack.h"

#include <assert.h>
#include <endian.h>

void pack_str(struct buf *b, struct str s)
{
	char length[] = { (char)(s.n >> 8), (char)(s.n & 0xff) };

	assert(s.n <= UINT16_MAX);
	buf_add(b, (struct str){ length, sizeof(length) });
	buf_add(b, s);
}

void pack_int(struct buf *b, int64_t value)
{
	uint64_t bits = htobe64((uint64_t)value);

	buf_add(b, (struct str){ (const char *)&bits, sizeof(bits) });
}

static struct str take(struct unpack *u, size_t n)
{
	struct str taken = str_first(u->rest, n);

	if (u->broken || taken.n != n) {
		u->broken = true;
		return (struct str){ NULL, 0 };
	}
	u->rest = str_after(u->rest, n);
	return taken;
}

struct str unpack_str(struct unpack *u)
{
	struct str length = take(u, 2);

	if (u->broken)
		return length;
	return take(u, (size_t)(unsigned char)length.p[0] << 8 | (unsigned char)length.p[1]);
}

int64_t unpack_int(struct unpack *u)
{
	struct str bytes = take(u, 8);
	uint64_t bits = 0;

	for (size_t i = 0; i < bytes.n; i++)
		bits = bits << 8 | (unsigned char)bytes.p[i];
	return (int64_t)bits;
}

bool unpack_end(const struct unpack *u)
{
	return !u->broken && u->rest.n == 0;
}
