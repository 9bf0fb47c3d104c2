/* OpenSSL with its GOST engine behind a pipe: one question a line, one answer a line. It makes objects and says what it thinks of ours.
 * random_objects.rs compiles it, starts it with OPENSSL_CONF naming the engine, and is its only reader.
 *
 *   question: verb field...     fields in hex, "-" for an empty one
 *   answer:   ok field...       or: no WHY
 */
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 8 };

struct field {
    unsigned char *at;
    long length;
};

static struct field fields[MAX_FIELDS];
static int count;

static void answer_with(const unsigned char *octets, long length) {
    putchar(' ');
    if (length == 0) putchar('-');
    for (long i = 0; i < length; i++) printf("%02x", octets[i]);
}

/* Everything below answers 1 for "ok", having written its fields, and 0 for "no". What is made is not freed: the process is short-lived. */

#define TELL_DER(function, object)                             \
    do {                                                       \
        unsigned char *der = NULL;                             \
        int length = function(object, &der);                   \
        if (length <= 0) return 0;                             \
        answer_with(der, length);                              \
        OPENSSL_free(der);                                     \
    } while (0)

static const char *text(int number) { return (const char *)fields[number].at; }

static EVP_PKEY *private_key(int number) {
    const unsigned char *at = fields[number].at;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, fields[number].length);
    return info ? EVP_PKCS82PKEY(info) : NULL;
}

static EVP_PKEY *public_key(int number) {
    const unsigned char *at = fields[number].at;
    return d2i_PUBKEY(NULL, &at, fields[number].length);
}

static X509 *certificate(int number) {
    const unsigned char *at = fields[number].at;
    return d2i_X509(NULL, &at, fields[number].length);
}

static BIO *octets(int number) { return BIO_new_mem_buf(fields[number].at, (int)fields[number].length); }

static const EVP_MD *digest_of(EVP_PKEY *key) {
    int nid = 0;
    return EVP_PKEY_get_default_digest_nid(key, &nid) > 0 ? EVP_get_digestbynid(nid) : NULL;
}

static ASN1_INTEGER *number_of(int number) {
    BIGNUM *value = BN_bin2bn(fields[number].at, (int)fields[number].length, NULL);
    return value ? BN_to_ASN1_INTEGER(value, NULL) : NULL;
}

static int tell_private(EVP_PKEY *key) {
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    if (!info) return 0;
    TELL_DER(i2d_PKCS8_PRIV_KEY_INFO, info);
    return 1;
}

/* algorithm, option, value */
static int make_key(void) {
    int nid = OBJ_sn2nid(text(0));
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(nid, NULL);
    EVP_PKEY *key = NULL;
    if (!context || EVP_PKEY_keygen_init(context) <= 0) return 0;
    if (EVP_PKEY_CTX_ctrl_str(context, text(1), text(2)) <= 0) return 0;
    return EVP_PKEY_keygen(context, &key) > 0 && tell_private(key);
}

/* key: its public half */
static int take_key(void) {
    EVP_PKEY *key = private_key(0);
    if (!key) return 0;
    TELL_DER(i2d_PUBKEY, key);
    return 1;
}

/* key, common name */
static int make_request(void) {
    EVP_PKEY *key = private_key(0);
    X509_REQ *request = X509_REQ_new();
    if (!key || !request || !X509_REQ_set_version(request, 0) || !X509_REQ_set_pubkey(request, key)) return 0;
    X509_NAME *name = X509_REQ_get_subject_name(request);
    if (!X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, fields[1].at, (int)fields[1].length, -1, 0)) return 0;
    if (X509_REQ_sign(request, key, digest_of(key)) <= 0) return 0;
    TELL_DER(i2d_X509_REQ, request);
    return 1;
}

