/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tenant: everything a request needs to know of one tenant, loaded once and never changed:
 * settings, issuers, clients, APIs, keys, and the handle of its database. A change of the
 * configuration makes a new one and swaps the pointer (provider.h); requests that hold the
 * old one finish with it.
 *
 * Owns an arena, the keyring, the seal. Does not own the database.
 */

#include "crypto/seal.h"
#include "db/db.h"
#include "jose/keyring.h"
#include "tenant/client.h"
#include "tenant/pipeline.h"
#include "tenant/resource_server.h"
#include "tenant/settings.h"

/* One host name under which the tenant answers; `iss` is the one that was asked. */
struct issuer {
	struct str url;          /* "https://auth.example/", always ends in '/' */
	struct str origin;       /* without the slash */
	struct str host;         /* name[:port], as in the Host header */
	struct str cookie;       /* "__Host-tacit-1a2b3c4d" */
	struct str flow_cookie;  /* "__Host-tacit-flow-1a2b3c4d": binds an interaction to a
				    browser */
	struct str state_cookie; /* "__Host-tacit-state-1a2b3c4d": the browser's state, for
				    scripts */
	struct str mfa_cookie;   /* "__Host-tacit-mf-1a2b3c4d": a remembered browser */
};

/* What clients encrypt to (encryption_key.h). */
struct encryption_key {
	struct jwk *key;
	struct str kid;
};

struct tenant {
	struct str name; /* of its database: "default" */
	struct arena *arena;
	struct settings settings;
	struct db *db;
	struct seal *seal;
	struct keyring *keys;
	const struct encryption_key *encryption_keys; /* the newest first */
	size_t encryption_key_count;
	struct str jwks;              /* what is published of all of them */
	const struct issuer *issuers; /* the first is the tenant's own */
	size_t issuer_count;
	const struct client *clients; /* sorted by client_id */
	size_t client_count;
	const struct resource_server *resource_servers;
	size_t resource_server_count;
	const struct client_grant *client_grants;
	size_t client_grant_count;
	struct str management_audience;       /* management_api.h */
	struct str pairwise_salt;             /* where a client asks for it; subject.h */
	struct pipeline post_login;           /* the actions that run at each sign-in */
	struct pipeline credentials_exchange; /* … and for client_credentials */
	int64_t keys_due_at;                  /* when key_rotation.h has something to do */
	int64_t version;                      /* configuration_version when it was loaded */
	const struct str *secrets; /* the master secrets: only to load the next one */
	size_t secret_count;
	unsigned references;
};

/*
 * Loads from the store. `issuer` is the tenant's own issuer URL with its slash; further ones
 * come from settings.domains. Makes and stores signing keys (RS256, ES256, EdDSA, and PS256
 * once a client or an API asks for it: current and next) when there are none: then it needs
 * a write, so not on a loop thread.
 *
 * ERR_INVALID  a document does not parse: the log has the line that names it
 */
enum err tenant_load(struct db *, struct str name, struct str issuer, const struct str *secrets,
	size_t secret_count, struct tenant **ret) MUST_CHECK;

/* The same tenant as its store is now. */
enum err tenant_load_again(const struct tenant *, struct tenant **ret) MUST_CHECK;

struct tenant *tenant_ref(struct tenant *);
void tenant_unref(struct tenant *); /* NULL is accepted */

/* NULL when unknown. Disabled clients are found: the caller looks at .enabled. */
const struct client *tenant_client(const struct tenant *, struct str client_id);
const struct resource_server *tenant_resource_server(
	const struct tenant *, struct str audience);
const struct client_grant *tenant_client_grant(
	const struct tenant *, struct str client_id, struct str audience);
/* The issuer of that Host header; the tenant's own when it names none of them. */
const struct issuer *tenant_issuer(const struct tenant *, struct str host);
/* The issuer with exactly that URL, or NULL: for the iss of tokens that come back. */
const struct issuer *tenant_issuer_by_url(const struct tenant *, struct str url);

struct admin_event;

/*
 * Rotates the signing keys of `alg`, or with JWS_UNKNOWN of each algorithm that has a current
 * one: next -> current, current -> previous, a new next (contract, section 8, Keys), in one
 * write; the keys are made before it, which may take a second. An algorithm without keys gets
 * none. The tenant is not changed: the store is, and so is noticed.
 * `event` is written in the same write, and names the keys that sign now; NULL: none.
 * ERR_NOT_FOUND  there are no such keys
 */
enum err tenant_keys_rotate(struct db *, const struct seal *, enum jws_alg,
	const struct admin_event *event, int64_t now) MUST_CHECK;
