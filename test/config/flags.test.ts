import { describe, expect, test } from "@jest/globals";
import { Command, Option } from "commander";
import { type Config, decodeConfig } from "../../src/config/config.ts";
import { configFromFlags } from "../../src/config/flags.ts";
import { flagArguments, runFlags } from "../../src/config/run-flags.ts";
import { defaultConfig } from "../support/default-config.ts";

/** The outcome of flags in a command line, `--masquerade-all --cluster-cidr=10.244.0.0/16`. */
function configured(line: string, file?: Config) {
  const values = new Map<string, string | true | readonly string[]>();
  for (const [, name = "", value] of line.matchAll(/--([\w-]+)(?:=(\S*))?/g)) {
    const isList = runFlags.find((flag) => flag.name === name)?.kind === "list";
    values.set(name, isList ? [...listOf(values.get(name)), value ?? ""] : (value ?? true));
  }
  const { config, problems, notes, errors } = configFromFlags(values, file);
  const lines = (all: typeof problems) => all.map(({ field, message }) => `${field} ${message}`);
  return { config, problems: lines([...problems, ...notes]), errors: lines(errors) };
}

function listOf(value: string | true | readonly string[] | undefined): readonly string[] {
  return typeof value === "object" ? value : [];
}

function ofFile(lines: string): Config | undefined {
  return decodeConfig(`apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n${lines}`).config;
}

test("without flags, the defaults of the mode nftables apply", () => {
  expect(configured("")).toEqual({ config: defaultConfig, problems: [], errors: [] });
});

describe("a flag is equivalent to its field in a file", () => {
  test.each<[string, string, string]>([
    ["B-267", "--hostname-override=Node-1", "hostnameOverride: Node-1"],
    ["B-274", "--kubeconfig=/etc/kubeconfig", "clientConnection: { kubeconfig: /etc/kubeconfig }"],
    ["B-274", "--kube-api-content-type=application/json", "clientConnection: { contentType: application/json }"],
    ["B-274", "--bind-address=2001:db8::1", "bindAddress: '2001:db8::1'"],
    ["B-274", "--bind-address-hard-fail", "bindAddressHardFail: true"],
    ["B-274", "--bind-address-hard-fail=F", "bindAddressHardFail: false"],
    [
      "B-274",
      "--healthz-bind-address=127.0.0.1:1 --metrics-bind-address=[::]:2",
      "healthzBindAddress: 127.0.0.1:1\nmetricsBindAddress: '[::]:2'",
    ],
    ["B-274", "--cluster-cidr=10.244.0.0/16,fd00::/56", "clusterCIDR: 10.244.0.0/16,fd00::/56"],
    ["B-274", "--detect-local-mode=NodeCIDR", "detectLocalMode: NodeCIDR"],
    [
      "B-274",
      "--detect-local-mode=BridgeInterface --pod-bridge-interface=cbr0",
      "detectLocalMode: BridgeInterface\ndetectLocal: { bridgeInterface: cbr0 }",
    ],
    [
      "B-274",
      "--detect-local-mode=InterfaceNamePrefix --pod-interface-name-prefix=veth",
      "detectLocalMode: InterfaceNamePrefix\ndetectLocal: { interfaceNamePrefix: veth }",
    ],
    [
      "B-274",
      "--nodeport-addresses=10.0.0.0/8,192.0.2.0/24 --nodeport-addresses=fd00::/64",
      "nodePortAddresses: [10.0.0.0/8, 192.0.2.0/24, 'fd00::/64']",
    ],
    ["K-5707", "--feature-gates=AllowServiceExternalIPs=false,A=1", "featureGates: { AllowServiceExternalIPs: false }"],
    ["B-274", "--nodeport-addresses=primary,localhost", "nodePortAddresses: [primary, localhost]"],
    ["B-274", "--nodeport-addresses=primary", "nodePortAddresses: [primary]"],
    ["B-274", "--nodeport-addresses=", "nodePortAddresses: []"],
    ["B-274", "--masquerade-all", "nftables: { masqueradeAll: true }"],
    ["B-274", "--oom-score-adj=-5 --config-sync-period=1m", "oomScoreAdj: -5\nconfigSyncPeriod: 1m"],
    [
      "B-274",
      "--conntrack-max-per-core=0 --conntrack-min=1 --conntrack-tcp-be-liberal",
      "conntrack: { maxPerCore: 0, min: 1, tcpBeLiberal: true }",
    ],
    [
      "B-274",
      "--conntrack-tcp-timeout-established=1h --conntrack-tcp-timeout-close-wait=2m",
      "conntrack: { tcpEstablishedTimeout: 1h, tcpCloseWaitTimeout: 2m }",
    ],
    [
      "B-274",
      "--conntrack-udp-timeout=0 --conntrack-udp-timeout-stream=3s",
      "conntrack: { udpTimeout: '0', udpStreamTimeout: 3s }",
    ],
    [
      "B-276",
      "--iptables-sync-period=1m --iptables-min-sync-period=2s",
      "nftables: { syncPeriod: 1m, minSyncPeriod: 2s }",
    ],
    ["B-270", "--iptables-min-sync-period=0", "nftables: { minSyncPeriod: 0s }"],
    ["B-277", "--healthz-port=1 --metrics-port=2", "healthzBindAddress: 0.0.0.0:1\nmetricsBindAddress: 127.0.0.1:2"],
    ["B-277", "--healthz-port=1 --healthz-bind-address=127.0.0.1", "healthzBindAddress: 127.0.0.1:1"],
    ["B-277", "--healthz-port=1 --healthz-bind-address=127.0.0.1:3", "healthzBindAddress: 127.0.0.1:3"],
    ["B-277", "--metrics-port=1 --metrics-bind-address=[::1]:3", "metricsBindAddress: '[::1]:3'"],
  ])("%s %s", (_, line, lines) => {
    const { config, problems, errors } = configured(line);
    expect({ config, errors }).toEqual({ config: ofFile(`mode: nftables\n${lines}`), errors: [] });
    for (const problem of problems) expect(problem).toContain("has no effect");
  });
});