/* request: the public key and the name in it */
static int take_request(void) {
    const unsigned char *at = fields[0].at;
    X509_REQ *request = d2i_X509_REQ(NULL, &at, fields[0].length);
    EVP_PKEY *key = request ? X509_REQ_get0_pubkey(request) : NULL;
    if (!key || X509_REQ_verify(request, key) != 1) return 0;
    TELL_DER(i2d_PUBKEY, key);
    TELL_DER(i2d_X509_NAME, X509_REQ_get_subject_name(request));
    return 1;
}

/* public key, common name, serial, issuer's key, issuer's certificate or nothing for a self-signed authority */
static int make_certificate(void) {
    EVP_PKEY *key = public_key(0), *issuer_key = private_key(3);
    X509 *made = X509_new(), *issuer = fields[4].length ? certificate(4) : made;
    if (!key || !issuer_key || !made || !issuer) return 0;
    if (!X509_set_version(made, 2) || !X509_set_serialNumber(made, number_of(2)) || !X509_set_pubkey(made, key)) return 0;
    if (!X509_gmtime_adj(X509_getm_notBefore(made), -3600) || !X509_gmtime_adj(X509_getm_notAfter(made), 86400)) return 0;
    X509_NAME *name = X509_get_subject_name(made);
    if (!X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, fields[1].at, (int)fields[1].length, -1, 0)) return 0;
    if (!X509_set_issuer_name(made, X509_get_subject_name(issuer))) return 0;
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, made, NULL, NULL, 0);
    struct { int nid; const char *value; } of[] = {
        {NID_basic_constraints, issuer == made ? "critical,CA:TRUE" : "critical,CA:FALSE"},
        {NID_key_usage, issuer == made ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyAgreement"},
        {NID_subject_key_identifier, "hash"},
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, of[i].nid, of[i].value);
        if (!extension || !X509_add_ext(made, extension, -1)) return 0;
    }
    if (X509_sign(made, issuer_key, digest_of(issuer_key)) <= 0) return 0;
    TELL_DER(i2d_X509, made);
    return 1;
}

/* certificate, issuer's public key: the public key and the serial in it */
static int take_certificate(void) {
    X509 *given = certificate(0);
    EVP_PKEY *issuer = public_key(1);
    if (!given || !issuer || X509_verify(given, issuer) != 1) return 0;
    TELL_DER(i2d_PUBKEY, X509_get0_pubkey(given));
    const ASN1_INTEGER *serial = X509_get0_serialNumber(given);
    answer_with(serial->data, serial->length);
    return 1;
}

/* issuer's key, issuer's certificate, serial of the one revoked */
static int make_list(void) {
    EVP_PKEY *key = private_key(0);
    X509 *issuer = certificate(1);
    X509_CRL *list = X509_CRL_new();
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *now = X509_gmtime_adj(NULL, 0), *next = X509_gmtime_adj(NULL, 86400);
    if (!key || !issuer || !list || !entry || !X509_CRL_set_version(list, 1)) return 0;
    if (!X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer))) return 0;
    if (!X509_CRL_set1_lastUpdate(list, now) || !X509_CRL_set1_nextUpdate(list, next)) return 0;
    if (!X509_REVOKED_set_serialNumber(entry, number_of(2)) || !X509_REVOKED_set_revocationDate(entry, now)) return 0;
    if (!X509_CRL_add0_revoked(list, entry) || !X509_CRL_sort(list)) return 0;
    if (X509_CRL_sign(list, key, digest_of(key)) <= 0) return 0;
    TELL_DER(i2d_X509_CRL, list);
    return 1;
}

/* list, issuer's public key, a serial: whether it is in */
static int take_list(void) {
    const unsigned char *at = fields[0].at;
    X509_CRL *list = d2i_X509_CRL(NULL, &at, fields[0].length);
    EVP_PKEY *issuer = public_key(1);
    X509_REVOKED *entry = NULL;
    if (!list || !issuer || X509_CRL_verify(list, issuer) != 1) return 0;
    unsigned char is_in = X509_CRL_get0_by_serial(list, &entry, number_of(2)) == 1;
    answer_with(&is_in, 1);
    return 1;
}

