import { expect } from "@jest/globals";
import { rootTest } from "../support/kernel-test.ts";
import { dualStackWeb, web } from "./manifests.ts";
import { networkTest } from "./network.ts";
import { kubeNFT, powerless } from "./program.ts";

networkTest("cleanup deletes our tables and no other; a second finds none", async (network) => {
  await network.nft("add table ip kube-proxy", "add table inet kube-nft", "add table ip kube-nft-2");
  await network.apply(dualStackWeb);
  expect(await network.kubeNFT(["cleanup"])).toEqual({
    stdout: "deleted table ip kube-nft\ndeleted table ip6 kube-nft\n",
    stderr: "",
    exitCode: 0,
  });
  expect(await network.tables()).toEqual(["inet kube-nft", "ip kube-nft-2", "ip kube-proxy"]);
  expect(await network.kubeNFT(["cleanup"])).toEqual({
    stdout: "there is no table kube-nft\n",
    stderr: "",
    exitCode: 0,
  });
});

networkTest("cleanup --kube-proxy also deletes what kube-proxy left", async (network) => {
  await network.nft(
    "add table ip kube-proxy",
    "add map ip kube-proxy service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }",
    "add chain ip kube-proxy services",
    "add rule ip kube-proxy services ip daddr . meta l4proto . th dport vmap @service-ips",
    "add table ip6 kube-proxy",
    "add table ip filter",
  );
  await network.apply(web, "--family", "ip");
  expect(await network.kubeNFT(["cleanup", "--kube-proxy"])).toEqual({
    stdout: "deleted table ip kube-nft\ndeleted table ip kube-proxy\ndeleted table ip6 kube-proxy\n",
    stderr: "",
    exitCode: 0,
  });
  expect(await network.tables()).toEqual(["ip filter"]);
});

networkTest("cleanup --after-kube-proxy waits until kube-proxy has written its rules", async (network) => {
  await network.apply(web, "--family", "ip");
  const server = `let asked = 0;
    require("node:http").createServer((_, response) => {
      asked++;
      response.end(asked < 3 ? "process_cpu_seconds_total 1\\n" : 'kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} 1.7e+09\\n');
    }).listen(10249, "127.0.0.1")`;
  const script = `ip link set lo up; "$1" -e "$0" & "$@"; code=$?; kill $!; exit $code`;
  const through = ["bash", "-c", script, server];
  expect(await network.kubeNFT(["cleanup", "--after-kube-proxy"], { through })).toEqual({
    stdout: "deleted table ip kube-nft\n",
    stderr: "waiting until kube-proxy has written its rules ...\n",
    exitCode: 0,
  });
});

rootTest("without CAP_NET_ADMIN cleanup says that it needs it", async () => {
  expect(await kubeNFT(["cleanup"], { through: powerless })).toEqual({
    stdout: "",
    stderr: "kube-nft: nft needs CAP_NET_ADMIN; run it as root\n",
    exitCode: 2,
  });
});
