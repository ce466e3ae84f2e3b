#include "cache_guess.h"

struct look {
    const struct product_sign *sign;
    bool found;
};

/* Lines of the field, "Name: value"; one that fits is enough. */
static int on_line(void *ctx, struct span line)
{
    struct look *look = ctx;
    struct span value = line;
    span_cut(&value, ':');
    look->found = product_sign_fits(look->sign, span_trim(value));
    return look->found;
}

int cache_guess(struct store *baseline, const struct product_sign **ret, struct err *err)
{
    size_t count;
    const struct product_sign *signs = product_signs(&count);
    *ret = NULL;
    for (size_t i = 0; i < count; i++) {
        struct look look = { .sign = &signs[i] };
        int rc = store_each_field_line(baseline, signs[i].field.ptr, on_line, &look, err);
        if (rc < 0)
            return rc;
        if (look.found) {
            *ret = &signs[i];
            return 0;
        }
    }
    return 0;
}
