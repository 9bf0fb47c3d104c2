/* The other side of `cargo xtask bench crypto`: OpenSSL, its GOST engine and libgcrypt, by the protocol of crates/crypto/benches/bench_crypto.rs.
 * Each peer is used the fastest way it offers: contexts and parsed keys are kept, only the operation itself is repeated.
 * `peers FOLDER` reads FOLDER/message.cms. A row that a peer cannot do is left out of the list, with a word on standard error. */
#include <gcrypt.h>
#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/engine.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUND_NS 50000000ull
#define LOOK_NS 1000000ull
#define MAX_ROWS 64

struct row {
    const char *peer;
    char name[40];
    int (*operation)(struct row *); /* 1 is good */
    unsigned long long batch;
    void *a, *b;
    unsigned char octets[256], digest[64];
    size_t length, digest_length;
};

static struct row rows[MAX_ROWS];
static int row_count;
static ENGINE *gost;

static struct row *add(const char *peer, const char *verb, const char *name, int (*operation)(struct row *)) {
    if (row_count == MAX_ROWS) exit(3);
    struct row *row = &rows[row_count++];
    row->peer = peer;
    snprintf(row->name, sizeof row->name, "%s%s%s", verb, *verb && *name ? " " : "", name);
    row->operation = operation;
    row->batch = 1;
    return row;
}

/* Tries the row once; one that does not work is not listed. */
static void keep_if_works(struct row *row) {
    if (row->operation && row->operation(row) == 1) return;
    fprintf(stderr, "%s cannot do `%s`\n", row->peer, row->name);
    row_count--;
}

/* OpenSSL and the engine */

static int evp_sign(struct row *row) {
    size_t length = sizeof row->octets;
    return EVP_PKEY_sign(row->a, row->octets, &length, row->digest, row->digest_length);
}

static int evp_verify(struct row *row) {
    return EVP_PKEY_verify(row->a, row->octets, row->length, row->digest, row->digest_length);
}

static int hash_and_sign(struct row *row) {
    static const unsigned char message[32] = {0x5a};
    SHA256(message, sizeof message, row->digest);
    return evp_sign(row);
}

static int hash_and_verify(struct row *row) {
    static const unsigned char message[32] = {0x5a};
    SHA256(message, sizeof message, row->digest);
    return evp_verify(row);
}

static int evp_keygen(struct row *row) {
    EVP_PKEY *key = NULL;
    int good = EVP_PKEY_keygen(row->a, &key);
    EVP_PKEY_free(key);
    return good;
}

static EVP_PKEY_CTX *context(EVP_PKEY *key, ENGINE *engine, int signing, int rsa) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, engine);
    if (!context || (signing ? EVP_PKEY_sign_init(context) : EVP_PKEY_verify_init(context)) != 1) return NULL;
    if (rsa) {
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING);
        EVP_PKEY_CTX_set_signature_md(context, EVP_sha256());
    }
    return context;
}

/* Two rows of one key. */
static void sign_and_verify(const char *peer, const char *first, const char *second, EVP_PKEY *key, ENGINE *engine, int rsa,
                            size_t digest_length) {
    int hashing = engine == NULL;
    struct row *sign = add(peer, first, hashing ? "sign" : second, hashing ? hash_and_sign : evp_sign);
    sign->a = context(key, engine, 1, rsa);
    sign->digest_length = digest_length;
    RAND_bytes(sign->digest, sizeof sign->digest);
    if (!sign->a) sign->operation = NULL;
    keep_if_works(sign);
    if (!sign->operation) return;

    struct row *verify = add(peer, hashing ? first : "verify", hashing ? "verify" : second, hashing ? hash_and_verify : evp_verify);
    verify->a = context(key, engine, 0, rsa);
    verify->digest_length = digest_length;
    memcpy(verify->digest, sign->digest, sizeof verify->digest);
    verify->length = sizeof verify->octets;
    if (!verify->a || EVP_PKEY_sign(sign->a, verify->octets, &verify->length, sign->digest, digest_length) != 1) verify->operation = NULL;
    keep_if_works(verify);
}

