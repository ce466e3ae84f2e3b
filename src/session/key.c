/*
 * Where the key of the pseudonyms comes from. The same key on every import makes
 * captures of different days comparable; a lost key only means that they are not.
 */
#include <sodium.h>
#include <stdlib.h>

#include "rehearse/base/file.h"
#include "rehearse/session/credential.h"

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

static int add_config_folder(struct strbuf *path, struct err *err)
{
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");

    if (xdg && *xdg)
        strbuf_addf(path, "%s/rehearse", xdg);
    else if (home && *home)
        strbuf_addf(path, "%s/.config/rehearse", home);
    else
        return err_set(err, E_USAGE,
                       "no key for pseudonyms: neither XDG_CONFIG_HOME nor HOME is set; set "
                       "REHEARSE_KEY to 64 hex digits or name a key file");
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

static int users_own_key(unsigned char ret[VEIL_KEY_BYTES], struct err *err)
{
    AUTO(strbuf_release) struct strbuf path = STRBUF_INIT;
    int rc = add_config_folder(&path, err);
    if (rc < 0)
        return rc;
    rc = file_make_folder(path.buf, err);
    if (rc < 0)
        return rc;
    strbuf_add_str(&path, "/key");
    if (!file_exists(path.buf)) {
        rc = make_key_file(path.buf, err);
        if (rc < 0)
            return rc;
    }
    /* Read back what lies there: another process may have been first. */
    return read_key_file(ret, path.buf, err);
}

int veil_key_load(unsigned char ret[VEIL_KEY_BYTES], const char *path, struct err *err)
{
    const char *given = getenv("REHEARSE_KEY");

    if (sodium_init() < 0)
        return err_set(err, E_IO, "libsodium could not be set up: no source of randomness?");
    if (given && *given)
        return read_hex(ret, span_of(given), "REHEARSE_KEY", err);
    if (path)
        return read_key_file(ret, path, err);
    return users_own_key(ret, err);
}
