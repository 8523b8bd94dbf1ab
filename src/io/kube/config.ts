import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { type Cluster, KubeConfig, type User } from "@kubernetes/client-node";
import { load, YAMLException } from "js-yaml";
import * as z from "zod";
import { errorText, KubeError } from "./error.ts";
import { bareUser, isPlain } from "./identity.ts";
import { Plugin, PluginAuthenticator, pluginUser } from "./plugin.ts";

/** Where the API server is and who we are. With neither kubeconfig, context nor master: as a pod of the cluster. */
export type ConnectOptions = {
  /** The path of a kubeconfig file. */
  readonly kubeconfig?: string | undefined;
  /** Whether to use KUBECONFIG and ~/.kube/config if there is no other kubeconfig, and this is not a pod. */
  readonly asKubectl?: boolean;
  /** One of its contexts, instead of its current one. */
  readonly context?: string | undefined;
  /** The URL of the API server, instead of the kubeconfig's. Without a kubeconfig, requests carry no credentials. */
  readonly master?: string | undefined;
  /** Where a pod's /var is. */
  readonly root?: string | undefined;
};

/** The configuration of client-node for these options. Throws a KubeError. */
export function loadKubeConfig(options: ConnectOptions): KubeConfig {
  const { master } = options;
  const config = initialConfig(options);
  if (options.context) config.setCurrentContext(options.context);
  const clusters = config.getClusters().map((cluster) => {
    const server = (master || cluster.server).replace(/\/+$/, "");
    // client-node refuses plain HTTP unless certificate checks are off; with plain HTTP there are no certificates.
    return { ...cluster, server, skipTLSVerify: cluster.skipTLSVerify || isPlain(server) };
  });
  const server = clusters.find(({ name }) => name === config.getCurrentCluster()?.name)?.server ?? "";
  checkServer(server);
  // Credentials that anyone on the way could read are not sent.
  const users = config.getUsers().map((user) => (isPlain(server) ? { name: user.name } : user));
  const result = rebuilt(config, clusters, users);
  result.addAuthenticator(new PluginAuthenticator());
  return result;
}

function checkServer(server: string): void {
  if (/^https?:\/\/./.test(server) && URL.canParse(server)) {
    const { username, password, host } = new URL(server);
    if (username === "" && password === "") return;
    throw new KubeError(`the address of the API server at ${host} must not contain a user or a password`);
  }
  throw new KubeError(`${JSON.stringify(server)} is not the address of an API server, such as https://10.0.0.1:6443`);
}

function initialConfig({ kubeconfig, context, master, root, asKubectl }: ConnectOptions): KubeConfig {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (!kubeconfig && !context) {
    if (master) return bareConfig(master);
    if (host && port) return podConfig(root ?? "");
  }
  const [first, ...others] = kubeconfig ? [kubeconfig] : asKubectl ? usualFiles() : [];
  if (first === undefined) {
    const usual = asKubectl ? "KUBECONFIG and ~/.kube/config do not exist, and " : "";
    throw new KubeError(`no cluster is configured; use --kubeconfig, as ${usual}this is not a pod`);
  }
  const config = fileConfig(first);
  for (const file of others) config.mergeConfig(fileConfig(file), true);
  checkContext(config, context || config.getCurrentContext(), [first, ...others].join(delimiter));
  return config;
}

/** Where kubectl looks. */
function usualFiles(): readonly string[] {
  const { KUBECONFIG: list, HOME: home } = process.env;
  const files = list ? list.split(delimiter).filter((file) => file !== "") : home ? [join(home, ".kube/config")] : [];
  return files.filter((file) => existsSync(file));
}

const NamedUser = z.object({
  name: z.string(),
  user: z.object({ tokenFile: z.string().optional(), exec: Plugin.nullish() }).nullish(),
});
const Kubeconfig = z.object({ users: z.array(NamedUser).nullish() });

/** A kubeconfig as client-node reads it, and what it leaves out (version 2.0.1). */
function fileConfig(file: string): KubeConfig {
  try {
    const kubeconfig = load(readFileSync(file, "utf8"));
    const read = Kubeconfig.safeParse(kubeconfig);
    if (!read.success) throw new Error("it is not one");
    const config = new KubeConfig();
    // client-node has its own YAML reader, which must not see anything that ours has not checked.
    config.loadFromString(JSON.stringify(kubeconfig));
    config.makePathsAbsolute(dirname(file));
    const users = new Map(read.data.users?.map(({ name, user }) => [name, user]));
    return withUsers(config, (user) => {
      const { tokenFile, exec } = users.get(user.name) ?? {};
      if (exec) return pluginUser(user, exec);
      return tokenFile === undefined ? user : tokenFileUser(user, resolve(dirname(file), tokenFile));
    });
  } catch (error) {
    throw new KubeError(`cannot read the kubeconfig ${file}: ${withoutText(error)}`);
  }
}

/** Why a kubeconfig cannot be read, without the lines that YAML's errors quote: they may contain a token. */
function withoutText(error: unknown): string {
  if (!(error instanceof YAMLException)) return errorText(error);
  return error.mark === undefined ? error.reason : `line ${error.mark.line + 1}: ${error.reason}`;
}

/** kubeadm's kubeconfig for kube-proxy names a `tokenFile`, which takes precedence over a token. */
function tokenFileUser({ token: _token, ...user }: User, tokenFile: string): User {
  return { ...user, authProvider: { name: "tokenFile", config: { tokenFile } } };
}

function bareConfig(master: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: "master", server: master, skipTLSVerify: false }, { name: bareUser });
  return config;
}

function podConfig(root: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromCluster(root);
  return config;
}

function checkContext(config: KubeConfig, name: string, file: string): void {
  const all = config.getContexts().map((context) => context.name);
  const choice = all.length > 0 ? `it has ${all.join(", ")}` : "it has none";
  if (!name) throw new KubeError(`${file} has no current-context; choose one with --context: ${choice}`);
  const { cluster = "", user = "" } = config.getContexts().find((context) => context.name === name) ?? {};
  if (!all.includes(name)) throw new KubeError(`${file} has no context ${name}: ${choice}`);
  // client-node's types hide that these may be null.
  if (!config.getCluster(cluster))
    throw new KubeError(`${file} has no cluster ${cluster}, which context ${name} names`);
  if (!config.getUser(user)) throw new KubeError(`${file} has no user ${user}, which context ${name} names`);
}

function withUsers(config: KubeConfig, change: (user: User) => User): KubeConfig {
  return rebuilt(config, config.getClusters(), config.getUsers().map(change));
}

function rebuilt(config: KubeConfig, clusters: readonly Cluster[], users: readonly User[]): KubeConfig {
  const result = new KubeConfig();
  const contexts = config.getContexts();
  result.loadFromOptions({ clusters, users, contexts, currentContext: config.getCurrentContext() });
  return result;
}
