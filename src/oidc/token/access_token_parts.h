/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* access_token_parts: what access_token.c seals and access_token_open.c opens. Theirs alone. */

/* What is sealed as SEAL_ACCESS_TOKEN begins with one of these. */
enum { ACCESS_TOKEN_VERSION = 3, ACCESS_TOKEN_USER = 'u' };
