import type { HostCapabilities, Settings } from "../compile/settings.ts";
import type { Config } from "../config/config.ts";
import { configAfter } from "../config/config-change.ts";
import { missingNodeFields, resolveSettings } from "../config/settings.ts";
import type { Store } from "../daemon/store.ts";
import { hostAddresses, watchHostAddresses } from "../io/host/addresses.ts";
import type { Log } from "../io/host/log.ts";
import type { Connection } from "../io/kube/connection.ts";
import type { Address, Family } from "../model/address.ts";
import type { ObjectKey } from "../model/service.ts";
import type { ProblemLog } from "./problem-log.ts";
import type { RememberedNode } from "./remembered-node.ts";

/** Calls back with each later version of the configuration, until the signal is aborted. */
export type FollowConfig = (onChange: (config: Config) => void, signal: AbortSignal) => Promise<void>;

export type NodeSettingsOptions = {
  readonly config: Config;
  readonly nodeName: string;
  readonly store: Store;
  readonly capabilities: HostCapabilities;
  readonly counters: boolean;
  readonly log: Log;
  readonly problems: ProblemLog;
  readonly node: RememberedNode;
  readonly connection: Pick<Connection, "addresses">;
};

/**
 * The settings of this node's rulesets, which follow the configuration, the Node, the ServiceCIDRs and the host's
 * addresses.
 */
export class NodeSettings {
  readonly #options: NodeSettingsOptions;
  #config: Config;
  #addresses = hostAddresses();
  #current: Settings;
  #isStarted = false;
  readonly #unremembered = new Map<Family, ReadonlySet<ObjectKey>>();
  #onChange: (settings: Settings, cause: string) => void = () => undefined;

  constructor(options: NodeSettingsOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#current = this.#resolve();
  }

  /** The configuration in force. */
  get config(): Config {
    return this.#config;
  }

  get current(): Settings {
    return this.#current;
  }

  /** Calls back with all later settings, and a description of what changed them. */
  follow(onChange: (settings: Settings, cause: string) => void): void {
    this.#onChange = onChange;
  }

  /**
   * Must be called when the first lists are complete. Resolves when the Node is known, is not needed, or does not come in
   * time.
   */
  async start(signal: AbortSignal): Promise<void> {
    const { log, nodeName, node, store } = this.#options;
    if (store.node === undefined)
      log.warn({ node: nodeName }, "there is no Node of this name; check --hostname-override");
    await node.untilKnown((known) => missingNodeFields({ config: this.#config, node: known }), signal);
    this.#isStarted = true;
    this.#addresses = hostAddresses();
    this.refresh("start");
  }

  /** Something has changed in the store, or in the connection to the API server. */
  refresh(cause: string): void {
    this.#options.node.tell(this.#options.store.node);
    this.#current = this.#resolve();
    this.#onChange(this.#current, cause);
  }

  /** Sets the Services of a family whose clients must not be remembered for now. */
  setUnremembered(family: Family, services: ReadonlySet<ObjectKey>): void {
    this.#unremembered.set(family, services);
    this.refresh("session affinity");
  }

  /** Follows the configuration and the host's addresses until the signal is aborted. */
  async run(followConfig: FollowConfig, signal: AbortSignal): Promise<void> {
    await Promise.all([
      followConfig((config) => this.#setConfig(config), signal),
      watchHostAddresses(this.#addresses, (addresses) => this.#setAddresses(addresses), signal),
    ]);
  }

  #setAddresses(addresses: readonly Address[]): void {
    this.#addresses = addresses;
    this.refresh("addresses");
  }

  #setConfig(next: Config): void {
    const { log } = this.#options;
    const { inForce, waiting } = configAfter(this.#config, next);
    if (waiting.length > 0)
      log.warn({ fields: waiting }, "these fields of the configuration take effect after a restart");
    if (JSON.stringify(inForce) === JSON.stringify(this.#config)) return;
    this.#config = inForce;
    log.info({}, "the configuration has changed");
    this.refresh("configuration");
  }

  #resolve(): Settings {
    const { nodeName, node, store, capabilities, counters, connection } = this.#options;
    const { settings, problems } = resolveSettings({
      config: this.#config,
      node: node.node,
      nodeName,
      interfaceAddresses: this.#addresses,
      serviceCIDRs: store.serviceCIDRs,
      otherClusterIPs: store.otherClusterIPs,
      capabilities,
      counters,
      apiServer: connection.addresses.known,
    });
    // Until then, the Node is always missing, which is not a problem.
    if (this.#isStarted) this.#options.problems.report(problems);
    const { ip, ip6 } = settings.families;
    const limited = (family: Family) => ({ unremembered: this.#unremembered.get(family) ?? new Set() });
    return { ...settings, families: { ip: { ...ip, ...limited("ip") }, ip6: { ...ip6, ...limited("ip6") } } };
  }
}
