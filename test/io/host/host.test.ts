import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { hostAddresses, ipv4Addresses, ipv6Addresses } from "../../../src/io/host/addresses.ts";
import { examineForAgent } from "../../../src/io/nft/capabilities.ts";
import { rootTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";
import { withPath } from "../../support/with-path.ts";

const fibTrie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 192.0.2.0/24 2 0 2
        |-- 192.0.2.0
           /24 link UNICAST
        |-- 192.0.2.2
           /32 link UNICAST
           /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
Local:
  +-- 127.0.0.0/8 2 0 2
     |-- 127.0.0.0
        /8 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 192.0.2.2
        /32 host LOCAL
     |-- 198.51.100.7
        /32 link UNICAST
`;

test("local IPv4 addresses are those of the kernel's routes", () => {
  expect(ipv4Addresses(fibTrie)).toEqual(["192.0.2.2", "127.0.0.1"]);
});

const ifInet6 = `00000000000000000000000000000001 01 80 10 80       lo
fd000000000000000000000000000002 04 40 00 82     eth0
20010db8000000000000000000000003 04 40 00 c0     eth0
20010db8000000000000000000000004 04 40 00 88     eth0
`;

test("IPv6 addresses that are not usable yet, or ever, are left out", () => {
  expect(ipv6Addresses(ifInet6)).toEqual(["::1", "fd00::2"]);
});

test("this machine has its loopback addresses", () => {
  expect(hostAddresses()).toContain("127.0.0.1");
});

/** Runs a script on a module of ours in a namespace, and returns what it writes. */
function script(namespace: NetNamespace, module: string, text: string): Promise<string> {
  const path = fileURLToPath(new URL(`../../../src/io/${module}.ts`, import.meta.url));
  const source = `import * as it from ${JSON.stringify(path)};\n${text}`;
  const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module"];
  return namespace.must([process.execPath, ...flags, "-e", source]);
}

async function inNamespace(body: (namespace: NetNamespace) => Promise<void>): Promise<void> {
  const namespace = await NetNamespace.start();
  try {
    await body(namespace);
  } finally {
    await namespace.close();
  }
}

rootTest("W-15 addresses are noticed as they come and go, also on an interface without a carrier", async () => {
  await inNamespace(async (namespace) => {
    await namespace.must(["ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"]);
    await namespace.must(["ip", "link", "set", "v0", "up"]);
    const watched = script(
      namespace,
      "host/addresses",
      `
        import { execFileSync } from "node:child_process";
        const abort = new AbortController();
        const known = it.hostAddresses();
        const seen = [known.includes("192.0.2.7")];
        const ip = (...args) => execFileSync("ip", args);
        // Before the watch begins, too.
        ip("address", "add", "192.0.2.7/24", "dev", "v0");
        await it.watchHostAddresses(known, (addresses) => {
          seen.push(addresses.includes("192.0.2.7"));
          if (seen.length === 2) ip("address", "delete", "192.0.2.7/24", "dev", "v0");
          if (seen.length === 3) abort.abort();
        }, abort.signal);
        console.log(JSON.stringify(seen));
      `,
    );
    expect(JSON.parse(await watched)).toEqual([false, true, false]);
  });
});

rootTest("W-24 defaults replace the kernel's own values, and not an administrator's", async () => {
  await inNamespace(async (namespace) => {
    const written = await script(
      namespace,
      "host/sysctls",
      `
        import { writeFileSync } from "node:fs";
        const config = { tcpBeLiberal: false, udpTimeout: 0, udpStreamTimeout: 0 };
        const text = (config) => {
          const { changes, failures } = it.applyConntrackSysctls(config);
          const lines = changes.map(({ name, from, to }) => [name, from, to].join(" "));
          // How many connections are tracked is a matter of the machine.
          return [...lines, ...failures.map(({ message }) => message)].filter((line) => !/_max|size/.test(line)).join();
        };
        console.log(text(config));
        writeFileSync("/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established", "600000");
        writeFileSync("/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_close_wait", "7200");
        console.log(text(config));
        console.log(text({ ...config, tcpEstablishedTimeout: 86_400_000 }));
      `,
    );
    expect(written.split("\n")).toEqual([
      "net.netfilter.nf_conntrack_tcp_timeout_established 432000 86400," +
        "net.netfilter.nf_conntrack_tcp_timeout_close_wait 60 3600",
      "",
      "net.netfilter.nf_conntrack_tcp_timeout_established 600000 86400",
    ]);
  });
});

rootTest("B-295, B-296 sysctls are set once, and what cannot be set is named", async () => {
  await inNamespace(async (namespace) => {
    const config = { tcpCloseWaitTimeout: 77_000, tcpBeLiberal: true, udpTimeout: 31_000, udpStreamTimeout: 0 };
    const current = Number(await readFile("/proc/sys/net/netfilter/nf_conntrack_max", "utf8"));
    const buckets = Number(await readFile("/sys/module/nf_conntrack/parameters/hashsize", "utf8"));
    const written = await script(
      namespace,
      "host/sysctls",
      `
        const config = { maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0, ...${JSON.stringify(config)} };
        console.log(JSON.stringify(it.applyConntrackSysctls(config).changes.map(({ name, to }) => [name, to])));
        console.log(JSON.stringify(it.applyConntrackSysctls(config)));
        const more = { ...config, maxPerCore: 1, min: ${current + 1}, udpTimeout: 32_000 };
        const { changes, failures } = it.applyConntrackSysctls(more);
        console.log(changes.map(({ name, to }) => [name, to]).join(), failures.length);
        console.log(failures[0].message);
      `,
    );
    expect(written.split("\n")).toEqual([
      JSON.stringify([
        ["net.netfilter.nf_conntrack_tcp_timeout_close_wait", 77],
        ["net.netfilter.nf_conntrack_tcp_be_liberal", 1],
        ["net.netfilter.nf_conntrack_udp_timeout", 31],
      ]),
      '{"changes":[],"failures":[]}',
      `net.netfilter.nf_conntrack_udp_timeout,32 ${Math.floor((current + 1) / 4) > buckets ? 2 : 1}`,
      `cannot set net.netfilter.nf_conntrack_max from ${current} to ${current + 1}: ` +
        "set it on the host, run with sufficient privileges, or change the configuration",
    ]);
    const file = ["cat", "/proc/sys/net/netfilter/nf_conntrack_udp_timeout"];
    expect(await namespace.must(file)).toBe("32");
  });
});

rootTest("B-288 IPv6 can be switched off", async () => {
  await inNamespace(async (namespace) => {
    const families = () => script(namespace, "host/host", "console.log(it.hostFamilies().join());");
    expect(await families()).toBe("ip,ip6");
    await namespace.must(["sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6"]);
    expect(await families()).toBe("ip");
  });
});

rootTest("B-290 nothing is missing here, and checking leaves nothing behind", async () => {
  await inNamespace(async (namespace) => {
    await namespace.withPrograms(["nft"], async () =>
      expect((await examineForAgent(["ip", "ip6"])).problems).toEqual([]),
    );
    expect(await namespace.must(["nft", "list", "tables"])).toBe("");
  });
});

rootTest("B-290 the capability that nft needs is named", async () => {
  await inNamespace(async (namespace) => {
    const written = await script(
      namespace,
      "nft/capabilities",
      `process.setgroups([]); process.setuid(65534); console.log((await it.examineForAgent(["ip"])).problems);`,
    );
    expect(written).toContain("nft needs CAP_NET_ADMIN");
  });
});

test("B-290 programs that are not there are named with their packages", async () => {
  await withPath("/nonexistent", async () => {
    expect((await examineForAgent(["ip"])).problems).toEqual([
      expect.stringContaining("install the package nftables"),
      expect.stringContaining("install the package socat"),
    ]);
  });
});