static unsigned char mebibyte[1 << 20];

static int engine_hash(struct row *row) {
    return EVP_Digest(mebibyte, sizeof mebibyte, row->octets, NULL, row->a, gost);
}

static int cms_verify(struct row *row) {
    const unsigned char *at = row->a;
    CMS_ContentInfo *message = d2i_CMS_ContentInfo(NULL, &at, (long)row->length);
    BIO *content = BIO_new(BIO_s_mem());
    int good = message && CMS_verify(message, NULL, NULL, NULL, content, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY);
    BIO_free(content);
    CMS_ContentInfo_free(message);
    return good;
}

static void openssl_rows(const char *folder) {
    EVP_PKEY *ec = EVP_EC_gen("P-256"), *rsa = EVP_RSA_gen(2048);
    sign_and_verify("OpenSSL", "ecdsa-p256", "", ec, NULL, 0, 32);
    sign_and_verify("OpenSSL", "rsa-2048", "", rsa, NULL, 1, 32);

    gost = ENGINE_by_id("gost");
    if (!gost || !ENGINE_init(gost) || !ENGINE_set_default(gost, ENGINE_METHOD_ALL)) {
        fprintf(stderr, "OpenSSL finds no engine `gost`\n");
        return;
    }
    static const struct { const char *row, *key, *set; size_t octets; } sets[] = {
        {"256-A", "gost2012_256", "TCA", 32}, {"CryptoPro-A", "gost2012_256", "A", 32}, {"256-C", "gost2012_256", "TCC", 32},
        {"256-D", "gost2012_256", "TCD", 32}, {"512-A", "gost2012_512", "A", 64},       {"512-B", "gost2012_512", "B", 64},
        {"512-C", "gost2012_512", "C", 64},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        EVP_PKEY *key = NULL;
        EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_id(OBJ_txt2nid(sets[i].key), gost);
        if (!maker || EVP_PKEY_keygen_init(maker) != 1 || EVP_PKEY_CTX_ctrl_str(maker, "paramset", sets[i].set) != 1
            || EVP_PKEY_keygen(maker, &key) != 1) {
            fprintf(stderr, "gost-engine makes no key on %s\n", sets[i].row);
            continue;
        }
        sign_and_verify("gost-engine", "sign", sets[i].row, key, gost, 0, sets[i].octets);
        if (i == 0 || i == 4) {
            struct row *keygen = add("gost-engine", "keygen", sets[i].row, evp_keygen);
            keygen->a = maker;
            keep_if_works(keygen);
        }
    }
    struct row *hash = add("gost-engine", "", "streebog-256 1MiB", engine_hash);
    hash->a = (void *)ENGINE_get_digest(gost, OBJ_txt2nid("md_gost12_256"));
    keep_if_works(hash);

    char path[4096];
    snprintf(path, sizeof path, "%s/message.cms", folder);
    static unsigned char message[1 << 16];
    FILE *file = fopen(path, "rb");
    struct row *cms = add("gost-engine", "", "cms verify 4KiB", file ? cms_verify : NULL);
    cms->a = message;
    if (file) {
        cms->length = fread(message, 1, sizeof message, file);
        fclose(file);
    }
    keep_if_works(cms);
}

/* libgcrypt */

static int gcrypt_sign(struct row *row) {
    gcry_sexp_t signature = NULL;
    gcry_error_t error = gcry_pk_sign(&signature, row->b, row->a);
    gcry_sexp_release(signature);
    return error == 0;
}

static int gcrypt_verify(struct row *row) {
    gcry_sexp_t *parts = row->a;
    return gcry_pk_verify(parts[0], row->b, parts[1]) == 0;
}

