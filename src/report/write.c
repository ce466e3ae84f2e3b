#include "facts.h"
#include "rehearse/base/file.h"

const struct report_writer *const report_writers[] = {
    &report_html, &report_markdown, &report_json, &report_junit, &(const struct report_writer){ 0 },
};

static int write_one(const struct report_writer *writer, const struct report_facts *facts,
                     const char *folder, struct err *err)
{
    AUTO(strbuf_release) struct strbuf path = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf content = STRBUF_INIT;
    strbuf_addf(&path, "%s/%s", folder, writer->file);
    writer->write(facts, &content);
    return file_write(path.buf, strbuf_span(&content), 0644, err);
}

int report_write(const struct report_facts *facts, const char *folder, struct err *err)
{
    int rc = file_make_folder(folder, err);
    for (size_t i = 0; rc == 0 && report_writers[i]->file; i++)
        rc = write_one(report_writers[i], facts, folder, err);
    return rc;
}
