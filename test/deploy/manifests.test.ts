import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import packageJSON from "../../package.json" with { type: "json" };
import { decodeConfig } from "../../src/config/config.ts";
import { Health } from "../../src/daemon/health.ts";
import { runDirectory } from "../../src/io/host/run-directory.ts";
import { healthPages } from "../../src/io/http/health.ts";
import { serve } from "../../src/io/http/http.ts";
import { kubeNFT } from "../cli/program.ts";
import { root } from "../golden/fixture.ts";
import { freePort, request } from "../support/http.ts";
import { agent, containers, manifests, readDeploy, resourceFiles } from "./manifests.ts";

/** With UPDATE_GOLDEN=1 the plain manifest is written. */
const { UPDATE_GOLDEN } = process.env;

const { serviceAccount, clusterRole, clusterRoleBinding, configMap, daemonSet } = manifests;
const pod = daemonSet.spec.template.spec;
const { config, problems, errors } = decodeConfig(configMap.data["config.conf"] ?? "");

test("deploy/kube-nft.yaml is all of deploy/base", () => {
  const heading =
    "# deploy/base in one file. Edit the lines marked EDIT and the name of the image before `kubectl apply -f`.\n";
  const text = heading + resourceFiles("base/kustomization.yaml").map(readDeploy).join("---\n");
  if (UPDATE_GOLDEN === "1") writeFileSync(`${root}/deploy/kube-nft.yaml`, text);
  expect(readDeploy("kube-nft.yaml")).toBe(text);
});

const kustomizations = readdirSync(`${root}/deploy`, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith("kustomization.yaml"),
);

test.each(kustomizations)("what deploy/%s refers to is there", (file) => {
  for (const resource of resourceFiles(file)) {
    expect({ resource, exists: existsSync(join(root, "deploy", resource)) }).toEqual({ resource, exists: true });
  }
  const { patches = [] } = load(readDeploy(file)) as { readonly patches?: readonly { readonly patch: string }[] };
  for (const { patch } of patches) {
    const { kind, metadata } = load(patch) as { readonly kind: string; readonly metadata: object };
    expect(manifests.all.filter((each) => each.kind === kind)).toMatchObject([{ metadata }]);
  }
});

test("every file in deploy/base is in its kustomization", () => {
  const others = readdirSync(`${root}/deploy/base`).filter((file) => file !== "kustomization.yaml");
  expect(others.sort()).toEqual(
    resourceFiles("base/kustomization.yaml")
      .map((file) => file.replace(`${dirname(file)}/`, ""))
      .sort(),
  );
});

test("the objects refer to each other", () => {
  const { name, namespace } = serviceAccount.metadata;
  expect(pod.serviceAccountName).toBe(name);
  expect(daemonSet.metadata.namespace).toBe(namespace);
  expect(configMap.metadata.namespace).toBe(namespace);
  expect(clusterRoleBinding.subjects).toEqual([{ kind: "ServiceAccount", name, namespace }]);
  expect(clusterRoleBinding.roleRef).toEqual({
    apiGroup: clusterRole.apiVersion.split("/")[0],
    kind: "ClusterRole",
    name: clusterRole.metadata.name,
  });
  expect(daemonSet.spec.template.metadata.labels).toMatchObject(daemonSet.spec.selector.matchLabels);
});

