/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * factor_settings: the part `guardianFactors` of the tenant file, in the words of Auth0's
 * Deploy CLI. Used inside tenant/ only.
 */

#include "tenant/field.h"

/*
 * [{name, enabled}]. "webauthn-roaming" and "webauthn-platform" are one here: either switches
 * it on. Those that are not there (sms, push-notification, duo) are accepted and do nothing, so
 * that a file that was exported at Auth0 is accepted. When no factor is on, it is as if the
 * part were not there: whether one is asked for is the policy's business.
 */
field_read_fn factor_settings_read;
