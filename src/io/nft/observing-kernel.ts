import type { Kernel } from "../../daemon/table/kernel.ts";
import type { Family } from "../../model/address.ts";
import type { Talker } from "../netlink/netlink.ts";
import { readKnown } from "./known-table.ts";

/**
 * This network namespace's tables for those who only look: they are read, and transactions are neither executed nor
 * checked. A table that cannot be read is taken for one that is not there.
 *
 * @param onUnread tells of a table that cannot be read, once for each reason
 */
export function observingKernel(talk: Talker, onUnread: (family: Family, error: unknown) => void): Kernel {
  const told = new Set<string>();
  return {
    async readTable(declared, assumed) {
      try {
        return await readKnown(declared, assumed, talk);
      } catch (error) {
        const reason = `${declared.family} ${error}`;
        if (!told.has(reason) && told.size < mostReasons) {
          told.add(reason);
          onUnread(declared.family, error);
        }
        return undefined;
      }
    },
    async apply() {},
  };
}

const mostReasons = 10;
