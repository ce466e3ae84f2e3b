#ifndef REHEARSE_REPORT_HTML_STYLE_H
#define REHEARSE_REPORT_HTML_STYLE_H

/* The page's one style sheet: light and dark by the reader's wish, and fit for paper. */
static const char html_style[] =
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1c2330;--soft:#5a6475;--line:#d8dde6;"
    "--card:#f6f8fb;--go:#14713d;--no:#b3261e;--critical:#b3261e;--major:#b54708;"
    "--minor:#805b00;--info:#2457a6}"
    "@media(prefers-color-scheme:dark){:root{--bg:#12161d;--fg:#e6eaf1;--soft:#a3adbd;"
    "--line:#313a49;--card:#1a202b;--go:#5cc98b;--no:#ff8a80;--critical:#ff8a80;"
    "--major:#ffb27a;--minor:#e8c45c;--info:#8ab4f8}}"
    "a{color:var(--info)}*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg)"
    ";"
    "font:16px/1.5 system-ui,sans-serif}"
    "header,main,footer{max-width:72rem;margin:0 auto;padding:1rem 1.25rem}"
    "h1{font-size:1.9rem;margin:.2rem 0}h2{font-size:1.3rem;margin:2rem 0 .6rem;"
    "border-bottom:1px solid var(--line);padding-bottom:.25rem}h3{font-size:1.05rem;margin:0}"
    ".verdict{display:inline-block;font-weight:700;letter-spacing:.04em;padding:.1em .5em;"
    "border:2px solid;border-radius:.3em}.go{color:var(--go)}.no-go{color:var(--no)}"
    ".soft{color:var(--soft)}"
    "ul.tiles{display:flex;flex-wrap:wrap;gap:.75rem;padding:0;list-style:none}"
    ".tiles li{background:var(--card);border:1px solid var(--line);border-radius:.5rem;"
    "padding:.5rem .9rem;min-width:7rem}.tiles b{display:block;font-size:1.5rem}"
    ".critical{color:var(--critical)}.major{color:var(--major)}.minor{color:var(--minor)}"
    ".info{color:var(--info)}.passed{color:var(--go)}.failed,.undecided{color:var(--no)}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.93rem}"
    "th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);"
    "vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    "article{background:var(--card);border:1px solid var(--line);border-left-width:.35rem;"
    "border-radius:.4rem;padding:.8rem 1rem;margin:.8rem 0}"
    "article.critical{border-left-color:var(--critical)}article.major{border-left-color:var(--"
    "major)}"
    "article.minor{border-left-color:var(--minor)}article.info{border-left-color:var(--info)}"
    "article.critical,article.major,article.minor,article.info{color:var(--fg)}"
    "article p{margin:.4rem 0}dl{display:grid;grid-template-columns:max-content 1fr;"
    "gap:.15rem .9rem;margin:.5rem 0}dt{color:var(--soft)}dd{margin:0;min-width:0}"
    "code,pre{font:.88rem/1.45 ui-monospace,monospace;overflow-wrap:anywhere;"
    "white-space:pre-wrap}pre{background:var(--bg);border:1px solid var(--line);"
    "padding:.5rem;border-radius:.3rem;margin:.4rem 0}summary{cursor:pointer}"
    ".tag{font-weight:700;text-transform:uppercase;font-size:.78rem;letter-spacing:.05em}"
    "@media print{article{break-inside:avoid}body{font-size:11pt}}";

#endif
