/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/base64.h"

void random_bytes(void *p, size_t n)
{
	unsigned char *to = p;

	while (n > 0) {
		ssize_t got = getrandom(to, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort(); /* nothing may go on with guessable bytes */
		to += got;
		n -= (size_t)got;
	}
}

struct str random_token(struct arena *a, size_t bytes)
{
	void *p = arena_alloc(a, bytes);

	random_bytes(p, bytes);
	return base64url_encode(a, p, bytes);
}
