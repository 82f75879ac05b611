/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* openssl: its objects as variables that free themselves. For the files of jose only. */

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#define FREES_ITSELF(name, type, free_it)        \
	static inline void name##_done(type **p) \
	{                                        \
		free_it(*p);                     \
	}

FREES_ITSELF(bio, BIO, BIO_free)
FREES_ITSELF(bn, BIGNUM, BN_clear_free)
FREES_ITSELF(ecdsa_sig, ECDSA_SIG, ECDSA_SIG_free)
FREES_ITSELF(params, OSSL_PARAM, OSSL_PARAM_free)
FREES_ITSELF(param_bld, OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
FREES_ITSELF(pkey, EVP_PKEY, EVP_PKEY_free)
FREES_ITSELF(pkey_ctx, EVP_PKEY_CTX, EVP_PKEY_CTX_free)

#define auto_bio       __attribute__((cleanup(bio_done))) BIO
#define auto_bn        __attribute__((cleanup(bn_done))) BIGNUM
#define auto_ecdsa_sig __attribute__((cleanup(ecdsa_sig_done))) ECDSA_SIG
#define auto_params    __attribute__((cleanup(params_done))) OSSL_PARAM
#define auto_param_bld __attribute__((cleanup(param_bld_done))) OSSL_PARAM_BLD
#define auto_pkey      __attribute__((cleanup(pkey_done))) EVP_PKEY
#define auto_pkey_ctx  __attribute__((cleanup(pkey_ctx_done))) EVP_PKEY_CTX
