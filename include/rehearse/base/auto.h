#ifndef REHEARSE_BASE_AUTO_H
#define REHEARSE_BASE_AUTO_H

/*
 * Ownership that can be seen: AUTO(fn) calls fn(&variable) when the scope ends,
 * on every path out of it. Initialise at the declaration. To hand the value over,
 * store it in ret_x and clear the variable.
 */
#define AUTO(fn) __attribute__((cleanup(fn)))

/* Makes `name##p(T **)`, the form AUTO() needs, out of `name(T *)`. */
#define AUTO_FREE(type, name)                                                                      \
    static inline void name##p(type **held)                                                        \
    {                                                                                              \
        name(*held);                                                                               \
    }                                                                                              \
    struct auto_free_takes_a_semicolon

#define PRINTF(text, first) __attribute__((format(printf, text, first)))

#endif
