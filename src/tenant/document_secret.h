/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * document_secret: secrets on their way into documents and out of them. A document in the
 * store holds no secret in the clear:
 *
 *   clients          client_secret   becomes client_secret_mac (base64url of seal_mac
 *                                    "client_secret"), and client_secret_sealed too where the
 *                                    secret itself is needed (client_needs_secret)
 *   resourceServers  signing_secret  becomes signing_secret_sealed
 *   actions          secrets[].value becomes secrets[].sealed
 *
 * sealed is seal_close(SEAL_STORE). Whoever writes documents (the tenant file, commands, the
 * management API) goes through here; tenant_load opens them again.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/seal.h"
#include "store/document.h"
#include "json/json_value.h"

/*
 * The document to store for `body`, as JSON text. `before` is the one that is stored now, or
 * NULL: a secret that `body` does not name stays, one that is the same stays sealed as it is.
 *
 * ERR_INVALID  *ret_why: a secret is too short, or needed and not at hand
 */
enum err document_with_secrets(struct arena *, const struct seal *, enum document_kind,
	const struct json *body, const struct json *before, struct str *ret,
	struct str *ret_why) MUST_CHECK;

/*
 * The other way, for an export. With `show`: sealed secrets in the clear, digests as they
 * are; without: neither.
 */
struct str document_without_secrets(struct arena *, const struct seal *, enum document_kind,
	const struct json *body, bool show);

/* Opens the member `name` of a document, or gives the absent string. */
struct str document_open(
	struct arena *, const struct seal *, const struct json *, const char *name);

/* Same value, members of maps in any order. NULL equals NULL. */
bool document_same(const struct json *, const struct json *);