/* key, certificate, content, anything for a detached signature */
static int make_signed(void) {
    unsigned flags = CMS_BINARY | CMS_CADES | (fields[3].length ? CMS_DETACHED : 0);
    CMS_ContentInfo *message = CMS_sign(certificate(1), private_key(0), NULL, octets(2), flags);
    if (!message) return 0;
    TELL_DER(i2d_CMS_ContentInfo, message);
    return 1;
}

static CMS_ContentInfo *message_of(int number) {
    const unsigned char *at = fields[number].at;
    return d2i_CMS_ContentInfo(NULL, &at, fields[number].length);
}

static void tell_bio(BIO *bio) {
    char *at = NULL;
    long length = BIO_get_mem_data(bio, &at);
    answer_with((unsigned char *)at, length);
}

/* message, content, anything for a detached signature, the authority of the signer: the content. Times and purposes are none of this question. */
static int take_signed(void) {
    CMS_ContentInfo *message = message_of(0);
    BIO *out = BIO_new(BIO_s_mem()), *content = fields[2].length ? octets(1) : NULL;
    X509_STORE *store = X509_STORE_new();
    X509 *authority = certificate(3);
    if (!message || !store || !authority || !X509_STORE_add_cert(store, authority)) return 0;
    X509_STORE_set_flags(store, X509_V_FLAG_NO_CHECK_TIME);
    X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
    if (CMS_verify(message, NULL, store, content, out, CMS_BINARY | CMS_CADES) != 1) return 0;
    X509_STORE_free(store);
    tell_bio(out);
    return 1;
}

/* certificate, cipher, content. As `openssl cms -encrypt` does it: the engine chooses the layout by the cipher it is told here. */
static int make_enveloped(void) {
    const EVP_CIPHER *cipher = EVP_get_cipherbyname(text(1));
    X509 *recipient = certificate(0);
    if (!cipher || !recipient) return 0;
    CMS_ContentInfo *message = CMS_encrypt(NULL, NULL, cipher, CMS_BINARY | CMS_PARTIAL);
    CMS_RecipientInfo *to = message ? CMS_add1_recipient_cert(message, recipient, CMS_BINARY | CMS_KEY_PARAM) : NULL;
    EVP_PKEY_CTX *context = to ? CMS_RecipientInfo_get0_pkey_ctx(to) : NULL;
    int nid = EVP_CIPHER_get_nid(cipher);
    if (!context || EVP_PKEY_CTX_ctrl(context, -1, EVP_PKEY_OP_ENCRYPT, EVP_PKEY_CTRL_CIPHER, nid, NULL) <= 0) return 0;
    if (CMS_final(message, octets(2), NULL, CMS_BINARY) != 1) return 0;
    TELL_DER(i2d_CMS_ContentInfo, message);
    return 1;
}

/* message, key, certificate: the content */
static int take_enveloped(void) {
    CMS_ContentInfo *message = message_of(0);
    BIO *out = BIO_new(BIO_s_mem());
    if (!message || CMS_decrypt(message, private_key(1), certificate(2), NULL, out, CMS_BINARY) != 1) return 0;
    tell_bio(out);
    return 1;
}

enum { ITERATIONS = 1000 };

/* key, cipher, password */
static int make_locked(void) {
    const EVP_CIPHER *cipher = EVP_get_cipherbyname(text(1));
    EVP_PKEY *key = private_key(0);
    if (!cipher || !key) return 0;
    X509_ALGOR *algorithm = PKCS5_pbe2_set_iv(cipher, ITERATIONS, NULL, 0, NULL, -1);
    if (!algorithm) return 0;
    X509_SIG *locked = PKCS8_set0_pbe(text(2), (int)fields[2].length, EVP_PKEY2PKCS8(key), algorithm);
    if (!locked) return 0;
    TELL_DER(i2d_X509_SIG, locked);
    return 1;
}

