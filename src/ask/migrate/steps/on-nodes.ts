import type { Platform } from "../platform.ts";
import { cleanup, deleteDebuggers, forEach, preparation, type Step } from "./step.ts";

/** Platforms whose nodes contain kube-proxy, or which restore its DaemonSet. */
type OnNodes = Platform & { readonly kind: "k3s" | "RKE2" | "kops" | "AKS" };

export function isOnNodes(platform: Platform): platform is OnNodes {
  return Object.hasOwn(howToStop, platform.kind);
}

type Parts = {
  readonly platform: OnNodes;
  readonly nodes: readonly string[];
  /** The name of kube-nft's image. */
  readonly image: string;
};

/**
 * kube-proxy is part of the nodes, and stops on all of them at once, or on each when it restarts. kube-nft starts before.
 */
export function onNodesThere({ platform, nodes, image }: Parts): readonly Step[] {
  const { stop, server, after } = howToStop[platform.kind];
  return [
    ...preparation(image),
    {
      what: `Edit the lines marked EDIT in deploy/base/config-map.yaml. KUBERNETES_SERVICE_HOST and _PORT: ${server}. clusterCIDR: the networks of the pods.`,
      commands: ["vi deploy/base/config-map.yaml"],
    },
    {
      what: "Start kube-nft on all nodes. Its rules come before those of kube-proxy; for the ports 10249 and 10256 it waits, and says so in its log.",
      commands: [
        "kubectl apply -k deploy/base",
        ...forEach(nodes.length === 0 ? ["NODE"] : nodes, ["deploy/kubectl-kube_nft --node $node verify --kernel"]),
      ],
    },
    stop,
    ...after,
  ];
}

export function onNodesBack({ platform, nodes, image }: Parts): readonly Step[] {
  return [
    howToStop[platform.kind].start,
    {
      what: "Stop kube-nft, which leaves its rules, and delete these on each node when kube-proxy has written its own.",
      commands: [
        "kubectl delete -k deploy/base",
        ...forEach(nodes.length === 0 ? ["NODE"] : nodes, [cleanup("$node", image)]),
        deleteDebuggers,
      ],
    },
  ];
}

type HowToStop = {
  /** The API server to write into the ConfigMap. */
  readonly server: string;
  readonly stop: Step;
  readonly after: readonly Step[];
  readonly start: Step;
};

const reboot: Step = { what: "Reboot each node, which removes the rules of kube-proxy.", commands: [] };
const kopsUpdate = ["kops edit cluster", "kops update cluster --yes", "kops rolling-update cluster --yes"];

const howToStop: Readonly<Record<OnNodes["kind"], HowToStop>> = {
  k3s: {
    server: "127.0.0.1 and 6444, which k3s forwards on every node",
    stop: {
      what: "On each server. Restart the agents afterwards.",
      commands: ["echo 'disable-kube-proxy: true' >> /etc/rancher/k3s/config.yaml", "systemctl restart k3s"],
    },
    after: [reboot],
    start: {
      what: "On each server, remove that line. Restart the agents afterwards.",
      commands: ["sed -i '/^disable-kube-proxy:/d' /etc/rancher/k3s/config.yaml", "systemctl restart k3s"],
    },
  },
  RKE2: {
    server: "127.0.0.1 and 6443",
    stop: {
      what: "On each server; the last command on each node, as it ends the static pod.",
      commands: [
        "echo 'disable-kube-proxy: true' >> /etc/rancher/rke2/config.yaml",
        "systemctl restart rke2-server",
        "rm /var/lib/rancher/rke2/agent/pod-manifests/kube-proxy.yaml",
      ],
    },
    after: [reboot],
    start: {
      what: "On each server, remove that line. Restart the agents afterwards; the manifests come back.",
      commands: ["sed -i '/^disable-kube-proxy:/d' /etc/rancher/rke2/config.yaml", "systemctl restart rke2-server"],
    },
  },
  kops: {
    server: "api.internal.CLUSTER and 443",
    stop: {
      what: "Set kubeProxy.enabled to false. The nodes are replaced, so there is nothing to clean up.",
      commands: kopsUpdate,
    },
    after: [],
    start: { what: "Set kubeProxy.enabled to true. The nodes are replaced.", commands: kopsUpdate },
  },
  AKS: {
    server: "the host that `kubectl config view --minify` shows, and 443",
    stop: {
      what: "Switch kube-proxy off, on all nodes at once. This is a preview feature.",
      commands: [
        `echo '{"enabled": false}' > kube-proxy.json`,
        "az aks update -g GROUP -n CLUSTER --kube-proxy-config kube-proxy.json",
      ],
    },
    after: [reboot],
    start: {
      what: "Switch kube-proxy on again.",
      commands: [
        `echo '{"enabled": true}' > kube-proxy.json`,
        "az aks update -g GROUP -n CLUSTER --kube-proxy-config kube-proxy.json",
      ],
    },
  },
};
