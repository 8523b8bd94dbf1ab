/**
 * What a person does, and the commands for it: to run in the root of this repository, with the rights of an administrator.
 */
export type Step = { readonly what: string; readonly commands: readonly string[] };

/** The start of every migration. */
export function preparation(image: string, load: readonly string[] = [`docker push ${image}`]): readonly Step[] {
  return [
    {
      what: "See the obstacles. On each kind of node, as root, also with --kernel.",
      commands: ["kube-nft migrate --check --kubeconfig ~/.kube/config"],
    },
    {
      what: "Build the image, give it to the nodes, and put its name into the manifests.",
      commands: [
        `docker build --tag ${image} .`,
        ...load,
        `sed -i 's|image: kube-nft:.*|image: ${image}|' deploy/base/daemon-set.yaml`,
      ],
    },
  ];
}

/** Shows that the agent of a node serves Services. */
export function served(node: string): readonly string[] {
  return [`deploy/kubectl-kube_nft --node ${node} status`, `deploy/kubectl-kube_nft --node ${node} verify --kernel`];
}

/** Runs a program on a node as root. */
export function onNode(node: string, image: string, command: string): string {
  return `kubectl debug node/${node} --profile=sysadmin --image=${image || "KUBE-PROXY-IMAGE"} -- ${command}`;
}

/** The commands for each of these nodes; `$node` is its name in them. */
export function forEach(nodes: readonly string[], commands: readonly string[]): readonly string[] {
  const list = nodes.length > 20 ? "$(kubectl get nodes -o jsonpath='{.items[*].metadata.name}')" : nodes.join(" ");
  return [`for node in ${list}; do`, ...commands.map((command) => `  ${command}`), "done"];
}

/** Deletes kube-nft's rules on a node when kube-proxy has written its own; `-it` shows that it waits. */
export function cleanup(node: string, image: string): string {
  return onNode(node, image, "node /kube-nft/dist/cli.js cleanup --after-kube-proxy").replace(" -- ", " -it -- ");
}

/** `kubectl debug` leaves its pods. */
export const deleteDebuggers = "kubectl delete pod $(kubectl get pods -o name | grep node-debugger)";
