import type { Status } from "../ask/status/status.ts";
import { ask, repeat } from "./data.ts";
import { byId, show } from "./dom.ts";
import { overview } from "./overview.ts";
import { rounds } from "./rounds.ts";
import { service } from "./service.ts";
import { services } from "./services.ts";

const view = byId("view");
const search = searchInput();

/** The status is always requested: the header shows it. */
let latest: Status | undefined;
let onStatus: (status: Status) => void = () => {};
let stop = () => {};

repeat(async () => {
  const status = await ask<Status>("status.json");
  const health = byId("health");
  byId("node").textContent = `${status.node.name}, ${status.version}`;
  health.textContent = status.code === 200 ? "healthy" : "not healthy";
  health.className = `pill ${status.code === 200 ? (status.warnings.length === 0 ? "good" : "warn") : "bad"}`;
  latest = status;
  onStatus(status);
}, 2000);

/** Shows the page that the URL names. */
function route(): void {
  stop();
  onStatus = () => {};
  search.oninput = goToServices;
  show(view);
  const [page = "", ...rest] = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
  for (const each of document.querySelectorAll("nav a")) {
    const isCurrent = each.getAttribute("href") === `#/${page === "service" ? "services" : page}`;
    each.ariaCurrent = isCurrent ? "page" : "false";
  }
  document.title = page === "" ? "kube-nft" : `${page === "service" ? rest.join("/") : page} – kube-nft`;
  stop = follow(page, rest);
  view.focus({ preventScroll: true });
}

function follow(page: string, rest: readonly string[]): () => void {
  switch (page) {
    case "services":
      return repeat(services(view, search), 15_000);
    case "service":
      return repeat(service(view, rest.join("/")), 3000);
    case "rounds":
      return repeat(rounds(view), 2000);
    default:
      onStatus = overview(view);
      if (latest) onStatus(latest);
      return () => {};
  }
}

function searchInput(): HTMLInputElement {
  const input = byId("search");
  if (!(input instanceof HTMLInputElement)) throw new TypeError("the search is no input");
  return input;
}

function goToServices(): void {
  location.hash = "#/services";
}

addEventListener("hashchange", route);
route();
