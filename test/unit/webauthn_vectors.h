/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * webauthn_vectors: the test vectors of Web Authentication Level 3, section 16, as far as we
 * take what they show. Values are hex; the client data is written out by the test as the
 * section says. RP id example.org, origin https://example.org.
 *
 * Left out: 16.7 and the other attestations by certificate, whose statement a browser takes out
 * (we ask for "none"): the credentials in them are here where their algorithm adds one. 16.8
 * and 16.9: ES384, ES512, not asked for. 16.10: an RS256 key of 3482 bits, where we take 2048
 * only.
 */

struct vector {
	const char *section;
	const char *challenge; /* of the registration */
	const char *rest;      /* of the client data behind the origin; EXTRA(…) as there */
	const char *attestation;
	const char *auth_data; /* instead of an attestation: its credential, as "none" */
	enum err want;         /* of the registration */
	const char *get_challenge;
	const char *get_rest;
	const char *get_auth_data;
	const char *signature;
};

#define RP_HASH "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5"
#define SAME    "\"crossOrigin\":false"
#define CROSS   "\"crossOrigin\":true"
#define EXTRA(random)                                                                   \
	",\"extraData\":\"clientDataJSON may be extended with additional fields in the" \
	" future, such as this: " random "\""

static const struct vector vectors[] = {
	{
		.section = "16.2, none.ES256",
		.challenge = "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
		.rest = SAME EXTRA("BkQeDjdcTBrXBiAwJTLE5Q"),
		.attestation =
			"a363666d74646e6f6e656761747453746d74a068617574684461746158a4" RP_HASH
			"59000000008446ccb9ab1db374750b2367ff6f3a1f0020"
			"f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4"
			"a5010203262001215820"
			"afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61"
			"225820"
			"930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
		.want = OK,
		.get_challenge =
			"39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
		.get_rest = SAME,
		.get_auth_data = RP_HASH "1900000000",
		.signature = "3046022100"
			     "f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd38"
			     "022100"
			     "8480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
	},
	{
		.section = "16.3, packed-self.ES256",
		.challenge = "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5",
		.rest = SAME EXTRA("U9hTXvKE2URkMnb_0xYHVg"),
		.attestation =
			"a363666d74667061636b65646761747453746d74a263616c6726637369675846"
			"30440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da9"
			"83"
			"02207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d"
			"68617574684461746158a4" RP_HASH
			"5d00000000df850e09db6afbdfab51697791506cfc0020"
			"455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c"
			"a5010203262001215820"
			"eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5"
			"225820"
			"927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
		.want = OK,
		.get_challenge =
			"4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b",
		.get_rest = SAME EXTRA("gTb53rz6EhSWomXGzimC1Q"),
		.get_auth_data = RP_HASH "0900000000",
		.signature = "30440220"
			     "3310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf840"
			     "0220"
			     "4e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66",
	},
	{
		.section = "16.4, none.ES256.crossOrigin: in a frame of another site",
		.challenge = "3be5aacd03537142472340ab5969f240f1d87716e20b6807ac230655fa4b3b49",
		.rest = CROSS EXTRA("zZquEtDR9DWqpW5tBWTFug"),
		.attestation =
			"a363666d74646e6f6e656761747453746d74a068617574684461746158a4" RP_HASH
			"4500000000883f4f6014f19c09d87aa38123be48d00020"
			"6e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57"
			"a5010203262001215820"
			"22200a473f90b11078851550d03b4e44a2279f8c4eca27b3153dedfe03e4e97d"
			"225820"
			"cbd0be95e746ad6f5a8191be11756e4c0420e72f65b466d39bc56b8b123a9c6e",
		.want = ERR_INVALID,
	},
	{
		.section = "16.5, none.ES256.topOrigin: and it names that site",
		.challenge = "4e1f4c6198699e33c14f192153f49d7e0e8e3577d5ac416c5f3adc92a41f27e5",
		.rest = CROSS ",\"topOrigin\":\"https://example.com\"",
		.attestation =
			"a363666d74646e6f6e656761747453746d74a068617574684461746158a4" RP_HASH
			"410000000097586fd09799a76401c200455099ef2a0020"
			"b8ad59b996047ab18e2ceb57206c362da57458793481f4a8ebf101c7ca7cc0f1"
			"a5010203262001215820"
			"a1c47c1d82da4ebe82cd72207102b380670701993bc35398ae2e5726427fe01d"
			"225820"
			"86c1080d82987028c7f54ecb1b01185de243b359294a0ed210cd47480f0adc88",
		.want = ERR_INVALID,
	},
	{
		.section = "16.11, packed.EdDSA",
		.challenge = "a8abf9dabdc6b0df63466b39bda9e8a34a34e185337a59f1c579990676d3b3bd",
		.rest = SAME EXTRA("B_DT5g7ZD_-9OTLYX5IvEQ"),
		.auth_data = RP_HASH
		"4100000000d5aa33581e8ca478e20fe713f5d32ff20020"
		"ce9f840ed96599580cd140fbc7bb3230633f50f61041aff73308ae71caa8a2bd"
		"a4010103272006215820"
		"44e06ddd331c36a8dc667bab52bcae63486c916aa5e339e6acebaa84934bf832",
		.want = OK,
		.get_challenge =
			"895957e01c633a698348a2d8a31a54b7db27e8c1c43b2080d79ae2190267bfd2",
		.get_rest = SAME,
		.get_auth_data = RP_HASH "0100000000",
		.signature = "f5c59c7e46c34f6f8cc197101ddf9934fa2595f68eb1913a637e8419eb9ba4cf"
			     "dfc48f85393bc0d40b011f0d6fecb097d6607525713223a0dc0d453993dae00b",
	},
};
