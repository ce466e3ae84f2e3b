/*
 * Where the key of the pseudonyms comes from. The same key on every import makes
 * captures of different days comparable; a lost key only means that they are not.
 */
#include <sodium.h>
#include <stdlib.h>

#include "rehearse/base/file.h"
#include "rehearse/session/credential.h"
#include "rehearse/session/side_file.h"

enum { KEY_FILE_MAX = 1024 };

/* No text of this file quotes what it found: a mistyped key is still a secret. */
static int read_hex(unsigned char ret[VEIL_KEY_BYTES], struct span text, const char *place,
                    struct err *err)
{
    unsigned char key[VEIL_KEY_BYTES];
    size_t len = 0;

    text = span_trim(text);
    if (text.len != 2 * VEIL_KEY_BYTES ||
        sodium_hex2bin(key, sizeof key, text.ptr, text.len, NULL, &len, NULL) != 0 ||
        len != VEIL_KEY_BYTES)
        return err_set(err, E_FORMAT,
                       "%s: not a key: found %zu bytes, expected 64 hex digits; make one with "
                       "`openssl rand -hex 32`",
                       place, text.len);
    memcpy(ret, key, sizeof key);
    sodium_memzero(key, sizeof key);
    return 0;
}

static void wipe(struct strbuf *sb)
{
    if (sb->cap)
        sodium_memzero(sb->buf, sb->cap);
    strbuf_release(sb);
}

static int read_key_file(unsigned char ret[VEIL_KEY_BYTES], const char *path, struct err *err)
{
    AUTO(wipe) struct strbuf text = STRBUF_INIT;
    int rc = file_read(&text, path, KEY_FILE_MAX, err);
    return rc < 0 ? rc : read_hex(ret, strbuf_span(&text), path, err);
}

/* Where a key is looked for when no file is named. */
struct key_home {
    const char *what, *variable, *file;
};

static const struct key_home veil_home = { "pseudonyms", "REHEARSE_KEY", "/key" };
static const struct key_home seal_home = { "the side file", "REHEARSE_SECRETS_KEY",
                                           "/secrets.key" };

static int add_config_folder(const struct key_home *from, struct strbuf *path, struct err *err)
{
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");

    if (xdg && *xdg)
        strbuf_addf(path, "%s/rehearse", xdg);
    else if (home && *home)
        strbuf_addf(path, "%s/.config/rehearse", home);
    else
        return err_set(err, E_USAGE,
                       "no key for %s: neither XDG_CONFIG_HOME nor HOME is set; set "
                       "%s to 64 hex digits or name a key file",
                       from->what, from->variable);
    return 0;
}

static int make_key_file(const char *path, struct err *err)
{
    unsigned char key[VEIL_KEY_BYTES];
    char hex[2 * VEIL_KEY_BYTES + 1];

    randombytes_buf(key, sizeof key);
    sodium_bin2hex(hex, sizeof hex, key, sizeof key);
    hex[2 * VEIL_KEY_BYTES] = '\n';
    int rc = file_write(path, span_make(hex, sizeof hex), 0600, err);
    sodium_memzero(key, sizeof key);
    sodium_memzero(hex, sizeof hex);
    return rc;
}

static int users_own_key(unsigned char ret[VEIL_KEY_BYTES], const struct key_home *from, bool make,
                         struct err *err)
{
    AUTO(strbuf_release) struct strbuf path = STRBUF_INIT;
    int rc = add_config_folder(from, &path, err);
    if (rc == 0 && make)
        rc = file_make_folder(path.buf, err);
    if (rc < 0)
        return rc;
    strbuf_add_str(&path, from->file);
    if (make && !file_exists(path.buf)) {
        rc = make_key_file(path.buf, err);
        if (rc < 0)
            return rc;
    }
    /* Read back what lies there: another process may have been first. */
    return read_key_file(ret, path.buf, err);
}

static int set_up(struct err *err)
{
    if (sodium_init() < 0)
        return err_set(err, E_IO, "libsodium could not be set up: no source of randomness?");
    return 0;
}

int veil_key_load(unsigned char ret[VEIL_KEY_BYTES], const char *path, struct err *err)
{
    const char *given = getenv(veil_home.variable);

    int rc = set_up(err);
    if (rc < 0)
        return rc;
    if (given && *given)
        return read_hex(ret, span_of(given), veil_home.variable, err);
    return path ? read_key_file(ret, path, err) : users_own_key(ret, &veil_home, true, err);
}

int veil_key_read(unsigned char ret[VEIL_KEY_BYTES], const char *path, struct err *err)
{
    int rc = set_up(err);
    return rc < 0 ? rc : read_key_file(ret, path, err);
}

int seal_key_load(unsigned char ret[SEAL_KEY_BYTES], const char *path, bool make, struct err *err)
{
    const char *given = getenv(seal_home.variable);

    int rc = set_up(err);
    if (rc < 0)
        return rc;
    if (path)
        return read_key_file(ret, path, err);
    if (given && *given)
        return read_hex(ret, span_of(given), seal_home.variable, err);
    return users_own_key(ret, &seal_home, make, err);
}

void key_forget(unsigned char *key, size_t len)
{
    sodium_memzero(key, len);
}

void veil_key_name(const unsigned char key[VEIL_KEY_BYTES], char ret[VEIL_KEY_NAME])
{
    static const unsigned char label[] = "rehearse: which key the pseudonyms have";
    unsigned char digest[crypto_generichash_BYTES];
    crypto_generichash(digest, sizeof digest, label, sizeof label, key, VEIL_KEY_BYTES);
    sodium_bin2hex(ret, VEIL_KEY_NAME, digest, VEIL_KEY_NAME / 2);
}