/* locked key, password: the key */
static int take_locked(void) {
    const unsigned char *at = fields[0].at;
    X509_SIG *locked = d2i_X509_SIG(NULL, &at, fields[0].length);
    PKCS8_PRIV_KEY_INFO *info = locked ? PKCS8_decrypt(locked, text(1), (int)fields[1].length) : NULL;
    EVP_PKEY *key = info ? EVP_PKCS82PKEY(info) : NULL;
    return key && tell_private(key);
}

/* key, certificate, cipher, password, digest of the MAC */
static int make_file(void) {
    const EVP_CIPHER *cipher = EVP_get_cipherbyname(text(2));
    const EVP_MD *mac = EVP_get_digestbyname(text(4));
    if (!cipher || !mac) return 0;
    int nid = EVP_CIPHER_get_nid(cipher);
    PKCS12 *file = PKCS12_create(text(3), "Rogov", private_key(0), certificate(1), NULL, nid, nid, ITERATIONS, -1, 0);
    if (!file || !PKCS12_set_mac(file, text(3), -1, NULL, 0, ITERATIONS, mac)) return 0;
    TELL_DER(i2d_PKCS12, file);
    return 1;
}

/* file, password: the key and the certificate */
static int take_file(void) {
    const unsigned char *at = fields[0].at;
    PKCS12 *file = d2i_PKCS12(NULL, &at, fields[0].length);
    EVP_PKEY *key = NULL;
    X509 *of_key = NULL;
    if (!file || !PKCS12_parse(file, text(1), &key, &of_key, NULL) || !key || !of_key) return 0;
    if (!tell_private(key)) return 0;
    TELL_DER(i2d_X509, of_key);
    return 1;
}

static const struct {
    const char *verb;
    int (*answer)(void);
} verbs[] = {
    {"make-key", make_key},           {"take-key", take_key},
    {"make-request", make_request},   {"take-request", take_request},
    {"make-certificate", make_certificate}, {"take-certificate", take_certificate},
    {"make-list", make_list},         {"take-list", take_list},
    {"make-signed", make_signed},     {"take-signed", take_signed},
    {"make-enveloped", make_enveloped}, {"take-enveloped", take_enveloped},
    {"make-locked", make_locked},     {"take-locked", take_locked},
    {"make-file", make_file},         {"take-file", take_file},
};

/* A field out of hex, with a zero behind it so that text is a C string. */
static void read_field(const char *word) {
    struct field *field = &fields[count++];
    size_t digits = strcmp(word, "-") == 0 ? 0 : strlen(word);
    field->length = (long)(digits / 2);
    field->at = calloc(digits / 2 + 1, 1);
    for (size_t i = 0; i < digits / 2; i++) sscanf(word + 2 * i, "%2hhx", &field->at[i]);
}

int main(void) {
    if (!OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS, NULL)) return 1;
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        char *verb = strtok(line, " \n"), *word;
        for (count = 0; count < MAX_FIELDS && (word = strtok(NULL, " \n"));) read_field(word);
        int known = 0, good = 0;
        for (size_t i = 0; verb && i < sizeof verbs / sizeof *verbs; i++) {
            if (strcmp(verbs[i].verb, verb) != 0) continue;
            known = 1;
            ERR_clear_error();
            /* Fields already written before a fault are told apart by the word at the end. */
            fputs("fields", stdout);
            good = verbs[i].answer();
        }
        if (good) {
            puts(" ok");
        } else {
            printf(" no %s", known ? "" : "unknown verb");
            for (unsigned long error; (error = ERR_get_error());) printf("%s; ", ERR_error_string(error, NULL));
            putchar('\n');
        }
        fflush(stdout);
        for (int i = 0; i < count; i++) free(fields[i].at);
    }
    return 0;
}
