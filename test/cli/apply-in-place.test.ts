import { expect } from "@jest/globals";
import { service, slice, stickyWeb, web } from "./manifests.ts";
import { networkTest } from "./network.ts";

const remembered = "192.0.2.100 . 10.96.0.10 . 80";

networkTest("clients keep their endpoints during changes and repairs", async (network) => {
  await network.apply(stickyWeb);
  await network.nft(`add element ip kube-nft affinity-tcp { ${remembered} timeout 1h : 10.244.1.12 . 8080 }`);
  const more = [service("more", { clusterIP: "10.96.0.11" }), slice("more", ["10.244.1.13"])];
  expect(await network.apply([...stickyWeb, ...more])).toEqual([
    "default/more  + 10.96.0.11 port 80/tcp  + 10.244.1.13:8080",
    "applied",
  ]);
  await network.nft("flush chain ip kube-nft dispatch");
  await network.apply(stickyWeb);
  expect(await network.nft("list map ip kube-nft affinity-tcp")).toMatch(
    new RegExp(`${remembered} timeout 1h expires \\S+ : 10\\.244\\.1\\.12 \\. 8080`),
  );
  expect(await network.apply(stickyWeb)).toEqual(["nothing to change"]);
});

/** A foreign change of the tables, and apply's message about it. */
type Edits = Readonly<Record<string, { readonly commands: readonly string[]; readonly lines: readonly string[] }>>;

const rules: Edits = {
  "a flushed chain": {
    commands: ["flush chain ip kube-nft dispatch"],
    lines: ["table ip  chain dispatch  has other rules"],
  },
  "a rule too many": {
    commands: ["add rule ip kube-nft dispatch counter"],
    lines: ["table ip  chain dispatch  has other rules"],
  },
  "a rule in another place": {
    commands: [
      "flush chain ip kube-nft refuse",
      "add rule ip kube-nft refuse reject",
      "add rule ip kube-nft refuse meta l4proto tcp reject with tcp reset",
    ],
    lines: ["table ip  chain refuse  has other rules"],
  },
};

const elements: Edits = {
  "a frontend that is gone": {
    commands: ["delete element ip kube-nft services { 10.96.0.10 . tcp . 80 }"],
    lines: ["default/web  + 10.96.0.10 port 80/tcp  + 10.244.1.11:8080  + 10.244.1.12:8080"],
  },
  "an endpoint that is gone": {
    commands: ["delete element ip kube-nft endpoints-tcp { 10.96.0.10 . 80 . 1 }"],
    lines: ["default/web  + 10.244.1.12:8080"],
  },
  "another endpoint": {
    commands: [
      "delete element ip kube-nft endpoints-tcp { 10.96.0.10 . 80 . 1 }",
      "add element ip kube-nft endpoints-tcp { 10.96.0.10 . 80 . 1 : 203.0.113.9 . 1234 }",
    ],
    lines: ["default/web  + 10.244.1.12:8080  - 203.0.113.9:1234"],
  },
  "endpoints in another order": {
    commands: [
      "delete element ip kube-nft endpoints-tcp { 10.96.0.10 . 80 . 0, 10.96.0.10 . 80 . 1 }",
      "add element ip kube-nft endpoints-tcp { 10.96.0.10 . 80 . 0 : 10.244.1.12 . 8080, 10.96.0.10 . 80 . 1 : 10.244.1.11 . 8080 }",
    ],
    lines: ["default/web  ~ 10.96.0.10 port 80/tcp"],
  },
  "a frontend that leads elsewhere": {
    commands: [
      "delete element ip kube-nft services { 10.96.0.10 . tcp . 80 }",
      'add element ip kube-nft services { 10.96.0.10 . tcp . 80 comment "default/web" : goto refuse }',
    ],
    lines: ["default/web  ~ 10.96.0.10 port 80/tcp"],
  },
  "a frontend without its name": {
    commands: [
      "delete element ip kube-nft services { 10.96.0.10 . tcp . 80 }",
      "add element ip kube-nft services { 10.96.0.10 . tcp . 80 : goto cluster-ip-tcp-2 }",
    ],
    lines: [
      "default/web  + 10.96.0.10 port 80/tcp  + 10.244.1.11:8080  + 10.244.1.12:8080",
      "unknown (10.96.0.10 port 80/tcp)  - 10.96.0.10 port 80/tcp  - 10.244.1.11:8080  - 10.244.1.12:8080",
    ],
  },
  "somebody's frontend": {
    commands: ["add element ip kube-nft services { 10.96.0.66 . tcp . 80 : goto refuse }"],
    lines: ["unknown (10.96.0.66 port 80/tcp)  - 10.96.0.66 port 80/tcp"],
  },
  "another pod network": {
    commands: ["flush set ip kube-nft pod-cidrs", "add element ip kube-nft pod-cidrs { 10.0.0.0/8 }"],
    lines: ["table ip  set pod-cidrs  + 10.244.0.0/16  - 10.0.0.0/8"],
  },
  "a ClusterIP that is not refused": {
    commands: ["delete element ip kube-nft cluster-ips { 10.96.0.10 }"],
    lines: ["table ip  set cluster-ips  + 10.96.0.10"],
  },
};

