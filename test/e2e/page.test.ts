import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { type Browser, chromium, type Page } from "playwright-core";
import type { ServiceRow } from "../../src/ask/status/status.ts";
import { root } from "../golden/fixture.ts";
import { eventually } from "../support/eventually.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const address = "http://localhost:10249/";

type Opened = {
  readonly page: Page;
  /** Everything that the browser requested. */
  readonly requested: readonly string[];
  /** The browser's complaints. */
  readonly errors: readonly string[];
};

let browser: Browser | undefined;
afterEach(() => browser?.close());

/** Debian's Chromium, on the node of the lab, on the agent's page. */
async function open(node: Node, size = { width: 1280, height: 800 }): Promise<Opened> {
  const program = join(node.folder, "chromium");
  await writeFile(program, `#!/bin/sh\nexec ${node.lab.enter("node").join(" ")} chromium "$@"\n`);
  await chmod(program, 0o755);
  browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-quic"] });
  const page = await browser.newPage({ viewport: size });
  const requested: string[] = [];
  const errors: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(address);
  return { page, requested, errors };
}

describeWithNode("the page", (start) => {
  test("leads to the reason of an endpoint, and shows text as it is", async () => {
    const node = await start();
    const hostile = '<img src=x onerror="document.title=1">';
    const pods = slice("web", ["pod1", "pod5"]);
    const endpoints = [
      { addresses: ["10.244.1.9"], conditions: { ready: false }, nodeName: "node-1", zone: hostile },
      { addresses: ["10.244.2.9"], conditions: { ready: true }, nodeName: hostile },
    ];
    const odd = { ...pods, metadata: { ...pods.metadata, name: "web-odd" }, endpoints };
    await node.put(labNodeObject(), service("web", 10), pods, odd, service("empty", 12));
    await node.run();
    const { page, requested, errors } = await open(node);
    await page.getByText("This node is healthy").waitFor();
    expect(await page.locator("#health").textContent()).toBe("healthy");

    await page.getByRole("link", { name: "Services" }).click();
    await page.getByText("2 ports").waitFor();
    await page.getByRole("searchbox").fill("empty");
    await page.getByText("1 of 2 ports").waitFor();
    expect(await page.locator(".row").textContent()).toContain("no endpoints");
    await page.getByRole("searchbox").fill("web");
    await page.getByRole("link", { name: "default/web" }).click();
    await page.getByRole("heading", { name: "default/web" }).waitFor();
    const rows = await page.locator("tbody tr").allTextContents();
    expect(rows.find((row) => row.includes("10.244.1.9"))).toMatch(/not ready/);
    expect(rows.find((row) => row.includes("10.244.2.9"))).toContain(hostile);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toBe("default/web – kube-nft");

    await node.putSynced(slice("web", ["pod1"]));
    await page.getByRole("link", { name: "Rounds" }).click();
    await page
      .getByText(/default\/web/)
      .first()
      .waitFor();
    await page.goto(`${address}#/service/default/wbe`);
    await page.getByText("did you mean default/web?").waitFor();

    expect(requested.filter((url) => !url.startsWith(address) && !url.startsWith("data:"))).toEqual([]);
    expect(errors).toEqual([]);
    await mkdir(join(root, ".cache"), { recursive: true });
    await page.goto(`${address}#/service/default/web`);
    await page.getByRole("heading", { name: "default/web" }).waitFor();
    await page.screenshot({ path: join(root, ".cache", "page.png") });
  });

  test("is small, fits a phone, and shows 10,000 Services while scrolling", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    const { page, errors } = await open(node, { width: 390, height: 844 });
    const sizes = await Promise.all(["/", "/page.css", "/page.js"].map((path) => node.page(path, 10249)));
    expect(sizes.map(({ code }) => code)).toEqual([200, 200, 200]);
    expect(sizes.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThan(60_000);

    const [row]: readonly ServiceRow[] = JSON.parse((await node.page("/services.json", 10249)).body);
    const many = Array.from({ length: 10_000 }, (_, index) => ({ ...row, service: `default/service-${index}` }));
    await page.route("**/services.json", (route) => route.fulfill({ json: many }));
    await page.goto(`${address}#/services`);
    await page.getByText("10000 ports").waitFor();
    expect(await page.locator(".row").count()).toBeLessThan(100);
    await page.locator(".rows").evaluate((rows) => rows.scrollTo(0, rows.scrollHeight));
    await page.getByRole("link", { name: "default/service-9999" }).waitFor();
    await page.getByRole("searchbox").fill("service-4321");
    await page.getByText("1 of 10000 ports").waitFor();
    await page.getByRole("link", { name: "default/service-4321" }).waitFor();
    const isWiderThanScreen = "document.documentElement.scrollWidth > innerWidth";
    for (const path of ["", "#/services", "#/rounds", "#/service/default/web"]) {
      await page.goto(`${address}${path}`);
      await page.locator("h1").first().waitFor();
      expect({ path, wide: await page.evaluate(isWiderThanScreen) }).toEqual({ path, wide: false });
    }
    expect(errors).toEqual([]);
    await page.screenshot({ path: join(root, ".cache", "page-phone.png") });

    await node.agent.end("SIGTERM");
    await eventually(() => page.getByRole("alert").isVisible(), true);
    expect(await page.getByRole("alert").textContent()).toContain("The agent has not answered since");
  });

  test("is served over loopback by its name only", async () => {
    const node = await start({ config: { metricsBindAddress: "0.0.0.0:10249" } });
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    const ask = (host: string, to: string) =>
      node.lab.run(
        "node",
        ["socat", "-T10", "-t0.05", "-,ignoreeof", `TCP:${to}:10249`],
        `GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`,
      );
    const own = (await ask("localhost:10249", "127.0.0.1")).stdout;
    expect(own).toMatch(/^HTTP\/1.1 200 /);
    expect(own).toContain("Content-Security-Policy: default-src 'none'; script-src 'self'");
    expect(own).not.toContain("Access-Control");
    expect((await ask("evil.example", "127.0.0.1")).stdout).toMatch(/^HTTP\/1.1 403 /);
    expect((await ask("localhost", "192.0.2.10")).stdout).toMatch(/^HTTP\/1.1 403 /);
  });
});
