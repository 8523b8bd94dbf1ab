import { kubeNFT } from "./kube-nft.ts";
import { chainPerEndpoint, chainPerService } from "./kube-proxy.ts";
import type { Layout } from "./layout.ts";

/** Those that are held against each other. */
export const layouts: readonly Layout[] = [kubeNFT, chainPerService, chainPerEndpoint];