test("B-274 flags without effect are reported like their fields in a file, with their names", () => {
  const { config, problems } = configured("--kube-api-qps=7.5 --kube-api-burst=20 --profiling=1");
  expect(config).toEqual(ofFile("mode: nftables\nclientConnection: { qps: 7.5, burst: 20 }\nenableProfiling: true"));
  expect(problems.map((line) => line.replace(/;.*/, ""))).toEqual([
    "--kube-api-qps has no effect",
    "--kube-api-burst has no effect",
    "--profiling has no effect",
  ]);
});

describe("settings of another mode apply in that mode", () => {
  const inAnyCase = "kube-nft uses nftables with the settings of that mode";
  test.each<[string, string, string, readonly string[]]>([
    ["B-271", "--proxy-mode=iptables --masquerade-all", "mode: iptables\niptables: { masqueradeAll: true }", []],
    [
      "B-275",
      "--proxy-mode=iptables --iptables-masquerade-bit=3",
      "mode: iptables\niptables: { masqueradeBit: 3 }",
      [],
    ],
    ["B-276", "--proxy-mode=iptables --iptables-sync-period=1m", "mode: iptables\niptables: { syncPeriod: 1m }", []],
    [
      "B-276",
      "--proxy-mode=ipvs --ipvs-sync-period=1m --ipvs-min-sync-period=2s --iptables-sync-period=3m",
      "mode: ipvs\nipvs: { syncPeriod: 1m, minSyncPeriod: 2s }",
      ["--iptables-sync-period has no effect in the mode ipvs"],
    ],
  ])("%s %s", (_, line, lines, problems) => {
    const [, mode] = /--proxy-mode=(\w+)/.exec(line) ?? [];
    expect(configured(line)).toEqual({
      config: ofFile(lines),
      problems: [...problems, `--proxy-mode is "${mode}"; ${inAnyCase}`],
      errors: [],
    });
  });

  test("an empty mode means iptables, as in kube-proxy", () => {
    const { config, problems } = configured("--proxy-mode= --masquerade-all");
    expect(config).toEqual(ofFile("iptables: { masqueradeAll: true }"));
    expect(problems).toEqual([`--proxy-mode is not set, which means iptables; ${inAnyCase}`]);
  });
});