const layouts: Edits = {
  "a chain and a set too many": {
    commands: [
      "add set ip kube-nft s { type ipv4_addr; elements = { 192.0.2.1 } }",
      "add chain ip kube-nft c { type filter hook input priority 5; }",
      "add chain ip kube-nft d",
      "add rule ip kube-nft d ip saddr @s drop",
      "add rule ip kube-nft c jump d",
    ],
    lines: ["table ip  set s  not ours", "table ip  chain c  not ours", "table ip  chain d  not ours"],
  },
  "an empty set too many": {
    commands: ["add set ip kube-nft s { type ipv4_addr; }"],
    lines: ["table ip  set s  not ours"],
  },
  "a map of another type": {
    commands: [
      "flush table ip kube-nft",
      "delete map ip kube-nft endpoints-tcp",
      "add map ip kube-nft endpoints-tcp { type ipv4_addr : ipv4_addr; elements = { 192.0.2.1 : 192.0.2.2 } }",
    ],
    lines: ["default/web  + 10.244.1.11:8080  + 10.244.1.12:8080", "table ip  has another layout"],
  },
  "a chain at another hook": {
    commands: [
      "delete chain ip kube-nft nat-output",
      "add chain ip kube-nft nat-output { type nat hook output priority -90; }",
      "add rule ip kube-nft nat-output jump dispatch",
    ],
    lines: ["table ip  has another layout"],
  },
  "a base chain that drops by default": {
    commands: ["add chain ip kube-nft filter-forward { policy drop; }"],
    lines: ["table ip  has another layout"],
  },
  "one table deleted": {
    commands: ["delete table ip6 kube-nft"],
    lines: ["table ip6  missing"],
  },
  "the layout of another version": {
    commands: [
      "delete table ip kube-nft",
      "add table ip kube-nft",
      "add map ip kube-nft services { type ipv4_addr . inet_service : verdict; }",
      "add chain ip kube-nft nat-prerouting { type nat hook prerouting priority -100; }",
      "add rule ip kube-nft nat-prerouting ip daddr . tcp dport vmap @services",
    ],
    lines: [
      "default/web  + 10.96.0.10 port 80/tcp  + 10.244.1.11:8080  + 10.244.1.12:8080",
      "table ip  has another layout",
    ],
  },
};

for (const [what, edits] of Object.entries({ rules, elements, "sets and chains": layouts })) {
  networkTest(`repairs ${what} that another program edited`, async (network) => {
    await network.apply(web);
    const good = await network.listing();
    for (const [edit, { commands, lines }] of Object.entries(edits)) {
      await network.nft(...commands);
      expect({ edit, listing: await network.listing() }).not.toEqual({ edit, listing: good });
      const said = await network.apply(web);
      expect({ edit, listing: await network.listing() }).toEqual({ edit, listing: good });
      expect({ edit, said }).toEqual({ edit, said: [...lines, "applied"] });
    }
  });
}
