import { expect, test } from "@jest/globals";
import { decodeConfig } from "../../src/config/config.ts";
import { oldestKernel, oldestNft, versionProblem } from "../../src/daemon/host-requirements.ts";
import { type ConntrackConfig, changedValue, conntrackBuckets, conntrackSysctls } from "../../src/daemon/sysctls.ts";
import { defaultConfig } from "../support/default-config.ts";

const nothing: ConntrackConfig = {
  maxPerCore: 0,
  min: 131072,
  tcpEstablishedTimeout: 0,
  tcpCloseWaitTimeout: 0,
  tcpBeLiberal: false,
  udpTimeout: 0,
  udpStreamTimeout: 0,
};

function values(config: ConntrackConfig, processors = 1): object {
  return Object.fromEntries(conntrackSysctls(config, processors).map(({ name, value }) => [name, value]));
}

const nftables = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n";

test("B-292, B-295 the defaults", () => {
  expect(values(defaultConfig.conntrack, 8)).toEqual({
    nf_conntrack_max: 262144,
    nf_conntrack_tcp_timeout_established: 86400,
    nf_conntrack_tcp_timeout_close_wait: 3600,
  });
});

/** What the host has, what the configuration says, and what the host has then. */
const changes = [
  ["nf_conntrack_max", 65536, "", 262144],
  ["nf_conntrack_max", 4194304, "", 4194304],
  ["nf_conntrack_max", 4194304, "maxPerCore: null, min: null", 4194304],
  ["nf_conntrack_max", 4194304, "min: 131072", 4194304],
  ["nf_conntrack_max", 262144, "min: 524288", 524288],
  ["nf_conntrack_max", 4194304, "maxPerCore: 32768", 262144],
  ["nf_conntrack_max", 1000, "maxPerCore: 0", 1000],
  ["nf_conntrack_tcp_timeout_established", 432000, "", 86400],
  ["nf_conntrack_tcp_timeout_established", 600000, "tcpEstablishedTimeout: null", 600000],
  ["nf_conntrack_tcp_timeout_established", 7200, "", 7200],
  ["nf_conntrack_tcp_timeout_established", 600000, "tcpEstablishedTimeout: 24h", 86400],
  ["nf_conntrack_tcp_timeout_established", 7200, "tcpEstablishedTimeout: 24h", 86400],
  ["nf_conntrack_tcp_timeout_established", 432000, "tcpEstablishedTimeout: 0s", 432000],
  ["nf_conntrack_tcp_timeout_close_wait", 60, "", 3600],
  ["nf_conntrack_tcp_timeout_close_wait", 7200, "", 7200],
  ["nf_conntrack_tcp_timeout_close_wait", 7200, "tcpCloseWaitTimeout: 1h", 3600],
] as const;

test.each(changes)("W-24 %s of %i under { %s } becomes %i", (name, current, fields, expected) => {
  const { config } = decodeConfig(`${nftables}conntrack: { ${fields} }`);
  const sysctl = conntrackSysctls(config?.conntrack ?? nothing, 8).find((each) => each.name === name);
  expect((sysctl && changedValue(sysctl, current)) ?? current).toBe(expected);
});

const limits = [
  ["so many for each processor", { maxPerCore: 100, min: 10 }, 4, 400],
  ["at least min", { maxPerCore: 100, min: 1000 }, 4, 1000],
  ["at most a million", { maxPerCore: 32768 }, 128, 1048576],
  ["W-24 but never less than min", { maxPerCore: 32768, min: 2000000 }, 128, 2000000],
] as const;

test.each(limits)("B-292 nf_conntrack_max is %s", (_, config, processors, max) => {
  expect(values({ ...nothing, ...config }, processors)).toEqual({ nf_conntrack_max: max });
});

test("B-292, B-295 zero leaves a value alone", () => {
  expect(values(nothing)).toEqual({});
});

test("B-295 timeouts are whole seconds, tcpBeLiberal is switched on only", () => {
  expect(values({ ...nothing, udpTimeout: 30_900, udpStreamTimeout: 500, tcpBeLiberal: true })).toEqual({
    nf_conntrack_udp_timeout: 30,
    nf_conntrack_udp_timeout_stream: 1,
    nf_conntrack_tcp_be_liberal: 1,
  });
});

test.each([
  [262144, 65536, undefined],
  [262144, 65535, 65536],
  [1000, 16384, undefined],
])("B-294 for %i connections, %i lists become %p", (max, current, expected) => {
  expect(conntrackBuckets(max, current)).toBe(expected);
});

const versions = [
  ["6.18.44-fc", oldestKernel, undefined],
  ["5.13.0", oldestKernel, undefined],
  ["5.12.19", oldestKernel, "it is version 5.12.19; it must be 5.13 or newer"],
  ["4.18.0-553.el8", oldestKernel, "it is version 4.18.0; it must be 5.13 or newer"],
  ["nftables v1.0.6 (Lester Gooch #5)", oldestNft, undefined],
  ["nftables v1.1.3 (Commodore Bullmoose #4)", oldestNft, undefined],
  ["nftables v1.0.2 (Lester Gooch)", oldestNft, "it is version 1.0.2; it must be 1.0.6 or newer"],
  ["nftables v0.9.8", oldestNft, "it is version 0.9.8; it must be 1.0.6 or newer"],
  ["", oldestNft, 'it: no version in ""'],
] as const;

test.each(versions)("B-290, B-291 version %p", (text, oldest, problem) => {
  expect(versionProblem("it", text, oldest)).toBe(problem);
});