test.each<[string, string, readonly string[]]>([
  [
    "B-275 flags of other modes",
    "--iptables-masquerade-bit=3 --ipvs-sync-period=1s --ipvs-scheduler=rr --ipvs-strict-arp --ipvs-exclude-cidrs=10.0.0.0/8",
    [
      "--iptables-masquerade-bit has no effect in the mode nftables",
      "--ipvs-sync-period has no effect in the mode nftables",
      "--ipvs-scheduler has no effect",
      "--ipvs-strict-arp has no effect",
      "--ipvs-exclude-cidrs has no effect",
    ],
  ],
  [
    "B-277 others",
    "--feature-gates=A=true --vmodule=a=1 --log-json-split-stream --boot-id-file=/proc/x",
    [
      "--feature-gates has no effect",
      "--boot-id-file has no effect",
      "--vmodule has no effect",
      "--log-json-split-stream has no effect",
    ],
  ],
])("%s are accepted and reported as without effect", (_, line, problems) => {
  const outcome = configured(line);
  expect(outcome).toMatchObject({ config: defaultConfig, errors: [] });
  expect(outcome.problems.toSorted()).toEqual(problems.toSorted());
});

test.each<[string, string, readonly unknown[]]>([
  ["B-272", "--proxy-mode=userspace", ['--proxy-mode "userspace" is not one of iptables, ipvs, nftables']],
  ["B-272", "--oom-score-adj=2000", ["--oom-score-adj 2000 is not a whole number from -1000 to 1000"]],
  ["B-272", "--oom-score-adj=low", ['--oom-score-adj "low" is not a whole number from -1000 to 1000']],
  ["B-272", "--masquerade-all=maybe", ['--masquerade-all "maybe" is not true or false']],
  ["B-272", "--kube-api-qps=many", ['--kube-api-qps "many" is not a number']],
  ["B-272", "--bind-address=here", [expect.stringMatching(/^--bind-address "here" is not an IP address/)]],
  ["B-272", "--cluster-cidr=10.0.0.0", [expect.stringMatching(/^--cluster-cidr "10.0.0.0" is not a list of networks/)]],
  ["B-272", "--nodeport-addresses=x", [expect.stringMatching(/^--nodeport-addresses "x" is not a network/)]],
  [
    "B-272",
    "--healthz-bind-address=x:1",
    [expect.stringMatching(/^--healthz-bind-address "x:1" is not an IP address/)],
  ],
  [
    "B-272",
    "--iptables-sync-period=1s --iptables-min-sync-period=2s",
    ["--iptables-min-sync-period is longer than --iptables-sync-period"],
  ],
  ["B-272", "--conntrack-udp-timeout=1", [expect.stringMatching(/^--conntrack-udp-timeout "1" is not a duration/)]],
  ["B-270", "--iptables-sync-period=0s", ['--iptables-sync-period "0s" is not more than zero']],
  ["B-270", "--config-sync-period=0", ['--config-sync-period "0" is not more than zero']],
  ["B-272", "--detect-local-mode=BridgeInterface", [expect.stringMatching(/^--pod-bridge-interface "" is not/)]],
  ["B-277", "--metrics-port=0", ["--metrics-bind-address cannot be switched off"]],
  ["B-277", "--metrics-bind-address=", ["--metrics-bind-address cannot be switched off"]],
  ["B-277", "--healthz-port=70000", ['--healthz-port "70000" is not a port number (0 to 65535)']],
])("%s %s is refused", (_, line, errors) => {
  expect(configured(line)).toMatchObject({ config: undefined, errors });
});

test.each(["", "  "])("a --hostname-override of %j counts as not given", (name) => {
  const file = ofFile("mode: nftables\nhostnameOverride: of-file") ?? defaultConfig;
  for (const config of [undefined, file]) {
    expect(configFromFlags(new Map([["hostname-override", name]]), config)).toEqual(configFromFlags(new Map(), config));
  }
});

