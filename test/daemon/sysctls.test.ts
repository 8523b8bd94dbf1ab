import { expect, test } from "@jest/globals";
import { defaultConfig } from "../../src/config/config.ts";
import { oldestKernel, oldestNft, versionProblem } from "../../src/daemon/host-requirements.ts";
import { type ConntrackConfig, conntrackBuckets, conntrackSysctls } from "../../src/daemon/sysctls.ts";

const nothing: ConntrackConfig = {
  maxPerCore: 0,
  min: 131072,
  tcpEstablishedTimeout: 0,
  tcpCloseWaitTimeout: 0,
  tcpBeLiberal: false,
  udpTimeout: 0,
  udpStreamTimeout: 0,
};

function values(config: Partial<ConntrackConfig>, processors = 1): object {
  return Object.fromEntries(conntrackSysctls({ ...nothing, ...config }, processors).map((s) => [s.name, s.value]));
}

test("B-292, B-295 the defaults", () => {
  expect(values(defaultConfig.conntrack, 8)).toEqual({
    nf_conntrack_max: 262144,
    nf_conntrack_tcp_timeout_established: 86400,
    nf_conntrack_tcp_timeout_close_wait: 3600,
  });
});

const limits = [
  ["so many for each processor", { maxPerCore: 100, min: 10 }, 4, 400],
  ["at least min", { maxPerCore: 100, min: 1000 }, 4, 1000],
  ["at most a million", { maxPerCore: 32768 }, 128, 1048576],
  ["W-24 but never less than min", { maxPerCore: 32768, min: 2000000 }, 128, 2000000],
] as const;

test.each(limits)("B-292 nf_conntrack_max is %s", (_, config, processors, max) => {
  expect(values(config, processors)).toEqual({ nf_conntrack_max: max });
});

test("B-292, B-295 what is zero is left alone", () => {
  expect(values({})).toEqual({});
});

test("B-295 timeouts are whole seconds, tcpBeLiberal is switched on only", () => {
  expect(values({ udpTimeout: 30_900, udpStreamTimeout: 500, tcpBeLiberal: true })).toEqual({
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
  ["5.12.19", oldestKernel, "it is version 5.12.19; it takes 5.13 or newer"],
  ["4.18.0-553.el8", oldestKernel, "it is version 4.18.0; it takes 5.13 or newer"],
  ["nftables v1.0.6 (Lester Gooch #5)", oldestNft, undefined],
  ["nftables v1.1.3 (Commodore Bullmoose #4)", oldestNft, undefined],
  ["nftables v1.0.2 (Lester Gooch)", oldestNft, "it is version 1.0.2; it takes 1.0.6 or newer"],
  ["nftables v0.9.8", oldestNft, "it is version 0.9.8; it takes 1.0.6 or newer"],
  ["", oldestNft, 'it: no version in ""'],
] as const;

test.each(versions)("B-290, B-291 version %p", (text, oldest, problem) => {
  expect(versionProblem("it", text, oldest)).toBe(problem);
});
