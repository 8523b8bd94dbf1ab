import * as z from "zod";
import type { Port } from "../model/port.ts";
import type { ServicePort } from "../model/service.ts";
import { part, parts, type Report, Unchecked } from "./part.ts";
import { quote } from "./quote.ts";
import { PortName, PortNumber, ProtocolName } from "./scalars.ts";
import { sharedText } from "./shared.ts";

const PortObject = z.object({
  name: PortName,
  protocol: ProtocolName,
  port: PortNumber,
  nodePort: Unchecked,
  appProtocol: z
    .string()
    .regex(/^[-\w./]{1,253}$/)
    .optional()
    .catch(undefined),
});

/** `spec.ports`. A bad port is left out. A bad nodePort leaves its port without a nodePort. */
export function readServicePorts(value: unknown, report: Report): readonly ServicePort[] {
  const field = "spec.ports";
  if (Array.isArray(value) ? value.length === 0 : (value ?? undefined) === undefined) {
    report(field, "is empty; nothing is served");
  }
  const seen = new Set<string>();
  const place = { field, otherwise: "this port is not served", report };
  return parts(PortObject, value, place, ({ name, protocol, port, nodePort, appProtocol }, index) => {
    const key = `${protocol}/${name}`;
    if (seen.has(key)) {
      report(`${field}[${index}].name`, `${quote(name)} occurs twice for one protocol; ${place.otherwise}`);
      return undefined;
    }
    seen.add(key);
    return {
      name,
      protocol,
      port,
      nodePort: readNodePort(nodePort, `${field}[${index}].nodePort`, report),
      ...(appProtocol === undefined ? {} : { appProtocol: sharedText(appProtocol) }),
    };
  });
}

/** 0 means that no NodePort is allocated (yet). */
function readNodePort(value: unknown, field: string, report: Report): Port | undefined {
  if (value === 0) return undefined;
  return part(PortNumber, value, { field, otherwise: "this port has no NodePort", report });
}

/** `spec.healthCheckNodePort` of a Service that needs one: load balancers ask there which nodes have endpoints. */
export function readHealthCheckNodePort(value: unknown, report: Report): Port | undefined {
  const field = "spec.healthCheckNodePort";
  const otherwise = "load balancers cannot ask this node whether it has endpoints";
  if (value) return part(PortNumber, value, { field, otherwise, report });
  report(field, `is missing; ${otherwise}`);
  return undefined;
}