test.each(["--healthz-port=0", "--healthz-port=0 --healthz-bind-address=0.0.0.0:1", "--healthz-bind-address="])(
  "B-277 %s: health is served nowhere",
  (line) => {
    const { config, errors } = configured(line);
    expect(config).toEqual({ ...defaultConfig, healthzBindAddress: undefined });
    expect(errors).toEqual([]);
  },
);

test("B-266 beside a file, --hostname-override and --kubeconfig count, and B-267 beat the file's", () => {
  const file = ofFile("mode: nftables\nhostnameOverride: of-file\nclusterCIDR: 10.244.0.0/16") ?? defaultConfig;
  expect(configured("--cluster-cidr=nonsense --vmodule=a=1", file)).toEqual({
    config: file,
    problems: ["--cluster-cidr is ignored because --config is given", "--vmodule is ignored because --config is given"],
    errors: [],
  });
  expect(configured("--hostname-override=Of-Flag", file)).toEqual({
    config: { ...file, hostnameOverride: "of-flag" },
    problems: [],
    errors: [],
  });
  expect(configured("--kubeconfig=/of/flag", file)).toEqual({
    config: { ...file, clientConnection: { ...file.clientConnection, kubeconfig: "/of/flag" } },
    problems: [],
    errors: [],
  });
});

/** The flags of B-274 to B-277 that are no commands, and those of logging. */
const names = `
  feature-gates kubeconfig kube-api-content-type kube-api-qps kube-api-burst bind-address bind-address-hard-fail
  healthz-bind-address metrics-bind-address profiling show-hidden-metrics-for-version proxy-mode masquerade-all
  detect-local-mode pod-bridge-interface pod-interface-name-prefix cluster-cidr nodeport-addresses oom-score-adj
  conntrack-max-per-core conntrack-min conntrack-tcp-timeout-established conntrack-tcp-timeout-close-wait
  conntrack-tcp-be-liberal conntrack-udp-timeout conntrack-udp-timeout-stream config-sync-period
  iptables-masquerade-bit iptables-localhost-nodeports ipvs-sync-period ipvs-min-sync-period ipvs-scheduler
  ipvs-exclude-cidrs ipvs-strict-arp ipvs-tcp-timeout ipvs-tcpfin-timeout ipvs-udp-timeout
  iptables-sync-period iptables-min-sync-period hostname-override healthz-port metrics-port boot-id-file machine-id-file
  vmodule logging-format log-flush-frequency log-json-info-buffer-size log-json-split-stream log-text-info-buffer-size
  log-text-split-stream`;

test("every flag of B-274 to B-277 exists, and has a description if it has an effect", () => {
  expect(runFlags.map(({ name }) => name).sort()).toEqual(names.trim().split(/\s+/).sort());
  for (const { name, description, field } of runFlags) {
    const hasEffect = field("nftables") ?? field("iptables") ?? field("ipvs");
    expect({ name, described: description !== undefined }).toEqual({ name, described: hasEffect !== undefined });
  }
});

test("commander accepts the flags of the table, and suggests the nearest to an unknown one", () => {
  const parse = (...args: readonly string[]) => {
    const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    for (const { name, kind, description } of runFlags) {
      command.addOption(new Option(`--${name} ${flagArguments[kind]}`, description));
    }
    command.parse(args, { from: "user" });
    return new Map(command.options.map((option) => [option.name(), command.getOptionValue(option.attributeName())]));
  };
  const given = parse(
    "--masquerade-all",
    "--profiling=false",
    "--oom-score-adj",
    "-5",
    "--nodeport-addresses",
    "primary",
  );
  const { config, errors } = configFromFlags(new Map([...given].filter(([, value]) => value !== undefined)));
  expect(errors).toEqual([]);
  expect(config).toEqual({ ...defaultConfig, masqueradeAll: true, oomScoreAdj: -5 });
  expect(() => parse("--cluster-cdir", "10.244.0.0/16")).toThrow("(Did you mean --cluster-cidr?)");
});
