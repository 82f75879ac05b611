/* SPDX-License-Identifier: Apache-2.0 */

/* Time-based one-time passwords: RFC 6238 with SHA-1, six digits and 30 seconds, which is what
 * every authenticator app can. */

#include "base/random.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "login/factor/factor.h"
#include "tenant/base32.h"

enum {
	STEP_SECONDS = 30,
	WINDOW = 1, /* steps a clock may be off, either way */
	DIGITS = 6,
	SECRET_BYTES = 20,
	ID_BYTES = 16,
};

/* RFC 4226, 5.3. */
static void write_code(struct str secret, int64_t step, char out[DIGITS])
{
	unsigned char mac[SHA1_SIZE];
	const unsigned char *part;
	char counter[8];
	uint32_t number;

	for (int i = 0; i < 8; i++)
		counter[i] = (char)((uint64_t)step >> (56 - 8 * i));
	hmac_sha1_into(secret, (struct str){ counter, sizeof(counter) }, mac);
	part = mac + (mac[SHA1_SIZE - 1] & 0x0f);
	number = (uint32_t)(part[0] & 0x7f) << 24 | (uint32_t)part[1] << 16 |
		 (uint32_t)part[2] << 8 | part[3];
	for (int i = DIGITS - 1; i >= 0; i--, number /= 10)
		out[i] = (char)('0' + number % 10);
}

/* Blanks are passed over: apps show "123 456". */
static bool read_code(struct str text, char out[DIGITS])
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == ' ')
			continue;
		if (text.p[i] < '0' || text.p[i] > '9' || n == DIGITS)
			return false;
		out[n++] = text.p[i];
	}
	return n == DIGITS;
}

enum err totp_fits(struct str secret, struct str code, int64_t now, int64_t *ret_step)
{
	char given[DIGITS];
	char wanted[DIGITS];
	int64_t step = now / STEP_SECONDS;
	int64_t found = 0;

	if (!read_code(code, given))
		return ERR_NOT_FOUND;
	/* All of them, always: the time it takes says nothing of where a clock is. */
	for (int64_t i = step - WINDOW; i <= step + WINDOW; i++) {
		write_code(secret, i, wanted);
		if (equal_in_constant_time(
			    (struct str){ wanted, DIGITS }, (struct str){ given, DIGITS }))
			found = i;
	}
	if (found == 0)
		return ERR_NOT_FOUND;
	*ret_step = found;
	return OK;
}

struct str totp_secret_new(struct arena *a)
{
	char *bytes = arena_alloc(a, SECRET_BYTES);

	random_bytes(bytes, SECRET_BYTES);
	return (struct str){ bytes, SECRET_BYTES };
}

struct str totp_uri(struct arena *a, struct str site, struct str account, struct str secret)
{
	struct str label = url_encode(a, site);

	return arena_printf(a,
		"otpauth://totp/" STR_FMT ":" STR_FMT "?secret=" STR_FMT "&issuer=" STR_FMT
		"&algorithm=SHA1&digits=6&period=30",
		STR_ARG(label), STR_ARG(url_encode(a, account)),
		STR_ARG(base32_encode(a, secret)), STR_ARG(label));
}

struct factor totp_factor(const struct tenant *t, struct arena *a, struct str user_id,
	struct str secret, int64_t step, int64_t now)
{
	return (struct factor){
		.factor_id =
			arena_printf(a, "totp|" STR_FMT, STR_ARG(random_token(a, ID_BYTES))),
		.user_id = user_id,
		.type = S("totp"),
		.sealed = seal_close(t->seal, a, SEAL_STORE, secret),
		.data = S("{}"),
		.confirmed = true,
		.created_at = now,
		.last_used_at = now,
		.last_step = step,
	};
}

static bool owns(const struct factor *f)
{
	return str_is(f->type, "totp");
}

static enum err judge(
	const struct factor_question *q, struct str answer, struct factor_proof *ret)
{
	enum err found = ERR_NOT_FOUND;

	for (size_t i = 0; i < q->count; i++) {
		const struct factor *f = &q->factors[i];
		struct str secret;
		int64_t step;

		if (!owns(f) || !f->confirmed ||
			seal_open(q->tenant->seal, q->arena, SEAL_STORE, f->sealed, &secret))
			continue;
		if (totp_fits(secret, answer, q->now, &step) != OK)
			continue;
		if (step <= f->last_step) {
			found = ERR_CONFLICT;
			continue;
		}
		*ret = (struct factor_proof){ .factor = f, .step = step };
		return OK;
	}
	return found;
}

const struct factor_kind totp_kind = {
	.name = "otp",
	.types = "otp",
	.bit = FACTOR_OTP,
	.method = "otp",
	.owns = owns,
	.judge = judge,
};