describe.each(containers)("container $name", ({ image, args, env, volumeMounts, securityContext }) => {
  test("has the image of this version", () => {
    expect(image).toBe(`kube-nft:${packageJSON.version}`);
  });

  test("reads the configuration from where the ConfigMap is", () => {
    const volumes = new Map(pod.volumes.map((volume) => [volume.name, volume.configMap?.name]));
    const files = volumeMounts.flatMap(({ name, mountPath }) =>
      volumes.get(name) === configMap.metadata.name
        ? Object.keys(configMap.data).map((key) => join(mountPath, key))
        : [],
    );
    expect(files).toContain(valueOf(args, "--config"));
  });

  test("gets its environment from keys that the ConfigMap has", () => {
    for (const { valueFrom } of env) {
      if (valueFrom.configMapKeyRef === undefined) continue;
      expect(valueFrom.configMapKeyRef.name).toBe(configMap.metadata.name);
      expect(Object.keys(configMap.data)).toContain(valueFrom.configMapKeyRef.key);
    }
  });

  test("uses in its arguments what its environment has", () => {
    const used = args.flatMap((arg) => [...arg.matchAll(/\$\((\w+)\)/g)].map(([, name]) => name));
    expect(env.map(({ name }) => name)).toEqual(expect.arrayContaining(used));
  });

  test("has flags that the command knows", async () => {
    const [command = "", ...flags] = args;
    const { stdout, exitCode } = await kubeNFT([command, "--help"]);
    expect(exitCode).toBe(0);
    const known = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag);
    expect(known).toEqual(expect.arrayContaining(flags.map((flag) => flag.split("=")[0])));
  });

  test("writes nothing to its file system", () => {
    expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true });
  });
});

test("the agent has no capability but CAP_NET_ADMIN", () => {
  expect(agent.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsUser: 0,
    capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] },
  });
});

test("the token of the service account is in the agent's container alone, with what goes with it", () => {
  expect(pod.automountServiceAccountToken).toBe(false);
  const projected = pod.volumes.filter((volume) => volume.projected !== undefined);
  expect(projected.map(({ name }) => name)).toEqual(["service-account"]);
  const sources = projected.flatMap((volume) => volume.projected?.sources ?? []);
  expect(sources.flatMap((source) => Object.keys(source))).toEqual(["serviceAccountToken", "configMap", "downwardAPI"]);
  const mounted = containers.map(({ volumeMounts }) =>
    volumeMounts.filter(({ name }) => name === "service-account").map(({ name, mountPath }) => `${name} ${mountPath}`),
  );
  // Where KubeConfig.loadFromCluster looks.
  expect(mounted).toEqual([[], ["service-account /var/run/secrets/kubernetes.io/serviceaccount"]]);
});

test("the agent leaves files in a volume of its own, and nowhere else", () => {
  const isWritable = ({ name }: { readonly name: string }) =>
    pod.volumes.some((each) => each.name === name && each.emptyDir);
  const mounted = containers.map(({ volumeMounts }) =>
    volumeMounts.filter(isWritable).map(({ mountPath }) => mountPath),
  );
  expect(mounted).toEqual([[], [runDirectory()]]);
});

test("the configuration has neither errors nor problems", () => {
  expect({ problems, errors }).toEqual({ problems: [], errors: [] });
  expect(config?.detectLocal.kind).toBe("ClusterCIDR");
});

test("each probe asks where health is served", async () => {
  const ports = new Map(agent.ports?.map(({ name, containerPort }) => [name, containerPort]));
  expect(config?.healthzBindAddress).toEqual({ address: "0.0.0.0", port: ports.get("healthz") });
  const health = new Health({ families: ["ip"], patience: 60_000, now: () => 0 });
  health.synced("ip", 0);
  const end = new AbortController();
  const port = await freePort();
  const listening = Promise.withResolvers<void>();
  const served = serve(
    {
      address: "127.0.0.1",
      port,
      answer: healthPages(health, () => {}),
      onListening: listening.resolve,
      onFailure: listening.reject,
    },
    end.signal,
  );
  await listening.promise;
  for (const probe of [agent.startupProbe, agent.livenessProbe, agent.readinessProbe]) {
    expect(probe?.httpGet.port).toBe("healthz");
    expect((await request(port, probe?.httpGet.path ?? "")).code).toBe(200);
  }
  end.abort();
  await served;
});

function valueOf(args: readonly string[], flag: string): string | undefined {
  return args.find((arg) => arg.startsWith(`${flag}=`))?.slice(flag.length + 1);
}
