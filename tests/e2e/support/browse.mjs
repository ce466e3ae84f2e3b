// Chromium visits the demo shop like a person and saves what it did as HAR.
// node browse.mjs PORT OUT.har: shop.example is served at 127.0.0.1:PORT.
import { createRequire } from "node:module";

const require = createRequire(process.env.NODE_HOME + "/");
const { chromium } = require("playwright-core");
const [port, out] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", `--host-resolver-rules=MAP shop.example 127.0.0.1:${port}`],
});
const context = await browser.newContext({ recordHar: { path: out, mode: "full", content: "embed" } });
const page = await context.newPage();
page.setDefaultTimeout(120000); // an end for what hangs, on however busy a machine

const origin = "http://shop.example";
await page.goto(origin + "/");
await page.goto(origin + "/products/1");
await page.goto(origin + "/search?q=lamp");
await page.goto(origin + "/account/orders"); // sent to the login
await page.fill("input[name=username]", "user1");
await page.fill("input[name=password]", "secret1");
await page.click("form[action*=login] button, form[action*=login] input[type=submit]");
await page.waitForLoadState("load");
await page.goto(origin + "/products/2");
await page.click("form[action*=cart] button, form[action*=cart] input[type=submit]");
await page.waitForLoadState("load");
await page.goto(origin + "/cart");
await page.goto(origin + "/account");
await context.close();
await browser.close();