static int gcrypt_hash(struct row *row) {
    gcry_md_hash_buffer(GCRY_MD_STRIBOG256, row->octets, mebibyte, sizeof mebibyte);
    return 1;
}

static void gcrypt_rows(void) {
    if (!gcry_check_version(NULL)) return;
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    static const struct { const char *row, *curve; size_t octets; } sets[] = {
        {"256-A", "GOST2012-256-A", 32}, {"CryptoPro-A", "GOST2001-CryptoPro-A", 32}, {"256-C", "GOST2001-CryptoPro-B", 32},
        {"256-D", "GOST2001-CryptoPro-C", 32}, {"512-A", "GOST2012-512-tc26-A", 64},       {"512-B", "GOST2012-512-tc26-B", 64},
        {"512-C", "GOST2012-512-tc26-C", 64},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        gcry_sexp_t maker = NULL, key = NULL, data = NULL, *parts = calloc(2, sizeof *parts);
        unsigned char digest[64];
        RAND_bytes(digest, sizeof digest);
        gcry_error_t error = gcry_sexp_build(&maker, NULL, "(genkey (ecc (curve %s)))", sets[i].curve);
        if (!error) error = gcry_pk_genkey(&key, maker);
        if (!error) error = gcry_sexp_build(&data, NULL, "(data (flags gost) (value %b))", (int)sets[i].octets, digest);
        if (error) {
            fprintf(stderr, "libgcrypt makes no key on %s: %s\n", sets[i].row, gcry_strerror(error));
            continue;
        }
        struct row *sign = add("libgcrypt", "sign", sets[i].row, gcrypt_sign);
        sign->a = gcry_sexp_find_token(key, "private-key", 0);
        sign->b = data;
        keep_if_works(sign);
        struct row *verify = add("libgcrypt", "verify", sets[i].row, gcrypt_verify);
        parts[1] = gcry_sexp_find_token(key, "public-key", 0);
        verify->a = parts;
        verify->b = data;
        if (gcry_pk_sign(&parts[0], data, gcry_sexp_find_token(key, "private-key", 0))) verify->operation = NULL;
        keep_if_works(verify);
    }
    keep_if_works(add("libgcrypt", "", "streebog-256 1MiB", gcrypt_hash));
}

/* the protocol */

static unsigned long long processor_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void answer(struct row *row) {
    unsigned long long began = processor_ns(), operations = 0, looked = 0;
    for (;;) {
        for (unsigned long long i = 0; i < row->batch; i++)
            if (row->operation(row) != 1) {
                fprintf(stderr, "%s failed at `%s`\n", row->peer, row->name);
                exit(2);
            }
        operations += row->batch;
        unsigned long long spent = processor_ns() - began;
        if (spent >= ROUND_NS) {
            printf("%llu\t%llu\n", operations, spent);
            return;
        }
        if (spent - looked < LOOK_NS / 2) row->batch *= 2;
        looked = spent;
    }
}

int main(int count, char **arguments) {
    if (count != 2) return 1;
    memset(mebibyte, 0x5a, sizeof mebibyte);
    openssl_rows(arguments[1]);
    gcrypt_rows();
    setvbuf(stdout, NULL, _IOLBF, 0);
    char line[256];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (!strcmp(line, "list")) {
            for (int i = 0; i < row_count; i++) printf("%s\t%s\n", rows[i].peer, rows[i].name);
            printf("\n");
        } else if (!strcmp(line, "versions")) {
            printf("%s, libgcrypt %s\n", OpenSSL_version(OPENSSL_VERSION), gcry_check_version(NULL));
        } else {
            int found = 0;
            for (int i = 0; i < row_count && !found; i++) {
                char name[80];
                snprintf(name, sizeof name, "%s\t%s", rows[i].peer, rows[i].name);
                if ((found = !strcmp(name, line))) answer(&rows[i]);
            }
            if (!found) return 1;
        }
    }
    return 0;
}
