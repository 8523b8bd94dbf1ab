import { hostPorts, podPorts } from "../lab/world.ts";

/** Processes of the node listen on NodePorts too, so that it shows where these are left alone. */
const nodePorts = [30001, 30002, 30053, 30080, 30081, 30123, 30641, 31600, 31601, 32675];
export const listeners = { podPorts: [...podPorts, 30001, 50000], hostPorts: [...hostPorts, ...nodePorts] };
