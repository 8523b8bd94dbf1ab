import type { Platform } from "../platform.ts";
import type { KubeProxyDaemonSet } from "../service-proxy.ts";
import { cleanup, deleteDebuggers, forEach, onNode, preparation, type Step, served } from "./step.ts";

type Parts = {
  readonly platform: Platform;
  readonly proxy: KubeProxyDaemonSet;
  readonly nodes: readonly string[];
  /** The name of kube-nft's image. */
  readonly image: string;
};

/** Node by node: a label determines which of the two proxies runs on a node. */
export function daemonSetThere({ platform, proxy, nodes, image }: Parts): readonly Step[] {
  const [first = "NODE", ...others] = nodes;
  const there = (node: string) => [
    ...drained(proxy, node),
    ...moved(node),
    ...served(node),
    ...cleaned(node, proxy, image),
    ...undrained(proxy, node),
  ];
  const load = platform.kind === "kind" ? [`kind load docker-image ${image} --name ${platform.cluster}`] : undefined;
  return [
    ...preparation(image, load),
    ...(platform.kind === "EKS" ? [withoutAddOn] : []),
    {
      what: "Give kube-nft the configuration of kube-proxy. It works unchanged.",
      commands: platform.kind === "EKS" ? configurationOfEKS : configuration,
    },
    {
      what: "Keep kube-proxy from nodes that get the label, and kube-nft from all others. kube-proxy's pods are replaced, one at a time; the rules stay meanwhile.",
      commands: [patched(byLabel), "kubectl apply -k deploy/node-by-node"],
    },
    {
      what: `Begin with ${first}. kube-proxy stops there and leaves its rules; kube-nft adds its own. When status says that the tables are up to date, remove those of kube-proxy, which grow stale.`,
      commands: there(first),
    },
    ...(others.length === 0
      ? []
      : [
          {
            what: "Then the others, as many at a time as you can watch.",
            commands: forEach(others, there("$node")),
          },
        ]),
    {
      what: "When all nodes have the label, let kube-proxy run nowhere, and kube-nft everywhere, on new nodes, too.",
      commands: [patched(nowhere), "kubectl apply -k deploy/kubeadm"],
    },
  ];
}

/** kube-proxy writes its rules before ours are deleted: without any NAT rule, established connections stall. */
export function daemonSetBack({ proxy, nodes, image }: Parts): readonly Step[] {
  const back = (node: string) => [
    ...drained(proxy, node),
    `kubectl label node ${node} service-proxy-`,
    cleanup(node, image),
    ...undrained(proxy, node),
  ];
  return [
    {
      what: "If kube-proxy runs nowhere any more: let it run again on nodes without the label.",
      commands: ["kubectl apply -k deploy/node-by-node", patched(somewhere)],
    },
    {
      what: "Node by node: without the label, kube-nft stops and leaves its rules. cleanup waits until kube-proxy has written its own, and deletes them then.",
      commands: forEach(nodes.length === 0 ? ["NODE"] : nodes, back("$node")),
    },
    {
      what: "When no node has the label, remove kube-nft, what kept kube-proxy away, and the pods of kubectl debug.",
      commands: [
        "kubectl delete -k deploy/kubeadm",
        "kubectl -n kube-system delete configmap kube-nft",
        `kubectl -n kube-system patch daemonset kube-proxy --type=json -p '[{"op":"remove","path":"/spec/template/spec/affinity"}]'`,
        deleteDebuggers,
      ],
    },
  ];
}

const configuration = [
  "kubectl -n kube-system get configmap kube-proxy -o jsonpath='{.data.config\\.conf}' > config.conf",
  "kubectl -n kube-system get configmap kube-proxy -o jsonpath='{.data.kubeconfig\\.conf}' > kubeconfig.conf",
  "kubectl -n kube-system create configmap kube-nft --from-file=config.conf --from-file=kubeconfig.conf",
];

/** EKS has two ConfigMaps for them. */
const configurationOfEKS = [
  "kubectl -n kube-system get configmap kube-proxy-config -o jsonpath='{.data.config}' > config.conf",
  "kubectl -n kube-system get configmap kube-proxy -o jsonpath='{.data.kubeconfig}' > kubeconfig",
  "kubectl -n kube-system create configmap kube-nft --from-file=config.conf --from-file=kubeconfig",
];

const withoutAddOn: Step = {
  what: "Take kube-proxy out of the add-ons, which would reset its DaemonSet. It keeps running.",
  commands: ["aws eks delete-addon --cluster-name CLUSTER --addon-name kube-proxy --preserve"],
};

function patched(spec: string): string {
  return `kubectl -n kube-system patch daemonset kube-proxy -p '{"spec":{"template":{"spec":${spec}}}}'`;
}

const byLabel = `{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"service-proxy","operator":"NotIn","values":["kube-nft"]}]}]}}}}`;
const nowhere = '{"nodeSelector":{"service-proxy":"none"}}';
const somewhere = '{"nodeSelector":{"service-proxy":null}}';

function moved(node: string): readonly string[] {
  return [
    `kubectl label node ${node} service-proxy=kube-nft`,
    "sleep 5; kubectl -n kube-system rollout status daemonset kube-nft",
  ];
}

/** IPVS has its own connections, which end with it. */
function drained({ mode }: KubeProxyDaemonSet, node: string): readonly string[] {
  return mode === "ipvs" ? [`kubectl drain ${node} --ignore-daemonsets`] : [];
}

function undrained({ mode }: KubeProxyDaemonSet, node: string): readonly string[] {
  return mode === "ipvs" ? [`kubectl uncordon ${node}`] : [];
}

/** kube-proxy's own image supports all its modes. Its other settings stay. */
function cleaned(node: string, { mode, image: kubeProxy }: KubeProxyDaemonSet, image: string): readonly string[] {
  const reset = (name: string) => `require("fs").writeFileSync("/proc/sys/net/ipv4/conf/all/${name}", "0")`;
  const left = { iptables: ["route_localnet"], ipvs: ["arp_ignore", "arp_announce"], nftables: [] }[mode];
  return [
    onNode(node, kubeProxy, "kube-proxy --cleanup"),
    ...left.map((name) => onNode(node, image, `node -e '${reset(name)}'`)),
  ];
}
