/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/subject.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "store/tenant_secret.h"

enum { SALT_BYTES = 32 };

static const char salt_name[] = "pairwise_salt";

static bool is_client_itself(const struct client *client, struct str user_id)
{
	return str_starts(user_id, client->client_id) &&
	       str_is(str_after(user_id, client->client_id.n), "@clients");
}

/* NUL stands in neither of the two, so no other pair spells the same. */
struct str subject_pairwise(const struct tenant *t, const struct client *client,
	struct arena *a, struct str user_id)
{
	struct buf both = buf_new(a, client->sector.n + user_id.n + 1);
	unsigned char digest[SHA256_SIZE];

	if (is_client_itself(client, user_id))
		return user_id;
	buf_add(&both, client->sector);
	buf_addc(&both, '\0');
	buf_add(&both, user_id);
	hmac_sha256_into(t->pairwise_salt, buf_str(&both), digest);
	return base64url_encode(a, digest, sizeof(digest));
}

static enum err find(struct db *db, const struct seal *seal, struct arena *a, struct str *ret)
{
	struct tenant_secret *rows;
	size_t count;
	enum err e = tenant_secret_list(db_reader(db), a, str_from(salt_name), &rows, &count);

	if (e)
		return e;
	if (count == 0)
		return ERR_NOT_FOUND;
	if (seal_open(seal, a, SEAL_STORE, rows[0].sealed, ret) == OK)
		return OK;
	log_line(LOG_ERROR, "tenant",
		"the salt of pairwise subjects does not open with this master key", NULL);
	return ERR_CRYPTO;
}

static enum err insert(struct db_conn *conn, void *arg)
{
	return tenant_secret_insert(conn, arg);
}

enum err subject_salt(struct db *db, const struct seal *seal, struct arena *a, struct str *ret)
{
	unsigned char salt[SALT_BYTES];
	struct tenant_secret row = { .name = str_from(salt_name), .created_at = clock_now() };
	enum err e = find(db, seal, a, ret);

	if (e != ERR_NOT_FOUND)
		return e;
	random_bytes(salt, sizeof(salt));
	row.sealed = seal_close(
		seal, a, SEAL_STORE, (struct str){ (const char *)salt, sizeof(salt) });
	e = db_write(db, insert, &row);
	/* Another process may have been first: then its salt is the one. */
	return e && e != ERR_CONFLICT ? e : find(db, seal, a, ret);
}
