/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * metadata: what actions keep with a session, and with a family of refresh tokens: a JSON
 * object, empty where there is none. Apart from those rows, since nothing but actions reads it.
 */

#include "base/arena.h"
#include "db/db.h"

/* ERR_NOT_FOUND  no such session */
enum err session_metadata_find(
	struct db_conn *, struct arena *, struct str sid, struct str *ret) MUST_CHECK;
/* ERR_NOT_FOUND  no such live session */
enum err session_metadata_set(struct db_conn *, struct str sid, struct str metadata) MUST_CHECK;

/* ERR_NOT_FOUND  no such family */
enum err refresh_metadata_find(
	struct db_conn *, struct arena *, struct str family_id, struct str *ret) MUST_CHECK;
/* ERR_NOT_FOUND  no such live family */
enum err refresh_metadata_set(
	struct db_conn *, struct str family_id, struct str metadata) MUST_CHECK;
