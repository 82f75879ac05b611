/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* file: small files, read and written whole. */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* "-" is standard input. ERR_NOT_FOUND; ERR_IO; ERR_INVALID: over 64 MB, NUL, or not UTF-8 */
enum err file_read(struct arena *, struct str path, struct str *ret) MUST_CHECK;

/* Mode 0600, durable, and never half written. */
enum err file_write(struct arena *, struct str path, struct str text) MUST_CHECK;

/* The same, but ERR_CONFLICT when it is there already: at most one process is the first. */
enum err file_create(struct arena *, struct str path, struct str text) MUST_CHECK;

/* "a/b/" of "a/b/c"; empty for "c". */
struct str file_folder(struct str path);
