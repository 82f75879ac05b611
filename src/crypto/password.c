/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/password.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <argon2.h>
#include <crypt.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "crypto/digest.h"
#include "crypto/password_stored.h"

enum {
	MEMORY_KIB = 19 * 1024,
	PASSES = 2,
	PASSWORD_MAX = 1024,
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	unsigned running, most_running;
	unsigned waiting, most_waiting;
} gate = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.freed = PTHREAD_COND_INITIALIZER,
	.most_running = 2,
	.most_waiting = 64,
};

void password_set_limit(unsigned running, unsigned waiting)
{
	assert(running > 0);
	pthread_mutex_lock(&gate.lock);
	gate.most_running = running;
	gate.most_waiting = waiting;
	pthread_mutex_unlock(&gate.lock);
}

static enum err gate_enter(void)
{
	enum err err = OK;

	pthread_mutex_lock(&gate.lock);
	if (gate.running >= gate.most_running && gate.waiting >= gate.most_waiting) {
		err = ERR_BUSY;
	} else {
		gate.waiting++;
		while (gate.running >= gate.most_running)
			pthread_cond_wait(&gate.freed, &gate.lock);
		gate.waiting--;
		gate.running++;
	}
	pthread_mutex_unlock(&gate.lock);
	return err;
}

static void gate_leave(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.running--;
	pthread_cond_signal(&gate.freed);
	pthread_mutex_unlock(&gate.lock);
}

/* Each computes what the stored hash would be for this password into `out` (hash_n bytes). */
typedef enum err compute_fn(
	const struct password_stored *, struct str password, unsigned char *out);

/* One lane and 16 bytes of salt: what password_hash makes, at twice libargon2's speed. */
static enum err compute_sodium(
	const struct password_stored *s, struct str password, unsigned char *out)
{
	int rc = crypto_pwhash(out, s->hash_n, password.p, password.n, s->salt, s->passes,
		(size_t)s->memory * 1024, crypto_pwhash_ALG_ARGON2ID13);

	return rc == 0 ? OK : ERR_BUSY;
}

static enum err compute_libargon2(
	const struct password_stored *s, struct str password, unsigned char *out)
{
	unsigned char salt[PASSWORD_SALT_MAX];
	argon2_context ctx = {
		.out = out,
		.outlen = (uint32_t)s->hash_n,
		.pwd = (uint8_t *)(uintptr_t)password.p,
		.pwdlen = (uint32_t)password.n,
		.salt = salt,
		.saltlen = (uint32_t)s->salt_n,
		.t_cost = s->passes,
		.m_cost = s->memory,
		.lanes = s->lanes,
		.threads = 1, /* the gate counts processors, so none starts more */
		.version = s->version,
		.flags = ARGON2_DEFAULT_FLAGS,
	};
	argon2_type type = s->kind == PASSWORD_ARGON2I ? Argon2_i : Argon2_id;
	int rc;

	memcpy(salt, s->salt, s->salt_n);
	rc = argon2_ctx(&ctx, type);
	if (rc == ARGON2_MEMORY_ALLOCATION_ERROR)
		return ERR_BUSY;
	return rc == ARGON2_OK ? OK : ERR_INVALID;
}

static enum err compute_argon2(
	const struct password_stored *s, struct str password, unsigned char *out)
{
	bool like_ours = s->kind == PASSWORD_ARGON2ID && s->lanes == 1 && s->version == 0x13 &&
			 s->salt_n == crypto_pwhash_SALTBYTES;

	return (like_ours ? compute_sodium : compute_libargon2)(s, password, out);
}

static enum err compute_pbkdf2(
	const struct password_stored *s, struct str password, unsigned char *out)
{
	const EVP_MD *md = EVP_get_digestbyname(s->digest);
	int rc = PKCS5_PBKDF2_HMAC(password.p, (int)password.n, s->salt, (int)s->salt_n,
		(int)s->passes, md, (int)s->hash_n, out);

	return rc == 1 ? OK : ERR_CRYPTO;
}

static enum err check_computed(
	const struct password_stored *s, struct str password, compute_fn *compute)
{
	unsigned char out[PASSWORD_HASH_MAX];
	enum err err = compute(s, password, out);

	if (err == OK && sodium_memcmp(out, s->hash, s->hash_n) != 0)
		err = ERR_NOT_FOUND;
	sodium_memzero(out, sizeof(out));
	return err;
}

static enum err check_bcrypt(const struct password_stored *s, struct str password)
{
	struct crypt_data *data;
	char copy[PASSWORD_MAX + 1];
	const char *made;
	bool fits;

	/* bcrypt ends at a NUL: what follows would not count. */
	if (memchr(password.p, '\0', password.n) != NULL)
		return ERR_NOT_FOUND;
	data = calloc(1, sizeof(*data));
	if (data == NULL)
		return ERR_BUSY;
	memcpy(copy, password.p, password.n);
	copy[password.n] = '\0';
	made = crypt_rn(copy, s->bcrypt, data, sizeof(*data));
	fits = made != NULL &&
	       equal_in_constant_time((struct str){ s->bcrypt, BCRYPT_LENGTH }, str_from(made));
	sodium_memzero(copy, sizeof(copy));
	sodium_memzero(data, sizeof(*data));
	free(data);
	return fits ? OK : ERR_NOT_FOUND;
}

static enum err check(const struct password_stored *s, struct str password)
{
	switch (s->kind) {
	case PASSWORD_ARGON2I:
	case PASSWORD_ARGON2ID:
		return check_computed(s, password, compute_argon2);
	case PASSWORD_PBKDF2:
		return check_computed(s, password, compute_pbkdf2);
	case PASSWORD_BCRYPT:
		return check_bcrypt(s, password);
	}
	return ERR_INVALID;
}

static bool needs_rehash(const struct password_stored *s)
{
	return s->kind != PASSWORD_ARGON2ID || s->version != 0x13 || s->lanes != 1 ||
	       s->memory < MEMORY_KIB || s->passes < PASSES;
}

enum err password_hash(struct arena *a, struct str password, struct str *ret)
{
	char out[crypto_pwhash_STRBYTES];
	enum err err;
	int rc;

	if (password.n > PASSWORD_MAX)
		return ERR_INVALID;
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	err = gate_enter();
	if (err != OK)
		return err;
	rc = crypto_pwhash_str_alg(out, password.n > 0 ? password.p : "", password.n, PASSES,
		(size_t)MEMORY_KIB * 1024, crypto_pwhash_ALG_ARGON2ID13);
	gate_leave();
	if (rc != 0)
		return ERR_BUSY; /* only memory can be lacking */
	*ret = arena_str(a, str_from(out));
	return OK;
}

enum err password_verify(struct str hash, struct str password, bool *ret_rehash)
{
	struct password_stored stored;
	enum err err;

	if (!password_stored_read(hash, &stored))
		return ERR_INVALID;
	if (password.n > PASSWORD_MAX)
		return ERR_NOT_FOUND;
	if (password.n == 0)
		password = S("");
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	err = gate_enter();
	if (err != OK)
		return err;
	err = check(&stored, password);
	gate_leave();
	if (err == OK)
		*ret_rehash = needs_rehash(&stored);
	return err;
}

enum err password_verify_nobody(struct str password)
{
	/* The cost of ours; that any password fits it is beyond reach, and OK is not told. */
	static const struct str nobody =
		STR_LIT("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
			"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	bool rehash;
	enum err err = password_verify(nobody, password, &rehash);

	return err == OK ? ERR_NOT_FOUND : err;
}

bool password_hash_is_known(struct str hash)
{
	struct password_stored stored;

	return password_stored_read(hash, &stored);
}
