/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/key_context.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "jose/alg.h"

enum { WAYS = 4, SETS = KEY_CONTEXTS / WAYS };

struct table {
	unsigned deaths; /* as many as there were when it was last cleared */
	unsigned next_way;
	struct key_context at[SETS][WAYS];
};

static atomic_uint deaths;
static pthread_key_t at_thread_end;
static pthread_once_t once_only = PTHREAD_ONCE_INIT;
static _Thread_local struct table *mine;

void key_context_end(struct key_context *c)
{
	EVP_PKEY_CTX_free(c->ctx);
	EVP_MD_CTX_free(c->md);
	EVP_PKEY_free(c->pkey);
	*c = (struct key_context){ 0 };
}

static void table_clear(struct table *t)
{
	for (size_t set = 0; set < SETS; set++) {
		for (size_t way = 0; way < WAYS; way++)
			key_context_end(&t->at[set][way]);
	}
}

static void table_free(void *p)
{
	table_clear(p);
	free(p);
	mine = NULL;
}

static void make_key(void)
{
	if (pthread_key_create(&at_thread_end, table_free) != 0)
		abort();
}

static struct table *table(void)
{
	unsigned now = atomic_load_explicit(&deaths, memory_order_acquire);

	if (mine == NULL) {
		pthread_once(&once_only, make_key);
		mine = calloc(1, sizeof(*mine));
		if (mine == NULL || pthread_setspecific(at_thread_end, mine) != 0)
			abort();
	}
	if (mine->deaths != now) {
		table_clear(mine);
		mine->deaths = now;
	}
	return mine;
}

void key_context_forget_dead(void)
{
	atomic_fetch_add_explicit(&deaths, 1, memory_order_release);
}

static bool set_padding(EVP_PKEY_CTX *ctx, const struct alg *info, const EVP_MD *md)
{
	if (info->family == ALG_ECDSA)
		return true;
	if (EVP_PKEY_CTX_set_signature_md(ctx, md) != 1)
		return false;
	if (info->family == ALG_RSA_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static bool prepare_ctx(struct key_context *c, const struct alg *info)
{
	int rc;

	c->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, c->pkey, NULL);
	if (c->ctx == NULL)
		return false;
	rc = c->use == KEY_SIGNS ? EVP_PKEY_sign_init(c->ctx) : EVP_PKEY_verify_init(c->ctx);
	return rc == 1 && set_padding(c->ctx, info, alg_md(c->alg));
}

static bool prepare_md(struct key_context *c)
{
	c->md = EVP_MD_CTX_new();
	if (c->md == NULL)
		return false;
	if (c->use == KEY_SIGNS)
		return EVP_DigestSignInit(c->md, NULL, NULL, NULL, c->pkey) == 1;
	return EVP_DigestVerifyInit(c->md, NULL, NULL, NULL, c->pkey) == 1;
}

static enum err prepare(struct key_context *c, const struct jwk *jwk, enum jws_alg alg,
	enum key_use use, EVP_PKEY *pkey)
{
	const struct alg *info = alg_of(alg);

	*c = (struct key_context){ .id = jwk->id, .alg = alg, .use = use, .pkey = pkey };
	if (pkey != NULL && (info->family == ALG_EDDSA ? prepare_md(c) : prepare_ctx(c, info)))
		return OK;
	key_context_end(c);
	ERR_clear_error();
	return ERR_CRYPTO;
}

static enum err prepare_once(struct key_context *once, const struct jwk *jwk, enum jws_alg alg,
	enum key_use use, struct key_context **ret)
{
	enum err err;

	if (EVP_PKEY_up_ref(jwk->pkey) != 1)
		return ERR_CRYPTO;
	err = prepare(once, jwk, alg, use, jwk->pkey);
	if (err == OK)
		*ret = once;
	return err;
}

enum err key_context_get(const struct jwk *jwk, enum jws_alg alg, enum key_use use,
	struct key_context *once, struct key_context **ret)
{
	struct key_context *set;
	struct key_context *place;
	struct table *t;
	enum err err;

	if (atomic_load_explicit(&jwk->life->uses, memory_order_relaxed) == 0) {
		atomic_store_explicit(&jwk->life->uses, 1, memory_order_relaxed);
		return prepare_once(once, jwk, alg, use, ret);
	}
	t = table();
	set = t->at[jwk->id % SETS];
	for (size_t way = 0; way < WAYS; way++) {
		if (set[way].id != jwk->id || set[way].alg != alg || set[way].use != use)
			continue;
		*ret = &set[way];
		return OK;
	}
	place = &set[t->next_way++ % WAYS];
	key_context_end(place);
	atomic_store_explicit(&jwk->life->cached, true, memory_order_relaxed);
	err = prepare(place, jwk, alg, use, EVP_PKEY_dup(jwk->pkey));
	if (err == OK)
		*ret = place;
	return err;
}
