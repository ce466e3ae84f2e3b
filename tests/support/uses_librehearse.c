/* What another program does with the installed library: open a file, which draws in most of the
 * rooms below. */
#include <rehearse/store/store.h>
#include <stdio.h>

int main(void)
{
    struct err err = ERR_INIT;
    struct store *store = NULL;

    if (store_open(&store, "/nonexistent/none.capture", /* writable= */ false, &err) == 0) {
        store_close(store);
        return 1;
    }
    puts(err.text);
    return 0;
}
