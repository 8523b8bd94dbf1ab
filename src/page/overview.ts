import type { Names, Status } from "../ask/status/status.ts";
import { statusRows } from "../ask/status/status-lines.ts";
import { type Content, element, link, serviceAddress, show } from "./dom.ts";
import { facts } from "./table.ts";

/** The state of this node, like `kube-nft status`. */
export function overview(view: HTMLElement): (status: Status) => void {
  return (status) => {
    const { services, tables } = status;
    const setAside = tables.flatMap((each) => each.setAside);
    show(
      view,
      element("h1", {}, status.code === 200 ? "This node is healthy" : "This node is not healthy"),
      status.warnings.map((warning) => element("div", { class: "card warning" }, element("p", {}, warning))),
      facts(statusRows(status)),
      list(
        "Set aside",
        setAside.length,
        setAside.flatMap(({ service }) => service ?? []),
      ),
      names("Had endpoints, and have none now", services.lostEndpoints),
      names("Without endpoints since the agent started", services.neverHadEndpoints),
      names("Denied a frontend that another Service has", services.denied),
      names("Not served as specified", services.notAsSpecified),
    );
  };
}

function names(title: string, { count, first }: Names): Content {
  return list(title, count, first);
}

function list(title: string, count: number, first: readonly string[]): Content {
  if (count === 0) return undefined;
  const more = count - first.length;
  return [
    element("h2", {}, `${title}: ${count}`),
    element(
      "p",
      {},
      first.map((name, index) => [index === 0 ? "" : ", ", link(serviceAddress(name), name)]),
      more > 0 ? ` and ${more} more` : undefined,
    ),
  ];
}
